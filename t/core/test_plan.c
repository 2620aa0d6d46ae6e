#include "core/plan.h"

#include <stdio.h>
#include <string.h>

#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

enum { MAX_QUESTIONS = 64, MAX_ROUNDS = 16 };

/* "NAME TYPE DATA": what the script answers; DATA "!" fails; a name without a line does not exist.
 */
struct line {
	const char *name;
	enum dns_type type;
	const char *data;
};

/* A port that answers in rounds: what was asked in one is there in the next. */
struct script {
	const struct line *lines;
	struct arena *arena;
	struct {
		struct dns_question q;
		struct dns_answer ans;
		bool there;
	} asked[MAX_QUESTIONS];
	size_t count;
	unsigned finds;
};

static struct dns_answer
answer_of(struct script *s, const struct dns_question *q)
{
	struct dns_answer ans = { .status = DNS_NXDOMAIN };
	struct dns_record *recs = arena_array(s->arena, 16, sizeof *recs);

	for (const struct line *l = s->lines; l->name != NULL; l++) {
		if (!str_eq_nocase(str_from(l->name), q->name) || l->type != q->type)
			continue;
		ans.status = strcmp(l->data, "!") == 0 ? DNS_FAILED : DNS_FOUND;
		if (ipaddr_parse(str_from(l->data), &recs[ans.count].addr) != RES_OK)
			recs[ans.count].text = str_from(l->data);
		ans.count++;
	}
	ans.records = recs;
	return ans;
}

static const struct dns_answer *
find(void *arg, const struct dns_question *q)
{
	struct script *s = arg;

	s->finds++;
	for (size_t i = 0; i < s->count; i++)
		if (dns_question_eq(&s->asked[i].q, q))
			return s->asked[i].there ? &s->asked[i].ans : NULL;
	return NULL;
}

static void
want(void *arg, const struct dns_question *q)
{
	struct script *s = arg;

	for (size_t i = 0; i < s->count; i++)
		if (dns_question_eq(&s->asked[i].q, q))
			return;
	if (s->count == MAX_QUESTIONS)
		return;
	s->asked[s->count].q = (struct dns_question){ arena_str(s->arena, q->name), q->type };
	s->asked[s->count].ans = answer_of(s, &s->asked[s->count].q);
	s->count++;
}

static struct plan_facts
facts_for(const char *client)
{
	struct plan_facts f = { .have_spf = true };

	f.spf = (struct spf_facts){ .local = STR("joe"),
		.sender_domain = STR("e"),
		.helo = STR("h.example") };
	f.spf.sender_domain = STR("top.example");
	ipaddr_parse(str_from(client), &f.spf.client);
	return f;
}

/* The questions of each round: "1 3 6"; then the names of all, in order, in out. */
static struct str
rounds(struct script *s, const struct plan_facts *facts, struct buf *out)
{
	const struct plan_port port = { find, want, s };

	for (unsigned round = 0; round < MAX_ROUNDS; round++) {
		struct arena *scratch = arena_open(0);
		size_t before = s->count;

		if (plan_run(facts, &port, scratch) != RES_OK)
			buf_puts(out, "error ");
		arena_close(scratch);
		if (s->count == before)
			break;
		if (round > 0)
			buf_putc(out, ' ');
		buf_putu(out, s->count - before);
		for (size_t i = 0; i < s->count; i++)
			s->asked[i].there = true;
	}
	return buf_str(out);
}

