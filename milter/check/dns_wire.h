/* dns_wire.h - DNS messages: a question to octets, octets to an answer (RFC 1035 4, RFC 6891).
 * No I/O and no clock; names are octets with a length, never a text form with escapes.  What a
 * stranger's server sent is read by libresolv, and believed only when every length in it is
 * right. */
#ifndef SF_CHECK_DNS_WIRE_H
#define SF_CHECK_DNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "core/dns.h"

enum {
	DNS_WIRE_UDP_MAX = 1232,                /* what we take by UDP: passes without fragments */
	DNS_WIRE_QUERY_MAX = 12 + 255 + 4 + 11, /* header, name, type and class, OPT */
	DNS_WIRE_MAX_RECORDS = 500,             /* long pointer chains in 64 kB would cost 90 ms */
	DNS_WIRE_MAX_CNAMES = 10,               /* resolvers give up about there too */
};

struct dns_query {
	uint8_t octets[DNS_WIRE_QUERY_MAX];
	size_t len;
	bool edns;
};

/* What a message that arrived on the socket of a query is.  Only DNS_REPLY_ANSWER is worth
 * reading. */
enum dns_reply {
	DNS_REPLY_FOREIGN,      /* no answer to this query; one may still come */
	DNS_REPLY_ANSWER,       /* NOERROR or NXDOMAIN */
	DNS_REPLY_TRUNCATED,    /* ask again by TCP (RFC 7766 5) */
	DNS_REPLY_WITHOUT_EDNS, /* FORMERR, NOTIMP: ask without EDNS (RFC 6891 7) */
	DNS_REPLY_REFUSED,
	DNS_REPLY_FAILED, /* SERVFAIL and the other errors */
};

/* A recursive query for q, with an OPT record when edns is set.  RES_SYNTAX: a name that cannot
 * be asked. */
enum res dns_wire_query(const struct dns_question *q, uint16_t id, bool edns,
    struct dns_query *ret_query);

/* By header and question alone.  Ours has our id, QR, opcode 0 and our question (name without
 * case, type, class); an error may come without any question (RFC 1035 4.1.1: a server that
 * could not read it). */
enum dns_reply dns_wire_classify(const struct dns_query *sent, const uint8_t *msg, size_t len);

/* Read a DNS_REPLY_ANSWER: the records of the asked type, CNAMEs followed inside the answer
 * section, all of it in the arena, names in the case they came in.  The status is FOUND, NODATA
 * or NXDOMAIN; NXDOMAIN at the end of a CNAME is NXDOMAIN.  ttl_s is the smallest on the way, of
 * a negative answer also the SOA's own and its minimum (RFC 2308 5), 0 without SOA; over 2^31-1
 * counts as 0 (RFC 2181 8).  A record with a name that has a dot or a NUL inside a label is left
 * out: text cannot say it.
 * RES_SYNTAX: malformed.  RES_LIMIT: more records or CNAMEs than above.  RES_TEMP: an error in
 * the OPT record (RFC 6891 6.1.3).  RES_NOMEM. */
enum res dns_wire_read(struct arena *a, const struct dns_query *sent, const uint8_t *msg,
    size_t len, struct dns_answer *ret_answer);

#endif
