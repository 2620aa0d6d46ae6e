/* Which fields are taken out, and in which order (RFC 8601 5; interface.md 3). */
#include "core/edits.h"
#include "t/tap.h"

static const struct str score_fields[EDITS_SCORE_FIELDS] = {
	{ "X-SPF-DMARC-Score", 17 }, { "X-SPF-DMARC-Level", 17 }, { "X-SPF-DMARC-Reason", 18 },
};
static const struct str ids[] = { { "mx.example.net", 14 }, { "*.in.example.net", 16 } };

static struct edits_rules
rules(bool received_spf)
{
	return (struct edits_rules){ .authserv_ids = ids, .authserv_id_count = 2, .score_fields = score_fields,
	    .received_spf = received_spf };
}

struct field {
	const char *name, *value;
};

static const struct field message[] = {
	{ "Authentication-Results", " mx.example.net; spf=pass" },		/* 1, ours */
	{ "authentication-results", " other.example; spf=pass" },		/* 2 */
	{ "Authentication-Results", " MX.Example.NET./1; dmarc=pass" },		/* 3, ours in disguise */
	{ "X-SPF-DMARC-score", " 0.0" },
	{ "Received-SPF", " pass" },
	{ "Subject", " Authentication-Results: mx.example.net" },
	{ "X-SPF-DMARC-Scores", " 1" },
	{ "AUTHENTICATION-RESULTS", "\n\t(x) a.in.example.net; none" },		/* 4, below the wildcard */
	{ "X-SPF-DMARC-Level", " " },
};

static void
open_message(struct headers *h, struct arena *a)
{
	headers_open(h, a, 1000, 100000, score_fields, EDITS_SCORE_FIELDS);
	for (size_t i = 0; i < sizeof message / sizeof *message; i++)
		headers_add(h, tap_exact(message[i].name), tap_exact(message[i].value));
}

static void
test_order(void)
{
	static const struct {
		const char *name;
		unsigned index;
	} want[] = {
		{ "X-SPF-DMARC-Level", 1 }, { "AUTHENTICATION-RESULTS", 4 }, { "X-SPF-DMARC-score", 1 },
		{ "Authentication-Results", 3 }, { "Authentication-Results", 1 },
	};
	struct arena *a = arena_open(0);
	struct edits_rules r = rules(false);
	struct edits e = {0};
	struct headers h;

	open_message(&h, a);
	tap_eq_res(edits_remove_forged(&e, a, &h, &r), RES_OK, "the list is made");
	tap_eq_int((long long)e.remove_count, 5, "interface.md 3: ours and the score group, nothing else");
	for (size_t i = 0; i < e.remove_count && i < 5; i++) {
		tap_eq_text(e.remove[i].name.p, want[i].name, "8601 5: removal %zu", i);
		tap_eq_int(e.remove[i].index, want[i].index, "highest index of a name first: removal %zu", i);
	}
	arena_close(a);
}

static void
test_received_spf(void)
{
	struct arena *a = arena_open(0);
	struct edits_rules r = rules(true);
	struct edits e = {0};
	struct headers h;

	open_message(&h, a);
	edits_remove_forged(&e, a, &h, &r);
	tap_eq_int((long long)e.remove_count, 6, "interface.md 3: Received-SPF goes when we write that one");
	arena_close(a);
}

static void
test_too_many(void)
{
	struct arena *a = arena_open(0);
	struct edits_rules r = rules(false);
	struct edits e = {0};
	struct headers h;

	headers_open(&h, a, 100, 100000, score_fields, EDITS_SCORE_FIELDS);
	for (int i = 0; i < EDITS_MAX_REMOVED; i++)
		headers_add(&h, STR("X-SPF-DMARC-Score"), STR(" 0.0"));
	edits_remove_forged(&e, a, &h, &r);
	tap_ok(e.remove_count == EDITS_MAX_REMOVED && !e.too_many, "interface.md 2: 500 are removed, past max_headers too");
	headers_add(&h, STR("X-SPF-DMARC-Score"), STR(" 0.0"));
	e = (struct edits){0};
	edits_remove_forged(&e, a, &h, &r);
	tap_ok(e.too_many, "interface.md 2: 501 are too many");
	arena_close(a);
}

static void
test_believed_run(void)
{
	struct arena *a = arena_open(0);
	struct edits_rules r = rules(false);
	struct edits e = {0};
	struct headers h;

	r.believed_run = 1;
	open_message(&h, a);
	edits_remove_forged(&e, a, &h, &r);
	tap_eq_int((long long)e.remove_count, 4, "interface.md 3: the topmost run of mode upstream stays");
	arena_close(a);
}

/* What is missing of the field may hold the id. */
static void
test_cut(void)
{
	static const char comment[] = " (a comment that goes on past the limit";
	struct arena *a = arena_open(0);
	struct edits_rules r = rules(false);
	struct edits e = {0};
	struct headers h;
	char *longer = arena_alloc(a, HEADERS_NOTED_BYTES + 1);

	for (size_t i = 0; i <= HEADERS_NOTED_BYTES; i++)
		longer[i] = i < sizeof comment - 1 ? comment[i] : 'x';
	headers_open(&h, a, 100, 1000, score_fields, EDITS_SCORE_FIELDS);
	headers_add(&h, STR("Authentication-Results"), (struct str){ longer, HEADERS_NOTED_BYTES + 1 });
	headers_add(&h, STR("Authentication-Results"), STR(" other.example; spf=pass"));
	edits_remove_forged(&e, a, &h, &r);
	tap_ok(e.remove_count == 1 && e.remove[0].index == 1, "interface.md 2: a limit makes no forged field unseen");
	arena_close(a);
}

int
main(void)
{
	test_order();
	test_received_spf();
	test_too_many();
	test_believed_run();
	test_cut();
	return tap_done();
}
