/* What holds whatever the record says: length, memory, time, and that two evaluators never differ.
 */
#include <stdio.h>
#include <string.h>

#include "check/spfcheck.h"
#include "t/check/spfrun.h"
#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* libspf2 alone drops terms after 511 octets of its own form, and counts them in one octet. */
static void
test_long_record(void)
{
	enum { NETS = 300 };
	static char zone[64 * NETS];
	const struct spf_message msg = { zone, "192.0.2.7", "h", "a@e.org" };
	struct arena *a = arena_open(0);
	int n = snprintf(zone, sizeof zone, "e.org A 192.0.2.1\ne.org TXT");
	struct ev_spf ev;

	for (int i = 0; i < NETS; i++)
		n += snprintf(zone + n, sizeof zone - (size_t)n, "%s ip4:10.%d.0.0/16 \"",
		    i == 0 ? " \"v=spf1" : " \"", i % 256);
	snprintf(zone + n, sizeof zone - (size_t)n, " \"a -all\"");
	ev = spfrun(&msg, a, true).ev;
	tap_eq_text(spf_result_word(ev.result), "fail", "a long record is read to its end");
	tap_eq_int(ev.lookups, 1, "all of it");
	arena_close(a);
}

/* Out of memory at each place in turn: temperror, never another verdict. */
static void
test_memory(void)
{
	static const struct {
		const char *zone;
		enum spf_result result;
	} rows[] = {
		{ "e.org TXT \"v=spf1 mx include:i.org -all\"\ne.org MX 1 m.org\nm.org A "
		  "192.0.2.1\n"
		  "i.org TXT \"v=spf1 ptr:%{p}.x exists:%{i}.y a:z.org\"\nz.org A "
		  "192.0.2.7\n192.0.2.7 PTR p.org\n"
		  "p.org A 192.0.2.7\n",
		    SPFRESULT_PASS },
		{ "e.org TXT \"v=spf1 -all exp=why.org\"\nwhy.org TXT \"%{d}\"", SPFRESULT_FAIL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct spf_message msg = { rows[i].zone, "192.0.2.7", "h", "a@e.org" };
		unsigned wrong = 0, temporary = 0, full = 0, silent = 0, nameless = 0;

		for (size_t limit = 16; limit < 40000; limit += 16) {
			struct arena *a = arena_open(limit);
			struct ev_spf ev = spfrun(&msg, a, false).ev;

			full += ev.result == rows[i].result;
			temporary += ev.result == SPFRESULT_TEMPERROR;
			wrong += ev.result != SPFRESULT_TEMPERROR && ev.result != rows[i].result;
			nameless += ev.result != SPFRESULT_TEMPERROR && ev.domain.len == 0;
			silent += ev.result == SPFRESULT_TEMPERROR &&
			    !str_eq(ev.problem, STR("out of memory"));
			arena_close(a);
		}
		tap_eq_int(wrong, 0, "out of memory is temperror, never another verdict");
		tap_eq_int(silent, 0, "and says so");
		tap_eq_int(nameless, 0, "no verdict without its domain, which DMARC could not align");
		tap_ok(temporary > 10 && full > 10, "both came up: %u temperror, %u whole",
		    temporary, full);
	}
}

/* A port that never answers, until it is closed. */
struct mute {
	dns_done *done[8];
	void *arg[8];
	size_t count;
};

static void
mute_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct mute *m = self;

	(void)q;
	m->done[m->count] = done;
	m->arg[m->count++] = arg;
}

static void
test_deadline(void)
{
	static const struct dns_answer cancelled = { .status = DNS_CANCELLED };
	struct mute m = { 0 };
	const struct dns_port port = { mute_ask, NULL, &m };
	const struct clock_port clock = clock_system();
	const struct lookups_conf conf = { .deadline_ms = 50,
		.prefetch = true,
		.max_questions = 20 };
	struct lookups *l = lookups_open(&port, &clock, &conf);
	struct spf_request rq = { .void_limit = 2 };
	struct arena *a = arena_open(0);
	int64_t before = clock.monotonic_ms(clock.self), took;
	struct ev_spf ev;

	ipaddr_parse(STR("192.0.2.7"), &rq.client);
	mailaddr_envelope(a, STR("a@e.org"), &rq.mail_from);
	lookups_start(l);
	spfcheck_run(&rq, l, a, &ev);
	took = clock.monotonic_ms(clock.self) - before;
	tap_eq_text(spf_result_word(ev.result), "temperror",
	    "4.6.4: the time limit gives temperror");
	tap_ok(took >= 20 && took < 2000, "4.6.4: and is kept");
	lookups_close(l);
	for (size_t i = 0; i < m.count; i++)
		m.done[i](m.arg[i], &cancelled);
	arena_close(a);
}

