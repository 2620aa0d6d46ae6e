/* str.h - a view of text: pointer and length.  No ownership, no NUL needed, never written to.  A
 * view lives as long as what it looks at.  An empty view may have p == NULL or not; to tell
 * "nothing" from "empty text" is up to the one who hands it out, and his header says so.  All
 * letter case here is ASCII: no locale has a say in mail syntax. */
#ifndef SF_BASE_STR_H
#define SF_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct str {
	const char *p;
	size_t len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })

/* For printf's "%.*s" */
#define STR_ARG(s) (int)(s).len, (s).len > 0 ? (s).p : ""

/* A view of NUL-terminated text; of NULL, the empty view. */
struct str str_from(const char *text);

/* All but the first n octets; the first n octets.  n may exceed the length. */
struct str str_skip(struct str s, size_t n);
struct str str_first(struct str s, size_t n);

/* Cut the part before sep off *rest.  Without sep, all of it. */
struct str str_cut(struct str *rest, char sep);

/* Without blanks (SP TAB CR LF) at both ends; without any c at the end; without one c there. */
struct str str_trim(struct str s);
struct str str_trim_end(struct str s, char c);
struct str str_chop(struct str s, char c);

/* Position of the first or last c, or s.len when there is none. */
size_t str_find(struct str s, char c);
size_t str_find_last(struct str s, char c);

/* Whether c is in s; how often. */
bool str_has(struct str s, char c);
size_t str_count(struct str s, char c);

/* Octets at the front that are of a class (one of those below, or the caller's); whether all are,
 * which an empty view's are too. */
size_t str_span(struct str s, bool (*is_member)(char c));
bool str_is_all(struct str s, bool (*is_member)(char c));

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends_nocase(struct str s, struct str suffix);

/* Order as memcmp's, a shorter one before its longer continuation: for sorting and searching. */
int str_cmp(struct str a, struct str b);
int str_cmp_nocase(struct str a, struct str b);

/* A decimal number, digits only.  RES_SYNTAX: no digits or others; RES_LIMIT: over max. */
enum res str_to_u32(struct str s, uint32_t max, uint32_t *ret_value);

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_alpha(char c)
{
	c = ascii_lower(c);
	return c >= 'a' && c <= 'z';
}

static inline bool
ascii_is_alnum(char c)
{
	return ascii_is_digit(c) || ascii_is_alpha(c);
}

/* Blanks of a header field: SP, TAB, and the CR LF of a fold. */
static inline bool
ascii_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* '!' to '~' */
static inline bool
ascii_is_graph(char c)
{
	return c > ' ' && c <= '~';
}

/* ' ' to '~' */
static inline bool
ascii_is_print(char c)
{
	return c >= ' ' && c <= '~';
}

/* 0 to 127; what is none belongs to a character of UTF-8, or to nothing. */
static inline bool
ascii_is_7bit(char c)
{
	return ((unsigned char)c & 0x80) == 0;
}

#endif
