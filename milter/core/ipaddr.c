#include "core/ipaddr.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

enum {
	V4_OCTETS = 4,
	V6_OCTETS = 16,
	V6_WORDS = 8,
	MAPPED_AT = 12, /* the IPv4 address in a mapped one (RFC 4291 2.5.5.2) */
};

static const char hex_digits[] = "0123456789abcdef";

static bool
is_mapped(const uint8_t octets[16])
{
	static const uint8_t prefix[MAPPED_AT] = { [10] = 0xff, [11] = 0xff };

	return memcmp(octets, prefix, sizeof prefix) == 0;
}

static struct ipaddr
from_octets(enum ip_family family, const uint8_t *octets, size_t n)
{
	struct ipaddr addr = { .family = family };

	memcpy(addr.octets, octets, n);
	return addr;
}

struct ipaddr
ipaddr_v4(const uint8_t octets[4])
{
	return from_octets(IP_V4, octets, V4_OCTETS);
}

struct ipaddr
ipaddr_v6(const uint8_t octets[16])
{
	return is_mapped(octets) ? ipaddr_v4(octets + MAPPED_AT) :
				   from_octets(IP_V6, octets, V6_OCTETS);
}

enum res
ipaddr_parse(struct str text, struct ipaddr *ret_addr)
{
	struct ipaddr addr;
	enum res r = ipaddr_parse_as_written(text, &addr);

	if (r != RES_OK)
		return r;
	*ret_addr = addr.family == IP_V6 ? ipaddr_v6(addr.octets) : addr;
	return RES_OK;
}

enum res
ipaddr_parse_as_written(struct str text, struct ipaddr *ret_addr)
{
	uint8_t octets[V6_OCTETS];
	char copy[IPADDR_TEXT_MAX + 1];

	if (text.len == 0 || text.len > IPADDR_TEXT_MAX || str_has(text, '\0'))
		return RES_SYNTAX;
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, octets) == 1)
		*ret_addr = from_octets(IP_V4, octets, V4_OCTETS);
	else if (inet_pton(AF_INET6, copy, octets) == 1)
		*ret_addr = from_octets(IP_V6, octets, V6_OCTETS);
	else
		return RES_SYNTAX;
	return RES_OK;
}

/* The part behind the slash: a number without leading zeros, up to max. */
static enum res
parse_prefix(struct str text, unsigned max, unsigned *ret_prefix)
{
	uint32_t n;

	if (text.len > 1 && text.p[0] == '0')
		return RES_SYNTAX;
	if (str_to_u32(text, max, &n) != RES_OK)
		return RES_SYNTAX;
	*ret_prefix = n;
	return RES_OK;
}

enum res
ipnet_parse(struct str text, struct ipnet *ret_net)
{
	struct str rest = text, addr_text = str_cut(&rest, '/');
	struct ipnet net;
	struct ipaddr masked;
	enum res r;

	if ((r = ipaddr_parse_as_written(addr_text, &net.addr)) != RES_OK)
		return r;
	net.prefix = ipaddr_bits(net.addr.family);
	if (addr_text.len < text.len && (r = parse_prefix(rest, net.prefix, &net.prefix)) != RES_OK)
		return r;
	masked = ipaddr_mask(&net.addr, net.prefix);
	if (!ipaddr_eq(&masked, &net.addr))
		return RES_PERM;
	if (net.addr.family == IP_V6 && is_mapped(net.addr.octets)) {
		net.addr = ipaddr_v6(net.addr.octets);
		net.prefix -= MAPPED_AT * 8; /* at least 96: all bits above are in the mask */
	}
	*ret_net = net;
	return RES_OK;
}

