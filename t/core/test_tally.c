#include "core/tally.h"

#include <stdio.h>
#include <string.h>

#include "t/tap.h"

enum { MAX_ROWS = 64 };

struct rows {
	struct tally_row list[MAX_ROWS];
	size_t count;
};

static void
keep_row(void *arg, const struct tally_row *r)
{
	struct rows *rows = arg;

	if (rows->count < MAX_ROWS)
		rows->list[rows->count] = *r;
	rows->count++;
}

static struct evidence
message(const char *author_domain, enum spf_result spf, enum dmarc_result dmarc)
{
	return (struct evidence){
		.spf = { .result = spf },
		.dmarc = { .result = dmarc,
		    .author = author_domain != NULL ? AUTHOR_ONE : AUTHOR_SEVERAL,
		    .author_domain = str_from(author_domain) },
	};
}

static void
count(struct tally *t, const struct evidence *ev, unsigned tenths, enum disposition disposition)
{
	const struct score score = { .tenths = tenths };
	const struct decision decision = { .disposition = disposition };

	tally_count(t, ev, &score, &decision);
}

static void
count_author(struct tally *t, const char *author_domain, unsigned times)
{
	struct evidence ev = message(author_domain, SPFRESULT_PASS, DMARC_RESULT_PASS);

	while (times-- > 0)
		count(t, &ev, 0, DISPOSITION_NONE);
}

static void
is_row(const struct rows *rows, size_t i, const char *domain, uint64_t msgs)
{
	if (tap_ok(i < rows->count, "row %zu is there", i)) {
		tap_eq_str(rows->list[i].domain, str_from(domain), "row %zu", i);
		tap_eq_int((long long)rows->list[i].msgs, (long long)msgs,
		    "row %zu: messages of %s", i, domain);
	}
}

/* the manual: the top busiest author domains, then the rest, then the total */
static void
test_order(void)
{
	struct tally *t = tally_open(1);
	struct rows rows = {0};

	count_author(t, "c.example", 2);
	count_author(t, "d.example", 1);
	count_author(t, "b.example", 2);
	count_author(t, "a.example", 1);
	count_author(t, "e.example", 5);
	count_author(t, NULL, 7);
	tally_report(t, 3, keep_row, &rows);
	is_row(&rows, 0, "e.example", 5);
	is_row(&rows, 1, "b.example", 2);
	is_row(&rows, 2, "c.example", 2);
	is_row(&rows, 3, "+unusable", 7);
	is_row(&rows, 4, "+other", 2);
	is_row(&rows, 5, "*", 18);
	tap_eq_int((long long)rows.count, 6, "and no more");
	tally_close(t);
}

static void
test_sums_only_when_needed(void)
{
	struct tally *t = tally_open(2);
	struct rows rows = {0};

	tally_report(t, 20, keep_row, &rows);
	tap_eq_int((long long)rows.count, 0, "nothing when nothing was counted");
	tally_close(t);

	t = tally_open(2);
	count_author(t, "a.example", 1);
	tally_report(t, 20, keep_row, &rows);
	is_row(&rows, 0, "a.example", 1);
	is_row(&rows, 1, "*", 1);
	tap_eq_int((long long)rows.count, 2, "no +unusable, no +other without messages");
	tally_close(t);

	t = tally_open(2);
	rows.count = 0;
	count_author(t, "a.example", 3);
	tally_report(t, 0, keep_row, &rows);
	is_row(&rows, 0, "+other", 3);
	is_row(&rows, 1, "*", 3);
	tally_close(t);
}

static void
test_counts(void)
{
	struct ev_dkim fail_and_pass[] = { { .result = DKIM_RESULT_FAIL },
	    { .result = DKIM_RESULT_PASS } };
	static const struct { enum spf_result spf; enum dmarc_result dmarc; enum disposition done; }
	    messages[] = {
		{ SPFRESULT_PASS, DMARC_RESULT_PASS, DISPOSITION_NONE },
		{ SPFRESULT_SOFTFAIL, DMARC_RESULT_FAIL, DISPOSITION_REJECT },
		{ SPFRESULT_FAIL, DMARC_RESULT_FAIL, DISPOSITION_QUARANTINE },
		{ SPFRESULT_NONE, DMARC_RESULT_NONE, DISPOSITION_NONE },
		{ SPFRESULT_NEUTRAL, DMARC_RESULT_TEMPERROR, DISPOSITION_NONE },
		{ SPFRESULT_TEMPERROR, DMARC_RESULT_PERMERROR, DISPOSITION_NONE },
		{ SPFRESULT_PERMERROR, DMARC_RESULT_PASS, DISPOSITION_NONE },
	};
	struct tally *t = tally_open(3);
	struct rows rows = {0};

	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		struct evidence ev = message("a.example", messages[i].spf, messages[i].dmarc);

		ev.dkim = fail_and_pass;
		ev.dkim_count = i < 2 ? 2 : 1;
		count(t, &ev, (unsigned)i, messages[i].done);
	}
	tally_report(t, 1, keep_row, &rows);
	for (size_t i = 0; i < 2 && i < rows.count; i++) {
		const struct tally_row *r = &rows.list[i];

		tap_ok(r->msgs == 7 && r->spf_pass == 1 && r->spf_softfail == 1 &&
		    r->spf_fail == 1 && r->spf_other == 4,
		    "row %zu: spf_* by result", i);
		tap_ok(r->dkim_pass == 2, "row %zu: dkim_pass: one passing signature is enough", i);
		tap_ok(r->dmarc_pass == 2 && r->dmarc_fail == 2,
		    "row %zu: errors are neither pass nor fail", i);
		tap_ok(r->enforced == 2, "row %zu: enforced: disposition quarantine or reject", i);
		tap_ok(r->score_tenths == 21, "row %zu: score_sum", i);
	}
	tally_close(t);
}

