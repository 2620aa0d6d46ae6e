#include "check/dns_cache.h"

#include <stdio.h>

#include "t/check/dnslower.h"
#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define Q(name, type) ((struct dns_question){ STR(name), type })

struct got {
	const struct dns_port *again;	/* ask it from within done */
	struct got *again_got;
	unsigned times;
	enum dns_status status;
	uint32_t ttl_s;
	bool cached;
	size_t count;
	char text[64];
};

static void
note_answer(void *arg, const struct dns_answer *ans)
{
	struct got *got = arg;

	got->times++;
	got->status = ans->status;
	got->ttl_s = ans->ttl_s;
	got->cached = ans->cached;
	got->count = ans->count;
	if (ans->count > 0)
		snprintf(got->text, sizeof got->text, "%.*s",
		    STR_ARG(ans->records[ans->count - 1].text));
	if (got->again != NULL)
		dns_ask(got->again, &Q("again.example", DNS_TXT), note_answer, got->again_got);
}

static struct got
ask(const struct dns_port *port, struct dns_question q)
{
	struct got got = {0};

	q.name = tap_exact_str(q.name);
	dns_ask(port, &q, note_answer, &got);
	return got;
}

static void
test_hit(void)
{
	static struct lower l;
	struct dns_port port = lower_open_cache(&l, 10, 3600);
	struct got got = ask(&port, Q("example.org", DNS_TXT));

	tap_ok(got.times == 1 && !got.cached, "a miss goes below");
	atomic_store(&l.now_ms, 20500);
	got = ask(&port, Q("Example.ORG", DNS_TXT));
	tap_ok(got.times == 1 && got.cached, "4343: a hit without case, delivered inside ask");
	tap_eq_int(got.ttl_s, 39, "the TTL that is left");
	tap_eq_int((long long)got.count, 2, "all records");
	tap_eq_text(got.text, "second", "their text");
	tap_eq_int(l.asked, 1, "a hit does not go below");
	got = ask(&port, Q("example.org", DNS_A));
	tap_eq_int(got.cached, false, "another type is another question");
	atomic_store(&l.now_ms, 59999);
	tap_eq_int(ask(&port, Q("example.org", DNS_TXT)).cached, true,
	    "kept to the end of its TTL");
	atomic_store(&l.now_ms, 60000);
	tap_eq_int(ask(&port, Q("example.org", DNS_TXT)).cached, false, "and not longer");
	tap_eq_int(ask(&port, Q("example.org", DNS_TXT)).cached, true,
	    "then the new answer is kept");
	tap_eq_int((long long)dns_cache_counts(&port).queries, 6, "queries are counted");
	tap_eq_int((long long)dns_cache_counts(&port).hits, 3, "hits are counted");
	dns_close(&port);
}

