/* edits.h - the header changes that a decision asks for: what to delete, then what to add.
 *
 * How edits survive libmilter's index: a deletion names the n-th field of a name, counted from the
 * top over the fields the milter was shown; what is deleted or inserted counts at once.  So all
 * deletions come first, those of one name from the highest index down, then our own fields are
 * inserted at index 0 from the last to the first: the last one inserted is on top, above the MTA's
 * own Received field. */
#ifndef SF_CORE_EDITS_H
#define SF_CORE_EDITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/headers.h"

enum {
	EDITS_MAX_REMOVED = 500, /* each deletion is a pass over the MTA's queue file */
	EDITS_SCORE_FIELDS = 3,
};

struct edit_remove {
	struct str name; /* as written in the message */
	unsigned index;  /* 1 for the topmost of that name */
};

struct edit_add {
	struct str name;
	struct str value; /* without leading blank; folds "\n\t" */
};

struct edits {
	struct edit_remove *remove; /* in the order of removal */
	size_t remove_count;
	bool too_many; /* over EDITS_MAX_REMOVED: the message is refused */
	struct edit_add add[2 + EDITS_SCORE_FIELDS]; /* topmost first */
	size_t add_count;
};

struct edits_rules {                    /* what is forged when an outsider writes it */
	const struct str *authserv_ids; /* ours, own_authserv_ids, trusted ones of mode upstream */
	size_t authserv_id_count;
	/* EDITS_SCORE_FIELDS names: X-SPF-DMARC-Score, -Level, -Reason */
	const struct str *score_fields;
	bool received_spf;     /* we write that field, so others' go */
	unsigned believed_run; /* mode upstream: that many topmost fields stay */
};

/* Lists the fields to remove; RES_NOMEM. */
enum res edits_remove_forged(struct edits *e, struct arena *a, const struct headers *h,
    const struct edits_rules *rules);

/* Appends below what was added before; there is room for Received-SPF, Authentication-Results and
 * the score fields. */
void edits_add(struct edits *e, struct str name, struct str value);

#endif
