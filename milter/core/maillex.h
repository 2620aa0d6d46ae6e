/* maillex.h - the words that structured header fields are made of: blanks, folds, comments,
 * quoted strings, atoms (RFC 5322 3.2, 4.1; RFC 6532 for UTF-8).
 * A cursor walks over the text; each function takes one thing off its front or leaves it where
 * it was.  Nesting of comments is counted, not recursed into, and whoever meets something
 * unclosed stops or goes on without hiding anything, so no octet is looked at more than a few
 * times. */
#ifndef SF_CORE_MAILLEX_H
#define SF_CORE_MAILLEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"

struct maillex {
	struct str rest; /* what was not taken yet */
};

/* Classes for maillex_run().  atext: RFC 5322 3.2.3, with the octets of UTF-8 (RFC 6532 3.2).
 * token: RFC 2045 5.1, likewise. */
bool maillex_is_atext(char c);
bool maillex_is_token(char c);

/* Octets at the front that may stand in a field at all: printable ASCII, blanks, LF or CRLF
 * before a blank (a fold), valid UTF-8.  s.len: all of it is clean.  The grammars are asked only
 * about clean text. */
size_t maillex_clean_len(struct str s);

/* Octets of the first such character; 0: none. */
size_t maillex_clean_char_len(struct str s);

/* For text that breaks its grammar: octets at the front that a closed quoted string or comment
 * (nested ones and quoted pairs included) hides, 0 for none.  One that holds a NUL is not closed: a
 * reader that stops there sees it so.  From the first one on that is not closed, or from a
 * backslash outside of both, readers do not agree what is hidden, so nothing is: *raw is set and
 * stays (the caller begins with false). */
size_t maillex_hidden_len(struct str s, bool *raw);

/* Blanks, folds and comments.  RES_SYNTAX: an unclosed comment follows; it is not taken. */
enum res maillex_cfws(struct maillex *lx);

/* The octet at the front; 0 at the end (and for NUL, which is never clean). */
char maillex_peek(const struct maillex *lx);

/* Takes c when it is at the front. */
bool maillex_char(struct maillex *lx, char c);

/* The longest run of octets of one class; empty when there is none. */
struct str maillex_run(struct maillex *lx, bool (*is_member)(char c));

/* A closed quoted string, quotes included.  RES_NONE: none here; RES_SYNTAX: not closed. */
enum res maillex_quoted(struct maillex *lx, struct str *ret_quoted);

/* domain = dot-atom / domain-literal / obs-domain (RFC 5322 3.4.1, 4.4).  Its text goes to text
 * without comments and blanks; a literal keeps its brackets.  text->err tells of one that is too
 * long; the cursor is behind the domain (but not behind blanks and comments that follow) all the
 * same.  RES_SYNTAX: no domain. */
enum res maillex_domain(struct maillex *lx, struct buf *text);

/* What text means: its quoted parts without the quotes and the backslashes of quoted pairs,
 * folds without their line ends (RFC 5322 3.2.2, 3.2.4). */
void maillex_unquote(struct str text, struct buf *out);

/* The way back: text as a quoted string (RFC 5322 3.2.4).  What cannot be quoted is left out:
 * control characters, and all 8-bit octets unless the text is UTF-8. */
void maillex_quote(struct str text, struct buf *out);

/* dot-atom-text (RFC 5322 3.2.3), ASCII only. */
bool maillex_is_dot_atom(struct str text);

#endif
