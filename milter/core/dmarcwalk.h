/* dmarcwalk.h - the tree walk of RFC 9989 4.10: which names to ask, and what the answers mean.
 * Pure. */
#ifndef SF_CORE_DMARCWALK_H
#define SF_CORE_DMARCWALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/dmarcrecord.h"
#include "core/dns.h"

enum { DMARCWALK_MAX = 8 }; /* queries of a walk at most, RFC 9989 4.10 */

/* The names of a walk that begins at start, longest first, views into start, each to be asked as
 * TXT "_dmarc.<name>".  Returns their number: 0 for a single label, where there is no
 * DMARC (the RFC is silent). */
size_t dmarcwalk_names(struct str start, struct str ret_names[DMARCWALK_MAX]);

/* "_dmarc.<name>" in the arena; .p == NULL: no memory. */
struct str dmarcwalk_query_name(struct arena *a, struct str name);

struct dmarc_step {
	struct str name; /* without _dmarc. */
	bool found;      /* exactly one DMARC record stands there: record is set */
	bool several;    /* more than one, which counts as none (4.10) */
	bool failed;     /* a temporary failure: unknown */
	struct dmarc_record record;
};

/* One walk as far as it went: it ends at psd=y or psd=n, or when no label is left (4.10 steps 2
 * and 5); a failing name does not end it. */
struct dmarc_walk {
	struct str start;
	struct dmarc_step steps[DMARCWALK_MAX];
	size_t count; /* names asked, by RFC 9989 4.10 */
	bool ended;   /* no further name is to be asked */
	bool failed;  /* one of the steps failed */
};

void dmarcwalk_begin(struct dmarc_walk *w, struct str start);

/* The name to ask next; RES_NONE: the walk has ended. */
enum res dmarcwalk_next(const struct dmarc_walk *w, struct str *ret_name);

/* The answer to the TXT question for that name.  The record's text is copied into the arena.
 * RES_NOMEM: the step is there all the same, as a failed one. */
enum res dmarcwalk_answer(struct dmarc_walk *w, struct arena *a, const struct dns_answer *ans);

/* Organizational domain of w->start (4.10.2), a view into it; start itself when no record was
 * found. */
struct str dmarcwalk_org_domain(const struct dmarc_walk *w);

/* The step whose record is the policy record (4.10.1): start's own, else that of the
 * organizational domain, else of the PSD; NULL: none. */
const struct dmarc_step *dmarcwalk_policy(const struct dmarc_walk *w);

#endif