/* policy as last seen; spf_all as last seen in a message whose SPF domain is this very domain */
static void
test_last_seen(void)
{
	struct tally *t = tally_open(4);
	struct rows rows = {0};
	struct evidence ev = message("a.example", SPFRESULT_SOFTFAIL, DMARC_RESULT_FAIL);

	ev.dmarc.have_policy = true;
	ev.dmarc.policy = ENFORCE_REJECT;
	ev.spf.domain = STR("a.example");
	ev.spf.posture = POSTURE_SOFTFAIL;
	count(t, &ev, 0, DISPOSITION_NONE);
	ev.spf.domain = STR("bounce.example");
	ev.spf.posture = POSTURE_FAIL;
	count(t, &ev, 0, DISPOSITION_NONE);
	ev = message("a.example", SPFRESULT_TEMPERROR, DMARC_RESULT_TEMPERROR);
	ev.spf.domain = STR("a.example");
	count(t, &ev, 0, DISPOSITION_NONE);
	ev.dmarc.author_domain = STR("b.example");
	count(t, &ev, 0, DISPOSITION_NONE);
	ev = message("c.example", SPFRESULT_FAIL, DMARC_RESULT_FAIL);
	ev.dmarc.have_policy = true;
	ev.dmarc.policy = ENFORCE_NONE;
	ev.spf.domain = STR("c.example");
	ev.spf.posture = POSTURE_FAIL;
	count(t, &ev, 0, DISPOSITION_NONE);
	ev = message("c.example", SPFRESULT_NONE, DMARC_RESULT_NONE);
	ev.spf.domain = STR("c.example");
	count(t, &ev, 0, DISPOSITION_NONE);
	tally_report(t, 9, keep_row, &rows);
	is_row(&rows, 0, "a.example", 3);
	tap_ok(rows.list[0].policy == ENFORCE_REJECT,
	    "a look-up that failed does not wipe the policy out");
	tap_ok(rows.list[0].spf_all == POSTURE_SOFTFAIL,
	    "another SPF domain, or a failure, says nothing of ours");
	is_row(&rows, 1, "c.example", 2);
	tap_ok(rows.list[1].policy == ENFORCE_UNKNOWN && rows.list[1].spf_all == POSTURE_UNKNOWN,
	    "the records have gone");
	is_row(&rows, 2, "b.example", 1);
	tap_ok(rows.list[2].policy == ENFORCE_UNKNOWN && rows.list[2].spf_all == POSTURE_UNKNOWN,
	    "never seen");
	is_row(&rows, 3, "*", 6);
	tap_ok(rows.list[3].policy == ENFORCE_UNKNOWN && rows.list[3].spf_all == POSTURE_UNKNOWN,
	    "none in the sums");
	tally_close(t);
}

/* A sender may use a new author domain in each message. */
static void
test_bounded(void)
{
	struct tally *t = tally_open(5);
	struct rows rows = {0};
	char name[64];

	count_author(t, "busy.example", 3);
	for (unsigned i = 0; i < TALLY_MAX_DOMAINS + 500; i++) {
		snprintf(name, sizeof name, "d%u.example", i);
		count_author(t, name, 1);
	}
	count_author(t, "busy.example", 3);
	count_author(t, "d0.example", 1);
	tally_report(t, 2, keep_row, &rows);
	is_row(&rows, 0, "busy.example", 6);
	is_row(&rows, 1, "d0.example", 2);
	is_row(&rows, 2, "+other", TALLY_MAX_DOMAINS - 1 + 500);
	is_row(&rows, 3, "*", TALLY_MAX_DOMAINS + 500 + 7);
	tally_close(t);
}

/* Names are kept, not borrowed: the message that brought one is gone. */
static void
test_copies(void)
{
	struct tally *t = tally_open(6);
	struct rows rows = {0};
	char name[] = "first.example";

	count_author(t, name, 1);
	memcpy(name, "other", 5);
	count_author(t, name, 2);
	memcpy(name, "first", 5);
	count_author(t, name, 2);
	tally_report(t, 9, keep_row, &rows);
	is_row(&rows, 0, "first.example", 3);
	is_row(&rows, 1, "other.example", 2);
	tally_close(t);
	tally_close(NULL);
}

int
main(void)
{
	test_order();
	test_sums_only_when_needed();
	test_counts();
	test_last_seen();
	test_bounded();
	test_copies();
	return tap_done();
}
