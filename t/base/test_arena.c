#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "t/tap.h"

static void
test_memory(void)
{
	static const size_t sizes[] = { 1, 0, 7, 16, 100, 1000, 1009, 4000, 5000, 100000, 3, 1008,
	    4032, 24 };
	enum { ROUNDS = 50, SIZES = sizeof sizes / sizeof *sizes };
	unsigned char *p[ROUNDS * SIZES];
	struct arena *a = arena_open(0);
	int bad = 0;

	for (size_t i = 0; i < ROUNDS * SIZES; i++) {
		size_t n = sizes[i % SIZES];

		p[i] = arena_alloc(a, n);
		if (p[i] == NULL || (uintptr_t)p[i] % alignof(max_align_t) != 0) {
			bad++;
			continue;
		}
		for (size_t at = 0; at < n; at++)
			bad += p[i][at] != 0;
		memset(p[i], (int)(i % 255 + 1), n);
	}
	tap_eq_int(bad, 0, "memory is there, aligned for any type and zeroed");
	for (size_t i = 0; i < ROUNDS * SIZES; i++)
		for (size_t at = 0; at < sizes[i % SIZES]; at++)
			bad += p[i][at] != i % 255 + 1;
	tap_eq_int(bad, 0, "no two pieces overlap");
	arena_close(a);
	arena_close(NULL);
}

static void
test_limit(void)
{
	struct arena *a = arena_open(64);
	size_t n = 0;

	while (n < 1000 && arena_alloc(a, 1) != NULL)
		n++;
	tap_ok(n >= 1 && n <= 64, "the limit is reached after %zu pieces of one octet", n);
	tap_ok(arena_used(a) <= 64, "never more than the limit is handed out");
	tap_ok(arena_alloc(a, 64) == NULL, "the limit holds");
	arena_close(a);

	a = arena_open(0);
	tap_ok(arena_alloc(a, SIZE_MAX) == NULL, "SIZE_MAX octets: no memory, no overflow");
	tap_ok(arena_alloc(a, SIZE_MAX - 16) == NULL, "nearly SIZE_MAX octets and a block head");
	tap_ok(arena_array(a, SIZE_MAX / 2, 3) == NULL, "a product that overflows");
	tap_ok(arena_array(a, 0, 8) != NULL, "an array of nothing is not a failure");
	tap_ok(arena_array(a, SIZE_MAX, 0) != NULL, "an array of empty elements neither");
	arena_close(a);
}

static void
test_str(void)
{
	struct arena *a = arena_open(32);
	char text[] = { 'a', '\0', 'b' };
	struct str s = arena_str(a, (struct str){ text, sizeof text });

	memset(text, 'x', sizeof text);
	tap_eq_str(s, STR("a\0b"), "a copy of its own");
	tap_eq_int(s.p[s.len], '\0', "with a NUL behind it");
	s = arena_str(a, (struct str){0});
	tap_ok(s.p != NULL && s.len == 0, "the copy of an empty view is not NULL");
	s = arena_str(a, STR("more than is left"));
	tap_ok(s.p == NULL && s.len == 0, "no memory: NULL");
	arena_close(a);
}

struct order {
	char text[8];
	size_t n;
};

struct note {
	struct order *order;
	char letter;
};

static void
note_closing(void *arg)
{
	const struct note *note = arg;

	note->order->text[note->order->n++] = note->letter;
}

static void
test_defer(void)
{
	struct order order = {0};
	struct arena *a = arena_open(0), *full = arena_open(1);

	for (char c = 'a'; c <= 'c'; c++) {
		struct note *note = arena_new(a, struct note);

		*note = (struct note){ &order, c };
		tap_eq_res(arena_defer(a, note_closing, note), RES_OK, "closing %c is registered",
		    c);
	}
	tap_eq_text(order.text, "", "nothing is closed early");
	tap_eq_res(arena_defer(full, note_closing, &(struct note){ &order, 'x' }), RES_NOMEM,
	    "no memory");
	tap_eq_text(order.text, "x", "no memory: it runs at once");
	arena_close(full);
	tap_eq_text(order.text, "x", "and not again");
	arena_close(a);
	tap_eq_text(order.text, "xcba", "closings run last first, before the memory goes");
}

int
main(void)
{
	test_memory();
	test_limit();
	test_str();
	test_defer();
	return tap_done();
}
