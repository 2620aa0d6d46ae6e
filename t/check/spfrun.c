#include "t/check/spfrun.h"

#include <stdlib.h>

#include "core/spfwalk.h"
#include "check/dns_text.h"
#include "check/spfcheck.h"
#include "t/tap.h"

enum { VOID_LIMIT = 2 };

static const struct dns_answer *
get(void *arg, const struct dns_question *q)
{
	return lookups_get(arg, LOOKUPS_REST, q);
}

static enum spf_result
walk(const struct spf_facts *facts, struct lookups *l)
{
	struct arena *scratch = arena_open(0);
	struct spf_eval e = { .facts = facts,
		.ask = get,
		.arg = l,
		.arena = scratch,
		.void_limit = VOID_LIMIT };
	struct spf_verdict v;

	spfwalk_run(&e, &v);
	arena_close(scratch);
	return v.result;
}

static struct dns_port
open_zone(const char *zone)
{
	char mem[256];
	struct buf err = buf_on(mem, sizeof mem);
	struct dns_port port;

	if (dns_text_open(str_from(zone), "zone", &err, &port) != RES_OK) {
		tap_note("%s", mem);
		abort();
	}
	return port;
}

struct spf_run
spfrun(const struct spf_message *msg, struct arena *a, bool prefetch)
{
	const struct clock_port clock = clock_system();
	const struct lookups_conf conf = { .deadline_ms = 5000,
		.prefetch = prefetch,
		.max_questions = 200 };
	struct spf_request rq = { .helo = str_from(msg->helo),
		.receiver = STR("mx.example.net"),
		.now_s = 1700000000,
		.void_limit = VOID_LIMIT };
	struct arena *envelope = arena_open(0); /* apart: what is found must not point into it */
	struct dns_port port = open_zone(msg->zone);
	struct lookups *l = lookups_open(&port, &clock, &conf);
	struct spf_run run = { .walked = SPFRESULT_NONE };
	struct spf_facts facts;
	bool has_domain;

	ipaddr_parse(str_from(msg->ip), &rq.client);
	mailaddr_envelope(envelope, str_from(msg->from), &rq.mail_from);
	if (msg->helo == NULL || mailaddr_helo(envelope, rq.helo, &rq.helo_domain) != RES_OK)
		rq.helo_domain = (struct str){ 0 };
	if ((has_domain = spfcheck_facts(&rq, &facts) == RES_OK))
		lookups_plan_spf(l, &facts);
	lookups_start(l);
	spfcheck_run(&rq, l, a, &run.ev);
	if (has_domain)
		run.walked = walk(&facts, l);
	lookups_close(l);
	dns_close(&port);
	arena_close(envelope);
	return run;
}
