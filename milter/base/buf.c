#include "base/buf.h"

#include <string.h>

struct buf
buf_on(char *mem, size_t cap)
{
	mem[0] = '\0';
	return (struct buf){ mem, 0, cap, RES_OK };
}

struct buf
buf_in(struct arena *a, size_t max)
{
	char *mem = max < SIZE_MAX ? arena_alloc(a, max + 1) : NULL;

	return mem != NULL ? buf_on(mem, max + 1) : (struct buf){ .err = RES_NOMEM };
}

void
buf_put(struct buf *b, struct str s)
{
	if (b->err == RES_OK && s.len >= b->cap - b->len)
		b->err = RES_LIMIT; /* room for the NUL as well */
	if (b->err != RES_OK || s.len == 0)
		return;
	memcpy(b->p + b->len, s.p, s.len);
	b->len += s.len;
	b->p[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *text)
{
	buf_put(b, str_from(text));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, (struct str){ &c, 1 });
}

void
buf_putu(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_put(b, (struct str){ digits + at, sizeof digits - at });
}

void
buf_put_tenths(struct buf *b, uint64_t tenths)
{
	buf_putu(b, tenths / 10);
	buf_putc(b, '.');
	buf_putu(b, tenths % 10);
}

void
buf_put_lower(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_putc(b, ascii_lower(s.p[i]));
}

void
buf_put_escaped(struct buf *b, char c)
{
	static const char hex[] = "0123456789abcdef";
	unsigned octet = (unsigned char)c;
	const char escaped[BUF_ESCAPED_OCTETS] = { '\\', 'x', hex[octet >> 4], hex[octet & 15] };

	buf_put(b, (struct str){ escaped, sizeof escaped });
}

void
buf_put_visible(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (ascii_is_print(s.p[i]))
			buf_putc(b, s.p[i]);
		else
			buf_put_escaped(b, s.p[i]);
}

void
buf_cut(struct buf *b, size_t len)
{
	if (b->p == NULL || len >= b->len)
		return;
	b->len = len;
	b->p[len] = '\0';
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->len };
}
