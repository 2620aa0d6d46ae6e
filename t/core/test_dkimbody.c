#include "core/dkimbody.h"

#include <stdlib.h>
#include <string.h>

#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void
test_body(void)
{
	static const struct {
		const char *in;
		uint64_t simple, relaxed;
		const char *end, *rule;
	} rows[] = {
		{ "", 0, 0, "", "no body" },
		{ "\r\n", 0, 0, "", "an empty line" },
		{ "\r\n\r\n", 0, 0, "", "empty lines" },
		{ "a\r\n", 3, 3, "", "a line" },
		{ "a\r\n\r\n\r\n", 3, 3, "", "6376 3.4.3: empty lines at the end" },
		{ "a\r\n\r\nb\r\n", 8, 8, "", "an empty line between" },
		{ "\r\na\r\n", 5, 5, "", "an empty line before" },
		{ "a  b \r\n", 7, 5, "", "6376 3.4.4: blanks" },
		{ " \t a\r\n", 6, 4, "", "6376 3.4.4: blanks before" },
		{ "a\r\n \r\n", 6, 3, "", "6376 3.4.4: a line of blanks is empty" },
		{ "a", 0, 0, "\r\n", "6376 3.4.3: no CRLF at the end" },
		{ "a\r\nb", 3, 3, "\r\n", "no CRLF at the end" },
		{ "a\r", 0, 0, "\n", "half a CRLF" },
		{ "a\rb\r\n", 5, 5, "", "a bare CR" },
		{ "a\r\r\n", 4, 4, "", "two CRs" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str in = tap_exact(rows[i].in);

		for (size_t cut = 0; cut <= in.len; cut++) {
			struct dkimbody b = {0};
			bool same;

			dkimbody_feed(&b, str_first(in, cut));
			dkimbody_feed(&b, str_skip(in, cut));
			same = b.canonical[0] == rows[i].simple &&
			    b.canonical[1] == rows[i].relaxed &&
			    str_eq(dkimbody_missing_end(&b), str_from(rows[i].end));
			if (!same || cut == in.len)
				tap_ok(same, "%s, cut at %zu", rows[i].rule, cut);
		}
	}
}

static void
test_bare(void)
{
	static const struct {
		const char *in;
		bool cr, lf;
	} rows[] = {
		{ "a\r\nb\r\n", false, false },
		{ "a\rb\r\n", true, false },
		{ "a\nb\r\n", false, true },
		{ "\n", false, true },
		{ "a\r\r\n", true, false },
		{ "\r\n\n", false, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dkimbody b = {0};

		dkimbody_feed(&b, tap_exact(rows[i].in));
		tap_ok(b.bare_cr == rows[i].cr && b.bare_lf == rows[i].lf,
		    "5322 2.3: bare CR and LF, row %zu", i);
	}
}

static void
test_endless(void)
{
	static const struct {
		const char *between;
		bool endless;
	} rows[] = {{ "", true }, { " ", false }, { "\r\n", false }};
	char *half = malloc(DKIMBODY_MAX_WORD);

	if (half == NULL)
		abort();
	memset(half, 'x', DKIMBODY_MAX_WORD);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dkimbody b = {0};

		dkimbody_feed(&b, (struct str){ half, DKIMBODY_MAX_WORD });
		tap_ok(!b.endless, "a word of a megabyte");
		dkimbody_feed(&b, str_from(rows[i].between));
		dkimbody_feed(&b, STR("x"));
		tap_ok(b.endless == rows[i].endless, "and one more octet, row %zu", i);
	}
	free(half);
}

int
main(void)
{
	test_body();
	test_bare();
	test_endless();
	return tap_done();
}
