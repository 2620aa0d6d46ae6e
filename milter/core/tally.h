/* tally.h - per-domain counts of one interval, bounded in size.  Pure; its user locks it. */
#ifndef SF_CORE_TALLY_H
#define SF_CORE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/evidence.h"
#include "core/policy.h"
#include "core/score.h"

enum { TALLY_MAX_DOMAINS = 10000 }; /* bounds what strangers can fill */

struct tally_row {
	struct str domain;       /* author domain, "+unusable", "+other" or "*" */
	enum enforcement policy; /* as last seen; UNKNOWN: "-" */
	enum posture spf_all;    /* as last seen with this very SPF domain */
	uint64_t msgs, spf_pass, spf_softfail, spf_fail, spf_other, dkim_pass, dmarc_pass,
	    dmarc_fail, enforced;
	uint64_t score_tenths;
};

struct tally;

/* hash_seed: a number that no sender can know, or he could make all his domains collide.  NULL: no
 * memory. */
struct tally *tally_open(uint64_t hash_seed);
void tally_close(struct tally *t);

/* Counts one evaluated message.  Without memory for a new domain it is counted in "+other". */
void tally_count(struct tally *t, const struct evidence *ev, const struct score *score,
    const struct decision *decision);

/* Calls row for the top busiest author domains (most messages first, then by name), then +unusable,
 * +other with the rest, and "*" with the sum (each of these three only when it has messages).  This
 * ends the counting: afterwards there is only tally_close(). */
void tally_report(struct tally *t, unsigned top, void (*row)(void *arg, const struct tally_row *r),
    void *arg);

#endif
