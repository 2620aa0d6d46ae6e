/* mailtally.h - what the addresses of one From field say together: one author domain, several,
 * or none.
 * Filled by the grammar (mailaddr.c) or, where a field breaks it, by the sweep (mailsweep.h). */
#ifndef SF_CORE_MAILTALLY_H
#define SF_CORE_MAILTALLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct mailtally {
	struct arena *arena;
	size_t addresses;
	struct str domain;    /* the first usable one: lower-case A-labels; NULL: none */
	bool differ;          /* another address names another domain */
	const char *unusable; /* what is wrong with the first address without one; NULL: none */
	bool no_memory;
};

/* One more address: its local part and its domain as written, the domain without comments and
 * blanks.  Unusable are a domain literal, a dotted number, what is no DNS name (an empty domain
 * too), and a local part with an encoded word that may hold an "@" of its own: it has no place
 * in an address (RFC 2047 5), and a reader who decodes before he parses would show another
 * author.  It is not decoded here either. */
void mailtally_add(struct mailtally *t, struct str local, struct str domain);

/* All addresses give the same one domain. */
bool mailtally_is_one(const struct mailtally *t);

#endif
