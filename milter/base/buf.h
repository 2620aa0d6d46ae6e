/* buf.h - text under construction in memory of a fixed size, with a sticky error.  The first write
 * that does not fit sets err to RES_LIMIT and writes nothing; later writes do nothing.  So a text
 * is built with as many writes as it needs and one look at err at the end.  There is always a NUL
 * behind the text, so p also serves as a C string. */
#ifndef SF_BASE_BUF_H
#define SF_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"

struct buf {
	char *p;
	size_t len, cap; /* cap counts the NUL */
	enum res err;
};

/* On memory of the caller's, cap octets, at least one. */
struct buf buf_on(char *mem, size_t cap);

/* On memory of the arena, for text of up to max octets.  Without memory the buffer has err ==
 * RES_NOMEM from the start and may be written to all the same. */
struct buf buf_in(struct arena *a, size_t max);

/* Append: a view, a C string (NULL: nothing), one octet, a decimal number. */
void buf_put(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_putu(struct buf *b, uint64_t n);

/* Tenths as a number with one decimal: 34 is "3.4". */
void buf_put_tenths(struct buf *b, uint64_t tenths);

/* Letters in lower case (ASCII); all else as it is. */
void buf_put_lower(struct buf *b, struct str s);

/* One octet as \xHH; a text of which only printable ASCII (the backslash too) stays as it is. */
void buf_put_escaped(struct buf *b, char c);
void buf_put_visible(struct buf *b, struct str s);

enum { BUF_ESCAPED_OCTETS = 4 }; /* of one \xHH */

/* Cut the text back to len octets (no more than it has); err stays. */
void buf_cut(struct buf *b, size_t len);

/* The text so far.  Only to be believed when err is RES_OK. */
struct str buf_str(const struct buf *b);

#endif
