/* Who the author is, and which identity SPF checks: rows of from.table and envelope.table, and
 * what rows cannot show. */
#include "core/mailaddr.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "t/table.h"
#include "t/tap.h"

static void
describe_author(struct buf *out, const struct author *author)
{
	if (author->kind != AUTHOR_ONE) {
		buf_puts(out, author_kind_word(author->kind));
		return;
	}
	buf_puts(out, author->problem.p == NULL ? "one " : "only ");
	buf_put(out, author->domain);
}

static void
check_from_row(const struct table_row *row)
{
	struct arena *a = arena_open(0);
	struct author author;
	bool cut[TABLE_COLUMNS] = {0};
	char mem[512];
	struct buf got = buf_on(mem, sizeof mem);

	if (!tap_ok(row->count >= 3, "from.table:%u: three columns or more", row->line) ||
	    !tap_eq_res(mailaddr_author_of_fields(a, row->column + 2, cut, row->count - 2,
	    &author), RES_OK,
	    "from.table:%u", row->line)) {
		arena_close(a);
		return;
	}
	describe_author(&got, &author);
	tap_eq_str(buf_str(&got), row->column[1], "from.table:%u: %.*s", row->line,
	    STR_ARG(row->column[0]));
	tap_ok(author.kind == AUTHOR_ONE || author.problem.len > 0,
	    "from.table:%u: says what is wrong", row->line);
	arena_close(a);
}

static void
describe_envelope(struct buf *out, const struct envelope *env)
{
	if (env->null_sender)
		buf_puts(out, "null");
	if (env->local.p != NULL) {
		buf_puts(out, "local=");
		buf_put(out, env->local);
	}
	if (env->domain.p != NULL) {
		buf_puts(out, out->len > 0 ? " domain=" : "domain=");
		buf_put(out, env->domain);
	}
	if (out->len == 0)
		buf_puts(out, "nothing");
}

static void
check_envelope_row(const struct table_row *row)
{
	struct arena *a = arena_open(0);
	char mem[1024];
	struct buf got = buf_on(mem, sizeof mem);
	struct envelope env;
	struct str domain;

	if (!tap_ok(row->count == 4, "envelope.table:%u: four columns", row->line)) {
		arena_close(a);
		return;
	}
	if (str_eq(row->column[1], STR("mail"))) {
		if (tap_eq_res(mailaddr_envelope(a, row->column[3], &env), RES_OK,
		    "envelope.table:%u", row->line))
			describe_envelope(&got, &env);
	} else if (mailaddr_helo(a, row->column[3], &domain) == RES_OK) {
		buf_puts(&got, "domain=");
		buf_put(&got, domain);
	} else {
		buf_puts(&got, "nothing");
	}
	tap_eq_str(buf_str(&got), row->column[2], "envelope.table:%u: %.*s", row->line,
	    STR_ARG(row->column[0]));
	arena_close(a);
}

static void
check_table(const char *name, void (*check)(const struct table_row *row), unsigned at_least)
{
	struct table *t = table_open(name);
	struct table_row row;
	unsigned rows = 0;

	for (; table_next(t, &row); rows++)
		check(&row);
	tap_ok(rows >= at_least, "%s has %u rows, at least %u", name, rows, at_least);
	table_close(t);
}

static void
test_no_field(void)
{
	struct arena *a = arena_open(0);
	struct author author;

	tap_eq_res(mailaddr_author_of_fields(a, NULL, NULL, 0, &author), RES_OK, "no From field");
	tap_eq_int(author.kind, AUTHOR_BROKEN, "5322 3.6: no From field is broken");
	tap_ok(author.problem.len > 0, "and says so");
	arena_close(a);
}

static void
test_cut(void)
{
	struct arena *a = arena_open(0);
	struct str values[] = { STR(" joe@example.org"), STR(" joe@example.org") };
	bool cut[] = { true, false };
	struct author author;

	mailaddr_author_of_fields(a, values, cut, 1, &author);
	tap_eq_int(author.kind, AUTHOR_BROKEN,
	    "interface 2: a From too long to be read makes the author broken");
	mailaddr_author_of_fields(a, values, cut, 2, &author);
	tap_eq_int(author.kind, AUTHOR_REPEATED, "one of several fields cannot be read: repeated");
	arena_close(a);
}

/* begin, then n times part, then end */
static struct str
repeat(struct arena *a, const char *begin, const char *part, size_t n, const char *end)
{
	struct buf out = buf_in(a, strlen(begin) + n * strlen(part) + strlen(end));

	buf_puts(&out, begin);
	for (size_t i = 0; i < n; i++)
		buf_puts(&out, part);
	buf_puts(&out, end);
	return buf_str(&out);
}

static void
test_long(void)
{
	static const struct {
		const char *begin, *part, *end;
		enum author_kind kind;
	} rows[] = {
		{ "", "(", "joe@example.org", AUTHOR_ONE },
		{ "(", "((x)", "joe@example.org", AUTHOR_ONE },
		{ "", "\"", "joe@example.org", AUTHOR_ONE },
		{ "", "(a@b)", " joe@example.org", AUTHOR_ONE },
		{ "joe@example.org", ",joe@example.org", "", AUTHOR_ONE },
		{ "joe@example.org", ",joe@example.org", ",a@example.net", AUTHOR_SEVERAL },
		{ "", ",", "joe@example.org", AUTHOR_ONE },
		{ "", "<", "joe@example.org", AUTHOR_ONE },
		{ "", "@", "joe@example.org", AUTHOR_BROKEN },
		{ "", "\\", "joe@example.org", AUTHOR_ONE },
		{ "joe@example", ".example", "", AUTHOR_BROKEN },
		{ "joe@", "\xc3\xa9", ".example", AUTHOR_BROKEN },
		{ "g:", ",", "joe@example.org;", AUTHOR_ONE },
		{ "<@a", ",@a", ":joe@example.org>", AUTHOR_ONE },
		{ "", "=?utf-8?Q?x?= ", "<joe@example.org>", AUTHOR_ONE },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_open(0);
		struct str value = tap_exact_str(repeat(a, rows[i].begin, rows[i].part, 10000,
		    rows[i].end));
		struct author author = { .kind = AUTHOR_COUNT };

		mailaddr_author(a, value, &author);
		tap_eq_int(author.kind, rows[i].kind, "%s, 10000 times %s, %s", rows[i].begin,
		    rows[i].part,
		    rows[i].end);
		arena_close(a);
	}
}

static void
test_no_memory(void)
{
	static const char *const values[] = { " joe@example.org",
	    " joe@example.org <joe@example.org" };

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct arena *a = arena_open(1);
		struct author author;
		struct envelope env;
		struct str domain;

		tap_eq_res(mailaddr_author(a, str_from(values[i]), &author), RES_NOMEM,
		    "no memory is our fault, not the author's: %s", values[i]);
		tap_eq_res(mailaddr_envelope(a, STR("<joe@example.org>"), &env), RES_NOMEM,
		    "envelope: no memory");
		tap_eq_res(mailaddr_helo(a, STR("mail.example.org"), &domain), RES_NOMEM,
		    "HELO: no memory");
		arena_close(a);
	}
}

int
main(void)
{
	check_table("t/core/from.table", check_from_row, 150);
	check_table("t/core/envelope.table", check_envelope_row, 40);
	test_no_field();
	test_cut();
	test_long();
	test_no_memory();
	return tap_done();
}
