#include "check/spflayer.h"

#include "core/spfcanon.h"
#include "check/spflib.h"

enum {
	MAX_RECORDS = SPFRECORD_MAX_LOOKUPS + 1, /* each but the first costs a lookup */
	CANON_MAX = 1024,                        /* eleven terms of at most 40 octets */
	ALIAS_MAX = 32,
};

/* A record that was handed over, and the domain it stands at. */
struct handed {
	const struct spf_record *rec;
	struct str domain;
};

struct layer {
	struct spf_eval *e;
	struct handed records[MAX_RECORDS];
	unsigned count;
	enum spf_match failed;    /* TEMP or PERM: why the evaluation was ended; else NO */
	struct dns_answer answer; /* the last one given */
	struct dns_record one;    /* its record, when there is only one */
};

static const struct dns_record no_record, says_nothing = { .text = { "v=spf1 ?all", 11 } };

/* Where in the records an alias points: [HOST.]TERM.RECORD.spf */
struct alias {
	uint32_t host, term, record;
	bool has_host;
};

static const struct dns_answer *
give(struct layer *l, enum dns_status status)
{
	l->answer = (struct dns_answer){ .status = status };
	return &l->answer;
}

static const struct dns_answer *
give_one(struct layer *l, struct dns_record rec)
{
	l->one = rec;
	l->answer = (struct dns_answer){ .status = DNS_FOUND, .records = &l->one, .count = 1 };
	return &l->answer;
}

/* No answer, and none will follow: TRY_AGAIN makes libspf2 stop at every question it has. */
static const struct dns_answer *
stop(struct layer *l, enum spf_match why)
{
	if (l->failed == SPF_MATCH_NO)
		l->failed = why == SPF_MATCH_PERM ? SPF_MATCH_PERM : SPF_MATCH_TEMP;
	return give(l, DNS_FAILED);
}

/* No match, no record: both are NXDOMAIN to libspf2. */
static const struct dns_answer *
give_match(struct layer *l, enum spf_match m, struct dns_record yes)
{
	if (m == SPF_MATCH_YES)
		return give_one(l, yes);
	return m == SPF_MATCH_NO ? give(l, DNS_NXDOMAIN) : stop(l, m);
}

static const struct dns_answer *
hand_over(struct layer *l, struct str domain)
{
	const struct spf_record *rec;
	enum spf_match m = spfterm_record(l->e, domain, &rec);
	struct buf out;

	if (m != SPF_MATCH_YES || l->count == MAX_RECORDS)
		return give_match(l, m == SPF_MATCH_YES ? SPF_MATCH_PERM : m, no_record);
	out = buf_in(l->e->arena, CANON_MAX);
	spfcanon_print(&out, rec, l->count, &l->e->facts->client);
	if (out.err != RES_OK)
		return stop(l, spfterm_nomem(l->e));
	l->records[l->count++] = (struct handed){ rec, domain };
	return give_one(l, (struct dns_record){ .text = buf_str(&out) });
}

/* include and redirect.  A name that cannot be made (RFC 8616 4) is a record that says nothing. */
static const struct dns_answer *
answer_txt(struct layer *l, const struct handed *at, const struct alias *al)
{
	struct str spec =
	    al->term < at->rec->count ? at->rec->terms[al->term].target : at->rec->redirect.target;
	struct str name;
	enum spf_match m;

	if ((m = spfterm_begin(l->e)) != SPF_MATCH_YES)
		return stop(l, m);
	m = spfterm_name(l->e, at->domain, spec, &name);
	if (m == SPF_MATCH_YES)
		return hand_over(l, name);
	return m == SPF_MATCH_NO ? give_one(l, says_nothing) : stop(l, m);
}

/* Addresses as seen from the stand-in; under /0 each is the client's own. */
static const struct dns_answer *
give_addresses(struct layer *l, const struct dns_answer *ans, const struct spf_term *term)
{
	const struct ipaddr *client = &l->e->facts->client;
	bool any = spfrecord_prefix(term, client->family) == 0;
	struct dns_record *recs = arena_array(l->e->arena, ans->count, sizeof *recs);

	if (recs == NULL)
		return stop(l, spfterm_nomem(l->e));
	for (size_t i = 0; i < ans->count; i++)
		recs[i].addr = spfcanon_relative(any ? client : &ans->records[i].addr, client);
	l->answer =
	    (struct dns_answer){ .status = DNS_FOUND, .records = recs, .count = ans->count };
	return &l->answer;
}

static const struct dns_answer *
answer_address(struct layer *l, struct str name, const struct spf_term *term)
{
	const struct dns_answer *ans;
	enum spf_match m = spfterm_ask(l->e, name, spfterm_address_type(l->e), &ans);

	return m == SPF_MATCH_YES ? give_addresses(l, ans, term) : give_match(l, m, no_record);
}

/* Each host becomes HOST.TERM.RECORD.spf */
static const struct dns_answer *
answer_mx(struct layer *l, struct str name, const struct alias *al)
{
	const struct dns_answer *ans;
	enum spf_match m = spfterm_mx(l->e, name, &ans);
	struct dns_record *recs;

	if (m != SPF_MATCH_YES)
		return give_match(l, m, no_record);
	if ((recs = arena_array(l->e->arena, ans->count, sizeof *recs)) == NULL)
		return stop(l, spfterm_nomem(l->e));
	l->answer = (struct dns_answer){ .status = DNS_FOUND, .records = recs };
	for (size_t i = 0; i < ans->count; i++) {
		struct buf out = buf_in(l->e->arena, ALIAS_MAX);
		const uint32_t parts[] = { (uint32_t)i, al->term, al->record };

		if (ans->records[i].text.len == 0) /* RFC 7505: no host at all */
			continue;
		for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
			buf_putu(&out, parts[k]);
			buf_putc(&out, '.');
		}
		buf_puts(&out, "spf");
		if (out.err != RES_OK)
			return stop(l, spfterm_nomem(l->e));
		recs[l->answer.count++].text = buf_str(&out);
	}
	return l->answer.count > 0 ? &l->answer : give(l, DNS_NODATA);
}

