#include "core/plan.h"

#include "core/dmarcwalk.h"
#include "core/spfwalk.h"

enum { VOID_LIMIT = 1000 }; /* who judges knows the limit; here it would only hide questions */

static const struct dns_answer *
find_or_want(void *arg, const struct dns_question *q)
{
	const struct plan_port *port = arg;
	const struct dns_answer *ans = port->find(port->arg, q);

	if (ans == NULL)
		port->want(port->arg, q);
	return ans;
}

/* exp= is asked only for a fail (RFC 7208 6.2), and the end of the record in any case. */
static void
plan_spf(const struct spf_facts *facts, struct plan_port port, struct arena *scratch)
{
	struct spf_eval e = { .facts = facts,
		.ask = find_or_want,
		.arg = &port,
		.arena = scratch,
		.void_limit = VOID_LIMIT };
	struct dns_question exp = { .type = DNS_TXT };
	struct spf_verdict v;

	spfwalk_run(&e, &v);
	if (!v.pending && v.result == SPFRESULT_FAIL && v.exp.p != NULL &&
	    spfterm_name(&e, v.exp_domain, v.exp, &exp.name) == SPF_MATCH_YES &&
	    dns_name_can_be_asked(exp.name))
		find_or_want(&port, &exp);
	if (v.record != NULL && v.record->fault_count == 0)
		spfwalk_posture(&e, v.record);
}

static enum res
plan_walk(struct str start, struct plan_port port, struct arena *scratch)
{
	struct str names[DMARCWALK_MAX];
	size_t n = dmarcwalk_names(start, names);

	for (size_t i = 0; i < n; i++) {
		struct dns_question q = { dmarcwalk_query_name(scratch, names[i]), DNS_TXT };

		if (q.name.p == NULL)
			return RES_NOMEM;
		find_or_want(&port, &q);
	}
	return RES_OK;
}

enum res
plan_run(const struct plan_facts *facts, const struct plan_port *port, struct arena *scratch)
{
	enum res r = RES_OK;

	for (size_t i = 0; i < facts->walk_count && r == RES_OK; i++)
		r = plan_walk(facts->walks[i], *port, scratch);
	if (facts->have_spf)
		plan_spf(&facts->spf, *port, scratch);
	return r;
}