static void
test_what_is_kept(void)
{
	static const struct { enum dns_status status; uint32_t ttl_s,
	    max_ttl_s; size_t entries; int64_t after_ms;
	    bool kept; const char *rule; } rows[] = {
		{ DNS_NXDOMAIN, 60, 3600, 9, 59999, true, "2308 5: NXDOMAIN for its TTL" },
		{ DNS_NODATA, 60, 3600, 9, 59999, true, "2308 5: NODATA for its TTL" },
		{ DNS_NXDOMAIN, 60, 3600, 9, 60000, false, "2308 5: and not longer" },
		{ DNS_FAILED, 60, 3600, 9, 0, false, "a failure is not kept" },
		{ DNS_TIMEOUT, 60, 3600, 9, 0, false, "a time-out is not kept" },
		{ DNS_REFUSED, 60, 3600, 9, 0, false, "a refusal is not kept" },
		{ DNS_CANCELLED, 60, 3600, 9, 0, false, "a cancellation is not kept" },
		{ DNS_NODATA, 0, 3600, 9, 0, false, "1035 3.2.1: TTL 0 is not kept" },
		{ DNS_NODATA, UINT32_MAX, 10, 9, 9999, true, "max_ttl_s" },
		{ DNS_NODATA, UINT32_MAX, 10, 9, 10000, false, "max_ttl_s bounds" },
		{ DNS_NODATA, UINT32_MAX, UINT32_MAX, 9, 4000000000000, true, "the largest TTL" },
		{ DNS_NODATA, 60, 0, 9, 0, false, "max_ttl_s 0" },
		{ DNS_NODATA, 60, 3600, 0, 0, false, "entries 0" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		static struct lower l;
		struct dns_port port = lower_open_cache(&l, rows[i].entries, rows[i].max_ttl_s);
		struct got got;

		l.ans = (struct dns_answer){ .status = rows[i].status, .ttl_s = rows[i].ttl_s };
		got = ask(&port, Q("example.org", DNS_TXT));
		tap_eq_int(got.status, rows[i].status, "%s: the answer", rows[i].rule);
		atomic_store(&l.now_ms, rows[i].after_ms);
		got = ask(&port, Q("example.org", DNS_TXT));
		tap_eq_int(got.cached, rows[i].kept, "%s", rows[i].rule);
		tap_eq_int(got.status, rows[i].status, "%s: the second answer", rows[i].rule);
		dns_close(&port);
	}
}

static void
test_single_flight(size_t entries)
{
	static struct lower l;
	struct dns_port port = lower_open_cache(&l, entries, 3600);
	struct got got[3] = {0}, other = {0};
	struct dns_answer ans = lower_found(60);

	l.hold = true;
	for (int i = 0; i < 3; i++)
		dns_ask(&port, &Q("example.org", DNS_TXT), note_answer, &got[i]);
	dns_ask(&port, &Q("other.example", DNS_TXT), note_answer, &other);
	tap_eq_int(l.asked, 2, "entries %zu: the same question goes below once", entries);
	tap_eq_int((long long)dns_cache_counts(&port).joined, 2, "entries %zu: joined", entries);
	tap_ok(got[0].times + got[1].times + got[2].times == 0, "entries %zu: all wait", entries);
	lower_release(&l, &ans);
	for (int i = 0; i < 3; i++)
		tap_ok(got[i].times == 1 && got[i].status == DNS_FOUND && !got[i].cached,
		    "entries %zu: one answer goes to all, %d", entries, i);
	tap_eq_int(other.times, 0, "entries %zu: not to others", entries);
	ans = (struct dns_answer){ .status = DNS_TIMEOUT };
	lower_release(&l, &ans);
	tap_eq_int(other.status, DNS_TIMEOUT, "entries %zu: a failure is handed on", entries);
	dns_ask(&port, &Q("other.example", DNS_TXT), note_answer, &other);
	tap_eq_int(l.asked, 3, "entries %zu: after a failure it is asked again", entries);
	lower_release(&l, &ans);
	dns_close(&port);
}

static void
ask_number(const struct dns_port *port, unsigned n, struct got *got)
{
	char name[32];

	snprintf(name, sizeof name, "n%u.example.org", n);
	*got = ask(port, (struct dns_question){ str_from(name), DNS_TXT });
}

static void
test_eviction(void)
{
	static struct lower l;
	struct dns_port port = lower_open_cache(&l, 4, 3600);
	struct got got;

	for (unsigned i = 0; i < 4; i++)
		ask_number(&port, i, &got);
	ask_number(&port, 0, &got);		/* used again, so 1 is the oldest */
	ask_number(&port, 4, &got);
	tap_eq_int((long long)dns_cache_counts(&port).entries, 4,
	    "no more entries than were asked for");
	ask_number(&port, 0, &got);
	tap_eq_int(got.cached, true, "what was used stays");
	ask_number(&port, 2, &got);
	tap_eq_int(got.cached, true, "what was used later stays");
	ask_number(&port, 1, &got);
	tap_eq_int(got.cached, false, "what was used longest ago went");
	dns_close(&port);
}

static void
test_octets(void)
{
	static struct lower l;
	static char text[DNS_CACHE_ANSWER_MAX];
	struct dns_port port = lower_open_cache(&l, 100, 3600);
	struct dns_record big = { .text = { text, 8000 } };
	size_t most = 0, kept;
	struct got got;

	l.ans = (struct dns_answer){ DNS_FOUND, 60, false, &big, 1 };
	for (unsigned i = 0; i < 100; i++) {
		ask_number(&port, i, &got);
		kept = dns_cache_counts(&port).octets;
		most = kept > most ? kept : most;
	}
	tap_ok(most > 8000 && most <= 100 * DNS_CACHE_ENTRY_OCTETS + 2 * DNS_CACHE_ANSWER_MAX,
	    "100 answers of 8,000 octets: %zu octets kept at most", most);
	kept = dns_cache_counts(&port).entries;
	tap_ok(kept >= 10 && kept < 20, "so %zu of them", kept);
	big.text.len = sizeof text;
	ask_number(&port, 1000, &got);
	tap_eq_int((long long)got.count, 1, "an answer too large to keep is handed on");
	ask_number(&port, 1000, &got);
	tap_eq_int(got.cached, false, "and not kept");
	ask_number(&port, 99, &got);
	tap_eq_int(got.cached, true, "and moves nothing out");
	dns_close(&port);
}

static void
test_from_within(void)
{
	static struct lower l;
	struct dns_port port = lower_open_cache(&l, 10, 3600);
	struct got inner = {0}, outer = { .again = &port, .again_got = &inner };

	dns_ask(&port, &Q("example.org", DNS_TXT), note_answer, &outer);
	tap_ok(outer.times == 1 && inner.times == 1, "a done that comes inside ask may ask again");
	inner = (struct got){0};
	dns_ask(&port, &Q("example.org", DNS_TXT), note_answer, &outer);
	tap_ok(outer.times == 2 && outer.cached && inner.cached, "also from within a hit");
	tap_eq_int(ask(&port, (struct dns_question){ {0}, DNS_A }).times, 1,
	    "no name: answered by the lower port");
	tap_eq_int(ask(&port, Q("a..b", DNS_A)).cached, false, "a name that cannot be asked");
	tap_eq_int(ask(&port, Q("a..b", DNS_A)).cached, false, "is not kept");
	dns_close(&port);
}

static void
test_close(void)
{
	static struct lower l;
	struct dns_port port = lower_open_cache(&l, 10, 3600);
	struct got got[2] = {0}, inner = {0};
	struct dns_answer ans = lower_found(60);

	ask(&port, Q("kept.example", DNS_TXT));
	l.hold = true;
	got[1].again = &(struct dns_port){ port.ask, NULL, port.self };
	got[1].again_got = &inner;
	dns_ask(&port, &Q("example.org", DNS_TXT), note_answer, &got[0]);
	dns_ask(&port, &Q("example.org", DNS_TXT), note_answer, &got[1]);
	dns_ask(&port, &Q("third.example", DNS_TXT), note_answer, &inner);
	dns_close(&port);
	for (int i = 0; i < 2; i++)
		tap_ok(got[i].times == 1 && got[i].status == DNS_CANCELLED,
		    "close cancels who waits, %d", i);
	tap_ok(inner.times == 2 && inner.status == DNS_CANCELLED,
	    "who asks from within is cancelled as well");
	tap_eq_int((long long)l.count, 2, "close does not wait for the lower port");
	lower_release(&l, &ans);
	ans = (struct dns_answer){ .status = DNS_CANCELLED };
	lower_release(&l, &ans);
	tap_ok(got[0].times == 1 && got[1].times == 1, "late answers from below reach nobody");
}

int
main(void)
{
	test_hit();
	test_what_is_kept();
	test_single_flight(10);
	test_single_flight(0);
	test_eviction();
	test_octets();
	test_from_within();
	test_close();
	return tap_done();
}
