#include "core/spfterm.h"

#include <assert.h>

#include "core/domain.h"

enum {
	PROBLEM_MAX = 1500,
	REVERSE_MAX = 32 * 2 + 8, /* nibbles with dots, ip6.arpa */
};

enum spf_match
spfterm_fail(struct spf_eval *e, enum spf_match how, struct str subject, const char *what)
{
	struct buf out = buf_in(e->arena, PROBLEM_MAX);

	buf_put(&out, str_first(subject, DOMAIN_MAX));
	buf_puts(&out, what);
	for (size_t i = 0; i < out.len; i++) /* macros put any octet into a name */
		if (!ascii_is_print(out.p[i]))
			out.p[i] = '?';
	if (out.err == RES_OK)
		e->problem = buf_str(&out);
	return how;
}

enum spf_match
spfterm_nomem(struct spf_eval *e)
{
	e->nomem = true;
	e->problem = STR("out of memory");
	return SPF_MATCH_TEMP;
}

enum spf_match
spfterm_begin(struct spf_eval *e)
{
	if (e->lookups == SPFRECORD_MAX_LOOKUPS)
		return spfterm_fail(e, SPF_MATCH_PERM, STR("the SPF record"),
		    " needs more than 10 DNS lookups (RFC 7208 4.6.4)");
	e->lookups++;
	return SPF_MATCH_YES;
}

/* Names that cannot be asked do not exist (core/dns.h). */
static const struct dns_answer *
ask(struct spf_eval *e, struct str name, enum dns_type type)
{
	static const struct dns_answer no_name = { .status = DNS_NXDOMAIN };
	struct dns_question q = { name, type };

	return dns_name_can_be_asked(name) ? e->ask(e->arg, &q) : &no_name;
}

static enum spf_match
temporary(struct spf_eval *e, struct str name, enum dns_type type, enum dns_status status)
{
	char mem[64];
	struct buf what = buf_on(mem, sizeof mem);

	buf_puts(&what, ": no answer to the ");
	buf_puts(&what, dns_type_word(type));
	buf_puts(&what, " question, ");
	buf_puts(&what, dns_status_word(status));
	return spfterm_fail(e, SPF_MATCH_TEMP, name, mem);
}

static enum spf_match
count_void(struct spf_eval *e)
{
	if (e->voids == e->void_limit)
		return spfterm_fail(e, SPF_MATCH_PERM, STR("the SPF record"),
		    " asks for too many names that do not exist (void lookups, RFC 7208 4.6.4)");
	e->voids++;
	return SPF_MATCH_NO;
}

enum spf_match
spfterm_ask(struct spf_eval *e, struct str name, enum dns_type type,
    const struct dns_answer **ret_ans)
{
	const struct dns_answer *ans = ask(e, name, type);

	if (ans == NULL)
		return SPF_MATCH_PENDING;
	if (dns_is_temporary(ans->status))
		return temporary(e, name, type, ans->status);
	if (ans->status != DNS_FOUND)
		return count_void(e);
	*ret_ans = ans;
	return SPF_MATCH_YES;
}

enum dns_type
spfterm_address_type(const struct spf_eval *e)
{
	return e->facts->client.family == IP_V6 ? DNS_AAAA : DNS_A;
}

static bool
holds(const struct dns_answer *ans, const struct ipaddr *client, unsigned prefix)
{
	for (size_t i = 0; i < ans->count; i++) {
		struct ipnet net = { ans->records[i].addr, prefix };

		if (ipnet_contains(&net, client))
			return true;
	}
	return false;
}

/* The client's PTR names, at most ten; an error there is no name (5.5). */
static enum spf_match
ptr_names(struct spf_eval *e, bool counted, const struct dns_answer **ret_ans)
{
	char mem[REVERSE_MAX + 1];
	struct buf reverse = buf_on(mem, sizeof mem);
	const struct dns_answer *ans;

	ipaddr_print_reverse(&reverse, &e->facts->client);
	if ((ans = ask(e, buf_str(&reverse), DNS_PTR)) == NULL)
		return SPF_MATCH_PENDING;
	if (dns_is_temporary(ans->status))
		return SPF_MATCH_NO;
	if (ans->status != DNS_FOUND)
		return counted ? count_void(e) : SPF_MATCH_NO;
	*ret_ans = ans;
	return SPF_MATCH_YES;
}

