#include "check/dns_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>

/* A node is one question: in flight, with those who wait for it, or answered, with the answer
 * and a place in the order of use.  Both kinds stand in one table, so a question finds its
 * answer or its flight by one search.
 *
 * The lock is never held over ask or done.  An answer being delivered is kept by the node's
 * users, and the cache by its holders: its owner and every flight below.  running counts the
 * dones under way: close waits for 0. */

enum { MIN_BUCKETS = 256 }; /* for flights, when few or no answers are kept */

struct waiter {
	STAILQ_ENTRY(waiter) link;
	dns_done *done;
	void *arg;
};
STAILQ_HEAD(waiters, waiter);

struct answer {
	int64_t expires_ms;
	size_t octets; /* of this, its records and their text */
	struct dns_answer ans;
	struct dns_record records[]; /* their text stands behind them */
};

struct node {
	LIST_ENTRY(node) in_bucket;
	TAILQ_ENTRY(node) in_order; /* answered ones only */
	struct cache *cache;
	struct waiters waiters; /* in flight */
	struct answer *answer;  /* NULL: in flight */
	size_t users;           /* the table, the flight, deliveries */
	struct dns_question q;
	char name[];
};
LIST_HEAD(bucket, node);
TAILQ_HEAD(order, node);

struct cache {
	struct dns_port lower;
	struct clock_port clock;
	struct dns_cache_conf conf;
	size_t max_octets;
	uint64_t seed;

	pthread_mutex_t lock; /* for all below and for the nodes */
	pthread_cond_t idle;  /* running has become 0 */
	struct bucket *buckets;
	size_t bucket_mask;
	struct order order; /* the last used first */
	struct dns_cache_counts counts;
	size_t holders, running;
	bool closed;
};

static const struct dns_answer no_memory = { .status = DNS_FAILED };
static const struct dns_answer cancelled = { .status = DNS_CANCELLED };

/* A copy in one piece of memory; NULL: too large, or no memory. */
static struct answer *
answer_new(const struct dns_answer *ans, int64_t expires_ms)
{
	size_t octets = sizeof(struct answer), n = ans->count;
	struct answer *copy;
	char *text;

	if (n > DNS_CACHE_ANSWER_MAX / sizeof *copy->records)
		return NULL;
	octets += n * sizeof *copy->records;
	for (size_t i = 0; i < n && octets <= DNS_CACHE_ANSWER_MAX; i++)
		octets += ans->records[i].text.len;
	if (octets > DNS_CACHE_ANSWER_MAX || (copy = malloc(octets)) == NULL)
		return NULL;
	copy->expires_ms = expires_ms;
	copy->octets = octets;
	copy->ans = *ans;
	copy->ans.cached = true;
	copy->ans.records = copy->records;
	text = (char *)(copy->records + n);
	for (size_t i = 0; i < n; i++) {
		struct str from = ans->records[i].text;

		copy->records[i] = ans->records[i];
		copy->records[i].text = (struct str){ text, from.len };
		if (from.len > 0)
			memcpy(text, from.p, from.len);
		text += from.len;
	}
	return copy;
}

static size_t
node_octets(const struct node *n)
{
	return sizeof *n + n->q.name.len + n->answer->octets;
}

static struct bucket *
bucket_of(const struct cache *c, const struct dns_question *q)
{
	return &c->buckets[dns_question_hash(q, c->seed) & c->bucket_mask];
}

/* A flight, in the table.  Its users: the table and the flight. */
static struct node *
node_new(struct cache *c, struct bucket *bucket, const struct dns_question *q)
{
	struct node *n = malloc(sizeof *n + q->name.len);

	if (n == NULL)
		return NULL;
	memcpy(n->name, q->name.p, q->name.len);
	n->q = (struct dns_question){ { n->name, q->name.len }, q->type };
	n->cache = c;
	STAILQ_INIT(&n->waiters);
	n->answer = NULL;
	n->users = 2;
	LIST_INSERT_HEAD(bucket, n, in_bucket);
	c->holders++;
	return n;
}

