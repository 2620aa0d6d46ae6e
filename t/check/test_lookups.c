/* The questions of one message: asked once, waited for within the deadline, abandoned without a
 * wait.  The plan here is the test's own (plan_run below), so that trees can be as deep as a test
 * likes; the real one is in test_lookups_plan.c. */
#include "check/lookups.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/plan.h"
#include "t/check/scriptport.h"
#include "t/tap.h"

enum { CHAIN = 2000 };

/* A plan of chains: "N.M.x" asks for "N-1.M.x" once it is answered, down to 0; the facts' walks
 * are the heads. */
enum res
plan_run(const struct plan_facts *facts, const struct plan_port *port, struct arena *scratch)
{
	(void)scratch;
	for (size_t i = 0; i < facts->walk_count; i++) {
		char name[96], tail[64];
		struct str head = facts->walks[i];
		int n = atoi(head.p);

		snprintf(tail, sizeof tail, "%s", strchr(head.p, '.'));
		for (; n >= 0; n--) {
			struct dns_question q = { .type = DNS_TXT };

			snprintf(name, sizeof name, "%d%s", n, tail);
			q.name = str_from(name);
			port->want(port->arg, &q);
			if (port->find(port->arg, &q) == NULL)
				break;
		}
	}
	return RES_OK;
}

static struct lookups *
open_lookups(struct script *s, unsigned deadline_ms, bool prefetch, unsigned max_questions)
{
	struct dns_port port = { script_ask, NULL, s };
	struct clock_port clock = clock_system();
	struct lookups_conf conf = { deadline_ms, prefetch, max_questions };
	struct lookups *l = lookups_open(&port, &clock, &conf);

	if (l == NULL)
		abort();
	return l;
}

static const struct dns_answer *
get(struct lookups *l, enum lookups_share share, const char *name)
{
	struct dns_question q = { str_from(name), DNS_TXT };

	return lookups_get(l, share, &q);
}

static void
want(struct lookups *l, const char *name)
{
	struct dns_question q = { str_from(name), DNS_TXT };

	lookups_want(l, &q);
}

static void
test_once(void)
{
	struct script *s = script_open(SCRIPT_INLINE);
	struct lookups *l = open_lookups(s, 1000, true, 100);
	struct dns_question a = { STR("a.example"), DNS_A };
	const struct dns_answer *first = get(l, LOOKUPS_REST, "a.example");

	want(l, "A.Example");
	tap_ok(
	    get(l, LOOKUPS_AUTHOR, "A.EXAMPLE") == first, "one answer, whatever the letter case");
	tap_eq_int((long long)s->count, 1, "the same question is asked once");
	lookups_peek(l, &a);
	tap_eq_int((long long)s->count, 2, "another type is another question");
	want(l, "wasted.example");
	tap_eq_int(
	    lookups_counts(l).queries, 1, "only what was got counts, once; not peeked, not wanted");
	lookups_get(l, LOOKUPS_REST, &a);
	tap_eq_int(lookups_counts(l).queries, 2, "what was peeked at first counts when it is got");
	tap_eq_int(lookups_counts(l).cache_hits, 0, "no cache hit without a cache");
	tap_eq_str(first->records[0].text, STR("a.example"), "the answer is whole");
	lookups_close(l);
	script_close(s);
}

static void
test_cache_hits(void)
{
	struct script *s = script_open(SCRIPT_INLINE);
	struct lookups *l = open_lookups(s, 1000, true, 100);

	s->cached = true;
	want(l, "wasted.example");
	get(l, LOOKUPS_REST, "a.example");
	get(l, LOOKUPS_REST, "a.example");
	s->cached = false;
	get(l, LOOKUPS_REST, "b.example");
	tap_eq_int(lookups_counts(l).cache_hits, 1, "cache hits are of the questions used");
	lookups_close(l);
	script_close(s);
}

static void
test_many(void)
{
	struct script *s = script_open(SCRIPT_INLINE);
	struct lookups *l = open_lookups(s, 1000, true, SCRIPT_MAX_ASKED);
	size_t wrong = 0;
	char name[64];

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "%d.example", i);
		get(l, LOOKUPS_REST, name);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "%d.example", i);
		wrong += !str_eq(get(l, LOOKUPS_REST, name)->records[0].text, str_from(name));
	}
	tap_ok(wrong == 0 && s->count == 5000,
	    "5,000 questions: each asked once, each its own answer");
	lookups_close(l);
	script_close(s);
}

