/* mailaddr.h - mail address syntax: the author domain of From fields, and the domain of MAIL FROM.
 * Pure; linear in the size of the field, bounded depth (comments are counted, not recursed into).
 * RFC 5322 3.4, 4.4; RFC 6854; RFC 6532; RFC 9989 5.3.1, 11.5; RFC 5321 4.1.2. */
#ifndef SF_CORE_MAILADDR_H
#define SF_CORE_MAILADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/evidence.h"

struct author {
	enum author_kind kind;
	struct str domain;  /* with AUTHOR_ONE only: lower-case A-labels, in the arena */
	struct str problem; /* one sentence when the field breaks RFC 5322, or kind is not ONE;
			     * else NULL */
};

/* One From field's value (what stands after the colon, folds included).  By the grammar, obsolete
 * syntax included: mailboxes, groups, route addresses, comments, quoted strings, encoded words as
 * plain text.  All mailboxes of one domain: AUTHOR_ONE; of different domains, or one without a
 * usable domain beside others: AUTHOR_SEVERAL; none, a domain literal, a dotted number, not a DNS
 * name: AUTHOR_BROKEN.  A field that breaks the syntax has AUTHOR_ONE only when every address-like
 * text in it, outside quoted strings and comments that are closed, names the same domain; else
 * AUTHOR_BROKEN.  RES_NOMEM is the only error. */
enum res mailaddr_author(struct arena *a, struct str value, struct author *ret_author);

/* All From fields of a message, in order; cut[i] tells that value i is only a part.  Several
 * fields: AUTHOR_BROKEN when all give the same one domain (two From fields of one domain), else
 * AUTHOR_REPEATED; none: AUTHOR_BROKEN. */
enum res mailaddr_author_of_fields(struct arena *a, const struct str *values, const bool *cut,
    size_t n, struct author *ret_author);

/* A MAIL FROM argument "<a@b>" without its angle brackets and the blanks round them, a view; what
 * has none stays as it is. */
struct str mailaddr_without_brackets(struct str arg);

struct envelope {
	bool null_sender;  /* "<>", blanks only, or empty */
	struct str local;  /* local part as written, quotes taken off; NULL: none, or empty */
	struct str domain; /* lower-case A-labels; NULL: none, or no DNS name (a literal) */
};

/* A MAIL FROM argument as the client wrote it, with or without angle brackets (docs/mta.md 9):
 * source routes are dropped, the last unquoted "@" counts, a final dot goes, U-labels become
 * A-labels (RFC 8616 4).  A text without domain (<root>) is not the null sender.  RES_NOMEM is the
 * only error. */
enum res mailaddr_envelope(struct arena *a, struct str arg, struct envelope *ret_env);

/* A HELO name as SPF may use it: a DNS name of two labels or more, no literal, no address (RFC 7208
 * 2.3, 4.3; RFC 8616 4).  Lower-case A-labels in the arena.  RES_NONE: not such a name;
 * RES_NOMEM. */
enum res mailaddr_helo(struct arena *a, struct str helo, struct str *ret_domain);

#endif
