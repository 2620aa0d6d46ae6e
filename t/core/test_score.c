/* The shipped table and the sentences about it: what softfail is worth, and what reaches 5.0. */
#include "core/score.h"
#include "t/tap.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))

/* What SPF may say, as the score sees it. */
static const struct {
	const char *name;
	enum spf_result result;
	bool open;
} spf_cases[] = {
	{ "none", SPFRESULT_NONE, false },
	{ "neutral", SPFRESULT_NEUTRAL, false },
	{ "temperror", SPFRESULT_TEMPERROR, false },
	{ "pass", SPFRESULT_PASS, false },
	{ "open pass", SPFRESULT_PASS, true },
	{ "softfail", SPFRESULT_SOFTFAIL, false },
	{ "fail", SPFRESULT_FAIL, false },
	{ "permerror", SPFRESULT_PERMERROR, false },
};

/* Tenths wanted by the enforcement of the SPF domain: nodmarc none quarantine reject, then with a DMARC pass. */
static const unsigned spf_want[COUNT(spf_cases)][5] = {
	{ 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 },
	{ 15, 15, 19, 25, 0 }, { 7, 7, 15, 25, 0 }, { 10, 10, 19, 30, 3 }, { 3, 3, 5, 5, 0 },
};

/* What DMARC may say, and what it adds. */
static const struct {
	const char *name;
	struct ev_dmarc dmarc;
	unsigned tenths;
	bool leaves_spf_out;
} dmarc_cases[] = {
	{ "none", { .result = DMARC_RESULT_NONE }, 0, false },
	{ "fail, p=none", { .result = DMARC_RESULT_FAIL, .have_policy = true, .policy = ENFORCE_NONE }, 0, false },
	{ "fail, p=quarantine", { .result = DMARC_RESULT_FAIL, .have_policy = true, .policy = ENFORCE_QUARANTINE },
	    19, false },
	{ "fail, p=reject", { .result = DMARC_RESULT_FAIL, .have_policy = true, .policy = ENFORCE_REJECT }, 30, false },
	{ "temperror, no policy", { .result = DMARC_RESULT_TEMPERROR }, 0, false },
	{ "temperror, p=none", { .result = DMARC_RESULT_TEMPERROR, .have_policy = true, .policy = ENFORCE_NONE },
	    0, false },
	{ "temperror, p=quarantine", { .result = DMARC_RESULT_TEMPERROR, .have_policy = true,
	    .policy = ENFORCE_QUARANTINE }, 10, true },
	{ "temperror, p=reject", { .result = DMARC_RESULT_TEMPERROR, .have_policy = true, .policy = ENFORCE_REJECT },
	    20, true },
	{ "author broken", { .result = DMARC_RESULT_PERMERROR, .author = AUTHOR_BROKEN }, 30, false },
	{ "authors several", { .result = DMARC_RESULT_PERMERROR, .author = AUTHOR_SEVERAL }, 30, false },
	{ "authors repeated", { .result = DMARC_RESULT_PERMERROR, .author = AUTHOR_REPEATED }, 55, true },
};

static const enum enforcement enforcements[] = { ENFORCE_NODMARC, ENFORCE_NONE, ENFORCE_QUARANTINE, ENFORCE_REJECT };

static struct score
score_of(size_t spf, enum enforcement e, const struct ev_dmarc *dmarc)
{
	struct evidence ev = { .dmarc = *dmarc };

	ev.spf.result = spf_cases[spf].result;
	ev.spf.open = spf_cases[spf].open;
	ev.spf.enforcement = e;
	return score_evaluate(score_defaults(), &ev);
}

/* Every combination of what SPF says about one domain and DMARC about another. */
static void
test_cells(void)
{
	bool gap = true, exactly_two = true;

	for (size_t s = 0; s < COUNT(spf_cases); s++)
		for (size_t e = 0; e < COUNT(enforcements); e++)
			for (size_t d = 0; d < COUNT(dmarc_cases); d++) {
				unsigned spf = dmarc_cases[d].leaves_spf_out ? 0 : spf_want[s][e];
				struct score got = score_of(s, enforcements[e], &dmarc_cases[d].dmarc);
				bool high = dmarc_cases[d].dmarc.author == AUTHOR_REPEATED ||
				    (dmarc_cases[d].tenths == 30 && enforcements[e] == ENFORCE_REJECT && spf >= 25);

				tap_eq_int(got.tenths, spf + dmarc_cases[d].tenths, "score.md: spf %s at %s, dmarc %s",
				    spf_cases[s].name, enforcement_word(enforcements[e]), dmarc_cases[d].name);
				gap = gap && (got.tenths <= 49 || got.tenths >= 55);
				exactly_two = exactly_two && high == (got.tenths >= 50);
			}
	tap_ok(gap, "score.md: no cell lies between 4.9 and 5.5");
	tap_ok(exactly_two, "score.md: at 5.0 stand contradicting From fields, and a failing p=reject (or no one author) "
	    "with softfail, fail or an open record of a domain at reject, and nothing else");
}

