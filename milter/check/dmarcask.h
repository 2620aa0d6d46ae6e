/* dmarcask.h - the DNS questions of DMARC: a tree walk (RFC 9989 4.10) and the existence of a
 * name (A.4), asked through lookups. */
#ifndef SF_CHECK_DMARCASK_H
#define SF_CHECK_DMARCASK_H

#include "base/arena.h"
#include "base/str.h"
#include "core/dmarcrecord.h"
#include "core/dmarcwalk.h"
#include "check/lookups.h"

/* A whole walk from start, which lives as long as *ret_walk.  A failure of ours is a failed
 * step. */
void dmarcask_walk(struct lookups *l, enum lookups_share share, struct arena *a, struct str start,
    struct dmarc_walk *ret_walk);

enum existence dmarcask_existence(struct lookups *l, enum lookups_share share, struct str name);

#endif
