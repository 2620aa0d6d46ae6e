#include "core/dkimtags.h"

#include <string.h>

#include "base/buf.h"
#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* "a" is the tag whose value is compared; NULL: it is not there. */
static void
test_read(void)
{
	static const struct {
		const char *in;
		enum res res;
		size_t count;
		const char *a, *rule;
	} rows[] = {
		{ "a=b", RES_OK, 1, "b", "6376 3.2: one tag" },
		{ "a=b;", RES_OK, 1, "b", "6376 3.2: a semicolon at the end" },
		{ "a=b; ", RES_OK, 1, "b", "6376 3.2: blanks after it" },
		{ " \r\n\ta \t=\n b c\t ; d=e", RES_OK, 2, "b c",
		    "6376 3.2: FWS around name and value" },
		{ "a=b\r\n c", RES_OK, 1, "b\r\n c", "6376 3.2: FWS within a value" },
		{ "a=", RES_OK, 1, "", "6376 3.2: an empty value" },
		{ "a= ;b=1", RES_OK, 2, "", "6376 3.2: a value of blanks" },
		{ "a=b=c==", RES_OK, 1, "b=c==", "6376 3.2: equal signs in a value" },
		{ "A=1; a=2", RES_OK, 2, "2", "6376 3.2: names have case" },
		{ "b1_2=x", RES_OK, 1, NULL, "6376 3.2: digits and _ in a name" },
		{ "a=!<>~:", RES_OK, 1, "!<>~:", "6376 3.2: VALCHAR" },
		{ "", RES_SYNTAX, 0, NULL, "nothing" },
		{ " ", RES_SYNTAX, 0, NULL, "blanks" },
		{ ";", RES_SYNTAX, 0, NULL, "no tag-spec" },
		{ "a", RES_SYNTAX, 0, NULL, "no =" },
		{ "=b", RES_SYNTAX, 0, NULL, "no name" },
		{ "a=b;;c=d", RES_SYNTAX, 0, NULL, "an empty tag-spec" },
		{ "a=b; ;", RES_SYNTAX, 0, NULL, "an empty tag-spec at the end" },
		{ "1a=b", RES_SYNTAX, 0, NULL, "a name begins with a letter" },
		{ "_a=b", RES_SYNTAX, 0, NULL, "a name begins with a letter" },
		{ "a-b=c", RES_SYNTAX, 0, NULL, "- in a name" },
		{ "a b=c", RES_SYNTAX, 0, NULL, "a blank in a name" },
		{ "a=\x7f", RES_SYNTAX, 0, NULL, "DEL" },
		{ "a=b\x01", RES_SYNTAX, 0, NULL, "a control" },
		{ "a=\v", RES_SYNTAX, 0, NULL, "VT is no blank" },
		{ "a=\xc3\xbc", RES_SYNTAX, 0, NULL, "8-bit" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dkimtags tags;

		if (!tap_eq_res(dkimtags_read(tap_exact(rows[i].in), &tags), rows[i].res, "%s",
			rows[i].rule) ||
		    rows[i].res != RES_OK)
			continue;
		tap_eq_int((long long)tags.count, (long long)rows[i].count, "%s: tags",
		    rows[i].rule);
		if (rows[i].a == NULL)
			tap_ok(dkimtags_get(&tags, "a").p == NULL, "%s: no a", rows[i].rule);
		else
			tap_eq_str(dkimtags_get(&tags, "a"), str_from(rows[i].a), "%s: a",
			    rows[i].rule);
	}
	tap_eq_res(dkimtags_read((struct str){ "a=\0", 3 }, &(struct dkimtags){0}), RES_SYNTAX,
	    "NUL");
	tap_eq_res(dkimtags_read((struct str){0}, &(struct dkimtags){0}), RES_SYNTAX,
	    "no text at all");
}

static void
test_twice(void)
{
	static const struct { const char *in, *twice, *rule; } rows[] = {
		{ "a=1; b=2", NULL, "none" },
		{ "a=1; b=2; a=1", "a", "6376 3.2: a tag twice, equal values" },
		{ "a=1; b=2; b=3; a=4", "b", "the first one that is twice" },
		{ "d=1; D=2", "D", "without case, as the library reads" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dkimtags tags;

		if (tap_eq_res(dkimtags_read(tap_exact(rows[i].in), &tags), RES_OK, "%s",
			rows[i].rule))
			tap_eq_str(tags.twice, str_from(rows[i].twice), "%s: which", rows[i].rule);
	}
}

static void
test_limit(void)
{
	for (unsigned n = DKIMTAGS_MAX - 1; n <= DKIMTAGS_MAX + 1; n++) {
		char mem[2048];
		struct buf b = buf_on(mem, sizeof mem);

		for (unsigned i = 0; i < n; i++) {
			buf_puts(&b, "t");
			buf_putu(&b, i);
			buf_puts(&b, "=;");
		}
		tap_eq_res(dkimtags_read(buf_str(&b), &(struct dkimtags){0}),
		    n <= DKIMTAGS_MAX ? RES_OK : RES_LIMIT, "%u tags", n);
	}
}

static void
test_items(void)
{
	static const struct {
		const char *list, *item;
		bool has;
		size_t count;
	} rows[] = {
		{ "From:To", "to", true, 2 },
		{ " From : To ", "From", true, 2 },
		{ "From", "Fro", false, 1 },
		{ "", "", true, 1 },
		{ "a::b", "", true, 3 },
		{ "a:", "", true, 2 },
		{ "a\r\n :\tb", "b", true, 2 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str rest = tap_exact(rows[i].list), item;
		size_t n = 0;

		tap_ok(dkimtags_has_item(rest, str_from(rows[i].item)) == rows[i].has,
		    "\"%s\" has \"%s\"", rows[i].list, rows[i].item);
		while (dkimtags_next_item(&rest, &item))
			n++;
		tap_eq_int((long long)n, (long long)rows[i].count, "\"%s\": items", rows[i].list);
	}
	tap_ok(!dkimtags_has_item((struct str){0}, STR("")), "no list has no item");
}

static void
test_base64(void)
{
	static const struct {
		const char *in;
		enum res res;
		size_t octets;
	} rows[] = {
		{ "AAAA", RES_OK, 3 },
		{ "AAA=", RES_OK, 2 },
		{ "AA==", RES_OK, 1 },
		{ "", RES_OK, 0 },
		{ "A A\r\n\tA A", RES_OK, 3 },
		{ "+/09azAZ", RES_OK, 6 },
		{ "AA= =", RES_OK, 1 },
		{ "AAA", RES_OK, 2 },
		{ "AA", RES_OK, 1 }, /* without padding */
		{ "A", RES_SYNTAX, 0 },
		{ "A===", RES_SYNTAX, 0 },
		{ "AA=A", RES_SYNTAX, 0 },
		{ "A-_A", RES_SYNTAX, 0 },
		{ "=", RES_SYNTAX, 0 },
		{ "====", RES_SYNTAX, 0 },
		{ "AAAA===", RES_SYNTAX, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t octets = 99;

		tap_eq_res(dkimtags_base64(tap_exact(rows[i].in), &octets), rows[i].res,
		    "6376 2.8: \"%s\"", rows[i].in);
		if (rows[i].res == RES_OK)
			tap_eq_int((long long)octets, (long long)rows[i].octets,
			    "6376 2.8: \"%s\": octets", rows[i].in);
	}
}

static void
test_unquote(void)
{
	static const struct {
		const char *in;
		enum res res;
		const char *out;
	} rows[] = {
		{ "joe@example.org", RES_OK, "joe@example.org" },
		{ "j=6Fe", RES_OK, "joe" },
		{ "=20=3D", RES_OK, " =" },
		{ "a b\r\n\tc", RES_OK, "abc" },
		{ "", RES_OK, "" },
		{ "=6f", RES_SYNTAX, NULL },
		{ "=4", RES_SYNTAX, NULL },
		{ "=", RES_SYNTAX, NULL },
		{ "a=\r\n b", RES_SYNTAX, NULL },
		{ "=G0", RES_SYNTAX, NULL },
	};
	struct arena *a = arena_open(0);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str out;

		if (tap_eq_res(dkimtags_unquote(a, tap_exact(rows[i].in), &out), rows[i].res,
			"6376 2.11: \"%s\"", rows[i].in) &&
		    rows[i].res == RES_OK)
			tap_eq_str(out, str_from(rows[i].out), "6376 2.11: \"%s\": text",
			    rows[i].in);
	}
	tap_eq_str(dkimtags_squeeze(a, STR(" a b\r\n\tc ")), STR("abc"), "blanks squeezed out");
	tap_ok(dkimtags_squeeze(a, (struct str){0}).p != NULL,
	    "of nothing nothing, with a pointer");
	arena_close(a);
}

int
main(void)
{
	test_read();
	test_twice();
	test_limit();
	test_items();
	test_base64();
	test_unquote();
	return tap_done();
}
