/* dns.h - what a DNS question and its answer are: plain data.  Who asks and who waits is in
 * check/ports.h and check/lookups.h.  A name is octets with dots between labels, without the final
 * dot and without escapes: any octet but NUL and '.' may stand in a label, for SPF macros make such
 * names.  Names are compared without ASCII case. */
#ifndef SF_CORE_DNS_H
#define SF_CORE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/ipaddr.h"

enum dns_type { /* the values of the wire, RFC 1035 3.2.2, RFC 3596 2.1 */
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
};

struct dns_question {
	struct str name;
	enum dns_type type;
};

enum dns_status {
	DNS_FOUND,     /* at least one record */
	DNS_NODATA,    /* the name exists without this type */
	DNS_NXDOMAIN,  /* the name does not exist, nor anything below it (RFC 8020) */
	DNS_FAILED,    /* SERVFAIL, nonsense, or a failure of our own: temporary */
	DNS_REFUSED,   /* every server refused; temporary too, an operator wants to know it */
	DNS_TIMEOUT,   /* nobody answered in time: temporary */
	DNS_CANCELLED, /* the port was closed: temporary */
	DNS_STATUS_COUNT
};

struct dns_record {
	struct ipaddr addr;  /* A, AAAA.  AAAA keeps IP_V6 also for a mapped address. */
	uint16_t preference; /* MX */
	/* TXT: the strings joined (RFC 7208 3.3); CNAME, MX, NS, PTR: the name, empty for the root
	 * (a null MX); SOA: its first name. */
	struct str text;
};

/* Owned by whoever made it; valid only as long as he says. */
struct dns_answer {
	enum dns_status status;
	uint32_t ttl_s; /* how long it may be kept; 0: not at all */
	bool cached;    /* came from the cache */
	/* Of the asked type, CNAMEs followed; none unless FOUND. */
	const struct dns_record *records;
	size_t count;
};

/* "found", "nodata", "nxdomain", "servfail", "refused", "timeout", "cancelled" */
const char *dns_status_word(enum dns_status status);
/* "A", "TXT", ...; "?" for another number */
const char *dns_type_word(enum dns_type type);
/* Without case.  RES_SYNTAX: none of ours. */
enum res dns_type_from_word(struct str word, enum dns_type *ret_type);

/* One of the four statuses that a later try may change. */
bool dns_is_temporary(enum dns_status status);

bool dns_question_eq(const struct dns_question *a, const struct dns_question *b);
/* Equal questions have equal hashes; seed makes collisions unforeseeable to a sender. */
uint64_t dns_question_hash(const struct dns_question *q, uint64_t seed);

/* A name that can be asked: no empty label, each at most 63 octets, 253 in all, no NUL.  Others do
 * not exist and are answered DNS_NXDOMAIN without a query, never as a temporary failure, or a
 * sender could order one. */
bool dns_name_can_be_asked(struct str name);

/* A deep copy, all of it in the arena.  RES_NOMEM. */
enum res dns_answer_copy(struct arena *a, const struct dns_answer *ans,
    struct dns_answer *ret_copy);

#endif
