/* dmarcrecord.h - one DMARC record (RFC 9989 4.7, 4.8), and the policy it asks for (4.10.1).
 * Pure. */
#ifndef SF_CORE_DMARCRECORD_H
#define SF_CORE_DMARCRECORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/evidence.h"

struct dmarc_record {
	struct str text;              /* as published, strings joined */
	bool usable;                  /* false: see below; such a record still counts in a walk */
	enum enforcement p;           /* NONE, QUARANTINE, REJECT */
	enum enforcement sp, np;      /* ENFORCE_UNKNOWN: not present, or voided */
	bool p_by_default;            /* p is NONE by the rule below: policy_tag default-none */
	char psd;                     /* 'y', 'n', 'u' */
	bool testing;                 /* t=y */
	bool strict_dkim, strict_spf; /* adkim=s, aspf=s */
	struct str rua, ruf, fo;      /* values as published, views into text; NULL: none */
	struct str problem;           /* NULL, or what is wrong first: `"foo" is no policy of p`;
				       * in the arena, printable ASCII */
};

/* text lives at least as long as the record.  Of a tag that stands twice the first counts (RFC
 * 9989 is silent; RFC 6376 would void all); unknown tags and other broken ones are ignored or
 * have their default (4.7).  Names and values are without case, but "DMARC1".  p missing or not
 * valid, or sp or np not valid (4.10.1): with a valid URI in rua the record asks for p=none,
 * without one it is not usable: a message under it gets no DMARC processing.  RES_NONE: not a
 * DMARC record ("v" not first or not DMARC1): ignore it.  RES_NOMEM. */
enum res dmarcrecord_parse(struct arena *a, struct str text, struct dmarc_record *ret_record);

/* What is known of the author domain's existence (4.10.1, A.4). */
enum existence { EXISTENCE_YES, EXISTENCE_NO, EXISTENCE_UNKNOWN };

struct dmarc_policy {
	enum enforcement policy; /* NONE, QUARANTINE, REJECT: after sp, np, t */
	enum policy_tag tag;     /* whose value was used */
};

/* The policy of a usable record.  own: it stands at the author domain itself, so p is meant;
 * else sp or np, as the author domain exists or not; the stricter of the two when that is
 * unknown. */
struct dmarc_policy dmarcrecord_policy(const struct dmarc_record *rec, bool own,
    enum existence existence);

/* Whether that policy depends on the existence of the author domain. */
bool dmarcrecord_needs_existence(const struct dmarc_record *rec, bool own);

#endif
