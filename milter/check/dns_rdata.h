/* dns_rdata.h - names in wire form, and what stands in a record (RFC 1035 3.1, 3.3; RFC 3596 2.2).
 * Part of dns_wire: nobody else includes this.  No I/O. */
#ifndef SF_CHECK_DNS_RDATA_H
#define SF_CHECK_DNS_RDATA_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "core/dns.h"

/* Uncompressed, with the final zero octet.  Length octets are below 'A', so case may be ignored
 * in all of it. */
struct wire_name {
	char octets[255];
	size_t len;
};

/* The rdata of one record, inside its message. */
struct rdata {
	const uint8_t *msg, *p;
	size_t len;
};

/* The name at `at`; no octet of it and no pointer may be at or beyond end, so that a pointer
 * leads backwards or stays inside what is being read.  Returns the octets it takes there, 0 for
 * a bad one. */
size_t wire_name_read(const uint8_t *msg, const uint8_t *end, const uint8_t *at,
    struct wire_name *ret_name);

struct str wire_name_view(const struct wire_name *name);

/* Where a CNAME leads.  RES_SYNTAX: the rdata is not exactly one name. */
enum res rdata_cname(const struct rdata *rd, struct wire_name *ret_target);

/* The minimum field of an SOA as it stands.  RES_SYNTAX: not an SOA's rdata. */
enum res rdata_soa_minimum(const struct rdata *rd, uint32_t *ret_minimum);

/* Fill in what struct dns_record says for the type; text is in the arena.  RES_NONE: a name that
 * text cannot say (a dot or a NUL inside a label).  RES_SYNTAX: the rdata is not of the type.
 * RES_NOMEM. */
enum res rdata_to_record(struct arena *a, unsigned type, const struct rdata *rd,
    struct dns_record *ret_record);

#endif