static void
test_dmarc_pass(void)
{
	static const struct ev_dmarc by_dkim = { .result = DMARC_RESULT_PASS, .aligned_dkim = true, .have_policy = true,
	    .policy = ENFORCE_REJECT };
	static const struct ev_dmarc by_spf = { .result = DMARC_RESULT_PASS, .aligned_spf = true, .have_policy = true,
	    .policy = ENFORCE_REJECT };

	for (size_t s = 0; s < COUNT(spf_cases); s++)
		for (size_t e = 0; e < COUNT(enforcements); e++) {
			struct score got = score_of(s, enforcements[e], &by_dkim);

			tap_eq_int(got.tenths, spf_want[s][4], "score.md: a DMARC pass by DKIM, spf %s at %s",
			    spf_cases[s].name, enforcement_word(enforcements[e]));
			tap_eq_int(got.column, COLUMN_DMARC_PASS, "score.md: column dmarc-pass");
		}
	tap_eq_int(score_of(3, ENFORCE_REJECT, &by_spf).tenths, 0, "score.md: an aligned SPF pass weighs nothing");
	tap_eq_int(score_of(4, ENFORCE_REJECT, &by_spf).tenths, 25,
	    "score.md: a DMARC pass that rests on an open SPF pass alone forgives nothing");
	tap_eq_int(score_of(4, ENFORCE_REJECT, &by_spf).column, COLUMN_REJECT, "score.md: its column is the enforcement");
}

static void
test_reasons(void)
{
	struct score s = score_of(5, ENFORCE_REJECT, &dmarc_cases[3].dmarc);

	tap_eq_int((long long)s.reason_count, 2, "interface.md: softfail under reject has two reasons");
	tap_eq_text(score_token_word(s.reasons[0].token), "dmarc-reject", "interface.md: heaviest first");
	tap_eq_text(score_token_word(s.reasons[1].token), "softfail-enforced", "interface.md: then the next");
	s = score_of(6, ENFORCE_REJECT, &dmarc_cases[3].dmarc);
	tap_eq_text(score_token_word(s.reasons[0].token), "hardfail-enforced", "score.md: equal weights in token order");
	s = score_of(5, ENFORCE_NONE, &dmarc_cases[1].dmarc);
	tap_eq_text(score_token_word(s.reasons[0].token), "softfail-advisory", "score.md: advisory under p=none");
	tap_ok(score_of(0, ENFORCE_REJECT, &dmarc_cases[0].dmarc).reason_count == 0,
	    "score.md: reasons without weight are left out");
}

static void
test_limits(void)
{
	struct score_conf conf = *score_defaults();
	struct evidence ev = { .spf = { .result = SPFRESULT_FAIL, .enforcement = ENFORCE_REJECT },
	    .dmarc = dmarc_cases[3].dmarc };
	struct score s;

	conf.maximum = 45;
	tap_eq_int(score_evaluate(&conf, &ev).tenths, 45, "score.md: clamped to score.maximum");
	ev.skipped = SKIPPED_AUTHENTICATED;
	s = score_evaluate(score_defaults(), &ev);
	tap_ok(s.tenths == 0 && !s.have_column, "interface.md: nothing evaluated: 0.0 and no column");
	ev.skipped = SKIPPED_NO;
	ev.envelope_only = true;
	tap_eq_int(score_evaluate(score_defaults(), &ev).tenths, 30, "interface.md: the envelope alone: no DMARC part");
	ev.spf.enforcement = ENFORCE_UNKNOWN;
	tap_eq_int(score_evaluate(score_defaults(), &ev).tenths, 10, "score.md: enforcement not known: nodmarc");
	tap_eq_int(score_level(0), 0, "interface.md: no star for 0.0");
	tap_eq_int(score_level(3), 1, "interface.md: at least one star");
	tap_eq_int(score_level(55), 5, "interface.md: one star a whole point");
	tap_eq_int(score_level(100), 10, "interface.md: ten stars for 10.0");
}

static void
count_warning(void *arg, const char *sentence)
{
	++*(int *)arg;
	tap_note("%s", sentence);
}

static void
test_monotone(void)
{
	struct score_conf conf = *score_defaults();
	int warnings = 0;

	score_check_monotone(&conf, count_warning, &warnings);
	tap_eq_int(warnings, 0, "score.md: the shipped table is monotone");
	conf.spf[ROW_SOFTFAIL][COLUMN_NONE] = 40;
	score_check_monotone(&conf, count_warning, &warnings);
	tap_eq_int(warnings, 2, "score.md: more than quarantine, and more than fail: two warnings");
}

static bool
is_inside(const char *a, const char *b)
{
	struct str s = str_from(b), part = str_from(a);

	for (; s.len >= part.len; s = str_skip(s, 1))
		if (str_eq(str_first(s, part.len), part))
			return true;
	return false;
}

static void
test_words(void)
{
	bool apart = true;

	for (enum score_token a = 0; a < TOKEN_COUNT; a++)
		for (enum score_token b = 0; b < TOKEN_COUNT; b++)
			apart = apart && (a == b || !is_inside(score_token_word(a), score_token_word(b)));
	tap_ok(apart, "interface.md: no reason word is part of another");
}

int
main(void)
{
	test_cells();
	test_dmarc_pass();
	test_reasons();
	test_limits();
	test_monotone();
	test_words();
	return tap_done();
}
