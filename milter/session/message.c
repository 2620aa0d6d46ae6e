#include "session/message.h"

#include "session/evaluate.h"

/* 10 signatures, 10 walks and an SPF tree at its limits stay far below. */
enum { MAX_QUESTIONS = 1000 };

static const struct str from_field = { "From", 4 };
static const struct str signature_field = { "DKIM-Signature", 14 };

static void
close_lookups(void *l)
{
	lookups_close(l);
}

/* Lookups and a DKIM run, and the questions that MAIL alone tells. */
static enum res
start_checks(struct message *m)
{
	const struct conf *c = m->sv->conf;
	struct lookups_conf lc = {
		.deadline_ms = (unsigned)c->dns_deadline_ms,
		.prefetch = c->dns_prefetch,
		.max_questions = MAX_QUESTIONS,
	};
	enum res r;

	m->lookups = lookups_open(m->sv->dns, m->sv->clock, &lc);
	if (m->lookups == NULL)
		return RES_NOMEM;
	if ((r = arena_defer(m->arena, close_lookups, m->lookups)) != RES_OK)
		return r;
	if (m->sv->dkim != NULL &&
	    (r = dkimcheck_begin(m->sv->dkim, m->arena, "message", &m->dkim)) != RES_OK)
		return r;
	evaluate_plan_envelope(m);
	return RES_OK;
}

static enum res
read_envelope(struct message *m, struct str helo, struct str mail_from)
{
	enum res r;

	m->mail_from_arg = arena_str(m->arena, mailaddr_without_brackets(mail_from));
	if (m->mail_from_arg.p == NULL)
		return RES_NOMEM;
	if ((r = mailaddr_envelope(m->arena, m->mail_from_arg, &m->mail_from)) != RES_OK ||
	    helo.p == NULL)
		return r;
	m->helo = arena_str(m->arena, helo);
	if (m->helo.p == NULL)
		return RES_NOMEM;
	r = mailaddr_helo(m->arena, m->helo, &m->helo_domain);
	return r == RES_NONE ? RES_OK : r;
}

enum res
message_open(const struct services *sv, const struct ipaddr *client, struct str helo,
    struct str mail_from, enum skipped skip, struct message **ret_message)
{
	struct arena *a = arena_open(MESSAGE_MAX_MEMORY);
	struct message *m = a != NULL ? arena_new(a, struct message) : NULL;
	enum res r = RES_NOMEM;

	if (m != NULL) {
		m->arena = a;
		m->sv = sv;
		m->client = *client;
		m->ev.skipped = skip;
		headers_open(&m->headers, a, (size_t)sv->conf->max_headers,
		    (size_t)sv->conf->max_header_bytes, sv->score_fields, EDITS_SCORE_FIELDS);
		r = read_envelope(m, helo, mail_from);
	}
	if (r == RES_OK && skip == SKIPPED_NO)
		r = start_checks(m);
	if (r != RES_OK) {
		arena_close(a);
		return r;
	}
	*ret_message = m;
	return RES_OK;
}

void
message_close(struct message *m)
{
	if (m != NULL)
		arena_close(m->arena);
}

/* What a field tells about DNS questions to come. */
static void
plan_from_header(struct message *m, struct str name, struct str value)
{
	struct dns_question key;
	struct author author;

	if (!m->sv->conf->dns_prefetch)
		return;
	if (str_eq_nocase(name, signature_field)) {
		if (m->dkim != NULL && dkimcheck_key_question(m->arena, value, &key) == RES_OK)
			lookups_want(m->lookups, &key);
	} else if (str_eq_nocase(name, from_field) && !m->author_planned) {
		m->author_planned = true; /* a second From leaves no author to walk for */
		if (mailaddr_author(m->arena, value, &author) == RES_OK &&
		    author.kind == AUTHOR_ONE)
			lookups_plan_walk(m->lookups, author.domain);
	}
}

static struct str
with_blank(struct message *m, struct str value)
{
	struct buf b = buf_in(m->arena, value.len + 1);

	buf_putc(&b, ' ');
	buf_put(&b, value);
	return b.err == RES_OK ? buf_str(&b) : (struct str){ 0 };
}

void
message_header(struct message *m, struct str name, struct str value, bool blank_cut)
{
	const struct header *last = m->headers.last;

	if (blank_cut)
		value = with_blank(m, value);
	if ((blank_cut && value.p == NULL) || headers_add(&m->headers, name, value) != RES_OK) {
		m->broken = true;
		return;
	}
	if (m->ev.skipped != SKIPPED_NO || m->headers.last == last || m->headers.last->cut)
		return;
	if (m->dkim != NULL)
		dkimcheck_header(m->dkim, m->headers.last->name, value);
	plan_from_header(m, m->headers.last->name, value);
}

void
message_eoh(struct message *m)
{
	if (m->dkim != NULL)
		dkimcheck_eoh(m->dkim);
}

void
message_body(struct message *m, struct str chunk)
{
	if (m->dkim != NULL)
		dkimcheck_body(m->dkim, chunk);
}

/* Without memory to judge it the message goes on as one that was not looked at: forged fields are
 * still removed (or it is refused, where there are too many), nothing is added, and the log says
 * so. */
static enum res
give_up(struct message *m)
{
	m->ev.skipped = SKIPPED_FAILED;
	m->score = (struct score){ 0 };
	m->edits.add_count = 0;
	m->decision = policy_decide(&m->ev, &m->score, m->edits.too_many);
	return RES_OK;
}

enum res
message_finish(struct message *m, struct str mta_name)
{
	struct str id = m->sv->conf->authserv_id;
	enum res r;

	if (id.len == 0)
		id = mta_name.len > 0 ? mta_name : m->sv->host_name;
	m->authserv_id = arena_str(m->arena, id);
	if (m->authserv_id.p == NULL || m->broken)
		return RES_NOMEM;
	if ((r = evaluate_forged(m)) != RES_OK)
		return r;
	if (m->ev.skipped == SKIPPED_NO) {
		if (evaluate(m) != RES_OK)
			return give_up(m);
		m->score = score_evaluate(&m->sv->conf->score, &m->ev);
	}
	m->decision = policy_decide(&m->ev, &m->score, m->edits.too_many);
	if (m->ev.skipped == SKIPPED_NO && m->decision.action != ACTION_REJECT &&
	    evaluate_write(m) != RES_OK)
		return give_up(m);
	return RES_OK;
}
