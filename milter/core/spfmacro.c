#include "core/spfmacro.h"

#include <string.h>

#include "core/domain.h"

enum {
	TAIL = DOMAIN_MAX + 2, /* what matters of a name: its end, a dot at both sides */
	NAME_ROOM = 3 * SPFMACRO_MAX_VALUE + TAIL + 1, /* an escaped octet is three */
};

/* One macro-expand or macro-literal. */
struct item {
	char letter;     /* lower case; 0 for text */
	struct str text; /* what stands for itself */
	bool escape;     /* the letter was upper case: URL escapes (7.3) */
	bool reverse;
	uint32_t keep; /* right-hand parts to keep, 0 for all */
	struct str delimiters;
};

static bool
is_delimiter(char c)
{
	return str_has(STR(".-+,/_="), c);
}

static bool
take(struct str *rest, char c)
{
	if (rest->len == 0 || ascii_lower(rest->p[0]) != c)
		return false;
	*rest = str_skip(*rest, 1);
	return true;
}

/* *DIGIT: nonzero when it is there; a large number keeps everything (7.3) */
static enum res
take_keep(struct str *rest, uint32_t *ret_keep)
{
	struct str digits = str_first(*rest, str_span(*rest, ascii_is_digit));

	*rest = str_skip(*rest, digits.len);
	if (digits.len > 0 && str_to_u32(digits, SPFMACRO_MAX_VALUE, ret_keep) != RES_OK)
		*ret_keep = SPFMACRO_MAX_VALUE;
	return digits.len > 0 && *ret_keep == 0 ? RES_SYNTAX : RES_OK;
}

/* macro-letter; "c", "r" and "t" in exp only (7.2) */
static bool
is_letter(char c, bool explanation)
{
	return str_has(STR("slodiphv"), c) || (explanation && str_has(STR("crt"), c));
}

/* What stands behind "%{": macro-letter transformers *delimiter "}" */
static enum res
take_macro(struct str *rest, bool explanation, struct item *ret_item)
{
	struct item it = { .delimiters = STR(".") };
	size_t n;

	if (rest->len == 0)
		return RES_SYNTAX;
	it.letter = ascii_lower(rest->p[0]);
	it.escape = it.letter != rest->p[0];
	if (!is_letter(it.letter, explanation))
		return RES_SYNTAX;
	*rest = str_skip(*rest, 1);
	if (take_keep(rest, &it.keep) != RES_OK)
		return RES_SYNTAX;
	it.reverse = take(rest, 'r');
	if ((n = str_span(*rest, is_delimiter)) > 0)
		it.delimiters = str_first(*rest, n);
	*rest = str_skip(*rest, n);
	if (!take(rest, '}'))
		return RES_SYNTAX;
	*ret_item = it;
	return RES_OK;
}

/* Behind "%": "%", "_", "-" or a macro */
static enum res
take_percent(struct str *rest, bool explanation, struct item *ret_item)
{
	static const struct {
		char c;
		const char *means;
	} words[] = {
		{ '%', "%" },
		{ '_', " " },
		{ '-', "%20" },
	};

	if (take(rest, '{'))
		return take_macro(rest, explanation, ret_item);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (take(rest, words[i].c)) {
			*ret_item = (struct item){ .text = str_from(words[i].means) };
			return RES_OK;
		}
	return RES_SYNTAX;
}

/* Cut one item off *rest, which is not empty.  On an error *rest may have moved. */
static enum res
take_item(struct str *rest, bool explanation, struct item *ret_item)
{
	char c = rest->p[0];

	if (c == '%') {
		*rest = str_skip(*rest, 1);
		return take_percent(rest, explanation, ret_item);
	}
	if (!(explanation ? ascii_is_print(c) : ascii_is_graph(c)))
		return RES_SYNTAX;
	*ret_item = (struct item){ .text = str_first(*rest, 1) };
	*rest = str_skip(*rest, 1);
	return RES_OK;
}

