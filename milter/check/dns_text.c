#include "check/dns_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/domain.h"
#include "check/zoneline.h"

/* The rows are sorted by owner, type and line.  Owners are compared from their ends, with the
 * dot as the least octet, so that what lies below a name stands right behind it: one search
 * tells whether a name exists. */

enum {
	TTL_S = 300,
	FILE_MAX = 64 * 1024 * 1024, /* a device given by mistake must not eat the memory */
};

struct zone {
	struct arena *arena; /* owner of all below and of this */
	struct zone_row *rows;
	struct dns_record *records; /* by the index of their rows, so an answer is a slice */
	size_t count;
	size_t cnames; /* following more than these means going round in a loop */
};

static int
rank(char c)
{
	return c == '.' ? 0 : (unsigned char)ascii_lower(c);
}

static int
compare_names(struct str a, struct str b)
{
	for (size_t i = 1; i <= a.len && i <= b.len; i++) {
		int c = rank(a.p[a.len - i]) - rank(b.p[b.len - i]);

		if (c != 0)
			return c;
	}
	return (a.len > b.len) - (a.len < b.len);
}

static int
compare_places(const struct zone_row *row, struct str owner, uint32_t type)
{
	int c = compare_names(row->owner, owner);

	return c != 0 ? c : (row->type > type) - (row->type < type);
}

static int
compare_rows(const void *a, const void *b)
{
	const struct zone_row *x = a, *y = b;
	int c = compare_places(x, y->owner, y->type);

	return c != 0 ? c : (x->line > y->line) - (x->line < y->line);
}

/* The first row at or behind this place. */
static size_t
find_place(const struct zone *z, struct str owner, uint32_t type)
{
	size_t low = 0, high = z->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_places(&z->rows[middle], owner, type) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
exists(const struct zone *z, struct str name)
{
	size_t at = find_place(z, name, 0);

	return at < z->count && domain_is_at_or_below(z->rows[at].owner, name);
}

/* What the lines of exactly this name and type say. */
static bool
look_up(const struct zone *z, struct str name, uint32_t type, struct dns_answer *ret_ans)
{
	size_t first = find_place(z, name, type), end = first;

	while (end < z->count && compare_places(&z->rows[end], name, type) == 0)
		end++;
	if (first == end)
		return false;
	if (z->rows[first].status == DNS_FOUND)
		*ret_ans =
		    (struct dns_answer){ DNS_FOUND, TTL_S, false, z->records + first, end - first };
	else
		*ret_ans = (struct dns_answer){ .status = z->rows[first].status };
	return true;
}

static struct dns_answer
resolve(const struct zone *z, const struct dns_question *q)
{
	struct str name = q->name;
	struct dns_answer ans, cname;

	for (size_t hops = 0; hops <= z->cnames; hops++) {
		if (look_up(z, name, (uint32_t)q->type, &ans) || look_up(z, name, ZONE_EVERY, &ans))
			return ans;
		if (!look_up(z, name, DNS_CNAME, &cname) || cname.status != DNS_FOUND)
			return (struct dns_answer){ .ttl_s = TTL_S,
				.status = exists(z, name) ? DNS_NODATA : DNS_NXDOMAIN };
		name = cname.records[0].text;
	}
	return (struct dns_answer){ .status = DNS_FAILED };
}

static void
text_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct dns_answer ans = { .status = DNS_NXDOMAIN, .ttl_s = TTL_S };

	if (dns_name_can_be_asked(q->name))
		ans = resolve(self, q);
	done(arg, &ans);
}

static void
text_close(void *self)
{
	struct zone *z = self;

	arena_close(z->arena);
}

static void
put_place(struct buf *err, const char *file_name, size_t line)
{
	buf_puts(err, file_name);
	buf_puts(err, ":");
	buf_putu(err, line);
	buf_puts(err, ": ");
}

static enum res
fail(struct buf *err, const char *file_name, const char *what, enum res r)
{
	buf_puts(err, file_name);
	buf_puts(err, ": ");
	buf_puts(err, what);
	return r;
}

/* One row for each line that has one; z->rows has room for all. */
static enum res
read_rows(struct zone *z, struct str text, const char *file_name, struct buf *err)
{
	size_t err_len = err->len;

	for (size_t line = 1; text.len > 0; line++) {
		struct zone_row *row = &z->rows[z->count];
		enum res r;

		put_place(err, file_name, line);
		r = zoneline_parse(z->arena, str_cut(&text, '\n'), err, row);
		if (r == RES_SYNTAX)
			return r;
		buf_cut(err, err_len);
		if (r == RES_NONE)
			continue;
		if (r != RES_OK)
			return fail(err, file_name, "no memory", r);
		row->line = line;
		z->cnames += row->type == DNS_CNAME;
		z->count++;
	}
	return RES_OK;
}

