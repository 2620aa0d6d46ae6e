#include "check/dns_cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "t/check/dnslower.h"
#include "t/tap.h"

#define Q(name, type) ((struct dns_question){ STR(name), type })

enum { THREADS = 8, ASKS = 5000, NAMES = 64 };

struct slow {
	pthread_mutex_t lock;
	pthread_cond_t started;
	bool inside;
	atomic_bool finished;
	struct lower *l;
};

static void
slow_done(void *arg, const struct dns_answer *ans)
{
	struct slow *s = arg;

	(void)ans;
	pthread_mutex_lock(&s->lock);
	s->inside = true;
	pthread_cond_signal(&s->started);
	pthread_mutex_unlock(&s->lock);
	usleep(50 * 1000);
	atomic_store(&s->finished, true);
}

static void *
slow_answerer(void *arg)
{
	struct slow *s = arg;
	struct dns_answer ans = lower_found(60);

	lower_release(s->l, &ans);
	return NULL;
}

static void
test_close_waits(void)
{
	static struct lower l;
	struct dns_port port = lower_open_cache(&l, 10, 3600);
	struct slow s = { .lock = PTHREAD_MUTEX_INITIALIZER, .started = PTHREAD_COND_INITIALIZER,
	    .l = &l };
	pthread_t thread;

	l.hold = true;
	dns_ask(&port, &Q("example.org", DNS_TXT), slow_done, &s);
	pthread_create(&thread, NULL, slow_answerer, &s);
	pthread_mutex_lock(&s.lock);
	while (!s.inside)
		pthread_cond_wait(&s.started, &s.lock);
	pthread_mutex_unlock(&s.lock);
	dns_close(&port);
	tap_ok(atomic_load(&s.finished), "close waits for a done that is running");
	pthread_join(thread, NULL);
}

/* Eight threads ask; two others answer what the lower port holds, now with data, now with a
 * failure. */
struct crowd {
	struct lower *l;
	const struct dns_port *port;
	atomic_uint answered;
	atomic_uint wrong;
};

static void
count_answer(void *arg, const struct dns_answer *ans)
{
	struct crowd *c = arg;
	bool right = ans->status == DNS_TIMEOUT || ans->status == DNS_CANCELLED ||
	    (ans->status == DNS_FOUND && ans->count == 2 && str_eq(ans->records[1].text,
	    STR("second")));

	if (!right)
		atomic_fetch_add(&c->wrong, 1);
	atomic_fetch_add(&c->answered, 1);
}

static void *
asker(void *arg)
{
	struct crowd *c = arg;
	uint32_t random = 1;

	for (int i = 0; i < ASKS; i++) {
		char name[32];

		random = random * 1664525 + 1013904223;
		snprintf(name, sizeof name, "n%u.example.org", random >> 16 & (NAMES - 1));
		dns_ask(c->port, &(struct dns_question){ str_from(name), DNS_TXT }, count_answer,
		    c);
		atomic_fetch_add(&c->l->now_ms, 3);
	}
	return NULL;
}

static void *
answerer(void *arg)
{
	struct lower *l = arg;
	struct dns_answer good = lower_found(1), bad = { .status = DNS_TIMEOUT };

	for (unsigned i = 0;; i++) {
		dns_done *done;
		void *with;

		pthread_mutex_lock(&l->lock);
		while (l->count == 0 && !l->stop)
			pthread_cond_wait(&l->more, &l->lock);
		if (l->count == 0) {
			pthread_mutex_unlock(&l->lock);
			return NULL;
		}
		l->count--;
		done = l->held[l->count].done;
		with = l->held[l->count].arg;
		pthread_mutex_unlock(&l->lock);
		done(with, i % 5 == 0 ? &bad : &good);
	}
}

static void
stop_answerers(struct lower *l, pthread_t answerers[2])
{
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_broadcast(&l->more);
	pthread_mutex_unlock(&l->lock);
	for (int i = 0; i < 2; i++)
		pthread_join(answerers[i], NULL);
}

/* close_early: close while answers are still under way. */
static void
test_threads(bool close_early)
{
	static struct lower l;
	struct dns_port port = lower_open_cache(&l, NAMES / 2, 3600);
	struct crowd crowd = { .l = &l, .port = &port };
	pthread_t askers[THREADS], answerers[2];
	struct dns_cache_counts counts;

	l.hold = true;
	for (int i = 0; i < 2; i++)
		pthread_create(&answerers[i], NULL, answerer, &l);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&askers[i], NULL, asker, &crowd);
	for (int i = 0; i < THREADS; i++)
		pthread_join(askers[i], NULL);
	counts = dns_cache_counts(&port);
	if (close_early)
		dns_close(&port);
	stop_answerers(&l, answerers);
	tap_eq_int(atomic_load(&crowd.answered), THREADS * ASKS,
	    "threads: every question is answered once");
	tap_eq_int(atomic_load(&crowd.wrong), 0, "threads: and rightly");
	tap_eq_int((long long)counts.queries, THREADS * ASKS, "threads: queries add up");
	tap_eq_int((long long)(counts.hits + counts.joined + l.asked), THREADS * ASKS,
	    "threads: each one hit, joined or went below");
	/* Which of the two it is depends on who runs first. */
	tap_ok(counts.hits + counts.joined > 0 && counts.entries <= NAMES / 2,
	    "threads: %zu entries, %llu hits, %llu joined",
	    counts.entries, (unsigned long long)counts.hits, (unsigned long long)counts.joined);
	if (!close_early)
		dns_close(&port);
}

int
main(void)
{
	test_close_waits();
	test_threads(false);
	test_threads(true);
	return tap_done();
}
