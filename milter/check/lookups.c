#include "check/lookups.h"

#include <pthread.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/plan.h"
#include "check/clock.h"
#include "check/questions.h"

/*
 * Who does what, and when.
 *
 * A question is made once, under the lock, and put in the queue of those still to be asked.
 * drain() empties the queue: it takes one out, lets go of the lock, asks, takes the lock again.
 * When the queue is empty and something has become known since, it runs the plan, which may fill
 * the queue anew; so a round of answers costs one run of the plan.  Only one thread drains at a
 * time, and it is never entered twice: whoever finds it at work (an answer that comes inside ask,
 * another thread's answer, the owner) leaves a note, a queued question or `news`, and goes away;
 * the one who drains sees it before he stops.  That is why the stack does not grow.
 *
 * Holders are the owner and each question asked and not answered.  Each may run on a thread of its
 * own; the last one frees all.  In an abandoned message the owner goes first: nothing is asked or
 * planned after that.
 */

enum { MAX_WALKS = 16 }; /* author, SPF domain, signatures; the plan may miss some */

struct lookups {
	struct arena *arena; /* owner of all below, this struct too */
	struct dns_port dns;
	struct clock_port clock;
	unsigned deadline_ms;
	bool prefetch;

	pthread_mutex_t lock;  /* for all below; never held over ask */
	pthread_cond_t change; /* an answer; or an ask is over and the owner has gone */
	unsigned holders;
	bool abandoned;        /* the owner has gone */
	bool draining, asking; /* a thread is in drain(); in ask */
	bool news;             /* a fact or an answer since the plan ran last */
	struct questions questions;

	struct plan_facts facts;
	struct str walks[MAX_WALKS];

	bool started;
	int64_t until[LOOKUPS_SHARE_COUNT]; /* on our clock */
	int64_t waited_ms;
};

static const struct dns_answer answer_failed = { .status = DNS_FAILED };
static const struct dns_answer answer_timeout = { .status = DNS_TIMEOUT };

static bool
open_lock(struct lookups *l)
{
	if (clock_cond_open(&l->change) != RES_OK)
		return false;
	if (pthread_mutex_init(&l->lock, NULL) == 0)
		return true;
	pthread_cond_destroy(&l->change);
	return false;
}

struct lookups *
lookups_open(const struct dns_port *dns, const struct clock_port *clock,
    const struct lookups_conf *conf)
{
	struct arena *a = arena_open(0); /* the limit is max_questions */
	struct lookups *l = a != NULL ? arena_new(a, struct lookups) : NULL;

	if (l == NULL || questions_open(&l->questions, a, l, conf->max_questions) != RES_OK ||
	    !open_lock(l)) {
		arena_close(a);
		return NULL;
	}
	l->arena = a;
	l->dns = *dns;
	l->clock = *clock;
	l->deadline_ms = conf->deadline_ms;
	l->prefetch = conf->prefetch;
	l->holders = 1;
	l->facts.walks = l->walks;
	return l;
}

/* One holder less.  Takes the lock away with it. */
static void
drop_holder(struct lookups *l)
{
	bool last = --l->holders == 0;

	pthread_mutex_unlock(&l->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->change);
	arena_close(l->arena);
}

/* The plan, and asking */

static const struct dns_answer *
plan_find(void *arg, const struct dns_question *q)
{
	const struct lookups *l = arg;
	const struct question *e = questions_find(&l->questions, q);

	return e != NULL ? e->ans : NULL;
}

/* Over the limit or without memory the plan has missed one: a wait later on. */
static void
plan_want(void *arg, const struct dns_question *q)
{
	struct lookups *l = arg;

	(void)questions_use(&l->questions, QUESTION_PLAN, q);
}

static void
run_plan(struct lookups *l)
{
	struct plan_port port = { plan_find, plan_want, l };
	struct arena *scratch = arena_open(0);

	l->news = false;
	if (scratch != NULL)
		(void)plan_run(&l->facts, &port, scratch); /* no memory: only a plan */
	arena_close(scratch);
}

static void take_answer(void *arg, const struct dns_answer *ans);

/* The lock is let go meanwhile. */
static void
ask(struct lookups *l, struct question *e)
{
	l->holders++;
	l->asking = true;
	pthread_mutex_unlock(&l->lock);
	dns_ask(&l->dns, &e->q, take_answer, e);
	pthread_mutex_lock(&l->lock);
	l->asking = false;
	if (l->abandoned)
		pthread_cond_broadcast(&l->change);
}

/* Under the lock, by a holder: until nothing is left to ask and the plan has nothing new to say. */
static void
drain(struct lookups *l)
{
	struct question *e;

	if (l->draining)
		return;
	l->draining = true;
	while (!l->abandoned) {
		if ((e = questions_next(&l->questions)) != NULL)
			ask(l, e);
		else if (l->news && l->prefetch)
			run_plan(l);
		else
			break;
	}
	l->draining = false;
}

