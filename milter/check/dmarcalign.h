/* dmarcalign.h - whether authenticated identifiers are aligned with one author (RFC 9989 4.4,
 * 4.10.2), and the names that were asked to find out. */
#ifndef SF_CHECK_DMARCALIGN_H
#define SF_CHECK_DMARCALIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "check/dmarccheck.h"
#include "check/lookups.h"

enum {
	DMARC_MAX_WALKS = 10, /* of identifiers: up to 8 queries each, and signatures are free */
	DMARC_MAX_QUERIES = (1 + DMARC_MAX_WALKS) * DMARCWALK_MAX,
};

enum aligned {
	ALIGNED_NO,
	ALIGNED_YES,
	ALIGNED_UNKNOWN, /* its walk failed and what was read does not align it; no memory */
};

struct dmarc_alignment {
	struct lookups *lookups;
	struct arena *arena;
	const struct dmarc_author *author;
	struct {
		struct str domain;
		enum aligned aligned;
	} walked[DMARC_MAX_WALKS];
	size_t walked_count;
	struct str queries[DMARC_MAX_QUERIES]; /* author's walk, then what others added */
	size_t query_count;
};

/* lookups, a and author are borrowed. */
void dmarcalign_begin(struct dmarc_alignment *al, struct lookups *l, struct arena *a,
    const struct dmarc_author *author);

/* An identifier as the message gives it, U-labels too (RFC 8616 5, 6).  Strict: the author
 * domain itself; relaxed: one of the same organizational domain.  Walks only for what is at or
 * below that, once for each domain; beyond DMARC_MAX_WALKS it is not aligned. */
enum aligned dmarcalign_check(struct dmarc_alignment *al, struct str domain, bool strict);

#endif
