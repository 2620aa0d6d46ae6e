#include "check/questions.h"

#include <sys/random.h>

enum { FIRST_BUCKETS = 64 }; /* more than an ordinary message asks */

enum res
questions_open(struct questions *t, struct arena *a, void *owner, unsigned max_uses)
{
	*t = (struct questions){ .arena = a,
		.owner = owner,
		.max_uses = max_uses,
		.bucket_count = FIRST_BUCKETS };
	t->queue_end = &t->queue;
	if ((t->buckets = arena_array(a, FIRST_BUCKETS, sizeof(struct question *))) == NULL)
		return RES_NOMEM;
	if (getrandom(&t->seed, sizeof t->seed, 0) != (ssize_t)sizeof t->seed)
		t->seed = (uint64_t)(uintptr_t)a; /* our own address is hard to guess as well */
	return RES_OK;
}

static struct question **
bucket_of(const struct questions *t, const struct dns_question *q)
{
	return &t->buckets[dns_question_hash(q, t->seed) % t->bucket_count];
}

struct question *
questions_find(const struct questions *t, const struct dns_question *q)
{
	struct question *e = *bucket_of(t, q);

	while (e != NULL && !dns_question_eq(&e->q, q))
		e = e->next;
	return e;
}

static void
put_in_bucket(struct questions *t, struct question *e)
{
	struct question **to = bucket_of(t, &e->q);

	e->next = *to;
	*to = e;
}

/* Twice as many buckets; without memory the chains get longer, that is all. */
static void
grow(struct questions *t)
{
	size_t old_count = t->bucket_count;
	struct question **old = t->buckets, *e, *next;
	struct question **buckets = arena_array(t->arena, old_count * 2, sizeof(struct question *));

	if (buckets == NULL)
		return;
	t->buckets = buckets;
	t->bucket_count = old_count * 2;
	for (size_t i = 0; i < old_count; i++) {
		for (e = old[i]; e != NULL; e = next) {
			next = e->next;
			put_in_bucket(t, e);
		}
	}
}

static struct question *
add(struct questions *t, const struct dns_question *q)
{
	struct question *e = arena_new(t->arena, struct question);

	if (e == NULL || (e->q.name = arena_str(t->arena, q->name)).p == NULL)
		return NULL;
	e->q.type = q->type;
	e->owner = t->owner;
	if (t->count++ >= t->bucket_count)
		grow(t);
	put_in_bucket(t, e);
	*t->queue_end = e;
	t->queue_end = &e->next_queued;
	return e;
}

struct question *
questions_use(struct questions *t, enum question_use use, const struct dns_question *q)
{
	struct question *e = questions_find(t, q);

	if (e != NULL && e->used[use])
		return e;
	if (t->uses[use] >= t->max_uses)
		return NULL;
	if (e == NULL && (e = add(t, q)) == NULL)
		return NULL;
	e->used[use] = true;
	t->uses[use]++;
	return e;
}

struct question *
questions_next(struct questions *t)
{
	struct question *e = t->queue;

	if (e != NULL && (t->queue = e->next_queued) == NULL)
		t->queue_end = &t->queue;
	return e;
}

unsigned
questions_used(const struct questions *t)
{
	return t->uses[QUESTION_VERDICT];
}

unsigned
questions_cache_hits(const struct questions *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < t->bucket_count; i++)
		for (const struct question *e = t->buckets[i]; e != NULL; e = e->next)
			n += e->used[QUESTION_VERDICT] && e->ans != NULL && e->ans->cached;
	return n;
}
