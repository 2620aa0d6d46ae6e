/* dns_heap.h - timers, the earliest first: a binary heap of what its owner keeps. */
#ifndef SF_CHECK_DNS_HEAP_H
#define SF_CHECK_DNS_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

/* Inside whatever waits; zeroed at first. */
struct dns_timer {
	int64_t at_ms;
	size_t place; /* its index in the heap plus one; 0: not in it */
};

struct dns_heap {
	struct dns_timer **timers;
	size_t count, cap;
};

/* Room for cap timers, all the memory it will ever need.  RES_NOMEM. */
enum res dns_heap_open(struct dns_heap *heap, size_t cap);
void dns_heap_close(struct dns_heap *heap);

/* Put the timer in, or move it.  The caller keeps within cap. */
void dns_heap_set(struct dns_heap *heap, struct dns_timer *timer, int64_t at_ms);

/* Take the timer out; one that is not in it stays out. */
void dns_heap_remove(struct dns_heap *heap, struct dns_timer *timer);

/* The earliest, or NULL. */
struct dns_timer *dns_heap_first(const struct dns_heap *heap);

#endif
