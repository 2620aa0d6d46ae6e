/* spflib.h - libspf2 behind a narrow door: the only file that knows its types.
 * It evaluates the canonical records that it is given (core/spfcanon.h) for the stand-in client and
 * asks by aliases; what it thinks of the result is text-free.  Its limits are set above ours. */
#ifndef SF_CHECK_SPFLIB_H
#define SF_CHECK_SPFLIB_H

#include "base/result.h"
#include "base/str.h"
#include "core/dns.h"
#include "core/ipaddr.h"

enum spflib_result {
	SPFLIB_BROKEN, /* no result: an error that only who answered can explain, or none */
	SPFLIB_NONE,
	SPFLIB_NEUTRAL,
	SPFLIB_PASS,
	SPFLIB_FAIL,
	SPFLIB_SOFTFAIL,
	SPFLIB_TEMPERROR,
	SPFLIB_PERMERROR,
	SPFLIB_COUNT
};

#define SPFLIB_TOP "record.spf" /* the alias that it asks for the domain's own record */

struct spflib_port {
	/* The answer to an A, AAAA, MX or TXT question for an alias; lives until the next one.
	 * DNS_FAILED ends the evaluation. */
	const struct dns_answer *(*answer)(void *arg, struct str alias, enum dns_type type);
	void *arg;
};

/* One evaluation for a client of this family (not IP_NONE).  RES_NOMEM. */
enum res spflib_evaluate(enum ip_family family, const struct spflib_port *port,
    enum spflib_result *ret_result);

#endif
