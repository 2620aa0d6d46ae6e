#include "check/dkimcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "t/check/dkimcase.h"
#include "t/tap.h"

/* The rows of dkim.table, whose first lines say what a row is. */

enum { COLUMNS = 7, MAX_LINE = 4096, MAX_TAGS = 32 };

enum { RULE, TAGS, KEY, RECORD, CHANGE, RESULT, PROBLEM };

static const struct dkim_conf conf = {
	.max_signatures = 10,
	.rules.minimum_key_bits = 1024,
	.now_s = DKIMCASE_NOW,
};

struct spec {			/* one tag of a signature to be made */
	struct str name, text;
};

static size_t
find_spec(const struct spec *specs, size_t n, struct str name)
{
	size_t i = 0;

	while (i < n && !str_eq(specs[i].name, name))
		i++;
	return i;
}

static size_t
apply_tag(struct spec *specs, size_t n, struct str change)
{
	bool add = change.p[0] == '+', drop = change.p[0] == '-';
	struct str text = str_skip(change, add || drop ? 1 : 0), rest = text;
	struct str name = str_trim(str_cut(&rest, '='));
	size_t i = add ? n : find_spec(specs, n, name);

	if (drop) {
		memmove(&specs[i], &specs[i + 1], (n - i - 1) * sizeof *specs);
		return n - 1;
	}
	if (n == MAX_TAGS)
		abort();
	specs[i] = (struct spec){ name, text };
	return i == n ? n + 1 : n;
}

static const char *
tags_of_row(struct arena *a, struct str changes)
{
	struct spec specs[MAX_TAGS + 1] = {0};
	struct str rest = STR(DKIMCASE_TAGS);
	struct buf b = buf_in(a, MAX_LINE);
	size_t n = 0;

	for (int pass = 0; pass < 2; pass++) {
		while (rest.len > 0) {
			struct str one = str_trim(str_cut(&rest, ';'));

			if (one.len > 0)
				n = apply_tag(specs, n, one);
		}
		rest = changes;
	}
	for (size_t i = 0; i < n; i++) {
		buf_puts(&b, i > 0 ? "; " : "");
		buf_put(&b, specs[i].text);
	}
	return b.p;
}

/* "$p" is the public key, "$k" its kind. */
static struct str
record_of_row(struct arena *a, struct str text, const char *kind)
{
	struct buf b = buf_in(a, 2 * MAX_LINE);

	if (text.len == 0)
		text = STR("v=DKIM1; k=$k; p=$p");
	while (text.len > 0) {
		size_t at = str_find(text, '$');

		buf_put(&b, str_first(text, at));
		if (at < text.len)
			buf_puts(&b, text.p[at + 1] == 'p' ? dkimcase_public(kind) :
			    strncmp(kind, "rsa", 3) == 0 ? "rsa" : kind);
		text = str_skip(text, at + 2);
	}
	return buf_str(&b);
}

static char
one_escape(struct str *rest)
{
	char c = rest->p[1], hex[3] = {0};

	if (c == 'x') {
		memcpy(hex, rest->p + 2, 2);
		*rest = str_skip(*rest, 4);
		return (char)strtoul(hex, NULL, 16);
	}
	*rest = str_skip(*rest, 2);
	return c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c == '0' ? '\0' : c;
}

static struct str
unescape(struct arena *a, struct str text)
{
	struct buf b = buf_in(a, text.len);

	while (text.len > 0) {
		if (text.p[0] == '\\') {
			buf_putc(&b, one_escape(&text));
			continue;
		}
		buf_putc(&b, text.p[0]);
		text = str_skip(text, 1);
	}
	return buf_str(&b);
}

static size_t
find_field(const struct dkimcase *c, struct str name)
{
	size_t i = 0;

	while (i < c->count && !str_eq_nocase(c->fields[i].name, name))
		i++;
	if (i == c->count)
		abort();
	return i;
}

static struct str
join(struct arena *a, struct str x, struct str y, struct str z)
{
	struct buf b = buf_in(a, x.len + y.len + z.len);

	buf_put(&b, x);
	buf_put(&b, y);
	buf_put(&b, z);
	return buf_str(&b);
}

static void
top(struct dkimcase *c, struct str arg)
{
	struct str name = str_cut(&arg, ':');

	dkimcase_insert(c, 0, name, arg);
}

static void
bottom(struct dkimcase *c, struct str arg)
{
	struct str name = str_cut(&arg, ':');

	dkimcase_insert(c, c->count, name, arg);
}

static void
set(struct dkimcase *c, struct str arg)
{
	struct str name = str_cut(&arg, ':');

	c->fields[find_field(c, name)].value = arg;
}

static void
drop(struct dkimcase *c, struct str arg)
{
	size_t i = find_field(c, arg);

	memmove(&c->fields[i], &c->fields[i + 1], (c->count - i - 1) * sizeof *c->fields);
	c->count--;
}

