#include "t/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/tap.h"

struct table {
	FILE *file;
	char name[256], *text;
	size_t size;
	unsigned line;
};

struct table *
table_open(const char *name)
{
	const char *top = getenv("SRCDIR");
	struct table *t = calloc(1, sizeof *t);
	char path[1024];

	if (t == NULL)
		abort();
	snprintf(path, sizeof path, "%s/%s", top != NULL ? top : ".", name);
	snprintf(t->name, sizeof t->name, "%s", name);
	t->file = fopen(path, "r");
	tap_ok(t->file != NULL, "%s can be read", path);
	return t;
}

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, ascii_lower(c)) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Octets of the escape behind a backslash, 0 for a wrong one; the octet it stands for. */
static size_t
escape(struct str s, char *ret_c)
{
	static const char names[] = "ntr\\", octets[] = "\n\t\r\\";
	size_t which = s.len > 0 ? str_find(str_from(names), s.p[0]) : sizeof names;

	if (which < sizeof names - 1) {
		*ret_c = octets[which];
		return 1;
	}
	if (s.len < 3 || s.p[0] != 'x' || hex_value(s.p[1]) < 0 || hex_value(s.p[2]) < 0)
		return 0;
	*ret_c = (char)(hex_value(s.p[1]) * 16 + hex_value(s.p[2]));
	return 3;
}

/* Written over the column itself, which never gets longer. */
static bool
unescape(char *column, size_t *len)
{
	size_t out = 0, n;

	for (size_t in = 0; in < *len; out++) {
		char c = column[in++];

		if (c == '\\') {
			if ((n = escape((struct str){ column + in, *len - in }, &c)) == 0)
				return false;
			in += n;
		}
		column[out] = c;
	}
	*len = out;
	return true;
}

static bool
split(char *line, struct table_row *row)
{
	for (char *tab; line != NULL; line = tab != NULL ? tab + 1 : NULL) {
		size_t len;

		tab = strchr(line, '\t');
		len = tab != NULL ? (size_t)(tab - line) : strlen(line);
		if (row->count == TABLE_COLUMNS || !unescape(line, &len))
			return false;
		row->column[row->count++] = tap_exact_str((struct str){ line, len });
	}
	return true;
}

bool
table_next(struct table *t, struct table_row *ret_row)
{
	ssize_t n;

	while (t->file != NULL && (n = getline(&t->text, &t->size, t->file)) > 0) {
		struct table_row row = { .line = ++t->line };

		if (t->text[n - 1] == '\n')
			t->text[n - 1] = '\0';
		if (t->text[0] == '\0' || t->text[0] == '#')
			continue;
		if (!split(t->text, &row)) {
			tap_ok(false, "%s:%u: a row as the file's first lines say", t->name,
			    t->line);
			continue;
		}
		*ret_row = row;
		return true;
	}
	return false;
}

void
table_close(struct table *t)
{
	if (t->file != NULL)
		fclose(t->file);
	free(t->text);
	free(t);
}
