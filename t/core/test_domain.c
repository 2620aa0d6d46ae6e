#include "core/domain.h"

#include <string.h>

#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define L10 "abcdefghij"
#define L63 L10 L10 L10 L10 L10 L10 "abc"
#define NAME_253 L63 "." L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a"

static void
test_is_name(void)
{
	static const struct { const char *in; bool is; const char *rule; } rows[] = {
		{ "example.org", true, "a name" },
		{ "EXAMPLE.org", true, "4343: any case" },
		{ "_dmarc.example.org", true, "8552: underscores" },
		{ "localhost", true, "a single label" },
		{ "192.0.2.1", true, "an address is not told apart" },
		{ "-a-.b-", true, "hyphens anywhere" },
		{ L63 ".org", true, "1035 2.3.4: label of 63" },
		{ L63 "d.org", false, "1035 2.3.4: label of 64" },
		{ NAME_253, true, "1035 2.3.4: 253 in all" },
		{ NAME_253 "b", false, "1035 2.3.4: 254 in all" },
		{ "", false, "nothing" },
		{ ".", false, "the root" },
		{ "example.org.", false, "a final dot" },
		{ ".example.org", false, "an empty label" },
		{ "example..org", false, "an empty label" },
		{ "ex ample.org", false, "a blank" },
		{ "example.org\n", false, "a newline" },
		{ "a+b.example.org", false, "other octets" },
		{ "*.example.org", false, "other octets" },
		{ "[192.0.2.1]", false, "a domain literal" },
		{ "b\303\274cher.example", false, "a U-label" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_eq_int(domain_is_name(tap_exact(rows[i].in)), rows[i].is, "%s: \"%s\"",
		    rows[i].rule,
		    rows[i].in);
	tap_ok(!domain_is_name(tap_exact_str(STR("example\0.org"))), "a NUL");
}

static void
test_from_text(struct arena *a)
{
	static const struct { const char *in, *name, *rule; } rows[] = {
		{ "example.org", "example.org", "as it is" },
		{ "Example.ORG", "example.org", "lower case" },
		{ "example.org.", "example.org", "one final dot is dropped" },
		{ "example.org..", NULL, "one, not two" },
		{ ".", NULL, "the root is no domain" },
		{ "", NULL, "nothing" },
		{ "192.0.2.1", "192.0.2.1", "an address is not told apart" },
		{ "_dmarc.example.org", "_dmarc.example.org", "8552: underscores" },
		{ "xn--BCHER-kva.example", "xn--bcher-kva.example", "lower-case A-labels" },
		{ "xn--a.example", "xn--a.example", "ASCII stays as it is" },
		{ NAME_253 ".", NAME_253, "253 and the final dot" },
		{ NAME_253 "b", NULL, "254" },
		{ "b\303\274cher.example", "xn--bcher-kva.example", "8616: U-label" },
		{ "B\303\234CHER.Example", "xn--bcher-kva.example", "U-label in capitals" },
		{ "bu\314\210cher.example.", "xn--bcher-kva.example", "NFC input, final dot" },
		{ "stra\303\237e.example", "xn--strae-oqa.example", "5891: sharp s is a letter" },
		{ "_spf.b\303\274cher.example", "_spf.xn--bcher-kva.example",
		    "underscore beside a U-label" },
		{ "\346\227\245\346\234\254.example", "xn--wgv71a.example",
		    "U-label, three octets each" },
		{ "b\303\274cher\343\200\202example", "xn--bcher-kva.example",
		    "5895: ideographic full stop" },
		{ "b\303\274cher..example", NULL, "an empty label" },
		{ "b\303\274 cher.example", NULL, "a blank" },
		{ "a@b\303\274cher.example", NULL, "an at sign" },
		{ "\342\204\200.example", NULL, "a character that maps to a/c" },
		{ "b\303cher.example", NULL, "broken UTF-8" },
		{ "\374.example", NULL, "Latin-1" },
		{ "\355\240\200.example", NULL, "a surrogate" },
		{ "\300\256.example", NULL, "an overlong dot" },
		{ "\314\210a.example", NULL, "5891 4.2.3.2: leading combining mark" },
		{ "\343\200\202", NULL, "an ideographic full stop alone" },
		{ "\302\255", NULL, "a soft hyphen alone: nothing is left" },
		{ "b\303\274cher.exa_mple+x", NULL, "other octets beside a U-label" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str name = STR("unwritten");
		enum res r = domain_from_text(a, tap_exact(rows[i].in), &name);

		if (tap_eq_res(r, rows[i].name != NULL ? RES_OK : RES_SYNTAX, "%s: %s",
		    rows[i].rule,
		    rows[i].in))
			tap_eq_str(name,
			    str_from(rows[i].name != NULL ? rows[i].name : "unwritten"),
			    "%s: the name", rows[i].rule);
	}
}

static void
test_from_odd_text(struct arena *a)
{
	char big[4 * DOMAIN_MAX + 4];
	struct str name, text = { big, sizeof big };
	struct arena *small = arena_open(16);

	for (size_t i = 0; i < sizeof big; i += 2)
		memcpy(big + i, "\303\274", 2);
	tap_eq_res(domain_from_text(a, tap_exact_str(text), &name), RES_SYNTAX,
	    "long text of U-labels");
	text.len = 128;
	tap_eq_res(domain_from_text(a, tap_exact_str(text), &name), RES_SYNTAX,
	    "a U-label too long");
	tap_eq_res(domain_from_text(a, tap_exact_str(STR("a\0b.example")), &name), RES_SYNTAX,
	    "NUL");
	tap_eq_res(domain_from_text(a, tap_exact_str(STR("\303\274\0b.example")), &name),
	    RES_SYNTAX,
	    "NUL behind a U-label");
	tap_eq_res(domain_from_text(small, tap_exact("a.long.name.example.org"), &name), RES_NOMEM,
	    "memory");
	tap_eq_res(domain_from_text(small, tap_exact("a.b\303\274cher.example.org"), &name),
	    RES_NOMEM,
	    "memory for a U-label");
	arena_close(small);
}

static void
test_below(void)
{
	static const struct { const char *name, *top; bool below; } rows[] = {
		{ "example.org", "example.org", true },
		{ "Mail.Example.org", "example.ORG", true },
		{ "badexample.org", "example.org", false },
		{ "example.org", "mail.example.org", false },
		{ "example.org", "org", true },
		{ "org", "example.org", false },
		{ "example.org", "", false },
		{ "ample.org", "le.org", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_eq_int(domain_is_at_or_below(tap_exact(rows[i].name), tap_exact(rows[i].top)),
		    rows[i].below, "%s at or below %s", rows[i].name, rows[i].top);
	tap_ok(domain_eq(tap_exact("A.org"), tap_exact("a.ORG")), "4343: comparison without case");
	tap_ok(!domain_eq(tap_exact("a.org"), tap_exact("a.orga")), "not a prefix");
}

static void
test_labels(void)
{
	static const struct {
		const char *name;
		size_t labels;
		const char *parent, *last2;
	} rows[] = {
		{ "a.b.c.org", 4, "b.c.org", "c.org" },
		{ "example.org", 2, "org", "example.org" },
		{ "org", 1, "", "org" },
		{ "", 0, "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str name = tap_exact(rows[i].name);

		tap_eq_int((long long)domain_labels(name), (long long)rows[i].labels,
		    "labels of \"%s\"",
		    rows[i].name);
		tap_eq_str(domain_parent(name), str_from(rows[i].parent), "parent of \"%s\"",
		    rows[i].name);
		tap_eq_str(domain_last_labels(name, 2), str_from(rows[i].last2),
		    "last two of \"%s\"",
		    rows[i].name);
		tap_eq_str(domain_last_labels(name, 0), STR(""), "last none of \"%s\"",
		    rows[i].name);
	}
}

static void
test_walk(void)
{
	static const struct { const char *name, *next; } rows[] = {
		{ "a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com" },
		{ "1.2.3.4.5.6.7.8", "2.3.4.5.6.7.8" },
		{ "1.2.3.4.5.6.7", "2.3.4.5.6.7" },
		{ "example.com", "com" },
		{ "com", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str next = STR("unwritten");
		enum res want = rows[i].next != NULL ? RES_OK : RES_NONE;

		tap_eq_res(domain_walk_next(tap_exact(rows[i].name), &next), want, "9989 4.10: %s",
		    rows[i].name);
		tap_eq_str(next, str_from(rows[i].next != NULL ? rows[i].next : "unwritten"),
		    "9989 4.10: after %s", rows[i].name);
	}
}

static void
test_dotted_number(void)
{
	static const struct { const char *in; bool is; } rows[] = {
		{ "192.0.2.1", true }, { "999.0.2.1", true }, { "192.0.2", false },
		    { "192.0.2.1.5", false },
		{ "192.0.2.a", false }, { "192.0..1", false }, { "192.0.2.", false }, { "", false },
		{ "1.2.3.4.example", false }, { "....", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_eq_int(domain_is_dotted_number(tap_exact(rows[i].in)), rows[i].is,
		    "dotted number \"%s\"",
		    rows[i].in);
}

int
main(void)
{
	struct arena *a = arena_open(0);

	test_is_name();
	test_from_text(a);
	test_from_odd_text(a);
	test_below();
	test_labels();
	test_walk();
	test_dotted_number();
	arena_close(a);
	return tap_done();
}
