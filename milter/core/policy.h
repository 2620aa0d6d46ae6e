/* policy.h - evidence and points to a decision: a value that can be printed, compared and tested
 * with no MTA. */
#ifndef SF_CORE_POLICY_H
#define SF_CORE_POLICY_H

#include <stdbool.h>

#include "core/evidence.h"
#include "core/reply.h"
#include "core/score.h"

enum action {          /* what is done with the message; the graver, the later */
	ACTION_ACCEPT, /* nothing asked for */
	ACTION_TAG,    /* a score above zero */
	ACTION_QUARANTINE,
	ACTION_REJECT,
	ACTION_TEMPFAIL,
	ACTION_COUNT
};

enum disposition { /* what was done because of DMARC (RFC 9989 5.4) */
	DISPOSITION_NONE,
	DISPOSITION_QUARANTINE,
	DISPOSITION_REJECT,
	DISPOSITION_COUNT
};

struct decision {
	enum action action;
	enum disposition disposition;
	enum reply_id reply;
};

/* Softfail alone never rejects, nor does anything else here yet: the score is our handling.
 * too_many_forged: more fields to remove than edits.h allows; also for a message that was not
 * evaluated. */
struct decision policy_decide(const struct evidence *ev, const struct score *score,
    bool too_many_forged);

const char *action_word(enum action a);
const char *disposition_word(enum disposition d);

#endif