static const struct line tree[] = {
	{ "top.example", DNS_TXT,
	    "v=spf1 include:a.example include:b.example include:c.example ~all" },
	{ "a.example", DNS_TXT, "v=spf1 include:a1.example include:a2.example ~all" },
	{ "b.example", DNS_TXT, "v=spf1 include:b1.example include:b2.example ~all" },
	{ "c.example", DNS_TXT, "v=spf1 include:c1.example include:c2.example ~all" },
	{ "a1.example", DNS_TXT, "v=spf1 ip4:10.0.0.0/8 ~all" },
	{ "a2.example", DNS_TXT, "v=spf1 ~all" },
	{ "b1.example", DNS_TXT, "v=spf1 ~all" },
	{ "b2.example", DNS_TXT, "v=spf1 ~all" },
	{ "c1.example", DNS_TXT, "v=spf1 ~all" },
	{ "c2.example", DNS_TXT, "v=spf1 ~all" },
	{ NULL, 0, NULL },
};
static const struct line chain[] = {
	{ "top.example", DNS_TXT, "v=spf1 include:c1.example ~all" },
	{ "c1.example", DNS_TXT, "v=spf1 include:c2.example ~all" },
	{ "c2.example", DNS_TXT, "v=spf1 include:c3.example ~all" },
	{ "c3.example", DNS_TXT, "v=spf1 include:c4.example ~all" },
	{ "c4.example", DNS_TXT, "v=spf1 redirect=c5.example" },
	{ "c5.example", DNS_TXT, "v=spf1 include:c6.example ~all" },
	{ "c6.example", DNS_TXT, "v=spf1 include:c7.example ~all" },
	{ "c7.example", DNS_TXT, "v=spf1 include:c8.example ~all" },
	{ "c8.example", DNS_TXT, "v=spf1 include:c9.example ~all" },
	{ "c9.example", DNS_TXT, "v=spf1 ~all" },
	{ NULL, 0, NULL },
};
static const struct line endless[] = {
	{ "top.example", DNS_TXT, "v=spf1 include:d0.example ~all" },
	{ "d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ "d1.d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ "d1.d1.d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ "d1.d1.d1.d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ "d1.d1.d1.d1.d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ "d1.d1.d1.d1.d1.d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ "d1.d1.d1.d1.d1.d1.d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ "d1.d1.d1.d1.d1.d1.d1.d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ "d1.d1.d1.d1.d1.d1.d1.d1.d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ "d1.d1.d1.d1.d1.d1.d1.d1.d1.d0.example", DNS_TXT, "v=spf1 include:d1.%{d}" },
	{ NULL, 0, NULL },
};
static const struct line loop[] = {
	{ "top.example", DNS_TXT,
	    "v=spf1 include:top.example include:top.example a include:top.example ~all" },
	{ NULL, 0, NULL },
};
static const struct line addresses[] = {
	{ "top.example", DNS_TXT, "v=spf1 a mx ptr exists:%{i}.x.example a:b.example -all" },
	{ "top.example", DNS_MX, "m1.example" },
	{ "top.example", DNS_MX, "m2.example" },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, "p.top.example" },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, "p.other.example" },
	{ "p.top.example", DNS_A, "192.0.2.9" },
	{ NULL, 0, NULL },
};
static const struct line certain[] = {
	{ "top.example", DNS_TXT,
	    "v=spf1 a:x.example ip4:192.0.2.0/24 include:never.example -all" },
	{ NULL, 0, NULL },
};
static const struct line limit[] = {
	{ "top.example", DNS_TXT,
	    "v=spf1 a:1.n a:2.n a:3.n a:4.n a:5.n a:6.n a:7.n a:8.n a:9.n a:a.n a:b.n a:c.n -all" },
	{ NULL, 0, NULL },
};
static const struct line validated[] = {
	{ "top.example", DNS_TXT, "v=spf1 exists:%{p}.x.example ?all" },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, "p1.example" },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, "p2.example" },
	{ "p2.example", DNS_A, "192.0.2.7" },
	{ NULL, 0, NULL },
};
static const struct line explained[] = {
	{ "top.example", DNS_TXT, "v=spf1 exp=%{d}.why.example -all" },
	{ NULL, 0, NULL },
};
static const struct line softly[] = {
	{ "top.example", DNS_TXT, "v=spf1 exp=%{d}.why.example ~all" },
	{ NULL, 0, NULL },
};
static const struct line ending[] = {
	{ "top.example", DNS_TXT, "v=spf1 ip4:192.0.2.0/24 redirect=r.example" },
	{ "r.example", DNS_TXT, "v=spf1 redirect=s.example" },
	{ NULL, 0, NULL },
};
static const struct line broken[] = {
	{ "top.example", DNS_TXT, "v=spf1 a:x.example b:y.example" },
	{ NULL, 0, NULL },
};
static const struct line failing[] = {
	{ "top.example", DNS_TXT, "v=spf1 include:bad.example a:x.example -all" },
	{ "bad.example", DNS_TXT, "!" },
	{ NULL, 0, NULL },
};
static const struct line silent[] = {
	{ "top.example", DNS_TXT, "v=spf1 a:a..example exists:%{h}.%{h}.%{h} -all" },
	{ NULL, 0, NULL },
};