static const char *const parts[] = {
	"a",
	"mx",
	"ptr",
	"a:v.org",
	"-a:n.org/8",
	"?mx:m.org",
	"exists:f.org",
	"~exists:n.org",
	"include:e.org",
	"include:i.org",
	"-include:i.org",
	"?include:j.org",
	"include:j.org",
	"ip4:192.0.2.0/24",
	"-ip4:192.0.2.9",
	"ip4:10.0.0.0/8",
	"ptr:p.org",
	"exists:%{p}.org",
	"all",
	"~all",
	"-all",
	"redirect=i.org",
	"redirect=j.org",
	"exp=why.org",
	"a/0",
	"mx/1",
	"include:f.org",
	"ip4:0.0.0.0/0",
	"mx:n.org",
	"a:%{l}.org",
	"exists:%{ir}.%{v}.org",
	"include:%{l}.org",
};

/* "NAME TXT "v=spf1 ..."" with n parts by chance. */
static void
put_record(struct buf *zone, const char *name, unsigned n, uint32_t *seed)
{
	buf_puts(zone, name);
	buf_puts(zone, " TXT \"v=spf1");
	for (unsigned i = 0; i < n; i++) {
		*seed = *seed * 1664525 + 1013904223;
		buf_putc(zone, ' ');
		buf_puts(zone, parts[(*seed >> 10) % COUNT(parts)]);
	}
	buf_puts(zone, "\"\n");
}

static void
put_zone(struct buf *zone, unsigned run, uint32_t *seed)
{
	buf_puts(zone,
	    "v.org A 192.0.2.1\ni.org A 192.0.2.7\nm.org MX 1 v.org\nm.org MX 2 i.org\n"
	    "f.org A !SERVFAIL\nf.org TXT !TIMEOUT\nj.org A 10.0.0.1\n192.0.2.7 PTR x.p.org\n"
	    "x.p.org A 192.0.2.7\nwhy.org TXT \"because %{p}\"\nv.org TXT \"v=spf1 ?all\"\n");
	put_record(zone, "e.org", 2 + run % 4, seed);
	put_record(zone, "i.org", 1 + run % 3, seed);
	put_record(zone, "j.org", 1, seed);
}

static bool
same(const struct ev_spf *a, const struct ev_spf *b)
{
	return a->result == b->result && a->lookups == b->lookups &&
	    a->void_lookups == b->void_lookups && a->posture == b->posture &&
	    a->path_len == b->path_len && str_eq(a->explanation, b->explanation);
}

/* Records by chance from parts that like to collide: libspf2 and our walk never differ, the plan
 * never changes anything, the limits hold. */
static void
test_by_chance(void)
{
	enum { RUNS = 3000 };
	uint32_t seed = 7208;
	unsigned differ = 0, by_plan = 0, over = 0, results[SPFRESULT_COUNT] = { 0 };

	for (unsigned run = 0; run < RUNS; run++) {
		char mem[2048];
		struct buf zone = buf_on(mem, sizeof mem);
		const struct spf_message msg = { mem, run % 7 == 0 ? "127.0.0.1" : "192.0.2.7", "h",
			"v@e.org" };
		struct arena *a = arena_open(0);
		struct spf_run on, off;

		put_zone(&zone, run, &seed);
		on = spfrun(&msg, a, true);
		off = spfrun(&msg, a, false);
		if (on.ev.result != on.walked || off.ev.result != off.walked) {
			tap_note("  %s", mem);
			differ++;
		}
		by_plan += !same(&on.ev, &off.ev);
		over += on.ev.lookups > 10 || on.ev.void_lookups > 2;
		results[on.ev.result]++;
		arena_close(a);
	}
	tap_eq_int(differ, 0, "libspf2 and the walk agree on %d records", RUNS);
	tap_eq_int(by_plan, 0, "the plan changes none of them");
	tap_eq_int(over, 0, "4.6.4: limits hold");
	for (int r = SPFRESULT_NEUTRAL; r < SPFRESULT_COUNT; r++)
		tap_ok(results[r] > 20, "%s came up (%u)", spf_result_word((enum spf_result)r),
		    results[r]);
}

int
main(void)
{
	test_long_record();
	test_memory();
	test_deadline();
	test_by_chance();
	return tap_done();
}
