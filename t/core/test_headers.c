/* The header list: counting by name, limits, and that no choice of names makes it slow or wrong. */
#include "core/headers.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "t/tap.h"

static struct headers
opened(struct arena *a, size_t max_count, size_t max_bytes)
{
	static const struct str always[] = { { "X-SPF-DMARC-Score", 17 } };
	struct headers h;

	headers_open(&h, a, max_count, max_bytes, always, 1);
	return h;
}

static void
test_order_and_index(void)
{
	static const struct {
		const char *name, *value;
		const char *kept_name;
		unsigned index;
	} rows[] = {
		{ "Received", " r1", "Received", 1 },
		{ "X-A", " 1", "X-A", 1 },
		{ "x-a", "2", "x-a", 2 },
		{ "From \t", " joe@example.org\n\t(x)", "From", 1 },
		{ "X-A", "", "X-A", 3 },
		{ "X-AB", " y", "X-AB", 1 },
		{ "X", " z", "X", 1 },
		{ "", " no name", "", 1 },
		{ "FROM", " ann@example.net", "FROM", 2 },
		{ "X-A\x80", " 8-bit", "X-A\x80", 1 },
	};
	enum { N = sizeof rows / sizeof *rows };
	struct arena *a = arena_open(0);
	struct headers h = opened(a, 100, 10000);
	const struct header *field;
	unsigned i = 0;

	for (; i < N; i++)
		tap_eq_res(headers_add(&h, tap_exact(rows[i].name), tap_exact(rows[i].value)),
		    RES_OK, "add");
	for (i = 0, field = h.first; field != NULL; field = field->next, i++) {
		tap_eq_str(field->name, str_from(rows[i].kept_name),
		    "name without blanks at its end (5322 4.5)");
		tap_eq_str(field->value, str_from(rows[i].value), "value as it came");
		tap_eq_int(field->index, rows[i].index, "index of %s %u", rows[i].name, i);
		tap_eq_int(field->place, i, "place of field %u", i);
		tap_ok(!field->cut, "whole");
	}
	tap_eq_int(i, N, "all are kept");
	tap_ok(!h.over_limit, "within the limits");
	field = headers_find(h.first, STR("from"));
	tap_ok(field != NULL && field->place == 3, "find is without case");
	field = field != NULL ? headers_find(field->next, STR("from")) : NULL;
	tap_ok(field != NULL && field->place == 8, "and goes on");
	tap_ok(headers_find(field->next, STR("From")) == NULL, "and ends");
	tap_ok(headers_find(h.first, STR("Fro")) == NULL, "a part of a name is no name");
	arena_close(a);
}

/* interface.md 2: past the limits fields are counted, and decisive ones noted */
static void
test_limits(void)
{
	struct arena *a = arena_open(0);
	struct headers h = opened(a, 2, 10000);
	char big[HEADERS_NOTED_BYTES + 1];
	const struct header *field;

	memset(big, 'x', sizeof big);
	headers_add(&h, STR("Subject"), STR(" a"));
	headers_add(&h, STR("Authentication-Results"), STR(" first"));
	tap_ok(!h.over_limit, "two of two");
	headers_add(&h, STR("Subject"), STR(" b"));
	tap_ok(h.over_limit, "a third is over the limit");
	headers_add(&h, STR("authentication-results"), STR(" second"));
	headers_add(&h, STR("x-spf-dmarc-score"), STR(" 1.0"));
	headers_add(&h, STR("From"), (struct str){ big, sizeof big });
	headers_add(&h, STR("DKIM-Signature"), (struct str){ big, sizeof big - 1 });
	headers_add(&h, STR("Received-SPF"), STR(" pass"));
	tap_eq_int((long long)h.count, 8, "all are counted");
	tap_ok(headers_find(h.first->next, STR("Subject")) == NULL,
	    "an indifferent field is not kept");
	field = headers_find(h.first->next->next, STR("Authentication-Results"));
	tap_ok(field != NULL && field->index == 2 && field->place == 3 && !field->cut,
	    "a decisive one is noted with its index and place");
	tap_ok(headers_find(h.first, STR("X-SPF-DMARC-Score")) != NULL,
	    "and one that the caller named");
	tap_ok(headers_find(h.first, STR("Received-SPF")) != NULL, "and Received-SPF");
	field = headers_find(h.first, STR("From"));
	tap_ok(field != NULL && field->cut && field->value.len == HEADERS_NOTED_BYTES,
	    "its value is bounded");
	field = headers_find(h.first, STR("DKIM-Signature"));
	tap_ok(field != NULL && !field->cut && field->value.len == HEADERS_NOTED_BYTES,
	    "and whole if it fits");
	arena_close(a);
}

static void
test_max_bytes(void)
{
	struct arena *a = arena_open(0);
	struct headers h = opened(a, 100, 20);

	headers_add(&h, STR("Subject"), STR("0123456789"));
	tap_eq_int((long long)h.bytes, 17, "octets of name and value");
	headers_add(&h, STR("X"), STR("abc"));
	tap_ok(h.over_limit && h.last == h.first, "one octet too many");
	headers_add(&h, STR("X"), STR("ab"));
	tap_ok(h.last != h.first && h.last->value.len == 2, "what fits is kept");
	arena_close(a);
}

/* The same counts as a plain list gives, for names that share beginnings, ends and lengths. */
static void
test_many_names(void)
{
	enum { N = 3000 };
	struct arena *a = arena_open(0);
	struct headers h = opened(a, N, 1000000);
	uint32_t seed = 1;
	unsigned wrong = 0;

	for (unsigned i = 0; i < N; i++) {
		char name[40];
		size_t len;

		seed = seed * 1664525 + 1013904223;
		len = seed >> 28;
		for (size_t k = 0; k < len; k++) {
			seed = seed * 1664525 + 1013904223;
			name[k] = "aAbB"[seed >> 30];
		}
		headers_add(&h, tap_exact_str((struct str){ name, len }), STR(""));
	}
	for (const struct header *f = h.first; f != NULL; f = f->next) {
		unsigned index = 1;

		for (const struct header *g = h.first; g != f; g = g->next)
			index += str_eq_nocase(f->name, g->name);
		wrong += index != f->index;
	}
	tap_eq_int(wrong, 0, "%d fields: each index counts the fields of its name above it", N);
	arena_close(a);
}

static void
test_no_memory(void)
{
	for (size_t limit = 1; limit < 600; limit += 16) {
		struct arena *a = arena_open(limit);
		struct headers h = opened(a, 100, 10000);
		enum res r;
		unsigned before = 0, after = 0;

		while ((r = headers_add(&h, STR("X-Some-Name"), STR("some value"))) == RES_OK)
			before++;
		for (const struct header *f = h.first; f != NULL; f = f->next)
			after++;
		tap_ok(r == RES_NOMEM && before == after && h.count == after,
		    "no memory leaves the list as it was (limit %zu)", limit);
		arena_close(a);
	}
}

int
main(void)
{
	test_order_and_index();
	test_limits();
	test_max_bytes();
	test_many_names();
	test_no_memory();
	return tap_done();
}
