/* lookups.h - the questions of one message: asked early, waited for once.
 * The only place in the program that waits for DNS.  From MAIL to end of message the plan
 * (core/plan.h) is run whenever a fact or an answer arrives, and asks ahead; at end of message
 * the checks take the answers with lookups_get, which waits when it must, never past the
 * message's deadline.  What is there is given also after it.  An answer may come after its
 * message has gone: lookups has its own lock, arena, copies of the facts, and a count of
 * holders; in an abandoned one an answer only drops a holder.  No lock is held over ask or done,
 * and answers that come inside ask (cache, zone file) only take a note: the plan runs again at
 * the outermost frame.  So neither lock nor stack grows with the depth of a tree. */
#ifndef SF_CHECK_LOOKUPS_H
#define SF_CHECK_LOOKUPS_H

#include <stdbool.h>

#include "base/result.h"
#include "base/str.h"
#include "core/dns.h"
#include "core/evidence.h"
#include "core/spfmacro.h"
#include "check/ports.h"

struct lookups;

struct lookups_conf {
	unsigned deadline_ms;   /* for all waiting of the message together, from lookups_start() */
	bool prefetch;          /* false: nothing is asked before lookups_get */
	unsigned max_questions; /* beyond it DNS_FAILED; those planned, used by the verdict and
				 * peeked at are counted apart: no plan changes a verdict */
};

/* dns and clock are borrowed; dns must outlive every answer (a port's close sees to it).  NULL:
 * no memory. */
struct lookups *lookups_open(const struct dns_port *dns, const struct clock_port *clock,
    const struct lookups_conf *conf);

/* The message has ended: never waits for an answer.  Nothing is asked after it has returned, so
 * the port may be closed.  l may be NULL. */
void lookups_close(struct lookups *l);

/* Facts for the plan, copied.  Without prefetch, or without memory, they do nothing: a plan is
 * only a plan. */
void lookups_plan_spf(struct lookups *l, const struct spf_facts *facts);
void lookups_plan_walk(struct lookups *l, struct str name); /* a DMARC tree walk from name */
void lookups_want(struct lookups *l, const struct dns_question *q); /* a key */

/* Waiting begins: from now on counts the deadline.  Called once, at end of message; the first
 * get or peek does it too.  The time left is reckoned on the clock port when a wait begins, and
 * waited for in real time. */
void lookups_start(struct lookups *l);

/* Which part of the deadline a question may use.  The author's policy is asked and waited for
 * before anything whose name the sender chose, and a quarter of the time is kept for the others. */
enum lookups_share { LOOKUPS_AUTHOR, LOOKUPS_REST, LOOKUPS_SHARE_COUNT };

/* The answer, never NULL: DNS_TIMEOUT past the deadline, DNS_FAILED without memory.  Valid until
 * lookups_close.  Counted as used by the verdict, once for each different question. */
const struct dns_answer *lookups_get(struct lookups *l, enum lookups_share share,
    const struct dns_question *q);

/* The same without counting it as used and never waiting past the deadline: for what does not
 * touch the verdict (a posture behind an unneeded redirect). */
const struct dns_answer *lookups_peek(struct lookups *l, const struct dns_question *q);

/* Questions used, cache hits among them, milliseconds waited. */
struct ev_dns lookups_counts(struct lookups *l);

#endif
