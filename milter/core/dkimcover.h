/* dkimcover.h - which fields of a header h= covers (RFC 6376 5.4.2), and which are left out that
 * should not be (5.4.1, 8.15): a second Subject above the signed one is what a reader sees, and the
 * signature still passes. */
#ifndef SF_CORE_DKIMCOVER_H
#define SF_CORE_DKIMCOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"

struct dkimcover {
	struct covered *names; /* of h= and those looked after in any case, sorted */
	size_t count;
};

/* names: an h= that dkimsig_read found good, which must live as long.  RES_NOMEM. */
enum res dkimcover_open(struct dkimcover *c, struct arena *a, struct str names);

/* The fields of the header one by one, from the last to the first: this one is covered. */
bool dkimcover_take(struct dkimcover *c, struct str name);

/* After the last field: the fields that are not covered though h= names their name, or though no
 * message should be without their being signed: "Subject (1 of 2), Reply-To (1 of 1)".  Only names
 * that a message has once (RFC 5322 3.6, RFC 2045); nothing when there are none. */
void dkimcover_write_unsigned(const struct dkimcover *c, struct buf *out);

enum { DKIMCOVER_UNSIGNED_MAX = 512 }; /* octets that it writes at most */

#endif
