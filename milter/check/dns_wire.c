#include "check/dns_wire.h"

#include <sys/types.h>

#include <arpa/nameser.h>
#include <string.h>

#include "check/dns_rdata.h"

enum {
	HEADER_OCTETS = 12,
	QUESTION_OCTETS = 4, /* type and class, after the name */
	FLAG_QR = 0x8000,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	MASK_OPCODE = 0x7800,
	MASK_RCODE = 0x000f,
};

/* A record of the answer section that may count: class IN, the asked type or CNAME. */
struct candidate {
	struct str owner; /* wire form */
	unsigned type;
	uint32_t ttl_s;
	struct rdata rdata;
};

/* One message while it is read. */
struct reader {
	struct arena *arena;
	const uint8_t *base;
	ns_msg msg;
	struct str asked; /* the question's name, wire form */
	unsigned type;    /* the question's */
	struct candidate *found;
	size_t count;
	uint32_t ttl_s; /* the smallest so far */
};

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void
put16(struct dns_query *out, unsigned v)
{
	out->octets[out->len++] = (uint8_t)(v >> 8);
	out->octets[out->len++] = (uint8_t)v;
}

/* Dots split labels; nothing is an escape (RFC 1035 3.1). */
static void
put_name(struct dns_query *out, struct str name)
{
	while (name.len > 0) {
		struct str label = str_cut(&name, '.');

		out->octets[out->len++] = (uint8_t)label.len;
		memcpy(out->octets + out->len, label.p, label.len);
		out->len += label.len;
	}
	out->octets[out->len++] = 0;
}

enum res
dns_wire_query(const struct dns_question *q, uint16_t id, bool edns, struct dns_query *ret_query)
{
	struct dns_query out = { .edns = edns };

	if (!dns_name_can_be_asked(q->name))
		return RES_SYNTAX;
	put16(&out, id);
	put16(&out, FLAG_RD);
	put16(&out, 1);
	put16(&out, 0);
	put16(&out, 0);
	put16(&out, edns ? 1 : 0);
	put_name(&out, q->name);
	put16(&out, q->type);
	put16(&out, ns_c_in);
	if (edns) { /* RFC 6891 6.1.2: root, OPT, size, no flags, no options */
		out.octets[out.len++] = 0;
		put16(&out, ns_t_opt);
		put16(&out, DNS_WIRE_UDP_MAX);
		put16(&out, 0);
		put16(&out, 0);
		put16(&out, 0);
	}
	*ret_query = out;
	return RES_OK;
}

/* The octets of the question section of a message that has one question, when it is the one we
 * asked, else 0. */
static size_t
question_length(const struct dns_query *sent, const uint8_t *msg, size_t len)
{
	struct wire_name ours, theirs;
	const uint8_t *at = msg + HEADER_OCTETS, *our_at = sent->octets + HEADER_OCTETS;
	size_t n = wire_name_read(msg, msg + len, at, &theirs);
	size_t our_n = wire_name_read(sent->octets, sent->octets + sent->len, our_at, &ours);

	if (n == 0 || our_n == 0 || len - HEADER_OCTETS - n < QUESTION_OCTETS ||
	    !str_eq_nocase(wire_name_view(&ours), wire_name_view(&theirs)) ||
	    memcmp(at + n, our_at + our_n, QUESTION_OCTETS) != 0)
		return 0;
	return n + QUESTION_OCTETS;
}

static enum dns_reply
reply_from_rcode(unsigned rcode, bool edns)
{
	switch (rcode) {
	case ns_r_noerror:
	case ns_r_nxdomain:
		return DNS_REPLY_ANSWER;
	case ns_r_refused:
		return DNS_REPLY_REFUSED;
	case ns_r_formerr:
	case ns_r_notimpl:
		return edns ? DNS_REPLY_WITHOUT_EDNS : DNS_REPLY_FAILED;
	default:
		return DNS_REPLY_FAILED;
	}
}

