/* dkimfault.h - all that can keep a DKIM signature from passing: a result and a sentence for each.
 * The one table of interface and manual: RFC 8601 2.7.1 for the words, RFC 6376 3.5 to 3.7 and 6.1,
 * RFC 8301 and RFC 8463 for the reasons. */
#ifndef SF_CORE_DKIMFAULT_H
#define SF_CORE_DKIMFAULT_H

#include "base/buf.h"
#include "base/str.h"
#include "core/evidence.h"

enum dkim_fault {
	DKIM_FAULT_NONE,
	/* The signature field; '$' of the sentence is what is named here. */
	DKIM_FAULT_SYNTAX,
	DKIM_FAULT_TAGS,
	DKIM_FAULT_TWICE,   /* tag */
	DKIM_FAULT_MISSING, /* tag */
	DKIM_FAULT_VALUE,   /* tag */
	DKIM_FAULT_VERSION,
	DKIM_FAULT_ALGORITHM,
	DKIM_FAULT_CANON,
	DKIM_FAULT_QUERY,
	DKIM_FAULT_NAMES,
	DKIM_FAULT_FROM_UNSIGNED,
	DKIM_FAULT_OUTSIDE,
	DKIM_FAULT_TIME_ORDER,
	DKIM_FAULT_FUTURE,
	DKIM_FAULT_EXPIRED,
	DKIM_FAULT_COVERS,
	/* The key */
	DKIM_FAULT_KEY_UNKNOWN, /* what DNS said */
	DKIM_FAULT_KEY_NONE,
	DKIM_FAULT_KEY_TWO,
	DKIM_FAULT_KEY_SYNTAX,
	DKIM_FAULT_KEY_TWICE, /* tag */
	DKIM_FAULT_KEY_VERSION,
	DKIM_FAULT_KEY_TYPE,
	DKIM_FAULT_KEY_HASH,
	DKIM_FAULT_KEY_SERVICE,
	DKIM_FAULT_KEY_MISSING,
	DKIM_FAULT_KEY_REVOKED,
	DKIM_FAULT_KEY_LONG,
	DKIM_FAULT_KEY_BROKEN,
	/* The verification */
	DKIM_FAULT_SIGNATURE,
	DKIM_FAULT_BODY,
	DKIM_FAULT_BODY_SHORT,
	DKIM_FAULT_BARE_LF,
	DKIM_FAULT_ENDLESS,
	DKIM_FAULT_REFUSED, /* number of the library's error */
	/* It verifies, but */
	DKIM_FAULT_SHA1,
	DKIM_FAULT_BITS, /* how many */
	DKIM_FAULT_LENGTH,
	DKIM_FAULT_SUBDOMAIN,
	/* Ours */
	DKIM_FAULT_OURS,
	DKIM_FAULT_COUNT
};

/* DKIM_RESULT_PASS for DKIM_FAULT_NONE. */
enum dkim_result dkimfault_result(enum dkim_fault f);

/* The sentence without its full stop; nothing for DKIM_FAULT_NONE. */
void dkimfault_write(struct buf *out, enum dkim_fault f, struct str detail);

#endif