static size_t
first_ten(const struct dns_answer *ans)
{
	return ans->count < SPFTERM_MAX_NAMES ? ans->count : SPFTERM_MAX_NAMES;
}

/* A PTR name is validated when it has the client's address; an error skips the name. */
static enum spf_match
validate(struct spf_eval *e, struct str name, bool counted)
{
	enum ip_family family = e->facts->client.family;
	const struct dns_answer *ans = ask(e, name, spfterm_address_type(e));

	if (ans == NULL)
		return SPF_MATCH_PENDING;
	if (dns_is_temporary(ans->status))
		return SPF_MATCH_NO;
	if (ans->status != DNS_FOUND)
		return counted ? count_void(e) : SPF_MATCH_NO;
	return holds(ans, &e->facts->client, ipaddr_bits(family)) ? SPF_MATCH_YES : SPF_MATCH_NO;
}

enum spf_match
spfterm_ptr(struct spf_eval *e, struct str target)
{
	const struct dns_answer *names;
	enum spf_match m = ptr_names(e, true, &names), result = SPF_MATCH_NO;

	if (m != SPF_MATCH_YES)
		return m;
	for (size_t i = 0; i < first_ten(names); i++) {
		if (!domain_is_at_or_below(names->records[i].text, target))
			continue;
		m = validate(e, names->records[i].text, true);
		if (m == SPF_MATCH_PENDING)
			result = m; /* go on: the others are asked side by side */
		else if (m != SPF_MATCH_NO)
			return m;
	}
	return result;
}

/* How well a validated name suits %{p} (7.3): the domain itself, one below it, any. */
static unsigned
suits(struct str name, struct str domain)
{
	return domain_eq(name, domain) ? 2 : domain_is_at_or_below(name, domain) ? 1 : 0;
}

enum spf_match
spfterm_validated(struct spf_eval *e, struct str domain, struct str *ret_name)
{
	const struct dns_answer *names;
	enum spf_match m = ptr_names(e, false, &names);
	bool pending = m == SPF_MATCH_PENDING;

	for (unsigned rank = 3; m == SPF_MATCH_YES && rank > 0; rank--)
		for (size_t i = 0; i < first_ten(names); i++) {
			struct str name = names->records[i].text;
			enum spf_match v;

			if (suits(name, domain) != rank - 1)
				continue;
			v = validate(e, name, false);
			pending = pending || v == SPF_MATCH_PENDING;
			if (v == SPF_MATCH_YES && !pending) {
				*ret_name = name;
				return SPF_MATCH_YES;
			}
		}
	return pending ? SPF_MATCH_PENDING : SPF_MATCH_NO;
}

enum spf_match
spfterm_name(struct spf_eval *e, struct str domain, struct str spec, struct str *ret_name)
{
	struct spf_macro m = { .facts = e->facts, .domain = domain };
	enum res r;

	if (spec.len == 0) {
		*ret_name = domain;
		return SPF_MATCH_YES;
	}
	if (spfmacro_uses(spec, 'p') &&
	    spfterm_validated(e, domain, &m.validated) == SPF_MATCH_PENDING)
		return SPF_MATCH_PENDING;
	r = spfmacro_domain(&m, spec, e->arena, ret_name);
	if (r == RES_NOMEM)
		return spfterm_nomem(e);
	return r == RES_OK ? SPF_MATCH_YES : SPF_MATCH_NO;
}

static enum spf_match
broken_record(struct spf_eval *e, struct str name, const struct spf_record *rec)
{
	struct buf what = buf_in(e->arena, PROBLEM_MAX);

	buf_puts(&what, ": SPF record broken: ");
	buf_put(&what, rec->faults[0].sentence);
	if (what.err != RES_OK)
		return spfterm_nomem(e);
	return spfterm_fail(e, SPF_MATCH_PERM, name, what.p);
}

