#include <stdlib.h>

#include "check/dns_heap.h"
#include "t/tap.h"

enum { TIMERS = 200, ROUNDS = 20000 };

/* The earliest of those that are in, by looking at all; -1: none. */
static int64_t
earliest(const struct dns_timer *timers)
{
	int64_t at_ms = -1;

	for (size_t i = 0; i < TIMERS; i++)
		if (timers[i].place > 0 && (at_ms == -1 || timers[i].at_ms < at_ms))
			at_ms = timers[i].at_ms;
	return at_ms;
}

/* Put in, moved and taken out without plan: the first is always the earliest. */
static void
test_any_order(struct dns_heap *heap)
{
	struct dns_timer timers[TIMERS] = {0};
	uint64_t seed = 7;
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct dns_timer *timer, *first;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		timer = &timers[(seed >> 33) % TIMERS];
		if ((seed >> 20) % 5 < 3)
			dns_heap_set(heap, timer, (int64_t)((seed >> 44) % 1000));
		else
			dns_heap_remove(heap, timer);
		first = dns_heap_first(heap);
		wrong += (first != NULL ? first->at_ms : -1) != earliest(timers);
	}
	tap_eq_int(wrong, 0, "the first is the earliest, whatever was moved or taken out");
	for (size_t i = 0; i < TIMERS; i++)
		dns_heap_remove(heap, &timers[i]);
	tap_ok(dns_heap_first(heap) == NULL, "none is left");
}

int
main(void)
{
	struct dns_heap heap;

	if (dns_heap_open(&heap, TIMERS) != RES_OK)
		abort();
	test_any_order(&heap);
	dns_heap_close(&heap);
	return tap_done();
}
