/* What check/dmarccheck adds to the cases of t/rfc: enforcement of the SPF domain, time, memory,
 * the fence. */
#include "check/dmarccheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "check/dmarcfence.h"
#include "check/dns_text.h"
#include "t/tap.h"

static const char zone[] =
    "_dmarc.none.example TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.quarantine.example TXT \"v=DMARC1; p=quarantine\"\n"
    "_dmarc.reject.example TXT \"v=DMARC1; p=reject; sp=quarantine; np=none\"\n"
    "mail.reject.example A 192.0.2.1\n"
    "slow.reject.example A !TIMEOUT\n"
    "_dmarc.failed.reject.example TXT !SERVFAIL\n"
    "_dmarc.test.example TXT \"v=DMARC1; p=reject; t=y\"\n"
    "_dmarc.bad.example TXT \"v=DMARC1; p=bogus\"\n"
    "_dmarc.down.example TXT !TIMEOUT\n";

struct bench {
	struct arena *arena;
	struct dns_port dns;
	struct lookups *lookups;
};

static void
open_bench(struct bench *b, unsigned deadline_ms, const struct dns_port *dns)
{
	struct clock_port clock = clock_system();
	struct lookups_conf conf = { deadline_ms, true, 200 };
	struct buf err;

	b->arena = arena_open(0);
	b->dns = (struct dns_port){0};
	err = buf_in(b->arena, 200);
	if (dns != NULL)
		b->dns = *dns;
	else if (dns_text_open(str_from(zone), "zone", &err, &b->dns) != RES_OK)
		abort();
	if ((b->lookups = lookups_open(&b->dns, &clock, &conf)) == NULL)
		abort();
}

static void
close_bench(struct bench *b)
{
	lookups_close(b->lookups);
	dns_close(&b->dns);
	arena_close(b->arena);
}

static const struct {
	const char *domain;
	enum enforcement want;
	unsigned queries;
	const char *rule;
} rows[] = {
	{ "nothing.example", ENFORCE_NODMARC, 2, "no record" },
	{ "localhost", ENFORCE_NODMARC, 0, "a single label: no DMARC, no question" },
	{ "none.example", ENFORCE_NONE, 2, "p=none" },
	{ "quarantine.example", ENFORCE_QUARANTINE, 2, "p=quarantine" },
	{ "reject.example", ENFORCE_REJECT, 2, "p=reject" },
	{ "mail.reject.example", ENFORCE_QUARANTINE, 4, "sp of an existing subdomain" },
	{ "gone.reject.example", ENFORCE_NONE, 5, "np of one that does not exist" },
	{ "slow.reject.example", ENFORCE_QUARANTINE, 4, "existence unknown: the stricter" },
	{ "failed.reject.example", ENFORCE_QUARANTINE, 4, "the walk goes on past a failing name" },
	{ "test.example", ENFORCE_QUARANTINE, 2, "t=y" },
	{ "bad.example", ENFORCE_NODMARC, 2, "a record of no use (4.10.1)" },
	{ "down.example", ENFORCE_UNKNOWN, 2, "nothing found and a name failed" },
};

static void
test_enforcement(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bench b;

		open_bench(&b, 1000, NULL);
		tap_eq_int(
		    dmarccheck_enforcement(b.lookups, b.arena, tap_exact(rows[i].domain), NULL),
		    rows[i].want, "enforcement of %s: %s", rows[i].domain, rows[i].rule);
		tap_eq_int(lookups_counts(b.lookups).queries, rows[i].queries, "questions: %s",
		    rows[i].rule);
		close_bench(&b);
	}
}

static struct author
one_author(const char *domain)
{
	return (struct author){ .kind = AUTHOR_ONE, .domain = str_from(domain) };
}

static void
test_enforcement_of_author(void)
{
	struct author author = one_author("reject.example");
	struct dmarc_author policy, nobody = { .author.kind = AUTHOR_BROKEN };
	struct bench b;

	open_bench(&b, 1000, NULL);
	dmarccheck_author(b.lookups, b.arena, &author, &policy);
	tap_eq_int(dmarccheck_enforcement(b.lookups, b.arena, STR("REJECT.example"), &policy),
	    ENFORCE_REJECT, "the author's own walk is used");
	tap_eq_int(lookups_counts(b.lookups).queries, 2, "and asks nothing more");
	tap_eq_int(dmarccheck_enforcement(b.lookups, b.arena, STR("none.example"), &policy),
	    ENFORCE_NONE, "of another domain it is not");
	tap_eq_int(dmarccheck_enforcement(b.lookups, b.arena, STR("none.example"), &nobody),
	    ENFORCE_NONE, "without an author there is none to use");
	close_bench(&b);
}

/* A port that answers nothing, until it is closed. */
struct silent {
	struct { dns_done *done; void *arg; } open[64];
	size_t count;
};