enum spf_match
spfterm_record(struct spf_eval *e, struct str name, const struct spf_record **ret_rec)
{
	const struct dns_answer *ans = ask(e, name, DNS_TXT);
	struct spf_record *rec;
	struct str text;
	enum res r;

	if (ans == NULL)
		return SPF_MATCH_PENDING;
	if (dns_is_temporary(ans->status))
		return temporary(e, name, DNS_TXT, ans->status);
	if ((r = spfrecord_select(ans, &text)) == RES_PERM)
		return spfterm_fail(e, SPF_MATCH_PERM, name, " has more than one SPF record");
	if (r != RES_OK)
		return SPF_MATCH_NO;
	if ((rec = arena_new(e->arena, struct spf_record)) == NULL ||
	    spfrecord_parse(e->arena, text, rec) != RES_OK)
		return spfterm_nomem(e);
	*ret_rec = rec;
	return rec->fault_count == 0 ? SPF_MATCH_YES : broken_record(e, name, rec);
}

enum spf_match
spfterm_mx(struct spf_eval *e, struct str name, const struct dns_answer **ret_ans)
{
	const struct dns_answer *ans;
	enum spf_match m = spfterm_ask(e, name, DNS_MX, &ans);

	if (m != SPF_MATCH_YES)
		return m;
	if (ans->count > SPFTERM_MAX_NAMES)
		return spfterm_fail(e, SPF_MATCH_PERM, name,
		    " has more than 10 MX records (RFC 7208 4.6.4)");
	*ret_ans = ans;
	return SPF_MATCH_YES;
}

static enum spf_match
match_addresses(struct spf_eval *e, struct str name, unsigned prefix)
{
	const struct dns_answer *ans;
	enum spf_match m = spfterm_ask(e, name, spfterm_address_type(e), &ans);

	if (m != SPF_MATCH_YES)
		return m;
	return holds(ans, &e->facts->client, prefix) ? SPF_MATCH_YES : SPF_MATCH_NO;
}

static enum spf_match
match_a(struct spf_eval *e, struct str name, const struct spf_term *term)
{
	return match_addresses(e, name, spfrecord_prefix(term, e->facts->client.family));
}

static enum spf_match
match_mx(struct spf_eval *e, struct str name, const struct spf_term *term)
{
	const struct dns_answer *hosts = NULL;
	enum spf_match m = spfterm_mx(e, name, &hosts), result = SPF_MATCH_NO;

	if (m != SPF_MATCH_YES)
		return m;
	for (size_t i = 0; i < hosts->count; i++) {
		if (hosts->records[i].text.len == 0) /* RFC 7505: no host at all */
			continue;
		m = match_a(e, hosts->records[i].text, term);
		if (m == SPF_MATCH_PENDING)
			result = m;
		else if (m != SPF_MATCH_NO)
			return result == SPF_MATCH_PENDING && m != SPF_MATCH_YES ? result : m;
	}
	return result;
}

static enum spf_match
match_ptr(struct spf_eval *e, struct str name, const struct spf_term *term)
{
	(void)term;
	return spfterm_ptr(e, name);
}

static enum spf_match
match_exists(struct spf_eval *e, struct str name, const struct spf_term *term)
{
	const struct dns_answer *ans;

	(void)term;
	return spfterm_ask(e, name, DNS_A, &ans); /* A also for an IPv6 client (5.7) */
}

enum spf_match
spfterm_match(struct spf_eval *e, struct str domain, const struct spf_term *term)
{
	static enum spf_match (*const asks[SPF_MECH_COUNT])(struct spf_eval *, struct str,
	    const struct spf_term *) = {
		[SPF_MECH_A] = match_a,
		[SPF_MECH_MX] = match_mx,
		[SPF_MECH_PTR] = match_ptr,
		[SPF_MECH_EXISTS] = match_exists,
	};
	struct str name;
	enum spf_match m;

	assert(term->mech != SPF_MECH_INCLUDE);
	if (term->mech == SPF_MECH_ALL)
		return SPF_MATCH_YES;
	if (asks[term->mech] == NULL)
		return ipnet_contains(&term->net, &e->facts->client) ? SPF_MATCH_YES : SPF_MATCH_NO;
	if ((m = spfterm_begin(e)) != SPF_MATCH_YES ||
	    (m = spfterm_name(e, domain, term->target, &name)) != SPF_MATCH_YES)
		return m;
	return asks[term->mech](e, name, term);
}