static void
test_limit(void)
{
	struct script *s = script_open(SCRIPT_INLINE);
	struct lookups *l = open_lookups(s, 1000, true, 3);

	for (int i = 0; i < 10; i++) {
		char name[32];

		snprintf(name, sizeof name, "p%d.example", i);
		want(l, name);
	}
	tap_eq_int((long long)s->count, 3, "the plan is limited");
	tap_eq_int(get(l, LOOKUPS_REST, "a.example")->status, DNS_FOUND,
	    "what was planned takes no place from the verdict: 1");
	get(l, LOOKUPS_REST, "b.example");
	tap_eq_int(get(l, LOOKUPS_REST, "c.example")->status, DNS_FOUND, "3 of 3");
	tap_eq_int(
	    get(l, LOOKUPS_REST, "d.example")->status, DNS_FAILED, "beyond the limit: failed");
	tap_eq_int(
	    get(l, LOOKUPS_REST, "a.example")->status, DNS_FOUND, "what is there is still given");
	tap_eq_int((long long)s->count, 6, "and nothing is asked beyond it");
	lookups_close(l);
	script_close(s);
}

static void
test_depth(void)
{
	struct script *s = script_open(SCRIPT_INLINE);
	struct lookups *l = open_lookups(s, 1000, true, CHAIN + 10);

	lookups_plan_walk(l, STR("1999.chain"));
	tap_eq_int((long long)s->count, CHAIN,
	    "a chain of 2,000 is asked to its end, all inside the call");
	tap_eq_int(s->deepest, 1, "no ask inside an ask");
	tap_ok(s->highest - s->lowest < 1024, "the stack does not grow with the tree");
	tap_eq_int(lookups_counts(l).queries, 0, "what the plan asks is not used yet");
	lookups_close(l);
	script_close(s);
}

static void
test_prefetch_off(void)
{
	struct script *s = script_open(SCRIPT_INLINE);
	struct lookups *l = open_lookups(s, 1000, false, 100);
	struct spf_facts facts = { .sender_domain = STR("example.org") };

	lookups_plan_walk(l, STR("3.chain"));
	lookups_plan_spf(l, &facts);
	want(l, "key.example");
	lookups_start(l);
	tap_eq_int((long long)s->count, 0, "prefetch off: nothing is asked ahead");
	tap_eq_int(get(l, LOOKUPS_REST, "3.chain")->status, DNS_FOUND, "prefetch off: get asks");
	tap_eq_int((long long)s->count, 1, "and only that");
	lookups_close(l);
	script_close(s);
}

static void
test_threads(void)
{
	struct script *s = script_open(SCRIPT_THREADS);
	struct lookups *l = open_lookups(s, 5000, true, 1000);
	unsigned found = 0;
	char name[64];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "20.%d", i);
		lookups_plan_walk(l, str_from(name));
	}
	for (int i = 0; i < 10; i++) {
		for (int n = 20; n >= 0; n--) {
			snprintf(name, sizeof name, "%d.%d", n, i);
			found += get(l, LOOKUPS_AUTHOR, name)->status == DNS_FOUND;
		}
	}
	tap_eq_int(found, 210, "answers from other threads: all of 10 chains");
	tap_eq_int((long long)script_count(s), 210, "each asked once");
	tap_eq_int(lookups_counts(l).queries, 210, "and counted once");
	lookups_close(l);
	script_close(s);
}

/* Owners that go while answers come: for the sanitizers, and nothing may hang. */
static void
test_abandoned_threads(void)
{
	for (int i = 0; i < 50; i++) {
		struct script *s = script_open(SCRIPT_THREADS);
		struct lookups *l = open_lookups(s, 5000, true, 1000);

		lookups_plan_walk(l, STR("30.a"));
		lookups_plan_walk(l, STR("30.b"));
		if (i % 3 == 0)
			get(l, LOOKUPS_REST, "20.a");
		lookups_close(l);
		script_close(s);	/* joins: asks after close would be lost threads */
	}
	tap_ok(true, "a message that goes while its answers come in on threads");
}

static int64_t
real_ms(void)
{
	struct clock_port clock = clock_system();

	return clock.monotonic_ms(clock.self);
}

