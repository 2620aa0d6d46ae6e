/* upstream.h - DKIM results of another filter on this host, from its Authentication-Results fields
 * (RFC 8601 4.1).  Pure.
 *
 * Which fields we believe.  A sender can write any field, so trust in an authserv-id alone is worth
 * nothing.  What he cannot do is put a field above those that our own host has written.  So only
 * the unbroken run of fields with trusted ids is believed that begins at the very first field shown
 * to us; the manual asks that the other filter writes one on every message and removes what claims
 * to be its own.  A field that breaks the syntax, or was cut, ends the run: nothing of it is
 * believed.  One of a version that we do not know is passed over. */
#ifndef SF_CORE_UPSTREAM_H
#define SF_CORE_UPSTREAM_H

#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/evidence.h"
#include "core/headers.h"

struct upstream {
	struct ev_dkim *dkim; /* one a believed dkim= result, in order; in the arena */
	size_t dkim_count;
	unsigned run; /* fields of the run, from the top: these are not forged */
};

/* trusted: authserv-ids; own: ours, never believed, also when it is among them.  RES_NOMEM. */
enum res upstream_read(struct arena *a, const struct headers *h, const struct str *trusted,
    size_t n, struct str own, struct upstream *ret_upstream);

#endif
