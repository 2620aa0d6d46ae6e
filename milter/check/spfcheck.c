/* One evaluation has two readers of the same record.  libspf2 gives the verdict, by canonical
 * records and through the layer (spflayer.h).  Our walk over the term tables (core/spfwalk.h) says
 * which terms decided and which domain explains; it needs no further answers.  Should the two ever
 * differ, nobody is believed: temperror. */
#include "check/spfcheck.h"

#include "core/domain.h"
#include "core/spfwalk.h"
#include "check/spflayer.h"

enum { EXPLANATION_MAX = 400 }; /* goes into an SMTP reply, RFC 7208 6.2 allows a limit */

static const struct dns_answer *
get(void *arg, const struct dns_question *q)
{
	return lookups_get(arg, LOOKUPS_REST, q);
}

static const struct dns_answer *
peek(void *arg, const struct dns_question *q)
{
	return lookups_peek(arg, q);
}

enum res
spfcheck_facts(const struct spf_request *rq, struct spf_facts *ret_facts)
{
	const struct envelope *from = &rq->mail_from;
	struct str domain = from->null_sender ? rq->helo_domain : from->domain;

	if (rq->client.family == IP_NONE || domain_labels(domain) < 2) /* RFC 7208 4.3 */
		return RES_NONE;
	*ret_facts = (struct spf_facts){
		.client = rq->client,
		.local =
		    from->null_sender || from->local.len == 0 ? STR("postmaster") : from->local,
		.sender_domain = domain,
		.helo = rq->helo,
		.receiver = rq->receiver,
		.now_s = rq->now_s,
	};
	return RES_OK;
}

static struct spf_eval
eval_with(const struct spf_facts *facts, struct lookups *l, struct arena *a, unsigned void_limit)
{
	return (struct spf_eval){
		.facts = facts,
		.ask = get,
		.arg = l,
		.arena = a,
		.void_limit = void_limit,
	};
}

/* exp= (RFC 7208 6.2): exactly one TXT record, an explain-string, ASCII also when it is expanded;
 * whatever is wrong with it, it is as if it were not there.  It is no part of the verdict, so it is
 * not counted. */
static struct str
explain(struct spf_eval e, const struct spf_verdict *v)
{
	const struct str absent = { 0 };
	const struct dns_answer *ans;
	struct dns_question q = { .type = DNS_TXT };
	struct spf_macro m = { .facts = e.facts, .domain = v->exp_domain, .explanation = true };
	struct buf out = buf_in(e.arena, EXPLANATION_MAX);
	struct str text;
	enum res r;

	e.ask = peek;
	if (spfterm_name(&e, v->exp_domain, v->exp, &q.name) != SPF_MATCH_YES ||
	    !dns_name_can_be_asked(q.name))
		return absent;
	ans = peek(e.arg, &q);
	if (ans->status != DNS_FOUND || ans->count != 1)
		return absent;
	text = ans->records[0].text;
	if (spfmacro_valid(text, true) < text.len)
		return absent;
	if (spfmacro_uses(text, 'p'))
		spfterm_validated(&e, m.domain, &m.validated);
	r = spfmacro_expand(&m, text, &out);
	if ((r != RES_OK && r != RES_LIMIT) || out.len == 0 ||
	    !str_is_all(buf_str(&out), ascii_is_print))
		return absent;
	return buf_str(&out); /* of a text that is too long, what fits */
}

static bool
set_path(struct ev_spf *ev, const struct spf_verdict *v, struct arena *a)
{
	struct str *path = arena_array(a, v->path_len, sizeof *path);

	if (path == NULL)
		return false;
	for (size_t i = 0; i < v->path_len; i++)
		if ((path[i] = arena_str(a, v->path[i])).p == NULL)
			return false;
	ev->path = path;
	ev->path_len = v->path_len;
	ev->mechanism = v->path_len > 0 ? path[0] : STR("default");
	return true;
}

static bool
is_error(enum spf_result r)
{
	return r == SPFRESULT_NONE || r == SPFRESULT_TEMPERROR || r == SPFRESULT_PERMERROR;
}

static void
set_record(struct ev_spf *ev, const struct spf_verdict *v, struct spf_eval e)
{
	const struct spf_record *rec = v->record;

	ev->have_record = v->published;
	if (rec == NULL)
		return;
	ev->record = arena_str(e.arena, rec->text);
	e.ask = peek;
	if (ev->result != SPFRESULT_PERMERROR && rec->fault_count == 0)
		ev->posture = spfwalk_posture(&e, rec);
}

/* Nobody is to be believed. */
static void
fail(struct ev_spf *ev, bool nomem)
{
	ev->result = SPFRESULT_TEMPERROR;
	ev->problem = nomem ? STR("out of memory") :
			      STR("two evaluations of the SPF record differ: please report this");
}

static void
evaluate(const struct spf_facts *facts, const struct spf_request *rq, struct lookups *l,
    struct arena *a, struct ev_spf *ev)
{
	struct spf_eval judged = eval_with(facts, l, a, rq->void_limit);
	struct spf_eval walked = eval_with(facts, l, a, rq->void_limit);
	struct spf_verdict v;

	if (spflayer_evaluate(&judged, &ev->result) != RES_OK) {
		fail(ev, true);
		return;
	}
	spfwalk_run(&walked, &v);
	ev->lookups = judged.lookups;
	ev->void_lookups = judged.voids;
	if (ev->result == SPFRESULT_TEMPERROR && judged.problem.p != NULL)
		ev->problem = judged.problem; /* the answer may have come since */
	else if (v.result != ev->result || judged.nomem || walked.nomem)
		fail(ev, judged.nomem || walked.nomem);
	else if (is_error(v.result))
		ev->problem = walked.problem;
	else if (!set_path(ev, &v, a))
		fail(ev, true);
	ev->open = v.open && ev->result == SPFRESULT_PASS;
	if (ev->result == SPFRESULT_FAIL && v.exp.p != NULL)
		ev->explanation = explain(walked, &v);
	set_record(ev, &v, walked);
}

void
spfcheck_run(const struct spf_request *rq, struct lookups *l, struct arena *a,
    struct ev_spf *ret_spf)
{
	struct ev_spf ev = { .result = SPFRESULT_NONE, .from_helo = rq->mail_from.null_sender };
	struct str domain = ev.from_helo ? rq->helo_domain : rq->mail_from.domain;
	struct spf_facts facts;

	if (domain.len > 0 && (ev.domain = arena_str(a, domain)).p == NULL) {
		fail(&ev, true); /* a pass without its domain would be aligned with nobody */
	} else if (spfcheck_facts(rq, &facts) == RES_OK) {
		ev.result = SPFRESULT_TEMPERROR; /* until somebody knows better */
		evaluate(&facts, rq, l, a, &ev);
	}
	*ret_spf = ev;
}
