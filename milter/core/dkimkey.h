/* dkimkey.h - the key record of one signature, read strictly (RFC 6376 3.6.1, 6.1.2; RFC 8463
 * 4). */
#ifndef SF_CORE_DKIMKEY_H
#define SF_CORE_DKIMKEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/dkimfault.h"
#include "core/dkimsig.h"
#include "core/dns.h"

struct dkimkey {
	enum dkim_fault fault; /* the first thing wrong */
	struct str detail;     /* for its sentence; what follows only without a fault */
	const char *type;      /* k= */
	struct str p;          /* p= without blanks */
	bool testing;          /* t=y */
	bool strict;           /* t=s */
};

/* The answer to the key question of sig.  Whatever is wrong with it is in *ret_key.  RES_NOMEM. */
enum res dkimkey_read(struct arena *a, const struct dns_answer *ans, const struct dkimsig *sig,
    struct dkimkey *ret_key);

#endif