size_t
spfmacro_valid(struct str text, bool explanation)
{
	struct str rest = text;
	struct item it;
	size_t valid = 0;

	while (rest.len > 0 && take_item(&rest, explanation, &it) == RES_OK)
		valid = text.len - rest.len;
	return valid;
}

/* toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum ) */
static bool
is_top_label(struct str label)
{
	bool digits_only = true;

	if (label.len == 0 || label.p[0] == '-' || label.p[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		if (!ascii_is_alnum(label.p[i]) && label.p[i] != '-')
			return false;
		digits_only = digits_only && ascii_is_digit(label.p[i]);
	}
	return !digits_only;
}

bool
spfmacro_ends_domain(struct str text)
{
	struct str rest = text, literal = text;
	struct item it = { .letter = 0 };
	bool last_is_macro = false;
	size_t dot;

	while (rest.len > 0) {
		struct str before = rest;

		if (take_item(&rest, false, &it) != RES_OK)
			return false;
		last_is_macro = before.p[0] == '%';
		if (last_is_macro)
			literal = rest; /* the top label holds no macro */
	}
	if (last_is_macro)
		return true;
	literal = str_chop(literal, '.');
	dot = str_find_last(literal, '.');
	return dot < literal.len && is_top_label(str_skip(literal, dot + 1));
}

bool
spfmacro_uses(struct str text, char letter)
{
	struct str rest = text;
	struct item it;

	while (rest.len > 0 && take_item(&rest, true, &it) == RES_OK)
		if (it.letter == letter)
			return true;
	return false;
}

static const char hex_digits[] = "0123456789ABCDEF"; /* RFC 3986 2.1 wants capitals */

/* %{i}: an IPv6 address is 32 nibbles with dots between them (7.3) */
static void
put_dotted_address(struct buf *out, const struct ipaddr *addr)
{
	if (addr->family != IP_V6) {
		ipaddr_print(out, addr);
		return;
	}
	for (size_t i = 0; i < sizeof addr->octets; i++) {
		unsigned octet = addr->octets[i];
		const char nibbles[] = { hex_digits[octet >> 4], '.', hex_digits[octet & 15], '.' };

		buf_put(out, (struct str){ nibbles, i + 1 < sizeof addr->octets ? 4 : 3 });
	}
}

static enum res
put_value(struct buf *out, const struct spf_macro *m, char letter)
{
	const struct spf_facts *f = m->facts;

	if ((letter == 's' || letter == 'l') && !str_is_all(f->local, ascii_is_7bit))
		return RES_NONE;
	switch (letter) {
	case 's':
		buf_put(out, f->local);
		buf_putc(out, '@');
		buf_put(out, f->sender_domain);
		break;
	case 'l':
		buf_put(out, f->local);
		break;
	case 'o':
		buf_put(out, f->sender_domain);
		break;
	case 'd':
		buf_put(out, m->domain);
		break;
	case 'i':
		put_dotted_address(out, &f->client);
		break;
	case 'p':
		buf_put(out, m->validated.len > 0 ? m->validated : STR("unknown"));
		break;
	case 'h':
		buf_put(out, f->helo);
		break;
	case 'v':
		buf_puts(out, f->client.family == IP_V6 ? "ip6" : "in-addr");
		break;
	case 'c':
		ipaddr_print(out, &f->client);
		break;
	case 'r':
		buf_put(out, f->receiver.len > 0 ? f->receiver : STR("unknown"));
		break;
	case 't':
		buf_putu(out, f->now_s > 0 ? (uint64_t)f->now_s : 0);
		break;
	}
	return out->err;
}

/* unreserved of RFC 3986 2.3 stays, the rest is escaped */
static void
put_part(struct buf *out, struct str part, bool escape)
{
	if (!escape) {
		buf_put(out, part);
		return;
	}
	for (size_t i = 0; i < part.len; i++) {
		unsigned char c = (unsigned char)part.p[i];
		const char escaped[] = { '%', hex_digits[c >> 4], hex_digits[c & 15] };

		if (ascii_is_alnum(part.p[i]) || str_has(STR("-._~"), part.p[i]))
			buf_putc(out, part.p[i]);
		else
			buf_put(out, (struct str){ escaped, sizeof escaped });
	}
}

static bool
divides(const struct item *it, char c)
{
	return str_has(it->delimiters, c);
}

/* Without reversal: the right-hand parts, each delimiter a dot. */
static void
put_straight(struct buf *out, struct str value, const struct item *it)
{
	size_t from = value.len, at;
	uint32_t parts = 1;

	while (from > 0 && (!divides(it, value.p[from - 1]) || it->keep == 0 || parts < it->keep)) {
		parts += divides(it, value.p[from - 1]);
		from--;
	}
	for (at = from; at < value.len; at++) {
		if (!divides(it, value.p[at]))
			continue;
		put_part(out, (struct str){ value.p + from, at - from }, it->escape);
		buf_putc(out, '.');
		from = at + 1;
	}
	put_part(out, str_skip(value, from), it->escape);
}

/* Reversed: the right-hand parts of the reversed list are the left-hand ones of the value. */
static void
put_reversed(struct buf *out, struct str value, const struct item *it)
{
	size_t end = 0, at;
	uint32_t parts = 1;

	while (
	    end < value.len && (!divides(it, value.p[end]) || it->keep == 0 || parts < it->keep)) {
		parts += divides(it, value.p[end]);
		end++;
	}
	for (at = end; at > 0; at--) {
		if (!divides(it, value.p[at - 1]))
			continue;
		put_part(out, (struct str){ value.p + at, end - at }, it->escape);
		buf_putc(out, '.');
		end = at - 1;
	}
	put_part(out, str_first(value, end), it->escape);
}

static enum res
put_item(struct buf *out, const struct spf_macro *m, const struct item *it)
{
	char mem[SPFMACRO_MAX_VALUE + 1];
	struct buf value = buf_on(mem, sizeof mem);
	enum res r;

	if (it->letter == 0) {
		buf_put(out, it->text);
		return out->err;
	}
	if ((r = put_value(&value, m, it->letter)) != RES_OK)
		return r;
	(it->reverse ? put_reversed : put_straight)(out, buf_str(&value), it);
	return out->err;
}

enum res
spfmacro_expand(const struct spf_macro *m, struct str text, struct buf *out)
{
	struct str rest = text;
	struct item it;
	enum res r = text.len > SPFMACRO_MAX_TEXT ? RES_LIMIT : out->err;

	while (r == RES_OK && rest.len > 0)
		if ((r = take_item(&rest, m->explanation, &it)) == RES_OK)
			r = put_item(out, m, &it);
	return r;
}

/* Only the end of a name survives the cut to 253 octets, so only that is kept while it grows. */
static void
keep_tail(struct buf *b)
{
	if (b->len <= TAIL)
		return;
	memmove(b->p, b->p + b->len - TAIL, TAIL);
	buf_cut(b, TAIL);
}

enum res
spfmacro_domain(const struct spf_macro *m, struct str spec, struct arena *a, struct str *ret_name)
{
	char mem[NAME_ROOM];
	struct buf out = buf_on(mem, sizeof mem);
	struct str rest = spec, name;
	struct item it;
	enum res r;

	if (spec.len > SPFMACRO_MAX_TEXT)
		return RES_LIMIT;
	while (rest.len > 0) {
		if ((r = take_item(&rest, m->explanation, &it)) != RES_OK ||
		    (r = put_item(&out, m, &it)) != RES_OK)
			return r;
		keep_tail(&out);
	}
	name = str_chop(buf_str(&out), '.');
	while (name.len > DOMAIN_MAX)
		name = domain_parent(name);
	if ((name = arena_str(a, name)).p == NULL)
		return RES_NOMEM;
	*ret_name = name;
	return RES_OK;
}
