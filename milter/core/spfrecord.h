/* spfrecord.h - one SPF record: which TXT record it is, its terms, its faults (RFC 7208 4.5, 4.6,
 * 12).  Pure; texts are views into the record unless said otherwise. */
#ifndef SF_CORE_SPFRECORD_H
#define SF_CORE_SPFRECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/dns.h"
#include "core/ipaddr.h"
#include "core/words.h"

enum {
	SPFRECORD_MAX_TERMS = 1000, /* bounds the memory that a stranger's 64 kB can ask for; more:
				     * a fault, and so is a domain-spec over SPFMACRO_MAX_TEXT */
	SPFRECORD_MAX_FAULTS = 16,  /* reported; further ones are not looked for */
	SPFRECORD_MAX_LOOKUPS = 10, /* terms that ask DNS in one evaluation (4.6.4) */
};

enum spf_mech {
	SPF_MECH_ALL,
	SPF_MECH_INCLUDE,
	SPF_MECH_A,
	SPF_MECH_MX,
	SPF_MECH_PTR,
	SPF_MECH_IP4,
	SPF_MECH_IP6,
	SPF_MECH_EXISTS,
	SPF_MECH_COUNT
};

struct spf_term {
	struct str text;        /* as published, with its qualifier if it has one */
	enum spf_result result; /* what its qualifier says: pass, fail, softfail, neutral */
	enum spf_mech mech;
	struct str target; /* domain-spec, macros unexpanded; empty: the record's own domain */
	struct ipnet net;  /* ip4, ip6: as written, bits below the prefix too */
	unsigned prefix4, prefix6; /* a, mx; 32 and 128 when not given */
};

struct spf_modifier {
	struct str text;   /* "redirect=..."; NULL: not there */
	struct str target; /* domain-spec, macros unexpanded */
};

struct spf_fault {
	struct str text;     /* the offending part of the record */
	size_t at;           /* its position in octets, the first one is 1 */
	struct str sentence; /* what is wrong and where; printable ASCII, in the arena */
};

struct spf_record {
	struct str text;
	const struct spf_term *terms;
	size_t count;
	const struct spf_term *all; /* the first "all", or NULL: what follows it is never reached */
	struct spf_modifier redirect, exp;
	const struct spf_fault *faults; /* any: the record is a permerror as a whole (4.6) */
	size_t fault_count;
};

/* The SPF record among the TXT records of a name (4.5): begins with "v=spf1", then a blank or the
 * end.  RES_NONE: none of them is; RES_PERM: several are. */
enum res spfrecord_select(const struct dns_answer *ans, struct str *ret_text);

/* The whole record by the grammar of 12; text begins with the version.  Faults are part of what
 * comes back.  text lives as long as the record.  RES_NOMEM. */
enum res spfrecord_parse(struct arena *a, struct str text, struct spf_record *ret_record);

/* The prefix of an a or mx term in this family. */
unsigned spfrecord_prefix(const struct spf_term *term, enum ip_family family);

#endif
