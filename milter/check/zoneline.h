/* zoneline.h - one line of a zone file: "name TYPE data", see dns_text.h for the whole.  No I/O.
 *
 * Fields are separated by blanks and tabs.  In names and data \DDD is the octet of that decimal
 * number and \X is X, as in master files (RFC 1035 5.1); an escaped blank does not end a name,
 * an escaped '#' or '!' begins one.  A raw octet stands for itself.  Refused are NUL, and a dot
 * inside a label, for text could not say it. */
#ifndef SF_CHECK_ZONELINE_H
#define SF_CHECK_ZONELINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"
#include "core/dns.h"

enum {                        /* beside the values of enum dns_type; no question has them */
	ZONE_EVERY = 0x10000, /* "*": every type without a line of its own */
	ZONE_EMPTY,           /* the name exists */
};

struct zone_row {
	struct str owner;
	uint32_t type;          /* enum dns_type, ZONE_EVERY or ZONE_EMPTY */
	enum dns_status status; /* FOUND: data; NODATA: EMPTY; else the failure to give */
	struct dns_record record;
	size_t line; /* for the reader of the file; 0 here */
};

/* A line without its LF (a CR before it is dropped), all copied into the arena.  RES_NONE:
 * blank, or a comment.  RES_SYNTAX: *err has got a sentence that says what is wrong.  RES_NOMEM. */
enum res zoneline_parse(struct arena *a, struct str line, struct buf *err,
    struct zone_row *ret_row);

#endif
