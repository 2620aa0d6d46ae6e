/* headers.h - the header fields of one message, in order, as the MTA showed them.
 * Values are kept as they came: what stands after the colon, folds as LF (or CRLF from a file),
 * leading blank included.  Within the limits all fields are kept; past them a field is only
 * counted, except those that decide about authentication (From, DKIM-Signature,
 * Authentication-Results, Received-SPF, and names that the caller adds): of these name and index
 * are always noted, with a bounded part of the value. */
#ifndef SF_CORE_HEADERS_H
#define SF_CORE_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"

struct header {
	struct str name; /* as written, without blanks at its end (RFC 5322 4.5) */
	struct str value;
	unsigned index;      /* 1: the topmost of this name (libmilter's count, without case) */
	unsigned place;      /* 0 for the very first field of the message */
	bool cut;            /* value is only a part of what came */
	struct header *next; /* in order of arrival */
};

struct headers {
	struct arena *arena; /* borrowed: where all of it lives */
	struct header *first, *last;
	size_t max_count, max_bytes; /* of fields kept in full */
	size_t count, bytes;         /* of fields seen; of octets kept */
	const struct str *always;    /* names noted past the limits, beside the built-in ones */
	size_t always_count;
	struct name_count *counts; /* tree of names: n fields cost n, whatever the names */
	bool over_limit;           /* a field was not kept, or only a part of its value */
};

enum {
	/* Of a decisive field's value past the limits.  A From that is cut cannot be read. */
	HEADERS_NOTED_BYTES = 16384,
};

/* always and what it holds must live as long as the headers. */
void headers_open(struct headers *h, struct arena *a, size_t max_count, size_t max_bytes,
    const struct str *always, size_t always_count);

/* Copies both.  RES_NOMEM leaves the list as it was: the caller treats the message as one that
 * could not be evaluated. */
enum res headers_add(struct headers *h, struct str name, struct str value);

/* The first field of this name at or after from (h->first, or next of the one before; may be NULL),
 * without case.  NULL: none. */
const struct header *headers_find(const struct header *from, struct str name);

#endif
