/* dmarcfence.h - libopendmarc's second opinion on a DMARC judgement of ours.
 * The library follows the older RFC 7489, so it never sees what a stranger wrote: it gets a
 * record that we print from the policy we found (after sp, np, t), and the author domain itself
 * for each way of authentication that we judged aligned.  It asks no DNS, reads no public suffix
 * list, keeps no state between two calls; its settings, which only those parts of it look at,
 * are not set.  Any thread. */
#ifndef SF_CHECK_DMARCFENCE_H
#define SF_CHECK_DMARCFENCE_H

#include <stdbool.h>

#include "base/result.h"
#include "base/str.h"
#include "core/evidence.h"

struct fence_case {
	struct str author_domain; /* A-labels */
	enum enforcement policy;  /* NONE, QUARANTINE, REJECT */
	bool strict_dkim, strict_spf;
	bool aligned_dkim, aligned_spf; /* an aligned identifier passed */
};

/* *ret_result: PASS or FAIL; with FAIL *ret_policy is what it would enforce, ENFORCE_UNKNOWN
 * when it could not judge.  RES_NOMEM. */
enum res dmarcfence_judge(const struct fence_case *fc, enum dmarc_result *ret_result,
    enum enforcement *ret_policy);

#endif
