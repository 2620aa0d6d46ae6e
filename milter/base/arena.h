/* arena.h - memory with one lifetime.  What is taken from an arena is freed with it and never
 * alone.  Whoever opens something that must be closed puts the closing beside it (arena_defer);
 * arena_close runs all of them, last first, then frees the memory.  An arena is used by one thread
 * at a time. */
#ifndef SF_BASE_ARENA_H
#define SF_BASE_ARENA_H

#include <stddef.h>

#include "base/result.h"
#include "base/str.h"

struct arena;

/* limit: octets the arena may hand out in all, 0 for no limit.  NULL: no memory. */
struct arena *arena_open(size_t limit);

/* Deferred closings last first, then the memory.  a may be NULL. */
void arena_close(struct arena *a);

/* n octets, zeroed, aligned for any type.  NULL: no memory, or the limit is reached. */
void *arena_alloc(struct arena *a, size_t n);

/* count elements of size octets each, zeroed.  NULL also when the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* A copy with a NUL behind it (so .p serves as a C string when there is no NUL inside).
 * .p == NULL: no memory; of an empty view the copy has .p != NULL. */
struct str arena_str(struct arena *a, struct str s);

/* fn(arg) at arena_close.  When it cannot be registered, fn(arg) runs at once and RES_NOMEM comes
 * back: the caller has nothing to undo. */
enum res arena_defer(struct arena *a, void (*fn)(void *arg), void *arg);

/* Octets handed out so far. */
size_t arena_used(const struct arena *a);

#endif