static void
silent_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct silent *s = self;

	(void)q;
	if (s->count == sizeof s->open / sizeof *s->open)
		abort();
	s->open[s->count].done = done;
	s->open[s->count++].arg = arg;
}

static void
silent_close(void *self)
{
	struct silent *s = self;
	struct dns_answer ans = { .status = DNS_CANCELLED };

	for (size_t i = 0; i < s->count; i++)
		s->open[i].done(s->open[i].arg, &ans);
}

static void
test_dead_resolver(void)
{
	struct silent silent = {0};
	struct dns_port port = { silent_ask, silent_close, &silent };
	struct clock_port clock = clock_system();
	struct author author = one_author("mail.example.org");
	struct ev_dkim sig = { .result = DKIM_RESULT_PASS, .domain = STR("mail.example.org") };
	struct evidence ev = { .dkim = &sig, .dkim_count = 1 };
	struct dmarc_author policy;
	struct bench b;
	int64_t began = clock.monotonic_ms(clock.self), took;

	open_bench(&b, 400, &port);
	dmarccheck_author(b.lookups, b.arena, &author, &policy);
	took = clock.monotonic_ms(clock.self) - began;
	tap_ok(took >= 295 && took < 395, "the author's policy has its share of the time (%d ms)",
	    (int)took);
	dmarccheck_judge(b.lookups, b.arena, &policy, &ev, NULL);
	tap_eq_int(ev.dmarc.result, DMARC_RESULT_TEMPERROR, "a dead resolver: temperror");
	tap_ok(!ev.dmarc.have_policy && !ev.dkim[0].aligned, "and no policy");
	tap_eq_int((long long)ev.dmarc.query_count, 3, "the names that were asked are told");
	tap_eq_int(dmarccheck_enforcement(b.lookups, b.arena, STR("example.net"), &policy),
	    ENFORCE_UNKNOWN, "and no enforcement of another domain");
	took = clock.monotonic_ms(clock.self) - began;
	tap_ok(took < 600, "the deadline is kept (%d ms)", (int)took);
	close_bench(&b);
}

/* With as little memory as there may be: whatever fails, never a pass, never a fail. */
static void
test_no_memory(void)
{
	unsigned verdicts[DMARC_RESULT_COUNT] = {0};

	for (size_t limit = 16; limit < 60000; limit += 64) {
		struct author author = one_author("reject.example");
		struct ev_dkim sig = { .result = DKIM_RESULT_PASS,
			.domain = STR("a.reject.example") };
		struct evidence ev = { .dkim = &sig, .dkim_count = 1 };
		struct arena *a = arena_open(limit);
		struct dmarc_author policy;
		struct bench b;

		open_bench(&b, 1000, NULL);
		dmarccheck_author(b.lookups, a, &author, &policy);
		dmarccheck_judge(b.lookups, a, &policy, &ev, NULL);
		verdicts[ev.dmarc.result]++;
		arena_close(a);
		close_bench(&b);
	}
	tap_ok(verdicts[DMARC_RESULT_TEMPERROR] > 0 && verdicts[DMARC_RESULT_PASS] > 0,
	    "too little, and enough memory");
	tap_eq_int(verdicts[DMARC_RESULT_FAIL] + verdicts[DMARC_RESULT_NONE], 0,
	    "no memory is never a fail, never none");
}

static void
test_fence(void)
{
	static const char *const authors[] = { "example.org", "com", "co.uk", "a.b.example.co.uk",
		"_x.example.org", "xn--bcher-kva.example", "1.example",
		"a.b.c.d.e.f.g.h.i.j.k.example",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
		"ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc."
		"dddddddddddddddddddddddddddddddddddddddddddddddddd.example" };
	enum enforcement policy = ENFORCE_UNKNOWN;
	enum dmarc_result result = DMARC_RESULT_NONE;

	for (size_t i = 0; i < sizeof authors / sizeof *authors; i++) {
		struct fence_case fc = { .author_domain = str_from(authors[i]),
			.policy = ENFORCE_QUARANTINE };

		tap_ok(dmarcfence_judge(&fc, &result, &policy) == RES_OK &&
			result == DMARC_RESULT_FAIL && policy == ENFORCE_QUARANTINE,
		    "libopendmarc: nothing aligned, %.30s", authors[i]);
		fc.aligned_dkim = fc.strict_dkim = true;
		tap_ok(dmarcfence_judge(&fc, &result, &policy) == RES_OK &&
			result == DMARC_RESULT_PASS,
		    "libopendmarc: DKIM aligned, %.30s", authors[i]);
		fc.aligned_dkim = false;
		fc.aligned_spf = true;
		tap_ok(dmarcfence_judge(&fc, &result, &policy) == RES_OK &&
			result == DMARC_RESULT_PASS,
		    "libopendmarc: SPF aligned, %.30s", authors[i]);
	}
}

int
main(void)
{
	test_enforcement();
	test_enforcement_of_author();
	test_dead_resolver();
	test_no_memory();
	test_fence();
	return tap_done();
}