/* The port's done: on any thread, perhaps inside ask(). */
static void
take_answer(void *arg, const struct dns_answer *ans)
{
	struct question *e = arg;
	struct lookups *l = e->owner;
	struct dns_answer *copy;

	pthread_mutex_lock(&l->lock);
	if (!l->abandoned) {
		copy = arena_new(l->arena, struct dns_answer);
		if (copy != NULL && dns_answer_copy(l->arena, ans, copy) == RES_OK)
			e->ans = copy;
		else
			e->ans = &answer_failed;
		l->news = true;
		pthread_cond_broadcast(&l->change);
		drain(l);
	}
	drop_holder(l);
}

/* An ask that another thread is in waits for nothing and is soon over; after that the port may
 * be closed. */
void
lookups_close(struct lookups *l)
{
	if (l == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	l->abandoned = true;
	while (l->asking)
		pthread_cond_wait(&l->change, &l->lock);
	drop_holder(l);
}

/* Facts */

static bool
copy_str(struct arena *a, struct str *s)
{
	return s->p == NULL || (*s = arena_str(a, *s)).p != NULL;
}

void
lookups_plan_spf(struct lookups *l, const struct spf_facts *facts)
{
	struct spf_facts copy = *facts;

	if (!l->prefetch)
		return;
	pthread_mutex_lock(&l->lock);
	if (copy_str(l->arena, &copy.local) && copy_str(l->arena, &copy.sender_domain) &&
	    copy_str(l->arena, &copy.helo) && copy_str(l->arena, &copy.receiver)) {
		l->facts.spf = copy;
		l->facts.have_spf = l->news = true;
		drain(l);
	}
	pthread_mutex_unlock(&l->lock);
}

void
lookups_plan_walk(struct lookups *l, struct str name)
{
	if (!l->prefetch)
		return;
	pthread_mutex_lock(&l->lock);
	if (l->facts.walk_count < MAX_WALKS && copy_str(l->arena, &name)) {
		l->walks[l->facts.walk_count++] = name;
		l->news = true;
		drain(l);
	}
	pthread_mutex_unlock(&l->lock);
}

void
lookups_want(struct lookups *l, const struct dns_question *q)
{
	if (!l->prefetch)
		return;
	pthread_mutex_lock(&l->lock);
	plan_want(l, q);
	drain(l);
	pthread_mutex_unlock(&l->lock);
}

/* Waiting */

static void
start(struct lookups *l)
{
	int64_t whole = l->deadline_ms, now = clock_monotonic_ms(&l->clock);

	if (l->started)
		return;
	l->started = true;
	l->until[LOOKUPS_AUTHOR] = now + whole * 3 / 4;
	l->until[LOOKUPS_REST] = now + whole;
}

void
lookups_start(struct lookups *l)
{
	pthread_mutex_lock(&l->lock);
	start(l);
	pthread_mutex_unlock(&l->lock);
}

/* How much time is left is reckoned on our clock, once; it is waited for in real time, so a
 * test's clock that stands still cannot make this wait for ever. */
static const struct dns_answer *
wait_for(struct lookups *l, const struct question *e, int64_t until)
{
	int64_t began = clock_monotonic_ms(&l->clock);
	struct timespec limit = clock_in_ms(until - began);

	while (e->ans == NULL && pthread_cond_timedwait(&l->change, &l->lock, &limit) == 0)
		;
	l->waited_ms += clock_monotonic_ms(&l->clock) - began;
	return e->ans != NULL ? e->ans : &answer_timeout;
}

static const struct dns_answer *
get(struct lookups *l, enum question_use use, enum lookups_share share,
    const struct dns_question *q)
{
	const struct dns_answer *ans = &answer_failed;
	const struct question *e;

	pthread_mutex_lock(&l->lock);
	start(l);
	if ((e = questions_use(&l->questions, use, q)) != NULL) {
		drain(l);
		ans = wait_for(l, e, l->until[share]);
	}
	pthread_mutex_unlock(&l->lock);
	return ans;
}

const struct dns_answer *
lookups_get(struct lookups *l, enum lookups_share share, const struct dns_question *q)
{
	return get(l, QUESTION_VERDICT, share, q);
}

const struct dns_answer *
lookups_peek(struct lookups *l, const struct dns_question *q)
{
	return get(l, QUESTION_PEEK, LOOKUPS_REST, q);
}

struct ev_dns
lookups_counts(struct lookups *l)
{
	struct ev_dns counts;

	pthread_mutex_lock(&l->lock);
	counts.queries = questions_used(&l->questions);
	counts.cache_hits = questions_cache_hits(&l->questions);
	counts.ms = (unsigned)l->waited_ms;
	pthread_mutex_unlock(&l->lock);
	return counts;
}
