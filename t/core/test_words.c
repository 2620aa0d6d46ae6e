/* Words and enums: every table without holes, every word read back. */
#include "core/evidence.h"
#include "core/policy.h"
#include "core/reply.h"
#include "t/tap.h"

static void
test_words_back(void)
{
	enum spf_result spf;
	enum dkim_result dkim;

	for (enum spf_result r = 0; r < SPFRESULT_COUNT; r++)
		tap_ok(spf_result_from_word(str_from(spf_result_word(r)), &spf) == RES_OK && spf == r,
		    "8601 2.7.2: %s is read back", spf_result_word(r));
	for (enum dkim_result r = 0; r < DKIM_RESULT_COUNT; r++)
		tap_ok(dkim_result_from_word(str_from(dkim_result_word(r)), &dkim) == RES_OK && dkim == r,
		    "8601 2.7.1: %s is read back", dkim_result_word(r));
	tap_eq_res(spf_result_from_word(STR("Pass"), &spf), RES_SYNTAX, "words are exact");
	tap_eq_res(spf_result_from_word(STR(""), &spf), RES_SYNTAX, "an empty word is none");
}

#define HOLDS_WORDS(fn, first, count) \
	for (unsigned i = (first); i < (count); i++) \
		tap_ok(fn(i) != NULL && fn(i)[0] != '\0', #fn " %u has a word", i)

static void
test_no_holes(void)
{
	HOLDS_WORDS(posture_word, POSTURE_NONE, POSTURE_COUNT);
	HOLDS_WORDS(enforcement_word, ENFORCE_NODMARC, ENFORCE_COUNT);
	HOLDS_WORDS(dmarc_result_word, 0, DMARC_RESULT_COUNT);
	HOLDS_WORDS(author_kind_word, 0, AUTHOR_COUNT);
	HOLDS_WORDS(policy_tag_word, TAG_P, TAG_COUNT);
	HOLDS_WORDS(skipped_word, SKIPPED_TRUSTED_HOST, SKIPPED_COUNT);
	HOLDS_WORDS(action_word, 0, ACTION_COUNT);
	HOLDS_WORDS(disposition_word, 0, DISPOSITION_COUNT);
	tap_ok(posture_word(POSTURE_UNKNOWN) == NULL, "interface.md: an unknown posture is null");
	tap_ok(enforcement_word(ENFORCE_UNKNOWN) == NULL, "interface.md: an unknown enforcement is null");
}

/* Postfix ends the session over an enhanced code of another class, and drops a single percent sign. */
static void
test_replies(void)
{
	for (enum reply_id id = REPLY_NONE + 1; id < REPLY_COUNT; id++) {
		const struct reply *r = reply_get(id);
		struct str text = str_from(r->text);

		tap_ok(r->code / 100 == (unsigned)(r->enhanced[0] - '0'), "3463: %u and %s agree", r->code, r->enhanced);
		tap_ok(str_find(text, '%') == text.len && text.len > 0 && text.len < 400, "reply text of %u", r->code);
	}
}

static void
test_best_dkim(void)
{
	struct ev_dkim list[] = { { .result = DKIM_RESULT_FAIL }, { .result = DKIM_RESULT_NEUTRAL },
	    { .result = DKIM_RESULT_PERMERROR } };
	struct evidence ev = { .dkim = list, .dkim_count = 3 };

	tap_eq_int(evidence_dkim_best(&ev), DKIM_RESULT_NEUTRAL, "interface.md 4: neutral before fail");
	list[2].result = DKIM_RESULT_PASS;
	tap_eq_int(evidence_dkim_best(&ev), DKIM_RESULT_PASS, "interface.md 4: pass is the best");
	ev.dkim_count = 0;
	tap_eq_int(evidence_dkim_best(&ev), DKIM_RESULT_NONE, "interface.md 4: none without a signature");
}

static void
test_policy(void)
{
	struct evidence ev = {0};
	struct score score = {0};

	tap_eq_int(policy_decide(&ev, &score, false).action, ACTION_ACCEPT, "interface.md: score 0.0 is accept");
	score.tenths = 100;
	tap_eq_int(policy_decide(&ev, &score, false).action, ACTION_TAG, "interface.md: a score is a tag, never more");
	tap_eq_int(policy_decide(&ev, &score, false).disposition, DISPOSITION_NONE, "9989 7.4: no reject for p=reject");
	ev.skipped = SKIPPED_AUTHENTICATED;
	tap_eq_int(policy_decide(&ev, &score, false).action, ACTION_ACCEPT, "interface.md: skipped is accept");
	tap_eq_int(policy_decide(&ev, &score, true).action, ACTION_REJECT,
	    "interface.md 2: more than 500 forged fields are refused, evaluated or not");
}

int
main(void)
{
	test_words_back();
	test_no_holes();
	test_replies();
	test_best_dkim();
	test_policy();
	return tap_done();
}
