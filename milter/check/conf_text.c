#include "check/conf_text.h"

#include <string.h>

#include "check/conf_file.h"

struct source { /* one file being read */
	struct str name, text;
	size_t at;
	unsigned line;
};

struct scan {
	struct conf_text *out;
	struct conf_faults *faults;
	struct source *src;
	struct str folder; /* of FILE, with its slash; empty: the current one */
	unsigned includes;
	size_t comma; /* behind a comma that no value follows; 0: none */
};

static void scan_source(struct scan *s, struct source *src);

#define FAULT(s, ...) conf_fault((s)->faults, (s)->src->name, (s)->src->line, __VA_ARGS__)

static struct str
rest_of(const struct scan *s)
{
	return str_skip(s->src->text, s->src->at);
}

/* Pass one octet.  Newlines always reach the output, so that lines can be counted in it; control
 * characters never do, for they end libconfig's reading, and a NUL does so silently. */
static void
pass(struct scan *s, bool copy)
{
	char c = s->src->text.p[s->src->at++];

	if (copy && (unsigned char)c < ' ' && !ascii_is_blank(c)) {
		FAULT(s, "a control character (\\x%02x) stands here; take it away", (unsigned)c);
		c = ' ';
	}
	if (copy || c == '\n')
		buf_putc(&s->out->text, c);
	if (c == '\n') {
		s->src->line++;
		s->out->line++;
	}
}

static void
pass_many(struct scan *s, size_t n, bool copy)
{
	while (n-- > 0)
		pass(s, copy);
}

/* There is room for two origins a file. */
static void
add_origin(struct scan *s)
{
	s->out->origins[s->out->origin_count++] =
	    (struct conf_origin){ s->out->line, s->src->name, s->src->line };
}

static bool
starts(struct str s, const char *prefix)
{
	return str_eq(str_first(s, strlen(prefix)), str_from(prefix));
}

static bool
is_name_octet(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '*';
}

static bool
is_number_octet(char c)
{
	return ascii_is_alnum(c) || c == '+' || c == '-' || c == '.' || c == '_';
}

static bool
begins_line_comment(struct str s)
{
	return starts(s, "#") || starts(s, "//");
}

static void
take_line_comment(struct scan *s)
{
	pass_many(s, str_find(rest_of(s), '\n'), false);
}

static bool
begins_block_comment(struct str s)
{
	return starts(s, "/*");
}

static void
take_block_comment(struct scan *s)
{
	struct str rest = rest_of(s);
	size_t n = 2;

	while (n < rest.len && !starts(str_skip(rest, n), "*/"))
		n++;
	if (n >= rest.len)
		FAULT(s, "the comment that begins here has no end; close it with */");
	pass_many(s, n < rest.len ? n + 2 : rest.len, false);
	buf_putc(&s->out->text, ' '); /* a comment parts two words */
}

static bool
begins_string(struct str s)
{
	return starts(s, "\"");
}

static void
take_string(struct scan *s)
{
	struct str rest = rest_of(s);
	size_t n = 1;

	while (n < rest.len && rest.p[n] != '"')
		n += rest.p[n] == '\\' ? 2 : 1;
	if (n < rest.len) {
		pass_many(s, n + 1, true);
		return;
	}
	FAULT(s, "the text that begins here has no end; close it with a quote (\")");
	pass_many(s, rest.len, false);
	buf_puts(&s->out->text, "\"\"");
}

static bool
begins_name(struct str s)
{
	return ascii_is_alpha(s.p[0]) || s.p[0] == '*';
}

static void
take_name(struct scan *s)
{
	pass_many(s, str_span(rest_of(s), is_name_octet), true);
}

static bool
begins_number(struct str s)
{
	return is_number_octet(s.p[0]) && s.p[0] != '_';
}

static void
take_number(struct scan *s)
{
	struct str number = str_first(rest_of(s), str_span(rest_of(s), is_number_octet));

	buf_putc(&s->out->text, ' '); /* a name before it does not grow */
	buf_putu(&s->out->text, s->out->numbers.len);
	buf_put(&s->out->numbers, number);
	buf_putc(&s->out->numbers, '\n');
	pass_many(s, number.len, false);
}

static bool
begins_comma(struct str s)
{
	return s.p[0] == ',';
}

static void
take_comma(struct scan *s)
{
	pass(s, true);
	s->comma = s->out->text.len;
}

static bool
begins_closing(struct str s)
{
	return s.p[0] == ']' || s.p[0] == ')';
}

/* libconfig 1.5 stops at a comma before the bracket, 1.7 does not see it. */
static void
take_closing(struct scan *s)
{
	if (s->comma > 0 && s->out->text.err == RES_OK) {
		FAULT(s, "a comma stands before '%c'; take it away", rest_of(s).p[0]);
		s->out->text.p[s->comma - 1] = ' ';
	}
	pass(s, true);
}

static bool
begins_blank(struct str s)
{
	return ascii_is_blank(s.p[0]);
}

static bool
begins_any(struct str s)
{
	(void)s;
	return true;
}

static void
take_octet(struct scan *s)
{
	pass(s, true);
}

/* The name in full, or .p == NULL: there is no such file in our folder. */
static struct str
include_path(struct scan *s, struct str name)
{
	struct buf path = buf_in(s->out->arena, s->folder.len + name.len);

	if (starts(name, "/")) {
		FAULT(s, "@include: \"%.*s\" is absolute; name a file in the folder of this one",
		    STR_ARG(name));
		return (struct str){ 0 };
	}
	buf_put(&path, s->folder);
	buf_put(&path, name);
	if (path.err != RES_OK)
		s->out->text.err = path.err;
	return path.err == RES_OK ? buf_str(&path) : (struct str){ 0 };
}