static void
node_release(struct node *n)
{
	if (--n->users > 0)
		return;
	free(n->answer);
	free(n);
}

/* Out of the table. */
static void
node_remove(struct cache *c, struct node *n)
{
	LIST_REMOVE(n, in_bucket);
	if (n->answer != NULL) {
		TAILQ_REMOVE(&c->order, n, in_order);
		c->counts.entries--;
		c->counts.octets -= node_octets(n);
	}
	node_release(n);
}

/* The node of this question; what has expired goes now. */
static struct node *
node_find(struct cache *c, const struct bucket *bucket, const struct dns_question *q, int64_t now)
{
	struct node *n;

	LIST_FOREACH (n, bucket, in_bucket)
		if (dns_question_eq(&n->q, q))
			break;
	if (n != NULL && n->answer != NULL && n->answer->expires_ms <= now) {
		node_remove(c, n);
		n = NULL;
	}
	return n;
}

/* A flight becomes an answer; the longest unused ones make room. */
static void
node_keep(struct cache *c, struct node *n, struct answer *answer)
{
	n->answer = answer;
	TAILQ_INSERT_HEAD(&c->order, n, in_order);
	c->counts.entries++;
	c->counts.octets += node_octets(n);
	while (c->counts.entries > c->conf.entries || c->counts.octets > c->max_octets)
		node_remove(c, TAILQ_LAST(&c->order, order));
}

static void
cache_free(struct cache *c)
{
	pthread_cond_destroy(&c->idle);
	pthread_mutex_destroy(&c->lock);
	free(c->buckets);
	free(c);
}

/* Give up a hold of the cache and the lock; the last one frees it. */
static void
cache_unlock_and_leave(struct cache *c)
{
	bool last = --c->holders == 0;

	pthread_mutex_unlock(&c->lock);
	if (last)
		cache_free(c);
}

/* A done that counted in running has returned; under the lock. */
static void
end_delivery(struct cache *c)
{
	if (--c->running == 0)
		pthread_cond_broadcast(&c->idle);
}

static void
deliver(struct waiters *waiters, const struct dns_answer *ans)
{
	struct waiter *w;

	while ((w = STAILQ_FIRST(waiters)) != NULL) {
		STAILQ_REMOVE_HEAD(waiters, link);
		w->done(w->arg, ans);
		free(w);
	}
}

/* The answer of the lower port: on any thread, perhaps inside its ask, perhaps after close. */
static void
lower_done(void *arg, const struct dns_answer *ans)
{
	struct node *n = arg;
	struct cache *c = n->cache;
	uint32_t ttl_s = ans->ttl_s < c->conf.max_ttl_s ? ans->ttl_s : c->conf.max_ttl_s;
	struct answer *answer = NULL;
	struct waiters waiters = STAILQ_HEAD_INITIALIZER(waiters);

	if (ttl_s > 0 && c->conf.entries > 0 && !dns_is_temporary(ans->status))
		answer = answer_new(ans, clock_monotonic_ms(&c->clock) + (int64_t)ttl_s * 1000);
	pthread_mutex_lock(&c->lock);
	STAILQ_CONCAT(&waiters, &n->waiters);
	if (answer != NULL && !c->closed) {
		node_keep(c, n, answer);
	} else {
		free(answer);
		node_remove(c, n);
	}
	c->running++;
	pthread_mutex_unlock(&c->lock);

	deliver(&waiters, ans);

	pthread_mutex_lock(&c->lock);
	node_release(n);
	end_delivery(c);
	cache_unlock_and_leave(c);
}

/* A hit; the lock is held at first. */
static void
deliver_hit(struct cache *c, struct node *n, int64_t now, dns_done *done, void *arg)
{
	struct dns_answer ans = n->answer->ans;

	ans.ttl_s = (uint32_t)((n->answer->expires_ms - now) / 1000);
	TAILQ_REMOVE(&c->order, n, in_order);
	TAILQ_INSERT_HEAD(&c->order, n, in_order);
	c->counts.hits++;
	n->users++;
	c->running++;
	pthread_mutex_unlock(&c->lock);

	done(arg, &ans);

	pthread_mutex_lock(&c->lock);
	node_release(n);
	end_delivery(c);
	pthread_mutex_unlock(&c->lock);
}

