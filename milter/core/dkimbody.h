/* dkimbody.h - what is to be known of a body besides its hash, counted while it passes, cut
 * anywhere. */
#ifndef SF_CORE_DKIMBODY_H
#define SF_CORE_DKIMBODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct dkimbody { /* zeroed at the beginning */
	/* Octets in canonical form (RFC 6376 3.4.3, 3.4.4) without the empty lines at the end, so
	 * that it can be told whether anything stands after l=: index 0 simple, 1 relaxed. */
	uint64_t canonical[2];
	bool bare_cr, bare_lf;
	bool endless; /* a word of more than DKIMBODY_MAX_WORD octets */
	/* State: lines so far empty, by canonicalization; octets of this line; the last octet;
	 * blanks held back. */
	uint64_t empty_lines[2];
	uint64_t line[2];
	uint64_t word;
	bool blanks;
	char last;
};

/* The library keeps a word of a relaxed body in memory, for each signature; a line has at most 998
 * octets (RFC 5322 2.1.1). */
enum { DKIMBODY_MAX_WORD = 1 << 20 };

void dkimbody_feed(struct dkimbody *b, struct str chunk);

/* What a body that does not end in CRLF needs for it (3.4.3); empty for one that does, and for no
 * body. */
struct str dkimbody_missing_end(const struct dkimbody *b);

#endif
