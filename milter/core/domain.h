/* domain.h - DNS names as mail uses them: labels, parents, comparison.  No I/O.  Names are A-labels
 * in text form, without the final dot, at most 253 octets; what a stranger wrote becomes one by
 * domain_from_text().  Comparison is without ASCII case (RFC 4343). */
#ifndef SF_CORE_DOMAIN_H
#define SF_CORE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"

enum {
	DOMAIN_MAX = 253, /* RFC 1035 2.3.4: 255 octets in wire form */
	DOMAIN_LABEL_MAX = 63,
	/* As a stranger may write one: 4 octets of UTF-8 for each character, and a final dot. */
	DOMAIN_TEXT_MAX = 4 * DOMAIN_MAX + 1,
};

/* Labels of letters, digits, '-' and '_', 1 to 63 octets each, 253 in all, no final dot.  A single
 * label and one of digits only are names too; an address is not told apart here. */
bool domain_is_name(struct str name);

/* What a stranger wrote as a domain, as lower-case A-labels (RFC 8616, RFC 9989 5.3.1): one final
 * dot is dropped, U-labels are converted by IDNA 2008 with NFC input, then it must be
 * domain_is_name().  The result is in the arena.  RES_SYNTAX: not a DNS name; RES_NOMEM. */
enum res domain_from_text(struct arena *a, struct str text, struct str *ret_name);

bool domain_eq(struct str a, struct str b);

/* name is top, or ends in ".top". */
bool domain_is_at_or_below(struct str name, struct str top);

/* How many labels; 0 for the empty name. */
size_t domain_labels(struct str name);

/* The last n labels of name, a view into it; all of it when it has fewer. */
struct str domain_last_labels(struct str name, size_t n);

/* The name above, a view; empty for a single label. */
struct str domain_parent(struct str name);

/* The name at which a tree walk goes on after name: 8 labels or more are cut to 7, else one label
 * goes (RFC 9989 4.10).  *ret_next is a view into name.  RES_NONE: name was the last. */
enum res domain_walk_next(struct str name, struct str *ret_next);

/* Four decimal numbers, that is an IPv4 address where a domain should be ("dotted number"). */
bool domain_is_dotted_number(struct str name);

#endif
