#include "base/str.h"

#include <string.h>

struct str
str_from(const char *text)
{
	return (struct str){ text, text != NULL ? strlen(text) : 0 };
}

struct str
str_skip(struct str s, size_t n)
{
	if (n > s.len)
		n = s.len;
	return n == 0 ? s : (struct str){ s.p + n, s.len - n };
}

struct str
str_first(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.len ? n : s.len };
}

struct str
str_cut(struct str *rest, char sep)
{
	size_t at = str_find(*rest, sep);
	struct str head = str_first(*rest, at);

	*rest = str_skip(*rest, at < rest->len ? at + 1 : at);
	return head;
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && ascii_is_blank(s.p[0]))
		s = str_skip(s, 1);
	while (s.len > 0 && ascii_is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

struct str
str_trim_end(struct str s, char c)
{
	while (s.len > 0 && s.p[s.len - 1] == c)
		s.len--;
	return s;
}

struct str
str_chop(struct str s, char c)
{
	if (s.len > 0 && s.p[s.len - 1] == c)
		s.len--;
	return s;
}

size_t
str_find(struct str s, char c)
{
	const char *at = s.len > 0 ? memchr(s.p, c, s.len) : NULL;

	return at != NULL ? (size_t)(at - s.p) : s.len;
}

size_t
str_find_last(struct str s, char c)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.len;
}

bool
str_has(struct str s, char c)
{
	return str_find(s, c) < s.len;
}

size_t
str_count(struct str s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == c;
	return n;
}

size_t
str_span(struct str s, bool (*is_member)(char c))
{
	size_t n = 0;

	while (n < s.len && is_member(s.p[n]))
		n++;
	return n;
}

bool
str_is_all(struct str s, bool (*is_member)(char c))
{
	return str_span(s, is_member) == s.len;
}

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool
str_starts_nocase(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq_nocase(str_first(s, prefix.len), prefix);
}

bool
str_ends_nocase(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq_nocase(str_skip(s, s.len - suffix.len), suffix);
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

int
str_cmp_nocase(struct str a, struct str b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++) {
		int c = (unsigned char)ascii_lower(a.p[i]) - (unsigned char)ascii_lower(b.p[i]);

		if (c != 0)
			return c;
	}
	return (a.len > b.len) - (a.len < b.len);
}

enum res
str_to_u32(struct str s, uint32_t max, uint32_t *ret_value)
{
	uint64_t v = 0;

	if (s.len == 0)
		return RES_SYNTAX;
	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_is_digit(s.p[i]))
			return RES_SYNTAX;
		if (v <= max) /* beyond it only the syntax is of interest */
			v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (v > max)
		return RES_LIMIT;
	*ret_value = (uint32_t)v;
	return RES_OK;
}