enum dns_reply
dns_wire_classify(const struct dns_query *sent, const uint8_t *msg, size_t len)
{
	unsigned flags, questions;
	enum dns_reply reply;

	if (len < HEADER_OCTETS || get16(msg) != get16(sent->octets))
		return DNS_REPLY_FOREIGN;
	flags = get16(msg + 2);
	questions = get16(msg + 4);
	reply = reply_from_rcode(flags & MASK_RCODE, sent->edns);
	if ((flags & FLAG_QR) == 0 || (flags & MASK_OPCODE) != 0)
		return DNS_REPLY_FOREIGN;
	if (questions == 0 && reply != DNS_REPLY_ANSWER)
		return reply;
	if (questions != 1 || question_length(sent, msg, len) == 0)
		return DNS_REPLY_FOREIGN;
	if (reply == DNS_REPLY_ANSWER && (flags & FLAG_TC) != 0)
		return DNS_REPLY_TRUNCATED;
	return reply;
}

static uint32_t
ttl_from_wire(uint32_t ttl_s)
{
	return ttl_s > INT32_MAX ? 0 : ttl_s; /* RFC 2181 8 */
}

static void
lower_ttl(struct reader *r, uint32_t ttl_s)
{
	if (ttl_s < r->ttl_s)
		r->ttl_s = ttl_s;
}

static struct candidate
candidate_from(const struct reader *r, const ns_rr *rr)
{
	return (struct candidate){
		.type = ns_rr_type(*rr),
		.ttl_s = ttl_from_wire(ns_rr_ttl(*rr)),
		.rdata = { r->base, ns_rr_rdata(*rr), ns_rr_rdlen(*rr) },
	};
}

/* libresolv tells a record's owner as text with escapes only, so the owner is unpacked once more
 * from where the record before it ended. */
static enum res
read_answer_section(struct reader *r, const uint8_t *at)
{
	int n = ns_msg_count(r->msg, ns_s_an);
	struct wire_name owner;
	ns_rr rr;

	if ((r->found = arena_array(r->arena, (size_t)n, sizeof *r->found)) == NULL)
		return RES_NOMEM;
	for (int i = 0; i < n; i++) {
		struct candidate c;

		if (ns_parserr(&r->msg, ns_s_an, i, &rr) != 0)
			return RES_SYNTAX;
		c = candidate_from(r, &rr);
		if (wire_name_read(r->base, c.rdata.p, at, &owner) == 0)
			return RES_SYNTAX;
		at = c.rdata.p + c.rdata.len;
		if (ns_rr_class(rr) != ns_c_in || (c.type != r->type && c.type != ns_t_cname))
			continue;
		if ((c.owner = arena_str(r->arena, wire_name_view(&owner))).p == NULL)
			return RES_NOMEM;
		r->found[r->count++] = c;
	}
	return RES_OK;
}

static bool
is_at(const struct candidate *c, struct str owner, unsigned type)
{
	return c->type == type && str_eq_nocase(c->owner, owner);
}

static const struct candidate *
find(const struct reader *r, struct str owner, unsigned type)
{
	for (size_t i = 0; i < r->count; i++)
		if (is_at(&r->found[i], owner, type))
			return &r->found[i];
	return NULL;
}

/* From the question's name along the CNAMEs to the owner that has the asked type, or no CNAME
 * (RFC 1034 3.6.2). */
static enum res
follow_cnames(struct reader *r, struct str *ret_owner)
{
	struct str owner = r->asked;

	for (int hops = 0; find(r, owner, r->type) == NULL; hops++) {
		const struct candidate *c = find(r, owner, ns_t_cname);
		struct wire_name target;
		enum res res;

		if (c == NULL)
			break;
		res = rdata_cname(&c->rdata, &target);
		if (res != RES_OK || hops == DNS_WIRE_MAX_CNAMES)
			return res != RES_OK ? res : RES_LIMIT;
		if ((owner = arena_str(r->arena, wire_name_view(&target))).p == NULL)
			return RES_NOMEM;
		lower_ttl(r, c->ttl_s);
	}
	*ret_owner = owner;
	return RES_OK;
}

