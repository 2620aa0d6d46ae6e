/* Authentication-Results, reading: rows of authres.table, and what rows cannot show. */
#include "core/authres.h"

#include <string.h>

#include "base/buf.h"
#include "t/table.h"
#include "t/tap.h"

static void
describe_info(struct buf *out, const struct authres_info *info)
{
	buf_puts(out, " | ");
	buf_put(out, info->method);
	buf_putc(out, '=');
	buf_put(out, info->result);
	if (info->reason.p != NULL) {
		buf_puts(out, " reason=");
		buf_put(out, info->reason);
	}
	for (size_t i = 0; i < info->prop_count; i++) {
		buf_putc(out, ' ');
		buf_put(out, info->props[i].ptype);
		buf_putc(out, '.');
		buf_put(out, info->props[i].property);
		buf_putc(out, '=');
		buf_put(out, info->props[i].pvalue);
	}
}

static void
describe(struct buf *out, const struct authres *field)
{
	buf_put(out, field->authserv_id);
	for (size_t i = 0; i < field->info_count; i++)
		describe_info(out, &field->infos[i]);
	if (field->no_result)
		buf_puts(out, " none");
	if (field->broken)
		buf_puts(out, " broken");
}

static void
check_read(const struct table_row *row)
{
	struct arena *a = arena_open(0);
	char mem[4096];
	struct buf got = buf_on(mem, sizeof mem);
	struct authres field;
	enum res r = authres_parse(a, row->column[3], &field);

	if (r == RES_OK)
		describe(&got, &field);
	else
		buf_puts(&got, r == RES_PERM ? "version" : res_name(r));
	tap_eq_str(buf_str(&got), row->column[2], "authres.table:%u: %.*s", row->line,
	    STR_ARG(row->column[0]));
	if (r == RES_OK)
		tap_ok(authres_claims_id(row->column[3], &field.authserv_id, 1),
		    "authres.table:%u: what is read as an id's is claimed for it", row->line);
	arena_close(a);
}

static void
check_claim(const struct table_row *row, bool want)
{
	struct str ids[8], rest = row->column[2];
	size_t n = 0;

	while (rest.len > 0 && n < sizeof ids / sizeof *ids)
		ids[n++] = str_cut(&rest, ',');
	tap_ok(authres_claims_id(row->column[3], ids, n) == want, "authres.table:%u: %.*s, %s",
	    row->line,
	    STR_ARG(row->column[0]), want ? "ours" : "somebody else's");
}

static void
test_table(void)
{
	struct table *t = table_open("t/core/authres.table");
	struct table_row row;
	unsigned rows = 0;

	for (; table_next(t, &row); rows++) {
		if (!tap_ok(row.count == 4, "authres.table:%u: four columns", row.line))
			continue;
		if (str_eq(row.column[1], STR("read")))
			check_read(&row);
		else
			check_claim(&row, str_eq(row.column[1], STR("ours")));
	}
	tap_ok(rows >= 100, "authres.table has %u rows, at least 100", rows);
	table_close(t);
}