static void
cache_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct cache *c = self;
	struct bucket *bucket = bucket_of(c, q);
	struct waiter *w;
	struct node *n, *flight = NULL;
	int64_t now = clock_monotonic_ms(&c->clock);

	if (!dns_name_can_be_asked(q->name)) { /* of any length, so not kept */
		dns_ask(&c->lower, q, done, arg);
		return;
	}
	pthread_mutex_lock(&c->lock);
	c->counts.queries++;
	n = node_find(c, bucket, q, now);
	if (n != NULL && n->answer != NULL) {
		deliver_hit(c, n, now, done, arg);
		return;
	}
	w = malloc(sizeof *w);
	if (w != NULL && !c->closed && n == NULL)
		n = flight = node_new(c, bucket, q);
	if (w == NULL || n == NULL || c->closed) {
		const struct dns_answer *ans = c->closed ? &cancelled : &no_memory;

		pthread_mutex_unlock(&c->lock);
		free(w);
		done(arg, ans);
		return;
	}
	*w = (struct waiter){ .done = done, .arg = arg };
	STAILQ_INSERT_TAIL(&n->waiters, w, link);
	c->counts.joined += flight == NULL;
	pthread_mutex_unlock(&c->lock);
	if (flight != NULL)
		/* not &flight->q: the flight may end before ask */
		dns_ask(&c->lower, q, lower_done, flight);
}

/* Flights stay in the table until their answers come, with nobody waiting. */
static void
cache_close(void *self)
{
	struct cache *c = self;
	struct waiters waiters = STAILQ_HEAD_INITIALIZER(waiters);
	struct node *n;

	pthread_mutex_lock(&c->lock);
	c->closed = true;
	for (size_t i = 0; i <= c->bucket_mask; i++)
		LIST_FOREACH (n, &c->buckets[i], in_bucket)
			STAILQ_CONCAT(&waiters, &n->waiters);
	pthread_mutex_unlock(&c->lock);

	deliver(&waiters, &cancelled);

	pthread_mutex_lock(&c->lock);
	while (c->running > 0)
		pthread_cond_wait(&c->idle, &c->lock);
	while ((n = TAILQ_FIRST(&c->order)) != NULL)
		node_remove(c, n);
	cache_unlock_and_leave(c);
}

/* A power of two, so that a mask chooses. */
static size_t
bucket_count(size_t entries)
{
	size_t n = MIN_BUCKETS;

	while (n < entries && n <= SIZE_MAX / 4 / sizeof(struct bucket))
		n *= 2;
	return n;
}

enum res
dns_cache_open(const struct dns_port *lower, const struct clock_port *clock,
    const struct dns_cache_conf *conf, struct dns_port *ret_port)
{
	size_t buckets = bucket_count(conf->entries);
	struct cache *c = calloc(1, sizeof *c);

	if (c == NULL || (c->buckets = calloc(buckets, sizeof *c->buckets)) == NULL) {
		free(c);
		return RES_NOMEM;
	}
	c->lower = *lower;
	c->clock = *clock;
	c->conf = *conf;
	c->max_octets = conf->entries * DNS_CACHE_ENTRY_OCTETS + 2 * DNS_CACHE_ANSWER_MAX;
	c->bucket_mask = buckets - 1;
	c->holders = 1;
	TAILQ_INIT(&c->order);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->idle, NULL);
	if (getrandom(&c->seed, sizeof c->seed, 0) != sizeof c->seed) {
		cache_free(c);
		return RES_TEMP;
	}
	*ret_port = (struct dns_port){ cache_ask, cache_close, c };
	return RES_OK;
}

struct dns_cache_counts
dns_cache_counts(const struct dns_port *port)
{
	struct cache *c = port->self;
	struct dns_cache_counts counts;

	pthread_mutex_lock(&c->lock);
	counts = c->counts;
	pthread_mutex_unlock(&c->lock);
	return counts;
}