/* The host of an mx term: the MX answer is at hand, so asking for it again costs nothing and counts
 * nothing. */
static const struct dns_answer *
answer_host(struct layer *l, struct str name, const struct alias *al, const struct spf_term *term)
{
	const struct dns_question q = { name, DNS_MX };
	const struct dns_answer *hosts = l->e->ask(l->e->arg, &q);

	if (hosts->status != DNS_FOUND || al->host >= hosts->count)
		return stop(l, SPF_MATCH_TEMP);
	return answer_address(l, hosts->records[al->host].text, term);
}

/* a, mx, exists, and ptr in the dress of exists. */
static const struct dns_answer *
answer_term(struct layer *l, const struct handed *at, const struct alias *al)
{
	const struct spf_term *term = &at->rec->terms[al->term];
	const struct dns_record exists = { .addr = spfcanon_stand_in(IP_V4) };
	const struct dns_answer *ans;
	struct str name;
	enum spf_match m;

	if ((!al->has_host && (m = spfterm_begin(l->e)) != SPF_MATCH_YES) ||
	    (m = spfterm_name(l->e, at->domain, term->target, &name)) != SPF_MATCH_YES)
		return give_match(l, m, exists);
	switch (term->mech) {
	case SPF_MECH_A:
		return answer_address(l, name, term);
	case SPF_MECH_MX:
		return al->has_host ? answer_host(l, name, al, term) : answer_mx(l, name, al);
	case SPF_MECH_PTR:
		return give_match(l, spfterm_ptr(l->e, name), exists);
	case SPF_MECH_EXISTS:
		return give_match(l, spfterm_ask(l->e, name, DNS_A, &ans), exists);
	default:
		return stop(l, SPF_MATCH_TEMP);
	}
}

static bool
take_number(struct str *rest, uint32_t *ret_n)
{
	return str_to_u32(str_cut(rest, '.'), UINT32_MAX, ret_n) == RES_OK;
}

/* Only what spfcanon_print and answer_mx have printed. */
static bool
parse_alias(const struct layer *l, struct str text, struct alias *ret_alias)
{
	struct alias al = { .has_host = false };
	struct str rest = text;

	if (!take_number(&rest, &al.term) || !take_number(&rest, &al.record))
		return false;
	if (!str_eq(rest, STR("spf"))) {
		al.has_host = true;
		al.host = al.term;
		al.term = al.record;
		if (!take_number(&rest, &al.record) || !str_eq(rest, STR("spf")))
			return false;
	}
	if (al.record >= l->count || al.term > l->records[al.record].rec->count)
		return false;
	*ret_alias = al;
	return true;
}

static const struct dns_answer *
answer(void *arg, struct str text, enum dns_type type)
{
	struct layer *l = arg;
	struct alias al;

	if (l->failed != SPF_MATCH_NO)
		return give(l, DNS_FAILED);
	if (type != DNS_A && type != DNS_AAAA && type != DNS_MX && type != DNS_TXT)
		return give(l, DNS_NODATA); /* type SPF is not asked any more (RFC 7208 3.1) */
	if (type == DNS_TXT && str_eq(text, STR(SPFLIB_TOP)))
		return hand_over(l, l->e->facts->sender_domain);
	if (!parse_alias(l, text, &al))
		return stop(l, SPF_MATCH_TEMP);
	if (type == DNS_TXT)
		return answer_txt(l, &l->records[al.record], &al);
	if (al.term == l->records[al.record].rec->count)
		return stop(l, SPF_MATCH_TEMP);
	return answer_term(l, &l->records[al.record], &al);
}

enum res
spflayer_evaluate(struct spf_eval *e, enum spf_result *ret_result)
{
	static const enum spf_result results[SPFLIB_COUNT] = {
		[SPFLIB_BROKEN] = SPFRESULT_TEMPERROR,
		[SPFLIB_NONE] = SPFRESULT_NONE,
		[SPFLIB_NEUTRAL] = SPFRESULT_NEUTRAL,
		[SPFLIB_PASS] = SPFRESULT_PASS,
		[SPFLIB_FAIL] = SPFRESULT_FAIL,
		[SPFLIB_SOFTFAIL] = SPFRESULT_SOFTFAIL,
		[SPFLIB_TEMPERROR] = SPFRESULT_TEMPERROR,
		[SPFLIB_PERMERROR] = SPFRESULT_PERMERROR,
	};
	struct layer l = { .e = e, .failed = SPF_MATCH_NO };
	const struct spflib_port port = { answer, &l };
	enum spflib_result r;

	if (spflib_evaluate(e->facts->client.family, &port, &r) != RES_OK)
		return RES_NOMEM;
	if (l.failed == SPF_MATCH_NO)
		*ret_result = results[r];
	else
		*ret_result =
		    l.failed == SPF_MATCH_PERM ? SPFRESULT_PERMERROR : SPFRESULT_TEMPERROR;
	return RES_OK;
}
