#include "session/evaluate.h"

#include "core/authres_out.h"
#include "core/received_spf.h"
#include "core/upstream.h"
#include "check/dkimcheck.h"
#include "check/dmarccheck.h"
#include "check/spfcheck.h"

static const struct str from_field = { "From", 4 };

static struct spf_request
spf_request(const struct message *m)
{
	return (struct spf_request){
		.client = m->client,
		.mail_from = m->mail_from,
		.helo = m->helo,
		.helo_domain = m->helo_domain,
		.receiver = m->sv->host_name,
		.now_s = clock_wall_s(m->sv->clock),
		.void_limit = (unsigned)m->sv->conf->spf_void_lookups,
	};
}

void
evaluate_plan_envelope(struct message *m)
{
	struct spf_request rq = spf_request(m);
	struct spf_facts facts;

	if (spfcheck_facts(&rq, &facts) != RES_OK)
		return;
	lookups_plan_spf(m->lookups, &facts);
	lookups_plan_walk(m->lookups, facts.sender_domain);
}

/* Ids whose Authentication-Results an outsider must not bring along. */
static enum res
forged_ids(const struct message *m, const struct str **ret_ids, size_t *ret_count)
{
	const struct conf *c = m->sv->conf;
	const struct conf_strs *own = &c->own_authserv_ids;
	const struct conf_strs *trusted = &c->dkim_trusted_authserv_ids;
	struct str *ids = arena_array(m->arena, 1 + own->count + trusted->count, sizeof *ids);
	size_t n = 0;

	if (ids == NULL)
		return RES_NOMEM;
	ids[n++] = m->authserv_id;
	for (size_t i = 0; i < own->count; i++)
		ids[n++] = own->list[i];
	for (size_t i = 0; i < trusted->count; i++)
		ids[n++] = trusted->list[i];
	*ret_ids = ids;
	*ret_count = n;
	return RES_OK;
}

/* Mode upstream: another filter's DKIM results, and how many fields on top are its own. */
static enum res
believe_upstream(struct message *m, unsigned *ret_run)
{
	const struct conf_strs *trusted = &m->sv->conf->dkim_trusted_authserv_ids;
	struct upstream up;
	enum res r;

	if (m->sv->conf->dkim_source != DKIM_SOURCE_UPSTREAM)
		return RES_OK;
	r = upstream_read(m->arena, &m->headers, trusted->list, trusted->count, m->authserv_id,
	    &up);
	if (r != RES_OK)
		return r;
	m->ev.dkim = up.dkim;
	m->ev.dkim_count = up.dkim_count;
	*ret_run = up.run;
	return RES_OK;
}

enum res
evaluate_forged(struct message *m)
{
	struct edits_rules rules = {
		.score_fields = m->sv->score_fields,
		.received_spf = m->sv->conf->spf_received_spf,
	};
	enum res r;

	if ((r = forged_ids(m, &rules.authserv_ids, &rules.authserv_id_count)) != RES_OK ||
	    (r = believe_upstream(m, &rules.believed_run)) != RES_OK)
		return r;
	return edits_remove_forged(&m->edits, m->arena, &m->headers, &rules);
}

/* Who the author is, from all From fields. */
static enum res
find_author(const struct message *m, struct author *ret_author)
{
	const struct header *first = m->headers.first, *f;
	size_t n = 0, i = 0;
	struct str *values;
	bool *cut;

	for (f = headers_find(first, from_field); f != NULL; f = headers_find(f->next, from_field))
		n++;
	values = arena_array(m->arena, n + 1, sizeof *values);
	cut = arena_array(m->arena, n + 1, sizeof *cut);
	if (values == NULL || cut == NULL)
		return RES_NOMEM;
	for (f = headers_find(first, from_field); f != NULL;
	     f = headers_find(f->next, from_field)) {
		values[i] = f->value;
		cut[i++] = f->cut;
	}
	return mailaddr_author_of_fields(m->arena, values, cut, n, ret_author);
}

static void
observe_spf(struct message *m, const struct dmarc_author *author)
{
	struct spf_request rq = spf_request(m);
	struct ev_spf *spf = &m->ev.spf;

	spfcheck_run(&rq, m->lookups, m->arena, spf);
	if (spf->have_record)
		spf->enforcement =
		    dmarccheck_enforcement(m->lookups, m->arena, spf->domain, author);
}

