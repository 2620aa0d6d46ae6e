#include "check/dns_heap.h"

#include <assert.h>
#include <stdlib.h>

enum res
dns_heap_open(struct dns_heap *heap, size_t cap)
{
	struct dns_timer **timers = calloc(cap, sizeof *timers);

	if (timers == NULL)
		return RES_NOMEM;
	*heap = (struct dns_heap){ timers, 0, cap };
	return RES_OK;
}

void
dns_heap_close(struct dns_heap *heap)
{
	free(heap->timers);
	*heap = (struct dns_heap){ 0 };
}

static void
put_at(struct dns_heap *heap, size_t i, struct dns_timer *timer)
{
	heap->timers[i] = timer;
	timer->place = i + 1;
}

/* Timer belongs at index i or above; later ones make room. */
static void
sift_up(struct dns_heap *heap, size_t i, struct dns_timer *timer)
{
	for (; i > 0 && heap->timers[(i - 1) / 2]->at_ms > timer->at_ms; i = (i - 1) / 2)
		put_at(heap, i, heap->timers[(i - 1) / 2]);
	put_at(heap, i, timer);
}

/* Timer belongs at index i or below; earlier ones make room. */
static void
sift_down(struct dns_heap *heap, size_t i, struct dns_timer *timer)
{
	size_t child;

	for (; (child = 2 * i + 1) < heap->count; i = child) {
		if (child + 1 < heap->count &&
		    heap->timers[child + 1]->at_ms < heap->timers[child]->at_ms)
			child++;
		if (heap->timers[child]->at_ms >= timer->at_ms)
			break;
		put_at(heap, i, heap->timers[child]);
	}
	put_at(heap, i, timer);
}

/* Index i is free; timer goes in there, then to where it belongs. */
static void
sift(struct dns_heap *heap, size_t i, struct dns_timer *timer)
{
	sift_down(heap, i, timer);
	sift_up(heap, timer->place - 1, timer);
}

void
dns_heap_set(struct dns_heap *heap, struct dns_timer *timer, int64_t at_ms)
{
	timer->at_ms = at_ms;
	if (timer->place == 0) {
		assert(heap->count < heap->cap);
		timer->place = ++heap->count;
	}
	sift(heap, timer->place - 1, timer);
}

void
dns_heap_remove(struct dns_heap *heap, struct dns_timer *timer)
{
	size_t i = timer->place - 1;
	struct dns_timer *last;

	if (timer->place == 0)
		return;
	timer->place = 0;
	last = heap->timers[--heap->count];
	if (last != timer)
		sift(heap, i, last);
}

struct dns_timer *
dns_heap_first(const struct dns_heap *heap)
{
	return heap->count > 0 ? heap->timers[0] : NULL;
}
