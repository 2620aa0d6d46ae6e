#include "cli/input.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>

#include "base/buf.h"

enum {                     /* Postfix's, seen at its milters */
	FIELD_MAX = 60000, /* name, colon, value */
	NAME_MAX_OCTETS = 2047,
};

struct input {
	FILE *in;
	const struct input_sink *sink;
	char *line; /* getline's */
	size_t line_cap;
	struct buf field; /* the field being collected: name, colon, value */
	size_t name_len;  /* of the name in it; 0: no field is open */
	bool started;     /* the first line of the message has been read */
};

/* Without LF or CRLF at its end.  As in Postfix more CRs there vanish, one elsewhere is a blank. */
static struct str
plain_line(char *line, size_t len)
{
	struct str s = str_trim_end(str_chop((struct str){ line, len }, '\n'), '\r');

	for (size_t at = 0; at < s.len; at++)
		if (line[at] == '\r')
			line[at] = ' ';
	return s;
}

static bool
is_mbox_line(struct str line)
{
	return str_eq(str_first(line, 5), STR("From ")) ||
	    str_eq(str_first(line, 6), STR(">From "));
}

/* The next line; mbox lines above all others are passed over.  RES_NONE: end of file. */
static enum res
next_line(struct input *i, struct str *ret_line)
{
	struct str s;

	do {
		ssize_t n = getline(&i->line, &i->line_cap, i->in);

		if (n < 0)
			return ferror(i->in) ? RES_TEMP : RES_NONE;
		s = plain_line(i->line, (size_t)n);
	} while (!i->started && is_mbox_line(s));
	i->started = true;
	*ret_line = s;
	return RES_OK;
}

/* Length of the field name that begins the line, and where its colon stands; 0: the line is no
 * field. */
static size_t
field_name(struct str line, size_t *ret_colon)
{
	size_t n = 0, colon;

	while (n < line.len && ascii_is_graph(line.p[n]) && line.p[n] != ':')
		n++;
	colon = n;
	while (colon < line.len && (line.p[colon] == ' ' || line.p[colon] == '\t'))
		colon++;
	if (n == 0 || n > NAME_MAX_OCTETS || colon == line.len || line.p[colon] != ':')
		return 0;
	*ret_colon = colon;
	return n;
}

/* What fits of the line, as Postfix shows it. */
static void
append_value(struct input *i, struct str text)
{
	text = str_first(text, str_find(text, '\0'));
	text = str_first(text, i->field.len < FIELD_MAX ? FIELD_MAX - i->field.len : 0);
	buf_put(&i->field, text);
}

static void
end_field(struct input *i)
{
	struct str all = buf_str(&i->field);

	if (i->name_len > 0)
		i->sink->header(i->sink->arg, str_first(all, i->name_len),
		    str_skip(all, i->name_len + 1));
	i->name_len = 0;
	buf_cut(&i->field, 0);
}

static void
begin_field(struct input *i, struct str line, size_t name_len, size_t colon)
{
	end_field(i);
	i->name_len = name_len;
	buf_put(&i->field, str_first(line, name_len));
	buf_putc(&i->field, ':');
	append_value(i, str_skip(line, colon + 1));
}

/* All header lines; *ret_first is the line that begins the body, .p == NULL when an empty line or
 * the end came. */
static enum res
read_header(struct input *i, struct str *ret_first)
{
	struct str line = { 0 };
	size_t colon;
	enum res r;

	while ((r = next_line(i, &line)) == RES_OK) {
		size_t name_len;

		if (line.len == 0) {
			line = (struct str){ 0 };
			break;
		}
		if (i->name_len > 0 && (line.p[0] == ' ' || line.p[0] == '\t')) {
			buf_putc(&i->field, '\n');
			append_value(i, line);
		} else if ((name_len = field_name(line, &colon)) > 0) {
			begin_field(i, line, name_len, colon);
		} else {
			break;
		}
	}
	end_field(i);
	*ret_first = r == RES_OK ? line : (struct str){ 0 };
	return r == RES_NONE ? RES_OK : r;
}

static void
body_line(struct input *i, struct str line)
{
	if (line.len > 0)
		i->sink->body(i->sink->arg, line);
	i->sink->body(i->sink->arg, STR("\r\n"));
}

static enum res
read_all(struct input *i)
{
	struct str first, line;
	enum res r = read_header(i, &first);

	if (r != RES_OK)
		return r;
	i->sink->eoh(i->sink->arg);
	if (first.p != NULL)
		body_line(i, first);
	while ((r = next_line(i, &line)) == RES_OK)
		body_line(i, line);
	return r == RES_NONE ? RES_OK : r;
}

enum res
input_read(FILE *in, const struct input_sink *sink)
{
	struct input i = { .in = in, .sink = sink };
	char *mem = malloc(FIELD_MAX + NAME_MAX_OCTETS + 16);
	enum res r = RES_NOMEM;

	if (mem != NULL) {
		i.field = buf_on(mem, FIELD_MAX + NAME_MAX_OCTETS + 16);
		r = read_all(&i);
	}
	free(i.line);
	free(mem);
	return r;
}
