#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_BYTES = 4096 - 64, /* a block and malloc's own words fit one page */
	ALIGNMENT = alignof(max_align_t),
};

struct block {
	struct block *next;
	size_t used, cap;
	alignas(max_align_t) char mem[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *arg);
	void *arg;
};

struct arena {
	struct block *blocks;      /* the first one is being filled */
	struct deferred *deferred; /* last registered first */
	size_t used, limit;
};

struct arena *
arena_open(size_t limit)
{
	struct arena *a = calloc(1, sizeof *a);

	if (a != NULL)
		a->limit = limit;
	return a;
}

void
arena_close(struct arena *a)
{
	struct block *b, *next;

	if (a == NULL)
		return;
	while (a->deferred != NULL) {
		struct deferred *d = a->deferred;

		a->deferred = d->next; /* first, so a closing may look at the arena */
		d->fn(d->arg);
	}
	for (b = a->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

/* A block with room for n octets.  A large one goes behind the block being filled, whose room is
 * kept. */
static struct block *
add_block(struct arena *a, size_t n)
{
	bool large = n > BLOCK_BYTES / 4;
	size_t cap = large ? n : BLOCK_BYTES;
	struct block *b = cap <= SIZE_MAX - sizeof *b ? malloc(sizeof *b + cap) : NULL;

	if (b == NULL)
		return NULL;
	b->used = 0;
	b->cap = cap;
	if (large && a->blocks != NULL) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		b->next = a->blocks;
		a->blocks = b;
	}
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block *b = a->blocks;
	void *p;

	if (n > SIZE_MAX - ALIGNMENT)
		return NULL;
	n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (a->limit > 0 && n > a->limit - a->used)
		return NULL;
	if ((b == NULL || n > b->cap - b->used) && (b = add_block(a, n)) == NULL)
		return NULL;
	p = b->mem + b->used;
	b->used += n;
	a->used += n;
	return memset(p, 0, n);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, count * size);
}

struct str
arena_str(struct arena *a, struct str s)
{
	char *p = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;

	if (p == NULL)
		return (struct str){ 0 };
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return (struct str){ p, s.len };
}

enum res
arena_defer(struct arena *a, void (*fn)(void *arg), void *arg)
{
	struct deferred *d = arena_new(a, struct deferred);

	if (d == NULL) {
		fn(arg);
		return RES_NOMEM;
	}
	*d = (struct deferred){ a->deferred, fn, arg };
	a->deferred = d;
	return RES_OK;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