bool
ipaddr_eq(const struct ipaddr *a, const struct ipaddr *b)
{
	return a->family == b->family && memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

bool
ipnet_contains(const struct ipnet *net, const struct ipaddr *addr)
{
	struct ipaddr a = ipaddr_mask(&net->addr, net->prefix);
	struct ipaddr b = ipaddr_mask(addr, net->prefix);

	return addr->family != IP_NONE && ipaddr_eq(&a, &b);
}

unsigned
ipaddr_bits(enum ip_family family)
{
	static const unsigned bits[] = { [IP_NONE] = 0, [IP_V4] = 32, [IP_V6] = 128 };

	return bits[family];
}

struct ipaddr
ipaddr_mask(const struct ipaddr *addr, unsigned prefix)
{
	struct ipaddr masked = *addr;

	for (unsigned i = 0; i < V6_OCTETS; i++) {
		unsigned kept = prefix > i * 8 ? prefix - i * 8 : 0;

		if (kept < 8)
			masked.octets[i] &= (uint8_t)(0xff00 >> kept);
	}
	return masked;
}

static void
print_v4(struct buf *out, const uint8_t octets[4])
{
	for (unsigned i = 0; i < V4_OCTETS; i++) {
		if (i > 0)
			buf_putc(out, '.');
		buf_putu(out, octets[i]);
	}
}

/* Lower case, no leading zeros (RFC 5952 4.1, 4.3) */
static void
print_word(struct buf *out, unsigned word)
{
	unsigned shift = 12;

	while (shift > 0 && word >> shift == 0)
		shift -= 4;
	for (; shift > 0; shift -= 4)
		buf_putc(out, hex_digits[word >> shift & 15]);
	buf_putc(out, hex_digits[word & 15]);
}

/* Where "::" goes: the longest run of zero words, the first of equals, never a single one (RFC
 * 5952 4.2).  Its length, 0 for none. */
static unsigned
longest_zeros(const unsigned words[V6_WORDS], unsigned *ret_at)
{
	unsigned best = 1, run = 0;

	for (unsigned i = 0; i < V6_WORDS; i++) {
		run = words[i] == 0 ? run + 1 : 0;
		if (run > best) {
			best = run;
			*ret_at = i + 1 - run;
		}
	}
	return best > 1 ? best : 0;
}

static void
print_v6(struct buf *out, const uint8_t octets[16])
{
	unsigned words[V6_WORDS], at = V6_WORDS, run;

	for (unsigned i = 0; i < V6_WORDS; i++)
		words[i] = (unsigned)octets[2 * i] << 8 | octets[2 * i + 1];
	run = longest_zeros(words, &at);
	for (unsigned i = 0; i < V6_WORDS; i++) {
		if (i > at && i < at + run)
			continue;
		if (i == at) {
			buf_puts(out, at + run == V6_WORDS ? "::" : ":");
			continue;
		}
		if (i > 0)
			buf_putc(out, ':');
		print_word(out, words[i]);
	}
}

void
ipaddr_print(struct buf *out, const struct ipaddr *addr)
{
	if (addr->family == IP_V4) {
		print_v4(out, addr->octets);
	} else if (addr->family == IP_V6 && is_mapped(addr->octets)) {
		/* mixed notation for this prefix (RFC 5952 5) */
		buf_puts(out, "::ffff:");
		print_v4(out, addr->octets + MAPPED_AT);
	} else if (addr->family == IP_V6) {
		print_v6(out, addr->octets);
	}
}

static void
print_v4_label(struct buf *out, unsigned octet)
{
	buf_putu(out, octet);
	buf_putc(out, '.');
}

static void
print_v6_labels(struct buf *out, unsigned octet)
{
	const char nibbles[] = { hex_digits[octet & 15], '.', hex_digits[octet >> 4], '.' };

	buf_put(out, (struct str){ nibbles, sizeof nibbles });
}

void
ipaddr_print_reverse(struct buf *out, const struct ipaddr *addr)
{
	static const struct {
		void (*print_labels)(struct buf *out, unsigned octet);
		const char *top;
	} trees[] = {
		[IP_NONE] = { NULL, "" },
		[IP_V4] = { print_v4_label, "in-addr.arpa" },
		[IP_V6] = { print_v6_labels, "ip6.arpa" },
	};

	for (unsigned i = ipaddr_bits(addr->family) / 8; i > 0; i--)
		trees[addr->family].print_labels(out, addr->octets[i - 1]);
	buf_puts(out, trees[addr->family].top);
}
