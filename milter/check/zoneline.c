#include "check/zoneline.h"

enum { QUOTED_MAX = 60 }; /* octets of a faulty field that a message shows */

static const char not_a_type[] = "not a type that is read here";

struct lex {
	struct arena *a;
	struct buf *err;
	struct str rest;
};

static enum res
wrong(struct lex *lx, const char *what, struct str field)
{
	buf_puts(lx->err, what);
	if (field.len > 0)
		buf_puts(lx->err, ": ");
	for (size_t i = 0; i < field.len && i < QUOTED_MAX; i++)
		buf_putc(lx->err, ascii_is_graph(field.p[i]) ? field.p[i] : '?');
	return RES_SYNTAX;
}

/* At the left only: the last blank of a line may be escaped. */
static void
skip_blanks(struct lex *lx)
{
	lx->rest = str_skip(lx->rest, str_span(lx->rest, ascii_is_blank));
}

/* Up to a blank that is not escaped; empty at the end of the line. */
static struct str
next_field(struct lex *lx)
{
	size_t n = 0;
	struct str field;

	skip_blanks(lx);
	while (n < lx->rest.len && !ascii_is_blank(lx->rest.p[n]))
		n += lx->rest.p[n] == '\\' ? 2 : 1;
	field = str_first(lx->rest, n);
	lx->rest = str_skip(lx->rest, n);
	return field;
}

/* One octet, escaped or not. */
static enum res
take_octet(struct lex *lx, struct str *rest, char *ret_octet)
{
	struct str digits = str_first(str_skip(*rest, 1), 3);
	uint32_t value;
	size_t len = 1;

	if (rest->p[0] != '\\') {
		value = (unsigned char)rest->p[0];
	} else if (digits.len == 0) {
		return wrong(lx, "nothing behind a backslash", (struct str){ 0 });
	} else if (!ascii_is_digit(digits.p[0])) {
		value = (unsigned char)digits.p[0];
		len = 2;
	} else {
		if (digits.len < 3 || str_to_u32(digits, 255, &value) != RES_OK)
			return wrong(lx, "\\DDD needs three digits, at most 255",
			    str_first(*rest, 4));
		len = 4;
	}
	if (value == 0)
		return wrong(lx, "a NUL", (struct str){ 0 });
	*rest = str_skip(*rest, len);
	*ret_octet = (char)(unsigned char)value;
	return RES_OK;
}

/* A name, its final dot dropped; "." is the empty name. */
static enum res
parse_name(struct lex *lx, struct str field, struct str *ret_name)
{
	struct buf name = buf_in(lx->a, field.len);
	struct str rest = field;
	enum res r;

	if (field.len == 0)
		return wrong(lx, "a name is missing", field);
	while (rest.len > 0) {
		bool escaped = rest.p[0] == '\\';
		char c;

		if ((r = take_octet(lx, &rest, &c)) != RES_OK)
			return r;
		if (escaped && c == '.')
			return wrong(lx, "a dot inside a label can never be asked for", field);
		buf_putc(&name, c);
	}
	if (name.err != RES_OK)
		return name.err;
	if (name.p[name.len - 1] == '.')
		buf_cut(&name, name.len - 1);
	if (name.len > 0 && !dns_name_can_be_asked(buf_str(&name)))
		return wrong(lx, "a label is empty or over 63 octets, or the name over 253", field);
	*ret_name = buf_str(&name);
	return RES_OK;
}

static enum res
parse_number(struct lex *lx, uint32_t max, uint32_t *ret_number)
{
	struct str field = next_field(lx);

	return str_to_u32(field, max, ret_number) == RES_OK ?
	    RES_OK :
	    wrong(lx, field.len > 0 ? "not a number that fits here" : "a number is missing", field);
}

static enum res
parse_address(struct lex *lx, enum ip_family family, const char *what, struct dns_record *rec)
{
	struct str field = next_field(lx);

	if (ipaddr_parse_as_written(field, &rec->addr) != RES_OK || rec->addr.family != family)
		return wrong(lx, what, field);
	return RES_OK;
}

static enum res
parse_a(struct lex *lx, struct dns_record *rec)
{
	return parse_address(lx, IP_V4, "not an IPv4 address", rec);
}

static enum res
parse_aaaa(struct lex *lx, struct dns_record *rec)
{
	return parse_address(lx, IP_V6, "not an IPv6 address", rec);
}

/* CNAME, NS, PTR */
static enum res
parse_target(struct lex *lx, struct dns_record *rec)
{
	return parse_name(lx, next_field(lx), &rec->text);
}

static enum res
parse_mx(struct lex *lx, struct dns_record *rec)
{
	uint32_t preference;
	enum res r;

	if ((r = parse_number(lx, UINT16_MAX, &preference)) != RES_OK)
		return r;
	rec->preference = (uint16_t)preference;
	return parse_target(lx, rec);
}

/* mname rname serial refresh retry expire minimum (RFC 1035 3.3.13); only the first is kept. */
static enum res
parse_soa(struct lex *lx, struct dns_record *rec)
{
	struct str rname;
	uint32_t number;
	enum res r;

	if ((r = parse_target(lx, rec)) != RES_OK ||
	    (r = parse_name(lx, next_field(lx), &rname)) != RES_OK)
		return r;
	for (int i = 0; i < 5 && r == RES_OK; i++)
		r = parse_number(lx, UINT32_MAX, &number);
	return r;
}

