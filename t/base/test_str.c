#include "base/str.h"

#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void
test_views(void)
{
	struct str s = tap_exact("abc"), none = {0};

	tap_eq_str(str_from(NULL), STR(""), "from NULL: the empty view");
	tap_eq_str(str_from("abc"), s, "from text");
	tap_eq_str(str_skip(s, 1), STR("bc"), "skip");
	tap_eq_str(str_skip(s, 4), STR(""), "skip more than there is");
	tap_eq_str(str_first(s, 2), STR("ab"), "first");
	tap_eq_str(str_first(s, 4), s, "first of more than there is");
	tap_eq_str(str_skip(none, 1), STR(""), "skip in nothing");
	tap_eq_str(str_first(none, 1), STR(""), "first of nothing");
	tap_eq_int((long long)str_find(none, 'a'), 0, "find in nothing");
	tap_eq_int((long long)str_find_last(none, 'a'), 0, "find last in nothing");
	tap_eq_str(str_trim(none), STR(""), "trim nothing");
	tap_ok(str_eq(none, STR("")) && str_eq_nocase(none, STR("")), "empty views are equal");
	tap_eq_int(str_cmp(none, STR("")), 0, "empty views are in no order");
}

static void
test_cut(void)
{
	static const struct { const char *in, *head, *rest; } rows[] = {
		{ "a;b;c", "a", "b;c" },
		{ "a;", "a", "" },
		{ ";a", "", "a" },
		{ ";", "", "" },
		{ "abc", "abc", "" },
		{ "", "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str rest = tap_exact(rows[i].in), head = str_cut(&rest, ';');

		tap_eq_str(head, str_from(rows[i].head), "cut \"%s\": the head", rows[i].in);
		tap_eq_str(rest, str_from(rows[i].rest), "cut \"%s\": the rest", rows[i].in);
	}
}

static void
test_trim(void)
{
	static const struct { const char *in, *out; } rows[] = {
		{ " a b\t", "a b" }, { "\r\n\ta", "a" }, { "a\r\n", "a" }, { " \t\r\n", "" },
		{ "", "" },
		{ "\va\f", "\va\f" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_eq_str(str_trim(tap_exact(rows[i].in)), str_from(rows[i].out), "trim, row %zu",
		    i);
}

static void
test_ends(void)
{
	static const struct { const char *in, *trimmed, *chopped; } rows[] = {
		{ "a.b", "a.b", "a.b" },
		{ "a.", "a", "a" },
		{ "a..", "a", "a." },
		{ ".", "", "" },
		{ "", "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str s = tap_exact(rows[i].in);

		tap_eq_str(str_trim_end(s, '.'), str_from(rows[i].trimmed), "no dot at the end of \"%s\"",
		    rows[i].in);
		tap_eq_str(str_chop(s, '.'), str_from(rows[i].chopped), "one dot less at the end of \"%s\"",
		    rows[i].in);
	}
}

static void
test_members(void)
{
	static const struct { const char *in; size_t count, span; bool all; } rows[] = {
		{ "12.3.", 2, 2, false },
		{ "123", 0, 3, true },
		{ ".1", 1, 0, false },
		{ "", 0, 0, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str s = tap_exact(rows[i].in);

		tap_eq_int((long long)str_count(s, '.'), (long long)rows[i].count, "dots in \"%s\"",
		    rows[i].in);
		tap_eq_int(str_has(s, '.'), rows[i].count > 0, "a dot in \"%s\"", rows[i].in);
		tap_eq_int((long long)str_span(s, ascii_is_digit), (long long)rows[i].span,
		    "digits at the front of \"%s\"", rows[i].in);
		tap_eq_int(str_is_all(s, ascii_is_digit), rows[i].all, "only digits in \"%s\"",
		    rows[i].in);
	}
	tap_ok(str_has(tap_exact_str(STR("a\0")), '\0'), "a NUL is an octet like others");
}

static void
test_find(void)
{
	static const struct { const char *in; size_t first, last; } rows[] = {
		{ "a.b.c", 1, 3 }, { ".", 0, 0 }, { "abc", 3, 3 }, { "", 0, 0 }, { "..", 0, 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str s = tap_exact(rows[i].in);

		tap_eq_int((long long)str_find(s, '.'), (long long)rows[i].first, "find in \"%s\"",
		    rows[i].in);
		tap_eq_int((long long)str_find_last(s, '.'), (long long)rows[i].last,
		    "find last in \"%s\"",
		    rows[i].in);
	}
}

static void
test_compare(void)
{
	static const struct {
		const char *a, *b;
		bool eq, nocase, starts, ends;
		int order, order_nocase;
	} rows[] = {
		{ "abc", "abc", true, true, true, true, 0, 0 },
		{ "abc", "ABC", false, true, true, true, 1, 0 },
		{ "abc", "ab", false, false, true, false, 1, 1 },
		{ "ab", "abc", false, false, false, false, -1, -1 },
		{ "abc", "BC", false, false, false, true, 1, -1 },
		{ "abc", "", false, false, true, true, 1, 1 },
		{ "a", "b", false, false, false, false, -1, -1 },
		{ "B", "a", false, false, false, false, -1, 1 },
		{ "\303\244", "\303\204", false, false, false, false, 1, 1 },	/* only ASCII */
		{ "[", "{", false, false, false, false, -1, -1 },
		{ "@", "`", false, false, false, false, -1, -1 },
		{ "\377", "a", false, false, false, false, 1, 1 },	/* unsigned octets */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str a = tap_exact(rows[i].a), b = tap_exact(rows[i].b);
		int order = str_cmp(a, b), order_nocase = str_cmp_nocase(a, b);

		tap_eq_int(str_eq(a, b), rows[i].eq, "equal, row %zu", i);
		tap_eq_int(str_eq_nocase(a, b), rows[i].nocase, "equal without case, row %zu", i);
		tap_eq_int(str_starts_nocase(a, b), rows[i].starts, "starts, row %zu", i);
		tap_eq_int(str_ends_nocase(a, b), rows[i].ends, "ends, row %zu", i);
		tap_eq_int((order > 0) - (order < 0), rows[i].order, "order, row %zu", i);
		tap_eq_int((order_nocase > 0) - (order_nocase < 0), rows[i].order_nocase,
		    "order without case, row %zu", i);
	}
	tap_ok(!str_eq(tap_exact_str(STR("a\0b")), tap_exact_str(STR("a\0c"))),
	    "a NUL ends nothing");
}

static void
test_numbers(void)
{
	static const struct {
		const char *in;
		uint32_t max;
		enum res res;
		uint32_t value;
	} rows[] = {
		{ "0", 10, RES_OK, 0 },
		{ "10", 10, RES_OK, 10 },
		{ "11", 10, RES_LIMIT, 0 },
		{ "007", 10, RES_OK, 7 },
		{ "4294967295", UINT32_MAX, RES_OK, UINT32_MAX },
		{ "4294967296", UINT32_MAX, RES_LIMIT, 0 },
		{ "18446744073709551617", UINT32_MAX, RES_LIMIT, 0 },
		{ "99999999999999999999999999999999999x", UINT32_MAX, RES_SYNTAX, 0 },
		{ "", 10, RES_SYNTAX, 0 },
		{ "-1", 10, RES_SYNTAX, 0 },
		{ "+1", 10, RES_SYNTAX, 0 },
		{ " 1", 10, RES_SYNTAX, 0 },
		{ "1 ", 10, RES_SYNTAX, 0 },
		{ "0x1", 10, RES_SYNTAX, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t v = 4711;

		tap_eq_res(str_to_u32(tap_exact(rows[i].in), rows[i].max, &v), rows[i].res,
		    "number \"%s\"", rows[i].in);
		tap_eq_int(v, rows[i].res == RES_OK ? rows[i].value : 4711, "number \"%s\": value",
		    rows[i].in);
	}
}

static void
test_classes(void)
{
	int bad = 0;

	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		bool upper = i >= 'A' && i <= 'Z', lower = i >= 'a' && i <= 'z';
		bool digit = i >= '0' && i <= '9';

		bad += (unsigned char)ascii_lower(c) != (upper ? i + 32 : i);
		bad += ascii_is_digit(c) != digit || ascii_is_alpha(c) != (upper || lower);
		bad += ascii_is_alnum(c) != (upper || lower || digit);
		bad += ascii_is_blank(c) != (i == ' ' || i == '\t' || i == '\r' || i == '\n');
		bad += ascii_is_graph(c) != (i > 32 && i < 127);
		bad += ascii_is_print(c) != (i >= 32 && i < 127);
		bad += ascii_is_7bit(c) != (i < 128);
	}
	tap_eq_int(bad, 0, "classes of all 256 octets: ASCII, whatever char's sign");
}

int
main(void)
{
	test_views();
	test_cut();
	test_trim();
	test_ends();
	test_members();
	test_find();
	test_compare();
	test_numbers();
	test_classes();
	return tap_done();
}
