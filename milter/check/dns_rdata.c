#include "check/dns_rdata.h"

#include <sys/types.h>

#include <arpa/nameser.h>
#include <assert.h>
#include <string.h>

#include "base/buf.h"

enum { SOA_NUMBERS_OCTETS = 20 }; /* serial to minimum, after the two names */

static_assert(sizeof((struct wire_name *)0)->octets == NS_MAXCDNAME, "as libresolv has it");

size_t
wire_name_read(const uint8_t *msg, const uint8_t *end, const uint8_t *at,
    struct wire_name *ret_name)
{
	u_char wire[NS_MAXCDNAME];
	int n = ns_name_unpack(msg, end, at, wire, sizeof wire);
	size_t len = 0;

	if (n <= 0)
		return 0;
	while (wire[len] != 0)
		len += 1u + wire[len];
	ret_name->len = len + 1;
	memcpy(ret_name->octets, wire, ret_name->len);
	return (size_t)n;
}

struct str
wire_name_view(const struct wire_name *name)
{
	return (struct str){ name->octets, name->len };
}

/* RES_NONE: a dot or a NUL inside a label. */
static enum res
name_to_text(struct arena *a, const struct wire_name *name, struct str *ret_text)
{
	struct buf out = buf_in(a, name->len);
	struct str rest = wire_name_view(name);

	while (rest.p[0] != 0) {
		struct str label = str_first(str_skip(rest, 1), (uint8_t)rest.p[0]);

		if (str_has(label, '.') || str_has(label, '\0'))
			return RES_NONE;
		if (out.len > 0)
			buf_putc(&out, '.');
		buf_put(&out, label);
		rest = str_skip(rest, 1 + label.len);
	}
	if (out.err == RES_OK)
		*ret_text = buf_str(&out);
	return out.err;
}

/* A name that begins *at octets into the rdata; *at moves behind it. */
static enum res
take_name(const struct rdata *rd, size_t *at, struct wire_name *ret_name)
{
	size_t n = 0;

	if (*at < rd->len)
		n = wire_name_read(rd->msg, rd->p + rd->len, rd->p + *at, ret_name);
	*at += n;
	return n > 0 ? RES_OK : RES_SYNTAX;
}

/* A name that fills the rest of the rdata. */
static enum res
take_last_name(const struct rdata *rd, size_t at, struct wire_name *ret_name)
{
	enum res res = take_name(rd, &at, ret_name);

	return res == RES_OK && at != rd->len ? RES_SYNTAX : res;
}

enum res
rdata_cname(const struct rdata *rd, struct wire_name *ret_target)
{
	return take_last_name(rd, 0, ret_target);
}

/* RFC 1035 3.3.13 */
static enum res
take_soa(const struct rdata *rd, struct wire_name *ret_mname)
{
	struct wire_name rname;
	size_t at = 0;
	enum res res;

	if ((res = take_name(rd, &at, ret_mname)) != RES_OK ||
	    (res = take_name(rd, &at, &rname)) != RES_OK)
		return res;
	return rd->len - at == SOA_NUMBERS_OCTETS ? RES_OK : RES_SYNTAX;
}

enum res
rdata_soa_minimum(const struct rdata *rd, uint32_t *ret_minimum)
{
	struct wire_name mname;
	enum res res = take_soa(rd, &mname);

	if (res == RES_OK)
		*ret_minimum = (uint32_t)ns_get32(rd->p + rd->len - 4);
	return res;
}

static enum res
read_a(struct arena *a, const struct rdata *rd, struct dns_record *rec)
{
	(void)a;
	if (rd->len != 4)
		return RES_SYNTAX;
	rec->addr = ipaddr_v4(rd->p);
	return RES_OK;
}

static enum res
read_aaaa(struct arena *a, const struct rdata *rd, struct dns_record *rec)
{
	(void)a;
	if (rd->len != sizeof rec->addr.octets)
		return RES_SYNTAX;
	rec->addr.family = IP_V6; /* by its record type, a mapped one too */
	memcpy(rec->addr.octets, rd->p, rd->len);
	return RES_OK;
}

static enum res
read_name(struct arena *a, const struct rdata *rd, struct dns_record *rec)
{
	struct wire_name name;
	enum res res = take_last_name(rd, 0, &name);

	return res == RES_OK ? name_to_text(a, &name, &rec->text) : res;
}

static enum res
read_mx(struct arena *a, const struct rdata *rd, struct dns_record *rec)
{
	struct wire_name name;
	enum res res = take_last_name(rd, 2, &name);

	if (res != RES_OK)
		return res;
	rec->preference = (uint16_t)ns_get16(rd->p);
	return name_to_text(a, &name, &rec->text);
}

static enum res
read_soa(struct arena *a, const struct rdata *rd, struct dns_record *rec)
{
	struct wire_name mname;
	enum res res = take_soa(rd, &mname);

	return res == RES_OK ? name_to_text(a, &mname, &rec->text) : res;
}

/* One or more character-strings that fill the rdata exactly (RFC 1035 3.3.14), joined (RFC 7208
 * 3.3). */
static enum res
read_txt(struct arena *a, const struct rdata *rd, struct dns_record *rec)
{
	struct buf out = buf_in(a, rd->len);
	size_t at = 0;

	do {
		size_t n = at < rd->len ? rd->p[at] : 0;

		if (1 + n > rd->len - at)
			return RES_SYNTAX;
		buf_put(&out, (struct str){ (const char *)rd->p + at + 1, n });
		at += 1 + n;
	} while (at < rd->len);
	if (out.err == RES_OK)
		rec->text = buf_str(&out);
	return out.err;
}

static const struct {
	enum dns_type type;
	enum res (*read)(struct arena *a, const struct rdata *rd, struct dns_record *rec);
} readers[] = {
	{ DNS_A, read_a },
	{ DNS_NS, read_name },
	{ DNS_CNAME, read_name },
	{ DNS_SOA, read_soa },
	{ DNS_PTR, read_name },
	{ DNS_MX, read_mx },
	{ DNS_TXT, read_txt },
	{ DNS_AAAA, read_aaaa },
};

enum res
rdata_to_record(struct arena *a, unsigned type, const struct rdata *rd,
    struct dns_record *ret_record)
{
	struct dns_record rec = { 0 };
	enum res res = RES_SYNTAX; /* nobody of ours asks for another type */

	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
		if (readers[i].type == type)
			res = readers[i].read(a, rd, &rec);
	if (res == RES_OK)
		*ret_record = rec;
	return res;
}
