/* dkimverdict.h - from all that is known of one signature to its evidence. */
#ifndef SF_CORE_DKIMVERDICT_H
#define SF_CORE_DKIMVERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/dkimbody.h"
#include "core/dkimcover.h"
#include "core/dkimfault.h"
#include "core/dkimkey.h"
#include "core/dkimsig.h"
#include "core/evidence.h"

struct dkim_signature { /* zeroed, then filled as far as it gets */
	struct dkimsig tags;
	struct dkimcover cover;
	struct dkimkey key;
	unsigned bits;         /* of an RSA key, else 0 */
	enum dkim_fault fault; /* the first one found, in the order of the work */
	struct str detail;
};

struct dkim_rules {                /* of this host, beyond the standard */
	unsigned minimum_key_bits; /* an RSA key below it: policy */
	bool accept_partial_body;  /* l= short of the body may pass all the same */
};

/* Kept when it is the first. */
void dkimverdict_fault(struct dkim_signature *sig, enum dkim_fault f, struct str detail);

/* What stands against a signature that verifies: SHA-1, a short key, l= and t=s. */
void dkimverdict_object(struct dkim_signature *sig, const struct dkimbody *body,
    const struct dkim_rules *rules);

/* Result and problem: the fault, then what is worth saying besides.  left: signatures after this
 * one that were not examined.  Texts live as long as the arena and the field.  RES_NOMEM. */
enum res dkimverdict_write(struct arena *a, const struct dkim_signature *sig,
    const struct dkimbody *body, size_t left, struct ev_dkim *ret_ev);

#endif
