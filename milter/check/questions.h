/* questions.h - the questions of one message and their answers: the table and the queue of
 * check/lookups.
 * No lock of its own: lookups holds his.  n questions cost n, whatever names a sender makes up:
 * the hash has a seed he does not know. */
#ifndef SF_CHECK_QUESTIONS_H
#define SF_CHECK_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "core/dns.h"

/* What a question was made for.  Each use has its own limit, so that what was planned in vain
 * never takes the place of what the verdict needs: the plan must not change it. */
enum question_use { QUESTION_PLAN, QUESTION_VERDICT, QUESTION_PEEK, QUESTION_USE_COUNT };

struct question {
	struct question *next; /* in the same bucket */
	struct question *next_queued;
	void *owner;
	struct dns_question q;
	const struct dns_answer *ans; /* NULL: not yet.  Never changes once it is set. */
	bool used[QUESTION_USE_COUNT];
};

/* To be read only through the functions below. */
struct questions {
	struct arena *arena;
	void *owner;
	uint64_t seed;
	struct question **buckets;
	size_t bucket_count, count;
	struct question *queue, **queue_end;
	unsigned uses[QUESTION_USE_COUNT], max_uses;
};

/* All memory is taken from a, owner is handed on to each question, max_uses is the limit of each
 * use.  *t must stay where it is.  RES_NOMEM. */
enum res questions_open(struct questions *t, struct arena *a, void *owner, unsigned max_uses);

/* NULL: not there. */
struct question *questions_find(const struct questions *t, const struct dns_question *q);

/* The question, made and queued if it is new.  NULL: over the limit of this use, or no memory. */
struct question *questions_use(struct questions *t, enum question_use use,
    const struct dns_question *q);

/* The next of those that are still to be asked, oldest first, taken out of the queue.  NULL:
 * none. */
struct question *questions_next(struct questions *t);

/* Different questions that the verdict used; those of them that the cache answered. */
unsigned questions_used(const struct questions *t);
unsigned questions_cache_hits(const struct questions *t);

#endif