static enum res
take_records(struct reader *r, struct str owner, struct dns_answer *ans)
{
	struct dns_record *records = arena_array(r->arena, r->count, sizeof *records);

	if (records == NULL)
		return RES_NOMEM;
	for (size_t i = 0; i < r->count; i++) {
		enum res res;

		if (!is_at(&r->found[i], owner, r->type))
			continue;
		res = rdata_to_record(r->arena, r->type, &r->found[i].rdata, &records[ans->count]);
		if (res != RES_OK && res != RES_NONE)
			return res;
		if (res == RES_OK)
			ans->count++;
		lower_ttl(r, r->found[i].ttl_s);
	}
	ans->records = records;
	return RES_OK;
}

/* How long the absence holds: the smaller of the SOA's TTL and its minimum (RFC 2308 5). */
static enum res
lower_negative_ttl(struct reader *r)
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(r->msg, ns_s_ns); i++) {
		struct candidate c;
		uint32_t minimum;

		if (ns_parserr(&r->msg, ns_s_ns, i, &rr) != 0)
			return RES_SYNTAX;
		if (ns_rr_type(rr) != ns_t_soa || ns_rr_class(rr) != ns_c_in)
			continue;
		c = candidate_from(r, &rr);
		if (rdata_soa_minimum(&c.rdata, &minimum) != RES_OK)
			return RES_SYNTAX;
		lower_ttl(r, c.ttl_s);
		lower_ttl(r, ttl_from_wire(minimum));
		return RES_OK;
	}
	r->ttl_s = 0;
	return RES_OK;
}

/* The upper bits of the rcode (RFC 6891 6.1.3).  A bad additional record says nothing about the
 * answer. */
static bool
has_extended_error(struct reader *r)
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(r->msg, ns_s_ar); i++)
		if (ns_parserr(&r->msg, ns_s_ar, i, &rr) == 0 && ns_rr_type(rr) == ns_t_opt)
			return ns_rr_ttl(rr) >> 24 != 0;
	return false;
}

static enum res
read_answer(struct reader *r, size_t question, struct dns_answer *ans)
{
	bool denied = ns_msg_getflag(r->msg, ns_f_rcode) == ns_r_nxdomain;
	struct str owner;
	enum res res;

	if ((res = read_answer_section(r, r->base + HEADER_OCTETS + question)) != RES_OK ||
	    (res = follow_cnames(r, &owner)) != RES_OK ||
	    (!denied && (res = take_records(r, owner, ans)) != RES_OK))
		return res;
	ans->status = denied ? DNS_NXDOMAIN : ans->count > 0 ? DNS_FOUND : DNS_NODATA;
	if (ans->status != DNS_FOUND && (res = lower_negative_ttl(r)) != RES_OK)
		return res;
	ans->ttl_s = r->ttl_s;
	return RES_OK;
}

enum res
dns_wire_read(struct arena *a, const struct dns_query *sent, const uint8_t *msg, size_t len,
    struct dns_answer *ret_answer)
{
	struct reader r = { .arena = a, .base = msg, .ttl_s = INT32_MAX };
	struct dns_answer ans = { 0 };
	size_t question = len > HEADER_OCTETS ? question_length(sent, msg, len) : 0;
	struct wire_name asked;
	enum res res;

	if (question == 0 || len > NS_MAXMSG || get16(msg + 4) != 1)
		return RES_SYNTAX;
	if (get16(msg + 6) + get16(msg + 8) + get16(msg + 10) > DNS_WIRE_MAX_RECORDS)
		return RES_LIMIT;
	if (ns_initparse(msg, (int)len, &r.msg) != 0)
		return RES_SYNTAX;
	if (has_extended_error(&r))
		return RES_TEMP;
	(void)wire_name_read(msg, msg + len, msg + HEADER_OCTETS, &asked); /* again, so good */
	r.asked = wire_name_view(&asked);
	r.type = get16(msg + HEADER_OCTETS + question - QUESTION_OCTETS);
	if ((res = read_answer(&r, question, &ans)) != RES_OK)
		return res;
	*ret_answer = ans;
	return RES_OK;
}
