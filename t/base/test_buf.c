#include "base/buf.h"

#include <string.h>

#include "t/tap.h"

static void
test_writes(void)
{
	char mem[64];
	struct buf b = buf_on(mem, sizeof mem);

	tap_eq_text(b.p, "", "a NUL from the start");
	buf_puts(&b, "a=");
	buf_putu(&b, 0);
	buf_putc(&b, ';');
	buf_putu(&b, UINT64_MAX);
	buf_put(&b, tap_exact_str(STR("\0x")));
	buf_puts(&b, NULL);
	tap_eq_res(b.err, RES_OK, "writes that fit");
	tap_eq_str(buf_str(&b), STR("a=0;18446744073709551615\0x"), "the text");
	tap_eq_int(b.p[b.len], '\0', "a NUL behind the text");
}

static void
test_forms(void)
{
	char mem[128];
	struct buf b = buf_on(mem, sizeof mem);

	buf_put_tenths(&b, 0);
	buf_putc(&b, ' ');
	buf_put_tenths(&b, 34);
	buf_putc(&b, ' ');
	buf_put_tenths(&b, 100);
	tap_eq_text(b.p, "0.0 3.4 10.0", "tenths have one decimal");

	b = buf_on(mem, sizeof mem);
	buf_put_lower(&b, tap_exact_str(STR("A-z[\0\303\204")));
	tap_eq_str(buf_str(&b), STR("a-z[\0\303\204"), "lower case is ASCII's");

	b = buf_on(mem, sizeof mem);
	buf_put_visible(&b, tap_exact_str(STR("a ~\\\0\n\177\377")));
	tap_eq_text(b.p, "a ~\\\\x00\\x0a\\x7f\\xff", "what cannot be seen is \\xHH, a backslash stays");
	b = buf_on(mem, BUF_ESCAPED_OCTETS);
	buf_put_escaped(&b, '\n');
	tap_ok(b.err == RES_LIMIT && b.len == 0, "an escape is never cut");
}

static void
test_sticky(void)
{
	char *mem = (char *)(uintptr_t)tap_exact("1234567").p;	/* seven octets, so six of text */
	struct buf b = buf_on(mem, 7);

	buf_puts(&b, "abcd");
	buf_puts(&b, "ef");
	tap_eq_res(b.err, RES_OK, "full to the last octet");
	tap_eq_text(b.p, "abcdef", "full: the text and its NUL");
	buf_putc(&b, 'g');
	tap_eq_res(b.err, RES_LIMIT, "one more");
	buf_cut(&b, 3);
	buf_puts(&b, "x");
	tap_eq_text(b.p, "abc", "the first error sticks, also when there is room again");

	b = buf_on(mem, 7);
	buf_puts(&b, "abc");
	buf_puts(&b, "too long");
	tap_eq_text(b.p, "abc", "what does not fit is not written in part");
	b = buf_on(mem, 1);
	buf_puts(&b, "");
	tap_eq_res(b.err, RES_OK, "nothing fits into one octet");
	buf_putc(&b, 'a');
	tap_eq_res(b.err, RES_LIMIT, "one octet does not");
}

static void
test_cut(void)
{
	char mem[16];
	struct buf b = buf_on(mem, sizeof mem);

	buf_puts(&b, "abcdef");
	buf_cut(&b, 9);
	tap_eq_str(buf_str(&b), STR("abcdef"), "cut to more than there is");
	buf_cut(&b, 2);
	tap_eq_text(b.p, "ab", "cut: a NUL behind the text");
	buf_cut(&b, 0);
	tap_eq_str(buf_str(&b), STR(""), "cut to nothing");
}

static void
test_in_arena(void)
{
	struct arena *a = arena_open(64);
	struct buf b = buf_in(a, 10);

	buf_puts(&b, "0123456789");
	tap_eq_res(b.err, RES_OK, "max octets of text fit");
	buf_putc(&b, 'x');
	tap_eq_res(b.err, RES_LIMIT, "max and one do not");

	b = buf_in(a, 1000);
	tap_eq_res(b.err, RES_NOMEM, "no memory: an error from the start");
	buf_puts(&b, "text");
	buf_putu(&b, 1);
	buf_cut(&b, 0);
	tap_eq_res(b.err, RES_NOMEM, "no memory: writes are harmless");
	tap_eq_int((long long)buf_str(&b).len, 0, "no memory: no text");
	b = buf_in(a, SIZE_MAX);
	tap_eq_res(b.err, RES_NOMEM, "the room for the NUL does not overflow");
	arena_close(a);
}

int
main(void)
{
	test_writes();
	test_forms();
	test_sticky();
	test_cut();
	test_in_arena();
	return tap_done();
}