/* What is wrong with two rows of one owner; NULL: nothing. */
static const char *
contradiction(const struct zone_row *a, const struct zone_row *b)
{
	bool both_data = a->status == DNS_FOUND && b->status == DNS_FOUND;

	if (both_data && (a->type == DNS_CNAME || b->type == DNS_CNAME))
		return "a CNAME and another record of the same name";
	if (!both_data && a->type == b->type && a->type != ZONE_EMPTY)
		return "a question that fails and another line for it";
	return NULL;
}

struct fault {
	const char *what; /* NULL: none */
	size_t line;
};

/* Of two faults the one on the earlier line stays. */
static void
note_contradiction(struct fault *first, const struct zone_row *a, const struct zone_row *b)
{
	const char *what = contradiction(a, b);
	size_t line = a->line > b->line ? a->line : b->line;

	if (what != NULL && (first->what == NULL || line < first->line))
		*first = (struct fault){ what, line };
}

/* It is enough to compare a row with the one before it and with the first data of its owner:
 * CNAMEs get along with no other data, and lines for the same question are neighbours. */
static enum res
check_rows(const struct zone *z, const char *file_name, struct buf *err)
{
	struct fault first = { 0 };
	const struct zone_row *data = NULL;

	for (size_t i = 0; i < z->count; i++) {
		const struct zone_row *row = &z->rows[i];

		if (i == 0 || compare_names(row[-1].owner, row->owner) != 0)
			data = NULL;
		else
			note_contradiction(&first, &row[-1], row);
		if (data != NULL)
			note_contradiction(&first, data, row);
		else if (row->status == DNS_FOUND)
			data = row;
	}
	if (first.what == NULL)
		return RES_OK;
	put_place(err, file_name, first.line);
	buf_puts(err, first.what);
	return RES_SYNTAX;
}

static enum res
fill_zone(struct zone *z, struct str text, const char *file_name, struct buf *err)
{
	size_t lines = str_count(text, '\n') + 1;
	enum res r;

	if ((z->rows = arena_array(z->arena, lines, sizeof *z->rows)) == NULL ||
	    (z->records = arena_array(z->arena, lines, sizeof *z->records)) == NULL)
		return fail(err, file_name, "no memory", RES_NOMEM);
	if ((r = read_rows(z, text, file_name, err)) != RES_OK)
		return r;
	qsort(z->rows, z->count, sizeof *z->rows, compare_rows);
	for (size_t i = 0; i < z->count; i++)
		z->records[i] = z->rows[i].record;
	return check_rows(z, file_name, err);
}

enum res
dns_text_open(struct str text, const char *file_name, struct buf *err, struct dns_port *ret_port)
{
	struct arena *a = arena_open(0);
	struct zone *z = a != NULL ? arena_new(a, struct zone) : NULL;
	enum res r;

	if (z == NULL) {
		arena_close(a);
		return fail(err, file_name, "no memory", RES_NOMEM);
	}
	z->arena = a;
	if ((r = fill_zone(z, text, file_name, err)) != RES_OK) {
		arena_close(a);
		return r;
	}
	*ret_port = (struct dns_port){ text_ask, text_close, z };
	return RES_OK;
}

/* All of f, in memory of malloc's that the caller frees. */
static enum res
read_all(FILE *f, char **ret_text, size_t *ret_len)
{
	size_t cap = 64 * 1024, len = 0;
	char *text = malloc(cap), *larger;

	while (text != NULL && (len += fread(text + len, 1, cap - len, f)) == cap) {
		if (cap >= FILE_MAX) {
			free(text);
			return RES_LIMIT;
		}
		cap *= 2;
		if ((larger = realloc(text, cap)) == NULL)
			free(text);
		text = larger;
	}
	if (text == NULL)
		return RES_NOMEM;
	if (ferror(f)) {
		free(text);
		return RES_PERM;
	}
	*ret_text = text;
	*ret_len = len;
	return RES_OK;
}

enum res
dns_text_open_file(const char *path, struct buf *err, struct dns_port *ret_port)
{
	FILE *f = fopen(path, "re");
	enum res r = f != NULL ? RES_OK : RES_PERM;
	char *text = NULL;
	size_t len = 0;
	int reason;

	if (r == RES_OK)
		r = read_all(f, &text, &len);
	reason = errno;
	if (f != NULL)
		fclose(f);
	if (r != RES_OK)
		return fail(err, path,
		    r == RES_PERM      ? strerror(reason) :
			r == RES_LIMIT ? "larger than 64 MiB" :
					 "no memory",
		    r);
	r = dns_text_open((struct str){ text, len }, path, err, ret_port);
	free(text);
	return r;
}