/* A signature over a field that was not kept cannot be verified here, and that is not its fault. */
static void
excuse_unkept_fields(struct ev_dkim *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].result == DKIM_RESULT_FAIL) {
			list[i].result = DKIM_RESULT_NEUTRAL;
			list[i].problem =
			    STR("the message has more header fields than are kept (max_headers, "
				"max_header_bytes)");
		}
}

static void
observe_dkim(struct message *m)
{
	struct evidence *ev = &m->ev;

	ev->dkim_examined = m->dkim != NULL;
	if (m->dkim == NULL)
		return;
	dkimcheck_end(m->dkim, m->lookups, &ev->dkim, &ev->dkim_count);
	if (m->headers.over_limit)
		excuse_unkept_fields(ev->dkim, ev->dkim_count);
}

enum res
evaluate(struct message *m)
{
	struct dmarc_author policy = { 0 };
	struct author author = { 0 };
	enum res r;

	if (!m->ev.envelope_only && (r = find_author(m, &author)) != RES_OK)
		return r;
	lookups_start(m->lookups);
	/* The author's policy before anything whose name the sender chose. */
	if (!m->ev.envelope_only)
		dmarccheck_author(m->lookups, m->arena, &author, &policy);
	observe_spf(m, m->ev.envelope_only ? NULL : &policy);
	if (!m->ev.envelope_only) {
		observe_dkim(m);
		dmarccheck_judge(m->lookups, m->arena, &policy, &m->ev, m->sv->log);
	}
	m->ev.dns = lookups_counts(m->lookups);
	return RES_OK;
}

static struct str
score_text(const struct message *m)
{
	struct buf out = buf_in(m->arena, 16);

	buf_put_tenths(&out, m->score.tenths);
	return out.err == RES_OK ? buf_str(&out) : (struct str){ 0 };
}

static struct str
level_text(const struct message *m)
{
	unsigned level = score_level(m->score.tenths);
	struct buf out = buf_in(m->arena, level);

	for (unsigned i = 0; i < level; i++)
		buf_putc(&out, '*');
	return out.err == RES_OK ? buf_str(&out) : (struct str){ 0 };
}

static struct str
reason_text(const struct message *m)
{
	struct buf out = buf_in(m->arena, SCORE_MAX_REASONS * 32);

	for (size_t i = 0; i < m->score.reason_count; i++) {
		if (i > 0)
			buf_putc(&out, ' ');
		buf_puts(&out, score_token_word(m->score.reasons[i].token));
	}
	return out.err == RES_OK ? buf_str(&out) : (struct str){ 0 };
}

static enum res
write_results(struct message *m, const char *disposition)
{
	struct buf out = buf_in(m->arena, AUTHRES_OUT_MAX);

	if (m->sv->conf->spf_received_spf) {
		struct buf received = buf_in(m->arena, AUTHRES_OUT_MAX);

		if (received_spf_out(&received, m->authserv_id, &m->ev, &m->client,
			m->mail_from_arg, m->helo) != RES_OK)
			return received.err;
		edits_add(&m->edits, STR("Received-SPF"), buf_str(&received));
	}
	if (authres_out(&out, m->authserv_id, &m->ev, disposition) != RES_OK)
		return out.err;
	edits_add(&m->edits, STR("Authentication-Results"), buf_str(&out));
	return RES_OK;
}

enum res
evaluate_write(struct message *m)
{
	struct str values[EDITS_SCORE_FIELDS];
	enum res r;

	if (m->ev.envelope_only)
		return RES_OK;
	if ((r = write_results(m, disposition_word(m->decision.disposition))) != RES_OK ||
	    m->score.tenths == 0)
		return r;
	values[0] = score_text(m);
	values[1] = level_text(m);
	values[2] = reason_text(m);
	for (size_t i = 0; i < EDITS_SCORE_FIELDS; i++) {
		if (values[i].p == NULL)
			return RES_NOMEM;
		edits_add(&m->edits, m->sv->score_fields[i], values[i]);
	}
	return RES_OK;
}
