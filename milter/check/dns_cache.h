/* dns_cache.h - a dns port in front of another dns port: keeps answers, asks the same question
 * once.
 *
 * A hit is delivered inside ask, with cached set and the TTL that is left.  A question that is
 * already in flight is joined: one answer from below goes to all who asked.  Kept are records
 * and denials, for their TTL and at most max_ttl_s; temporary failures never.  When entries, or
 * the memory that belongs to them, are used up, the answer goes that was used longest ago.  An
 * answer of more than DNS_CACHE_ANSWER_MAX octets is handed on and not kept.  Questions and
 * their owners are hashed with a seed that no sender can know.
 *
 * Who closes what: the cache closes nothing below.  Its owner closes the cache first: that
 * completes every open question as DNS_CANCELLED, waits for each done that is running, and does
 * not wait for the lower port.  Then he closes the lower port, whose last answers, cancelled or
 * not, are still taken; with the last one the cache's memory goes.  So the lower port and the
 * clock live longer than the cache. */
#ifndef SF_CHECK_DNS_CACHE_H
#define SF_CHECK_DNS_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "check/ports.h"

enum {
	DNS_CACHE_ANSWER_MAX = 16 * 1024, /* octets; useful records are far smaller */
	/* An entry's share of memory.  Together they take at most entries times this, and room for
	 * two of the largest. */
	DNS_CACHE_ENTRY_OCTETS = 1024,
};

struct dns_cache_conf {
	size_t entries;     /* answers kept; 0: none, but the same question still joins */
	uint32_t max_ttl_s; /* 0: none */
};

struct dns_cache_counts {
	uint64_t queries; /* what neither hit nor joined went below */
	uint64_t hits;
	uint64_t joined;
	size_t entries, octets; /* kept now */
};

/* lower and clock are copied, what stands behind them is borrowed.  Any thread may ask; lower
 * may answer inside ask or on any thread.  Without memory a question is answered DNS_FAILED.  A
 * name that cannot be asked goes below uncounted.  RES_NOMEM; RES_TEMP: no random seed. */
enum res dns_cache_open(const struct dns_port *lower, const struct clock_port *clock,
    const struct dns_cache_conf *conf, struct dns_port *ret_port);

/* port: one that dns_cache_open made and that is open.  Any thread. */
struct dns_cache_counts dns_cache_counts(const struct dns_port *port);

#endif
