/* spflayer.h - what stands between libspf2 and DNS: aliases to questions, answers to what libspf2
 * may see, with the limits of RFC 7208 4.6.4 counted here (core/spfterm.h). */
#ifndef SF_CHECK_SPFLAYER_H
#define SF_CHECK_SPFLAYER_H

#include "base/result.h"
#include "core/evidence.h"
#include "core/spfterm.h"

/* libspf2's verdict by the answers of e, which never says "not yet".  Its own errors are read only
 * after what the layer has seen: a record with a fault, a limit, a question that failed.  lookups,
 * voids and the problem are left in e.  RES_NOMEM. */
enum res spflayer_evaluate(struct spf_eval *e, enum spf_result *ret_result);

#endif
