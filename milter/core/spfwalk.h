/* spfwalk.h - a whole SPF evaluation as far as the answers at hand allow (RFC 7208 4.6, 5.2, 6).
 * Pure.  Used three ways: to plan (an answer that is not there is asked for, and the walk goes on
 * behind it), to say which terms decided once libspf2 has given its verdict, and to check that
 * verdict. */
#ifndef SF_CORE_SPFWALK_H
#define SF_CORE_SPFWALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "core/spfterm.h"
#include "core/words.h"

enum { SPFWALK_MAX_DEPTH = SPFRECORD_MAX_LOOKUPS + 1 }; /* each include and redirect is a lookup */

struct spf_verdict {
	bool pending; /* answers are missing: nothing below is certain */
	enum spf_result result;
	/* The deciding terms, from the domain's own record down; "+all" for "all". */
	struct str path[SPFWALK_MAX_DEPTH + 1];
	size_t path_len;                 /* 0: nothing matched, or an error */
	bool open;                       /* a pass by +all, or a prefix of /0 to /7 */
	bool published;                  /* the domain has an SPF record, or several */
	const struct spf_record *record; /* the domain's own, faults or not; NULL: none, several */
	struct str exp, exp_domain; /* exp= of the record that speaks for the domain (6.2), and its
				     * domain; exp NULL: none */
};

/* e->facts->sender_domain by the answers of e.  Counts and the problem of an error stay in e. */
void spfwalk_run(struct spf_eval *e, struct spf_verdict *ret_verdict);

/* How the domain's record ends, redirect followed.  POSTURE_UNKNOWN also while an answer is
 * missing. */
enum posture spfwalk_posture(struct spf_eval *e, const struct spf_record *rec);

#endif