static void
sig(struct dkimcase *c, struct str arg)
{
	struct str *value = &c->fields[find_field(c, STR("DKIM-Signature"))].value, old, new;
	const char *at;

	arg = str_skip(arg, 1);
	old = str_cut(&arg, '/');
	new = str_cut(&arg, '/');
	if ((at = memmem(value->p, value->len, old.p, old.len)) == NULL)
		abort();
	*value = join(c->arena, str_first(*value, (size_t)(at - value->p)), new,
	    str_skip(*value, (size_t)(at - value->p) + old.len));
}

static void
copy(struct dkimcase *c, struct str arg)
{
	(void)arg;
	dkimcase_insert(c, 1, c->fields[0].name, c->fields[0].value);
}

static void
body(struct dkimcase *c, struct str arg)
{
	c->body = arg;
}

static void
more(struct dkimcase *c, struct str arg)
{
	c->body = join(c->arena, c->body, arg, (struct str){0});
}

static void
lf(struct dkimcase *c, struct str arg)
{
	(void)arg;
	for (size_t i = 0; i < c->count; i++) {
		struct buf b = buf_in(c->arena, c->fields[i].value.len);

		for (size_t k = 0; k < c->fields[i].value.len; k++)
			if (c->fields[i].value.p[k] != '\r')
				buf_putc(&b, c->fields[i].value.p[k]);
		c->fields[i].value = buf_str(&b);
	}
}

static const struct {
	const char *word;
	void (*change)(struct dkimcase *c, struct str arg);
} changes[] = {
	{ "top", top },
	{ "bottom", bottom },
	{ "set", set },
	{ "drop", drop },
	{ "sig", sig },
	{ "copy", copy },
	{ "body", body },
	{ "more", more },
	{ "lf", lf },
};

static void
change(struct dkimcase *c, struct str text)
{
	struct str word = str_cut(&text, ' ');

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		if (str_eq(word, str_from(changes[i].word))) {
			changes[i].change(c, unescape(c->arena, text));
			return;
		}
	}
	printf("Bail out! unknown change %.*s\n", STR_ARG(word));
	exit(1);
}


static void
run_row(struct str columns[COLUMNS])
{
	struct arena *a = arena_open(0);
	const char *kind = columns[KEY].len > 0 ? arena_str(a, columns[KEY]).p : "rsa2048";
	struct str record = record_of_row(a, columns[RECORD], kind), want = columns[PROBLEM];
	struct dkimcase c;
	struct ev_dkim *list;
	size_t count;

	dkimcase_open(&c, a);
	dkimcase_sign(&c, kind, tags_of_row(a, columns[TAGS]));
	while (columns[CHANGE].len > 0)
		change(&c, str_trim(str_cut(&columns[CHANGE], '&')));
	dkimcase_examine(&c, &conf, dkimcase_zone(a, "sel._domainkey.example.org", record), 0,
	    &list, &count);
	if (tap_ok(count > 0, "%.*s: examined", STR_ARG(columns[RULE]))) {
		struct str problem = list[0].problem;

		tap_eq_text(dkim_result_word(list[0].result), arena_str(a, columns[RESULT]).p,
		    "%.*s: result", STR_ARG(columns[RULE]));
		if (str_eq(want, STR("-")))
			tap_eq_str(problem, (struct str){0}, "%.*s: no problem",
			    STR_ARG(columns[RULE]));
		else if (!tap_ok(problem.len > 0 &&
				 memmem(problem.p, problem.len, want.p, want.len) != NULL,
			     "%.*s: problem has \"%.*s\"", STR_ARG(columns[RULE]), STR_ARG(want)))
			tap_note("got: %.*s", STR_ARG(problem));
	}
	arena_close(a);
}

static const char *kinds[] = { "rsa512", "rsa1024", "rsa2048", "ed25519" };

static void
run_line(struct str line)
{
	struct str columns[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++)
		columns[i] = str_trim(str_cut(&line, '|'));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		dkimcase_public(kinds[i]);	/* names of keys live as long as the program */
	run_row(columns);
}

int
main(void)
{
	const char *top_dir = getenv("SRCDIR");
	char line[MAX_LINE];
	FILE *f;

	snprintf(line, sizeof line, "%s/t/check/dkim.table", top_dir != NULL ? top_dir : ".");
	if ((f = fopen(line, "r")) == NULL) {
		printf("Bail out! cannot read %s\n", line);
		return 1;
	}
	while (fgets(line, sizeof line, f) != NULL)
		if (line[0] != '#' && str_trim(str_from(line)).len > 0)
			run_line(str_from(line));
	fclose(f);
	dkimcase_free_keys();
	return tap_done();
}
