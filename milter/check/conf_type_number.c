#include "check/conf_types.h"

#include <limits.h>

#include "check/conf_keys.h"

enum { HIGHEST_WHOLE = INT_MAX / 10 }; /* all above are alike: no key takes them */

static const char not_decimal[] = "is not a number in decimal digits";
static const char out_of_range[] = "is out of range";

static bool
is_number(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_INT;
}

static struct str
number_text(const struct conf_reader *r, const config_setting_t *s)
{
	return conf_text_number(r->text, config_setting_get_int(s));
}

/* Sign and digits of a decimal number, off the front of *text, up to HIGHEST_WHOLE. */
static bool
take_whole(struct conf_reader *r, struct str *text, long *ret_value)
{
	bool minus = str_find(*text, '-') == 0;
	struct str digits = str_skip(*text, minus || str_find(*text, '+') == 0);
	long n = 0;
	size_t i = 0;

	for (; i < digits.len && ascii_is_digit(digits.p[i]); i++)
		n = n < HIGHEST_WHOLE ? 10 * n + digits.p[i] - '0' : HIGHEST_WHOLE;
	if (i > 1 && digits.p[0] == '0')
		return conf_refuse(r, "has a leading zero");
	*text = str_skip(digits, i);
	*ret_value = minus ? -n : n;
	return i > 0 || conf_refuse(r, not_decimal);
}

static bool
in_range(struct conf_reader *r, const struct conf_key *k, long n)
{
	return (n >= k->min && n <= k->max) || conf_refuse(r, out_of_range);
}

static bool
read_whole(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *field)
{
	struct str text;
	long n;

	if (!is_number(s))
		return conf_refuse(r, "is not a whole number");
	text = number_text(r, s);
	if (!take_whole(r, &text, &n))
		return false;
	if (text.len > 0)
		return conf_refuse(r, "is not a whole number in decimal digits");
	if (!in_range(r, k, n))
		return false;
	*(int *)field = (int)n;
	return true;
}

static void
print_whole(struct buf *out, const struct conf_key *k, const void *field)
{
	(void)k;
	buf_putu(out, (unsigned)*(const int *)field);
}

static void
allow_whole(struct buf *out, const struct conf_key *k)
{
	buf_putu(out, (unsigned long)k->min);
	buf_puts(out, " to ");
	buf_putu(out, (unsigned long)k->max);
}

/* A point and one digit, or nothing. */
static bool
read_decimal(struct conf_reader *r, struct str text, long *ret_tenth)
{
	struct str digits = str_skip(text, 1);

	*ret_tenth = 0;
	if (text.len == 0)
		return true;
	if (text.p[0] != '.' || digits.len == 0 || !str_is_all(digits, ascii_is_digit))
		return conf_refuse(r, not_decimal);
	if (digits.len > 1)
		return conf_refuse(r, "has more than one decimal");
	*ret_tenth = digits.p[0] - '0';
	return true;
}

static bool
read_tenths(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *field)
{
	struct str text, rest;
	long whole, tenth;

	if (!is_number(s))
		return conf_refuse(r, "is not a number");
	text = rest = number_text(r, s);
	if (!take_whole(r, &rest, &whole) || !read_decimal(r, rest, &tenth) ||
	    !in_range(r, k, 10 * whole + tenth))
		return false;
	if (str_find(text, '-') == 0) /* -0.5: the whole part does not show it */
		return conf_refuse(r, out_of_range);
	*(unsigned *)field = (unsigned)(10 * whole + tenth);
	return true;
}

static void
print_tenths(struct buf *out, const struct conf_key *k, const void *field)
{
	(void)k;
	buf_put_tenths(out, *(const unsigned *)field);
}

static void
allow_tenths(struct buf *out, const struct conf_key *k)
{
	buf_put_tenths(out, (unsigned long)k->min);
	buf_puts(out, " to ");
	buf_put_tenths(out, (unsigned long)k->max);
	buf_puts(out, " with one decimal");
}

static bool
read_octal(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *field)
{
	struct str text = str_from(config_setting_get_string(s));
	int n = 0;

	if (is_number(s))
		return conf_refuse(r, "is a bare number");
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '7')
			return conf_refuse(r, "has other than octal digits");
		n = n <= k->max ? 8 * n + text.p[i] - '0' : n;
	}
	if (text.len == 0)
		return conf_refuse(r, "is not an octal number");
	if (!in_range(r, k, n))
		return false;
	*(int *)field = n;
	return true;
}

static void
put_octal(struct buf *out, unsigned long n)
{
	const char digits[] = { '"', '0', (char)('0' + (n >> 6 & 7)), (char)('0' + (n >> 3 & 7)),
		(char)('0' + (n & 7)), '"' };

	buf_put(out, (struct str){ digits, sizeof digits });
}

static void
print_octal(struct buf *out, const struct conf_key *k, const void *field)
{
	(void)k;
	put_octal(out, (unsigned)*(const int *)field);
}

static void
allow_octal(struct buf *out, const struct conf_key *k)
{
	buf_puts(out, "octal digits in quotes, ");
	put_octal(out, (unsigned long)k->min);
	buf_puts(out, " to ");
	put_octal(out, (unsigned long)k->max);
}

const struct conf_type conf_type_whole = { read_whole, print_whole, allow_whole };
const struct conf_type conf_type_tenths = { read_tenths, print_tenths, allow_tenths };
const struct conf_type conf_type_octal = { read_octal, print_octal, allow_octal };
