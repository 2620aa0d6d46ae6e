/* dmarccheck.h - DMARC of one message (RFC 9989): records, tree walk, alignment, to evidence. */
#ifndef SF_CHECK_DMARCCHECK_H
#define SF_CHECK_DMARCCHECK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/result.h"
#include "core/dmarcwalk.h"
#include "core/evidence.h"
#include "core/mailaddr.h"
#include "check/lookups.h"
#include "check/ports.h"

/* What was learnt of the author's policy before anything whose name the sender chose was waited
 * for. */
struct dmarc_author {
	struct author author;
	struct dmarc_walk walk;
	struct str org_domain;
	const struct dmarc_step *step; /* policy record; NULL: none */
	enum enforcement policy;       /* after sp, np, t; NODMARC or UNKNOWN without step */
	enum policy_tag tag;
	bool unknown; /* a question failed: temperror unless proven aligned */
};

/* Step 1: the author's policy (LOOKUPS_AUTHOR). */
void dmarccheck_author(struct lookups *l, struct arena *a, const struct author *author,
    struct dmarc_author *ret_author);

/* The enforcement of a domain that SPF checked: its policy by RFC 9989 after sp, np, t.  Uses the
 * author's walk when domain is the author's. */
enum enforcement dmarccheck_enforcement(struct lookups *l, struct arena *a, struct str domain,
    const struct dmarc_author *author);

/* Step 2: alignment of what SPF and DKIM found; sets ev->dmarc and the aligned flags of
 * ev->dkim.  libopendmarc judges a second time (check/dmarcfence.h); log gets one line when it
 * differs. */
void dmarccheck_judge(struct lookups *l, struct arena *a, const struct dmarc_author *author,
    struct evidence *ev, const struct log_port *log);

#endif
