/* ipaddr.h - IPv4 and IPv6 addresses and networks.  An IPv4-mapped IPv6 address (::ffff:192.0.2.1)
 * is IPv4 before anything else (RFC 7208 5): the constructors see to it, so nobody else has to. */
#ifndef SF_CORE_IPADDR_H
#define SF_CORE_IPADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"

enum ip_family { IP_NONE, IP_V4, IP_V6 };

struct ipaddr {
	enum ip_family family; /* IP_NONE: no address (a unix socket) */
	uint8_t octets[16];    /* network order; 4 or 16 are used, the rest is 0 */
};

struct ipnet {
	struct ipaddr addr;
	unsigned prefix; /* 0 to 32 or 128 */
};

enum { IPADDR_TEXT_MAX = 45 }; /* without the NUL */

/* From octets in network order. */
struct ipaddr ipaddr_v4(const uint8_t octets[4]);
struct ipaddr ipaddr_v6(const uint8_t octets[16]); /* IP_V4 for a mapped one */

/* Text form: four decimal numbers without leading zeros, or RFC 4291 2.2 (also x:x::d.d.d.d).  No
 * zone, no brackets.  RES_SYNTAX otherwise. */
enum res ipaddr_parse(struct str text, struct ipaddr *ret_addr);

/* The same without making a mapped address IPv4: for grammars that tell ip4 from ip6 by their form
 * (RFC 7208 5.6). */
enum res ipaddr_parse_as_written(struct str text, struct ipaddr *ret_addr);

/* ADDR or ADDR/PREFIX.  Bits below the prefix must be 0 (RES_PERM otherwise: likely a slip of the
 * pen). */
enum res ipnet_parse(struct str text, struct ipnet *ret_net);

bool ipaddr_eq(const struct ipaddr *a, const struct ipaddr *b);

/* Whether addr lies in net; never across families. */
bool ipnet_contains(const struct ipnet *net, const struct ipaddr *addr);

/* Bits in an address of this family: 32 or 128, 0 for IP_NONE. */
unsigned ipaddr_bits(enum ip_family family);

/* Clear what lies below the prefix. */
struct ipaddr ipaddr_mask(const struct ipaddr *addr, unsigned prefix);

/* RFC 5952 text for IPv6; nothing for IP_NONE. */
void ipaddr_print(struct buf *out, const struct ipaddr *addr);

/* The name of its PTR records, without final dot: 7.2.0.192.in-addr.arpa (RFC 1035 3.5, RFC 3596
 * 2.5). */
void ipaddr_print_reverse(struct buf *out, const struct ipaddr *addr);

#endif