static void
test_abandoned(void)
{
	struct script *s = script_open(SCRIPT_HELD);
	struct lookups *l = open_lookups(s, 60000, true, 100);
	int64_t began = real_ms();

	want(l, "a.example");
	want(l, "b.example");
	lookups_plan_walk(l, STR("5.chain"));
	lookups_close(l);
	tap_ok(real_ms() - began < 1000, "an abandoned message waits for nothing");
	script_answer(&s->asked[0], DNS_FOUND);
	script_answer(&s->asked[2], DNS_FOUND);
	tap_eq_int((long long)s->count, 3, "its answers ask nothing more");
	script_close(s);	/* cancels the last: the memory goes with it */
	lookups_close(NULL);
}

static void
test_deadline(void)
{
	struct script *s = script_open(SCRIPT_HELD);
	struct lookups *l = open_lookups(s, 400, true, 100);
	int64_t began = real_ms(), after_author, after_rest;

	want(l, "early.example");
	lookups_start(l);
	tap_eq_int(
	    get(l, LOOKUPS_AUTHOR, "author.example")->status, DNS_TIMEOUT, "no answer: timeout");
	after_author = real_ms() - began;
	tap_ok(after_author >= 295 && after_author < 395,
	    "the author's share is three quarters (%d ms)", (int)after_author);
	tap_eq_int(get(l, LOOKUPS_REST, "slow.example")->status, DNS_TIMEOUT, "no answer: timeout");
	after_rest = real_ms() - began;
	tap_ok(after_rest >= 395 && after_rest < 600, "the rest has the whole (%d ms)",
	    (int)after_rest);
	script_answer(&s->asked[0], DNS_FOUND);
	tap_eq_int(get(l, LOOKUPS_REST, "early.example")->status, DNS_FOUND,
	    "what is there is given after the deadline");
	tap_eq_int(
	    get(l, LOOKUPS_AUTHOR, "other.example")->status, DNS_TIMEOUT, "what is not, is not");
	tap_ok(real_ms() - began < 600, "and nothing is waited for any more");
	tap_ok(lookups_counts(l).ms >= 390 && lookups_counts(l).ms < 600, "the waiting is counted");
	s->mode = SCRIPT_INLINE;
	tap_eq_int(get(l, LOOKUPS_REST, "cached.example")->status, DNS_FOUND,
	    "what a cache has is given after the deadline");
	lookups_close(l);
	script_close(s);
}

static int64_t
frozen_ms(void *self)
{
	return *(int64_t *)self;
}

static void
test_frozen_clock(void)
{
	struct script *s = script_open(SCRIPT_HELD);
	int64_t time = 7, began = real_ms();
	struct clock_port clock = { NULL, frozen_ms, &time };
	struct dns_port port = { script_ask, NULL, s };
	struct lookups_conf conf = { 50, true, 100 };
	struct lookups *l = lookups_open(&port, &clock, &conf);

	tap_eq_int(
	    get(l, LOOKUPS_REST, "a.example")->status, DNS_TIMEOUT, "a clock that stands still");
	tap_ok(real_ms() - began < 1000, "does not make it wait for ever");
	time += 100;
	tap_eq_int(get(l, LOOKUPS_REST, "b.example")->status, DNS_TIMEOUT,
	    "past the deadline on that clock");
	tap_ok(lookups_counts(l).ms == 0, "waiting is counted on that clock");
	lookups_close(l);
	script_close(s);
}

static void *
cancel_soon(void *arg)
{
	struct script *s = arg;

	while (script_count(s) == 0)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	script_answer(&s->asked[0], DNS_CANCELLED);
	return NULL;
}

static void
test_cancelled(void)
{
	struct script *s = script_open(SCRIPT_HELD);
	struct lookups *l = open_lookups(s, 60000, true, 100);
	pthread_t thread;

	if (pthread_create(&thread, NULL, cancel_soon, s) != 0)
		abort();
	tap_eq_int(get(l, LOOKUPS_REST, "a.example")->status, DNS_CANCELLED,
	    "a port that is closed ends the wait at once");
	pthread_join(thread, NULL);
	lookups_close(l);
	script_close(s);
}

int
main(void)
{
	test_once();
	test_cache_hits();
	test_many();
	test_limit();
	test_depth();
	test_prefetch_off();
	test_threads();
	test_abandoned();
	test_abandoned_threads();
	test_deadline();
	test_frozen_clock();
	test_cancelled();
	return tap_done();
}
