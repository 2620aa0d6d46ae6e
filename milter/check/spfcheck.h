/* spfcheck.h - SPF of one message (RFC 7208), evaluated by libspf2 behind a strict front: libspf2
 * never sees an octet that we did not print ourselves (core/spfcanon.h), and asks nothing but
 * through lookups. */
#ifndef SF_CHECK_SPFCHECK_H
#define SF_CHECK_SPFCHECK_H

#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "core/evidence.h"
#include "core/ipaddr.h"
#include "core/mailaddr.h"
#include "core/spfmacro.h"
#include "check/lookups.h"

struct spf_request {
	struct ipaddr client;
	struct envelope mail_from; /* core/mailaddr.h */
	struct str helo;           /* as the client gave it; NULL: none */
	struct str helo_domain;    /* mailaddr_helo() of it; NULL: not usable */
	struct str receiver;       /* %{r} */
	int64_t now_s;             /* %{t} */
	unsigned void_limit;       /* RFC 7208 4.6.4, default 2 */
};

/* What the plan and the evaluation start from.  RES_NONE: there is no domain to check (result
 * none). */
enum res spfcheck_facts(const struct spf_request *rq, struct spf_facts *ret_facts);

/* Result, identity, mechanism, path, open, explanation, problem, counts, record, posture;
 * enforcement is left ENFORCE_UNKNOWN (check/dmarccheck.h fills it).  Texts are in the arena.  A
 * failure of our own is temperror, never an error of this function. */
void spfcheck_run(const struct spf_request *rq, struct lookups *l, struct arena *a,
    struct ev_spf *ret_spf);

#endif
