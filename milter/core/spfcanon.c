#include "core/spfcanon.h"

#include "core/spfrecord.h"

static const char qualifiers[] = {
	[SPFRESULT_NEUTRAL] = '?',
	[SPFRESULT_PASS] = '+',
	[SPFRESULT_FAIL] = '-',
	[SPFRESULT_SOFTFAIL] = '~',
};

static void
print_alias(struct buf *out, const char *name, char sign, size_t term_no, unsigned record_no)
{
	buf_puts(out, name);
	buf_putc(out, sign);
	buf_putu(out, term_no);
	buf_putc(out, '.');
	buf_putu(out, record_no);
	buf_puts(out, ".spf");
}

/* The prefix, when it is neither the whole address nor nothing: libspf2 refuses /0. */
static void
print_prefix(struct buf *out, unsigned prefix, enum ip_family family, const char *slashes)
{
	if (prefix == 0 || prefix == ipaddr_bits(family))
		return;
	buf_puts(out, slashes);
	buf_putu(out, prefix);
}

/* A network that holds the client. */
static void
print_network(struct buf *out, const struct ipnet *net)
{
	struct ipaddr addr = spfcanon_stand_in(net->addr.family);

	if (net->prefix == 0) {
		buf_puts(out, "all");
		return;
	}
	addr = ipaddr_mask(&addr, net->prefix);
	buf_puts(out, net->addr.family == IP_V6 ? "ip6:" : "ip4:");
	ipaddr_print(out, &addr);
	print_prefix(out, net->prefix, net->addr.family, "/");
}

static void
print_term(struct buf *out, const struct spf_term *term, size_t term_no, unsigned record_no,
    enum ip_family family)
{
	static const char *const asked_as[SPF_MECH_COUNT] = {
		[SPF_MECH_INCLUDE] = "include",
		[SPF_MECH_A] = "a",
		[SPF_MECH_MX] = "mx",
		[SPF_MECH_PTR] = "exists",
		[SPF_MECH_EXISTS] = "exists",
	};

	buf_putc(out, ' ');
	buf_putc(out, qualifiers[term->result]);
	if (term->mech == SPF_MECH_ALL)
		buf_puts(out, "all");
	else if (asked_as[term->mech] == NULL)
		print_network(out, &term->net);
	else
		print_alias(out, asked_as[term->mech], ':', term_no, record_no);
	if (term->mech == SPF_MECH_A || term->mech == SPF_MECH_MX)
		print_prefix(out, spfrecord_prefix(term, family), family,
		    family == IP_V6 ? "//" : "/");
}

void
spfcanon_print(struct buf *out, const struct spf_record *rec, unsigned record_no,
    const struct ipaddr *client)
{
	unsigned asked = 0;

	buf_puts(out, "v=spf1 "); /* libspf2 wants the blank */
	for (size_t i = 0; i < rec->count; i++) {
		const struct spf_term *term = &rec->terms[i];
		bool is_net = term->mech == SPF_MECH_IP4 || term->mech == SPF_MECH_IP6;

		if (is_net && !ipnet_contains(&term->net, client))
			continue;
		print_term(out, term, i, record_no, client->family);
		if (is_net || term->mech == SPF_MECH_ALL || ++asked > SPFRECORD_MAX_LOOKUPS)
			return;
	}
	if (rec->all == NULL && rec->redirect.text.p != NULL)
		print_alias(out, " redirect", '=', rec->count, record_no);
}

struct ipaddr
spfcanon_stand_in(enum ip_family family)
{
	static const struct ipaddr addrs[] = {
		[IP_NONE] = { .family = IP_NONE },
		[IP_V4] = { IP_V4, { 192, 0, 2, 1 } },                     /* RFC 5737 */
		[IP_V6] = { IP_V6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } }, /* RFC 3849 */
	};

	return addrs[family];
}

struct ipaddr
spfcanon_relative(const struct ipaddr *addr, const struct ipaddr *client)
{
	struct ipaddr rel = spfcanon_stand_in(client->family);

	for (size_t i = 0; i < sizeof rel.octets; i++)
		rel.octets[i] ^= addr->octets[i] ^ client->octets[i];
	return rel;
}