static void
test_spf(void)
{
	static const struct {
		const struct line *lines;
		const char *rounds, *rule;
	} rows[] = {
		{ tree, "1 3 6", "three includes that hold two each: three rounds" },
		{ chain, "1 1 1 1 1 1 1 1 1 1", "a chain of nine: ten rounds" },
		{ endless, "1 1 1 1 1 1 1 1 1 1 1",
		    "4.6.4: no chain is followed beyond ten lookups" },
		{ loop, "1", "4.6.4: a record that includes itself ends" },
		{ addresses, "1 5 3",
		    "a, mx, ptr, exists side by side, then the addresses; ptr: only names that "
		    "could match" },
		{ certain, "1 1", "nothing behind the first certain match" },
		{ limit, "1 10", "4.6.4: ten at most" },
		{ validated, "1 1 2 1",
		    "7.3: %{p} needs PTR, then the addresses, then the name is known" },
		{ explained, "1 1", "6.2: exp of a fail" },
		{ softly, "1", "6.2: only of a fail" },
		{ ending, "1 1 1", "how the record ends, redirect followed" },
		{ broken, "1", "4.6: a broken record asks nothing" },
		{ failing, "1 2", "5.2: a failure ends it" },
		{ silent, "1 1", "names that cannot be asked are not" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct script s = { .lines = rows[i].lines, .arena = arena_open(0) };
		struct plan_facts facts = facts_for("192.0.2.7");
		char mem[256];
		struct buf out = buf_on(mem, sizeof mem);

		tap_eq_str(rounds(&s, &facts, &out), str_from(rows[i].rounds), "%s", rows[i].rule);
		tap_ok(s.finds < 600, "%s: bounded work (%u)", rows[i].rule, s.finds);
		arena_close(s.arena);
	}
}

static void
test_names(void)
{
	static const char *const names[] = {
		"top.example",
		"top.example",
		"top.example",
		"7.2.0.192.in-addr.arpa",
		"192.0.2.7.x.example",
		"b.example",
		"m1.example",
		"m2.example",
		"p.top.example",
	};
	static const enum dns_type types[] = { DNS_TXT, DNS_A, DNS_MX, DNS_PTR, DNS_A, DNS_A, DNS_A,
		DNS_A, DNS_A };
	struct script s = { .lines = addresses, .arena = arena_open(0) };
	struct plan_facts facts = facts_for("192.0.2.7");
	char mem[256];
	struct buf out = buf_on(mem, sizeof mem);

	rounds(&s, &facts, &out);
	if (tap_eq_int((long long)s.count, COUNT(names), "questions"))
		for (size_t i = 0; i < COUNT(names); i++)
			tap_ok(str_eq(s.asked[i].q.name, str_from(names[i])) &&
				s.asked[i].q.type == types[i],
			    "asked: %s %s", names[i], dns_type_word(types[i]));
	arena_close(s.arena);
}

static void
test_walks(void)
{
	static const struct line none[] = { { NULL, 0, NULL } };
	const struct str walks[] = { STR("a.b.example.org"), STR("localhost"), STR("example.org") };
	struct plan_facts facts = { .walks = walks, .walk_count = COUNT(walks) };
	struct script s = { .lines = none, .arena = arena_open(0) };
	char mem[256];
	struct buf out = buf_on(mem, sizeof mem);

	tap_eq_str(rounds(&s, &facts, &out), STR("4"),
	    "9989 4.10: all names of a walk at once, none for one label");
	tap_eq_str(s.asked[0].q.name, STR("_dmarc.a.b.example.org"), "9989 4.10: the author first");
	tap_eq_str(s.asked[3].q.name, STR("_dmarc.org"), "9989 4.10: the top too");
	facts.have_spf = false;
	arena_close(s.arena);
}

static void
test_memory(void)
{
	struct script s = { .lines = tree, .arena = arena_open(0) };
	struct plan_facts facts = facts_for("192.0.2.7");
	const struct plan_port port = { find, want, &s };
	struct arena *small = arena_open(100);

	plan_run(&facts, &port, small);
	s.asked[0].there = true;
	plan_run(&facts, &port, small);
	tap_eq_int((long long)s.count, 1, "without memory for a record nothing is asked");
	arena_close(small);
	arena_close(s.arena);
}

int
main(void)
{
	test_spf();
	test_names();
	test_walks();
	test_memory();
	return tap_done();
}
