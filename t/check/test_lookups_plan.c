/* Lookups and the real plan: an SPF tree costs its depth in rounds, not its number of names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "check/dns_text.h"
#include "check/lookups.h"
#include "t/tap.h"

enum { MAX_HELD = 64, MAX_ROUNDS = 20 };

/* Holds what it is asked; a round is what was asked before any of it was answered. */
struct rounds {
	struct dns_port zone;
	struct held {
		char name[256];
		enum dns_type type;
		dns_done *done;
		void *arg;
	} held[MAX_HELD];
	size_t count;
};

static void
hold(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct rounds *r = self;
	struct held *h = &r->held[r->count++];

	if (r->count > MAX_HELD || q->name.len >= sizeof h->name)
		abort();
	memcpy(h->name, q->name.p, q->name.len);
	h->name[q->name.len] = '\0';
	h->type = q->type;
	h->done = done;
	h->arg = arg;
}

/* Answers all that is held; what that makes be asked is the next round. */
static size_t
next_round(struct rounds *r)
{
	struct held now[MAX_HELD];
	size_t n = r->count;

	memcpy(now, r->held, n * sizeof *now);
	r->count = 0;
	for (size_t i = 0; i < n; i++) {
		struct dns_question q = { str_from(now[i].name), now[i].type };

		dns_ask(&r->zone, &q, now[i].done, now[i].arg);
	}
	return n;
}

static struct spf_facts
facts_of(const char *domain)
{
	struct spf_facts facts = { .local = STR("postmaster"), .sender_domain = str_from(domain),
	    .helo = STR("mail.example.net"), .receiver = STR("unknown") };

	if (ipaddr_parse(STR("192.0.2.99"), &facts.client) != RES_OK)
		abort();
	return facts;
}

static void
count_rounds(const char *zone, const char *domain, const char *want, const char *name)
{
	struct rounds r = {0};
	struct arena *a = arena_open(0);
	struct buf err = buf_in(a, 200), got = buf_in(a, 200);
	struct dns_port port = { hold, NULL, &r };
	struct clock_port clock = clock_system();
	struct lookups_conf conf = { 1000, true, 200 };
	struct spf_facts facts = facts_of(domain);
	struct lookups *l = lookups_open(&port, &clock, &conf);
	size_t n;

	if (l == NULL || dns_text_open(str_from(zone), "zone", &err, &r.zone) != RES_OK)
		abort();
	lookups_plan_spf(l, &facts);
	while ((n = next_round(&r)) > 0) {
		buf_putu(&got, n);
		buf_putc(&got, ' ');
	}
	tap_eq_str(str_trim(buf_str(&got)), str_from(want), "%s", name);
	lookups_close(l);
	dns_close(&r.zone);
	arena_close(a);
}

/* 3 includes that each hold 2: 9 terms */
static const char tree[] =
    "t.example TXT \"v=spf1 include:a.example include:b.example include:c.example -all\"\n"
    "a.example TXT \"v=spf1 include:a1.example include:a2.example -all\"\n"
    "b.example TXT \"v=spf1 include:b1.example include:b2.example -all\"\n"
    "c.example TXT \"v=spf1 include:c1.example include:c2.example -all\"\n"
    "a1.example TXT \"v=spf1 ip4:198.51.100.1 -all\"\n"
    "a2.example TXT \"v=spf1 ip4:198.51.100.2 -all\"\n"
    "b1.example TXT \"v=spf1 ip4:198.51.100.3 -all\"\n"
    "b2.example TXT \"v=spf1 ip4:198.51.100.4 -all\"\n"
    "c1.example TXT \"v=spf1 ip4:198.51.100.5 -all\"\n"
    "c2.example TXT \"v=spf1 ip4:198.51.100.6 -all\"\n";

static const char chain[] =
    "c0.example TXT \"v=spf1 include:c1.example -all\"\n"
    "c1.example TXT \"v=spf1 include:c2.example -all\"\n"
    "c2.example TXT \"v=spf1 include:c3.example -all\"\n"
    "c3.example TXT \"v=spf1 include:c4.example -all\"\n"
    "c4.example TXT \"v=spf1 include:c5.example -all\"\n"
    "c5.example TXT \"v=spf1 include:c6.example -all\"\n"
    "c6.example TXT \"v=spf1 include:c7.example -all\"\n"
    "c7.example TXT \"v=spf1 include:c8.example -all\"\n"
    "c8.example TXT \"v=spf1 include:c9.example -all\"\n"
    "c9.example TXT \"v=spf1 -all\"\n";

int
main(void)
{
	count_rounds(tree, "t.example", "1 3 6", "3 includes that each hold 2: 1, 3, 6 questions");
	count_rounds(chain, "c0.example", "1 1 1 1 1 1 1 1 1 1", "a chain of 9 in ten rounds");
	return tap_done();
}