static void
include(struct scan *s, struct str name)
{
	char mem[CONF_FAULT_MAX];
	struct buf wrong = buf_on(mem, sizeof mem);
	struct source src = { .line = 1 };
	enum res r;

	if ((src.name = include_path(s, name)).p == NULL)
		return;
	if (s->includes == CONF_MAX_INCLUDES) {
		FAULT(s,
		    "@include: \"%.*s\" is one file too many; include at most %d, and none "
		    "that includes itself",
		    STR_ARG(name), CONF_MAX_INCLUDES);
		return;
	}
	s->includes++;
	r = conf_file_read(s->out->arena, src.name.p, true, &wrong, &src.text);
	if (r == RES_OK)
		scan_source(s, &src);
	else if (r == RES_PERM)
		FAULT(s, "@include: \"%.*s\" %s", STR_ARG(name), wrong.p);
	else
		s->out->text.err = r;
}

/* @include "NAME", first on its line.  *ret_len counts all of it. */
static enum res
parse_include(const struct source *src, struct str *ret_name, size_t *ret_len)
{
	struct str before = str_first(src->text, src->at), line = str_skip(src->text, src->at);
	struct str word, name;
	const char *begin = line.p, *end;

	before = str_skip(before,
	    str_find_last(before, '\n') < before.len ? str_find_last(before, '\n') : 0);
	line = str_first(line, str_find(line, '\n'));
	end = line.p + line.len;
	word = str_cut(&line, '"');
	name = str_cut(&line, '"');
	if (str_trim(before).len > 0 || !str_eq(str_trim(word), STR("@include")) ||
	    name.p + name.len >= end)
		return RES_SYNTAX;
	*ret_name = name;
	*ret_len = (size_t)(name.p - begin) + name.len + 1;
	return RES_OK;
}

static bool
begins_include(struct str s)
{
	return s.p[0] == '@';
}

static void
take_include(struct scan *s)
{
	struct str name;
	size_t len;

	if (parse_include(s->src, &name, &len) == RES_OK) {
		pass_many(s, len, false);
		include(s, name);
	} else {
		FAULT(s,
		    "'@' begins nothing but @include \"NAME\" at the start of a line; write "
		    "that, or put quotes around text");
		pass(s, false);
	}
}

static const struct {
	bool (*begins)(struct str s);
	void (*take)(struct scan *s);
	bool gap; /* between words, no word */
} rules[] = {
	{ begins_blank, take_octet, true },
	{ begins_line_comment, take_line_comment, true },
	{ begins_block_comment, take_block_comment, true },
	{ begins_string, take_string, false },
	{ begins_name, take_name, false },
	{ begins_number, take_number, false },
	{ begins_comma, take_comma, true },
	{ begins_closing, take_closing, false },
	{ begins_include, take_include, true },
	{ begins_any, take_octet, false },
};

/* An included file begins on a line of its own, and so does what follows it. */
static void
scan_source(struct scan *s, struct source *src)
{
	struct source *outer = s->src;
	struct str rest;
	size_t i;

	s->src = src;
	add_origin(s);
	while ((rest = rest_of(s)).len > 0) {
		for (i = 0; !rules[i].begins(rest); i++)
			;
		rules[i].take(s);
		if (!rules[i].gap)
			s->comma = 0;
	}
	s->src = outer;
	if (outer == NULL)
		return;
	buf_putc(&s->out->text, '\n');
	s->out->line++;
	add_origin(s);
}

/* A number may grow to the digits of its place. */
static void
open_text(struct conf_text *t, struct arena *a, size_t max)
{
	*t = (struct conf_text){ .arena = a, .line = 1 };
	t->text = buf_in(a, max);
	t->numbers = buf_in(a, max);
}

enum res
conf_text_read(struct conf_text *t, struct arena *a, const char *file, struct conf_faults *faults)
{
	char mem[CONF_FAULT_MAX];
	struct buf wrong = buf_on(mem, sizeof mem);
	struct scan s = { .out = t, .faults = faults };
	struct source src = { .name = str_from(file), .line = 1 };
	size_t slash = str_find_last(src.name, '/');
	enum res r = conf_file_read(a, file, false, &wrong, &src.text);

	if (slash < src.name.len)
		s.folder = str_first(src.name, slash + 1);
	open_text(t, a, 2 * CONF_MAX_BYTES);
	if (r == RES_OK) {
		scan_source(&s, &src);
		r = t->text.err != RES_OK ? t->text.err : t->numbers.err;
	} else if (r == RES_PERM) {
		conf_fault(faults, src.name, 0, "%s", wrong.p);
	}
	if (r == RES_LIMIT) {
		conf_fault(faults, src.name, 0, "is too long with all it includes; shorten it");
		r = RES_PERM;
	}
	return r;
}

enum res
conf_text_from(struct conf_text *t, struct arena *a, struct str text, struct conf_faults *faults)
{
	struct scan s = { .out = t, .faults = faults };
	struct source src = { .name = STR("defaults"), .text = text, .line = 1 };

	open_text(t, a, 8 * text.len);
	scan_source(&s, &src);
	return t->text.err != RES_OK ? t->text.err : t->numbers.err;
}

struct conf_origin
conf_text_origin(const struct conf_text *t, unsigned line)
{
	struct conf_origin o;
	size_t i = t->origin_count - 1;

	while (i > 0 && t->origins[i].line > line)
		i--;
	o = t->origins[i];
	o.file_line += line - o.line;
	o.line = line;
	return o;
}

struct str
conf_text_number(const struct conf_text *t, int place)
{
	struct str rest = str_skip(buf_str(&t->numbers), (size_t)place);

	return str_cut(&rest, '\n');
}