static void
test_registry(void)
{
	static const struct { const char *method, *result; bool registered; } rows[] = {
		{ "spf", "softfail", true }, { "SPF", "Pass", true }, { "spf", "policy", true },
		{ "spf", "hardfail", false }, { "spf", "", false }, { "", "pass", false },
		{ "dkim", "policy", true }, { "dkim", "softfail", false },
		{ "dmarc", "permerror", true }, { "dmarc", "policy", false },
		{ "arc", "pass", true }, { "arc", "temperror", false },
		{ "iprev", "none", false }, { "auth", "pass", true },
		{ "dnswl", "fail", false }, { "bimi", "pass", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		tap_ok(authres_is_registered_result(str_from(rows[i].method),
		    str_from(rows[i].result)) ==
		    rows[i].registered, "8601 6.5: %s=%s", rows[i].method, rows[i].result);
	tap_ok(authres_is_registered_result(STR("spf"), STR("pass")) &&
	    !authres_is_registered_result(STR("sp"), STR("pass")) &&
	    !authres_is_registered_result(STR("spfx"), STR("pass")), "8601 6.2: methods");
	tap_ok(authres_is_registered_ptype(STR("SMTP")) &&
	    authres_is_registered_ptype(STR("dns")) &&
	    !authres_is_registered_ptype(STR("x")), "8601 6.6: ptypes");
}

static void
test_prop(void)
{
	struct arena *a = arena_open(0);
	struct authres field;

	if (tap_eq_res(authres_parse(a,
	    STR("x; dkim=pass header.d=a.example Header.D=b.example header.i=\"\""),
	    &field), RES_OK, "a field to look into")) {
		tap_eq_str(authres_prop(field.infos, STR("header"), STR("d")), STR("a.example"),
		    "the first one counts");
		tap_ok(authres_prop(field.infos, STR("header"), STR("s")).p == NULL,
		    "one that is not there");
		tap_ok(authres_prop(field.infos, STR("header"), STR("i")).p != NULL,
		    "an empty one is there");
	}
	arena_close(a);
}

/* n times a part behind an id */
static struct str
field_of(struct arena *a, const char *part, size_t n)
{
	struct buf out = buf_in(a, 8 + n * strlen(part));

	buf_puts(&out, "x");
	for (size_t i = 0; i < n; i++)
		buf_puts(&out, part);
	return tap_exact_str(buf_str(&out));
}

static void
test_limits(void)
{
	struct arena *a = arena_open(0);
	struct authres field;

	authres_parse(a, field_of(a, "; spf=pass", AUTHRES_MAX_RESINFO), &field);
	tap_ok(field.info_count == AUTHRES_MAX_RESINFO && !field.broken,
	    "as many resinfos as the limit allows");
	authres_parse(a, field_of(a, "; spf=pass", AUTHRES_MAX_RESINFO + 1), &field);
	tap_ok(field.info_count == AUTHRES_MAX_RESINFO && field.broken,
	    "one more ends the reading");
	authres_parse(a, field_of(a, "; spf=pass x.y=z", 10000), &field);
	tap_eq_int((long long)field.info_count, AUTHRES_MAX_RESINFO, "and so do 10,000");
	authres_parse(a, field_of(a, "; x=pass", 10000), &field);
	tap_ok(field.info_count == 0 && !field.broken, "unregistered ones do not count");
	authres_parse(a, field_of(a,
	    "; spf=pass" " smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b"
	    " smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b",
	    1), &field);
	tap_ok(field.info_count == 1 && field.infos[0].prop_count == AUTHRES_MAX_PROPS,
	    "16 properties");
	authres_parse(a, field_of(a,
	    "; spf=pass smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b"
	    " smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b smtp.a=b",
	    1), &field);
	tap_ok(field.info_count == 0 && field.broken, "a 17th makes the resinfo unreadable");
	arena_close(a);
}

/* A host's name at the front is one, however long the word is that it begins. */
static void
test_long_word(void)
{
	struct str id = STR("mx.example.net");
	char text[4000];
	struct buf value = buf_on(text, sizeof text);

	buf_puts(&value, " mx.example.net+");
	while (value.len < 3000)
		buf_putc(&value, 'x');
	buf_puts(&value, "; spf=pass");
	tap_ok(authres_claims_id(tap_exact_str(buf_str(&value)), &id, 1), "8601 5: ours, with a long tail");
	value.p[1] = 'n';
	tap_ok(!authres_claims_id(tap_exact_str(buf_str(&value)), &id, 1), "a long word of somebody else's");
}

static void
test_no_memory(void)
{
	static const char value[] = " mx.example.net; spf=pass smtp.mailfrom=example.org;"
	    " dkim=pass reason=\"x\"";
	enum res r = RES_NOMEM;

	for (size_t limit = 16; limit < 10000 && r == RES_NOMEM; limit += 16) {
		struct arena *a = arena_open(limit);
		struct authres field;

		r = authres_parse(a, str_from(value), &field);
		tap_ok(r == RES_NOMEM || (r == RES_OK && field.info_count == 2 && !field.broken),
		    "all or nothing within %zu octets", limit);
		arena_close(a);
	}
	tap_eq_res(r, RES_OK, "with enough memory it is read");
}

int
main(void)
{
	test_table();
	test_registry();
	test_prop();
	test_limits();
	test_long_word();
	test_no_memory();
	return tap_done();
}