/* From behind the opening quote to behind the closing one. */
static enum res
parse_quoted(struct lex *lx, struct buf *text)
{
	enum res r;
	char c;

	while (lx->rest.len > 0 && lx->rest.p[0] != '"') {
		if ((r = take_octet(lx, &lx->rest, &c)) != RES_OK)
			return r;
		buf_putc(text, c);
	}
	if (lx->rest.len == 0)
		return wrong(lx, "a quoted string does not end", (struct str){ 0 });
	lx->rest = str_skip(lx->rest, 1);
	return text->err;
}

/* 1*( "quoted string" ), joined (RFC 7208 3.3, RFC 6376 3.6.2.2). */
static enum res
parse_txt(struct lex *lx, struct dns_record *rec)
{
	struct buf text = buf_in(lx->a, lx->rest.len);
	enum res r;

	skip_blanks(lx);
	do {
		if (lx->rest.len == 0 || lx->rest.p[0] != '"')
			return wrong(lx, "TXT data is \"quoted strings\"", lx->rest);
		lx->rest = str_skip(lx->rest, 1);
		if ((r = parse_quoted(lx, &text)) != RES_OK)
			return r;
		skip_blanks(lx);
	} while (lx->rest.len > 0);
	rec->text = buf_str(&text);
	return RES_OK;
}

static const struct {
	uint32_t type;
	/* writes to rec also when it fails */
	enum res (*parse)(struct lex *lx, struct dns_record *rec);
} data_parsers[] = {
	{ DNS_A, parse_a },
	{ DNS_AAAA, parse_aaaa },
	{ DNS_CNAME, parse_target },
	{ DNS_MX, parse_mx },
	{ DNS_NS, parse_target },
	{ DNS_PTR, parse_target },
	{ DNS_SOA, parse_soa },
	{ DNS_TXT, parse_txt },
};

static enum res
parse_type(struct lex *lx, uint32_t *ret_type)
{
	struct str field = next_field(lx);
	enum dns_type type;

	if (str_eq(field, STR("*")))
		*ret_type = ZONE_EVERY;
	else if (str_eq_nocase(field, STR("EMPTY")))
		*ret_type = ZONE_EMPTY;
	else if (dns_type_from_word(field, &type) == RES_OK)
		*ret_type = type;
	else
		return wrong(lx, field.len > 0 ? not_a_type : "a type is missing", field);
	return RES_OK;
}

static enum res
parse_failure(struct lex *lx, enum dns_status *ret_status)
{
	static const enum dns_status failures[] = { DNS_FAILED, DNS_TIMEOUT, DNS_REFUSED };
	struct str field = next_field(lx);
	bool marked = field.len > 0 && field.p[0] == '!';

	for (size_t i = 0; marked && i < sizeof failures / sizeof *failures; i++)
		if (str_eq_nocase(str_skip(field, 1), str_from(dns_status_word(failures[i])))) {
			*ret_status = failures[i];
			return RES_OK;
		}
	return wrong(lx, "not !SERVFAIL, !TIMEOUT or !REFUSED", field);
}

/* What stands behind the type. */
static enum res
parse_data(struct lex *lx, struct zone_row *row)
{
	skip_blanks(lx);
	if (row->type == ZONE_EMPTY) {
		row->status = DNS_NODATA;
		return RES_OK;
	}
	if (row->type == ZONE_EVERY || str_starts_nocase(lx->rest, STR("!")))
		return parse_failure(lx, &row->status);
	row->status = DNS_FOUND;
	for (size_t i = 0; i < sizeof data_parsers / sizeof *data_parsers; i++)
		if (data_parsers[i].type == row->type)
			return data_parsers[i].parse(lx, &row->record);
	return wrong(lx, not_a_type, (struct str){ 0 });
}

/* An address where a PTR's owner stands is its reverse name. */
static enum res
parse_owner(struct lex *lx, struct str field, uint32_t type, struct str *ret_owner)
{
	enum { REVERSE_MAX = 72 }; /* 32 nibbles with their dots, "ip6.arpa" */
	struct ipaddr addr;
	struct buf name;

	if (type != DNS_PTR || ipaddr_parse(field, &addr) != RES_OK)
		return parse_name(lx, field, ret_owner);
	name = buf_in(lx->a, REVERSE_MAX);
	ipaddr_print_reverse(&name, &addr);
	if (name.err == RES_OK)
		*ret_owner = buf_str(&name);
	return name.err;
}

enum res
zoneline_parse(struct arena *a, struct str line, struct buf *err, struct zone_row *ret_row)
{
	struct lex lx = { a, err, line };
	struct zone_row row = { 0 };
	struct str owner;
	enum res r;

	skip_blanks(&lx);
	if (lx.rest.len == 0 || lx.rest.p[0] == '#')
		return RES_NONE;
	owner = next_field(&lx);
	if ((r = parse_type(&lx, &row.type)) != RES_OK ||
	    (r = parse_owner(&lx, owner, row.type, &row.owner)) != RES_OK ||
	    (r = parse_data(&lx, &row)) != RES_OK)
		return r;
	skip_blanks(&lx);
	if (lx.rest.len > 0)
		return wrong(&lx, "something behind the data", lx.rest);
	*ret_row = row;
	return RES_OK;
}
