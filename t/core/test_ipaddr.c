#include "core/ipaddr.h"

#include <string.h>

#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static struct str
print(struct buf *out, const struct ipaddr *addr)
{
	buf_cut(out, 0);
	ipaddr_print(out, addr);
	return buf_str(out);
}

static void
test_parse(void)
{
	static const struct {
		const char *in, *printed;
		enum ip_family family;
		const char *rule;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", IP_V4, "dotted quad" },
		{ "0.0.0.0", "0.0.0.0", IP_V4, "dotted quad" },
		{ "255.255.255.255", "255.255.255.255", IP_V4, "dotted quad" },
		{ "2001:db8::1", "2001:db8::1", IP_V6, "4291 2.2" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1", IP_V6, "5952 4.3: lower case" },
		{ "2001:0db8::0001", "2001:db8::1", IP_V6, "5952 4.1: no leading zeros" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", IP_V6,
		    "5952 4.2.2: not for one word" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1", IP_V6, "5952 4.2.3: the longest run" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", IP_V6,
		    "5952 4.2.3: the first of equals" },
		{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::", IP_V6, "5952 4.2: at the end" },
		{ "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8", IP_V6, "5952 4.2: at the start" },
		{ "::", "::", IP_V6, "4291 2.5.2" },
		{ "::1", "::1", IP_V6, "4291 2.5.3" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221", IP_V6, "4291 2.2: x:x::d.d.d.d" },
		{ "::ffff:192.0.2.1", "192.0.2.1", IP_V4, "7208 5: mapped is IPv4" },
		{ "::FFFF:c000:0201", "192.0.2.1", IP_V4, "7208 5: mapped is IPv4" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    IP_V6, "the longest text" },
	};
	char mem[128];
	struct buf out = buf_on(mem, sizeof mem);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ipaddr addr;

		if (!tap_eq_res(ipaddr_parse(tap_exact(rows[i].in), &addr), RES_OK, "%s: %s",
		    rows[i].rule, rows[i].in))
			continue;
		tap_eq_int(addr.family, rows[i].family, "%s: family of %s", rows[i].rule,
		    rows[i].in);
		tap_eq_str(print(&out, &addr), str_from(rows[i].printed), "%s: %s printed",
		    rows[i].rule,
		    rows[i].in);
	}
}

static void
test_no_address(void)
{
	static const char *const rows[] = {
		"", ".", "192.0.2", "192.0.2.", "192.0.2.1.", ".192.0.2.1", "192.0.2.256",
		    "192.0.2.01", "192.0.2.1 ",
		" 192.0.2.1", "192.0.2.0x1", "+1.2.3.4", "3221225985", ":", ":::", "1::2::3",
		    "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "fe80::1%eth0",
		    "[::1]", "::1.2.3",
		"1.2.3.4::", "::ffff:192.0.2.01", "2001:db8::1/64", "2001:db8:1", "localhost",
		"0000:0000:0000:0000:0000:ffff:0000:0000:192.0.2.1",
	};
	struct ipaddr addr = { .family = IP_NONE };

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_eq_res(ipaddr_parse(tap_exact(rows[i]), &addr), RES_SYNTAX,
		    "no address: \"%s\"", rows[i]);
	tap_eq_res(ipaddr_parse(tap_exact_str(STR("192.0.2.1\0")), &addr), RES_SYNTAX,
	    "a NUL inside");
	tap_eq_int(addr.family, IP_NONE, "the output is written on success only");
}

static void
test_as_written(void)
{
	struct ipaddr addr;
	char mem[64];
	struct buf out = buf_on(mem, sizeof mem);

	tap_eq_res(ipaddr_parse_as_written(tap_exact("::ffff:192.0.2.1"), &addr), RES_OK,
	    "7208 5.6: read");
	tap_eq_int(addr.family, IP_V6, "7208 5.6: ip6 by its form");
	tap_eq_str(print(&out, &addr), STR("::ffff:192.0.2.1"), "5952 5: mixed notation");
	addr = ipaddr_v6(addr.octets);
	tap_eq_int(addr.family, IP_V4, "7208 5: the constructor makes it IPv4");
	addr = (struct ipaddr){ .family = IP_NONE };
	tap_eq_str(print(&out, &addr), STR(""), "nothing is printed for no address");
}

static void
test_nets(void)
{
	static const struct { const char *net, *addr; bool in; } rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.0", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "192.0.2.1", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "2001:db8::1/128", "2001:db8::2", false },
		{ "::ffff:192.0.2.0/120", "192.0.2.77", true },
		{ "::ffff:192.0.2.0/120", "192.0.3.77", false },
		{ "::ffff:0:0/96", "192.0.2.77", true },
		{ "127.0.0.0/8", "::ffff:127.0.0.1", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ipnet net;
		struct ipaddr addr;

		if (tap_eq_res(ipnet_parse(tap_exact(rows[i].net), &net), RES_OK, "net %s",
		    rows[i].net) &&
		    ipaddr_parse(str_from(rows[i].addr), &addr) == RES_OK)
			tap_eq_int(ipnet_contains(&net, &addr), rows[i].in, "%s in %s",
			    rows[i].addr,
			    rows[i].net);
	}
}

static void
test_bad_nets(void)
{
	static const struct { const char *in; enum res res; } rows[] = {
		{ "192.0.2.1/24", RES_PERM },
		{ "192.0.2.0/0", RES_PERM },
		{ "2001:db8::1/127", RES_PERM },
		{ "::ffff:192.0.2.0/64", RES_PERM },
		{ "192.0.2.0/33", RES_SYNTAX },
		{ "::/129", RES_SYNTAX },
		{ "::/4294967296", RES_SYNTAX },
		{ "192.0.2.0/", RES_SYNTAX },
		{ "192.0.2.0/024", RES_SYNTAX },
		{ "192.0.2.0/-1", RES_SYNTAX },
		{ "192.0.2.0/24/24", RES_SYNTAX },
		{ "192.0.2.0/255.255.255.0", RES_SYNTAX },
		{ "/24", RES_SYNTAX },
		{ "192.0.2/24", RES_SYNTAX },
		{ "", RES_SYNTAX },
	};
	struct ipnet net;

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_eq_res(ipnet_parse(tap_exact(rows[i].in), &net), rows[i].res, "bad net \"%s\"",
		    rows[i].in);
}

static void
test_no_family(void)
{
	struct ipaddr none = { .family = IP_NONE };
	struct ipnet net = { .addr = none, .prefix = 0 };

	tap_ok(!ipnet_contains(&net, &none), "no address lies in no net");
	tap_eq_int(ipaddr_bits(IP_NONE), 0, "no address has no bits");
	tap_eq_int(ipaddr_bits(IP_V4), 32, "bits of IPv4");
	tap_eq_int(ipaddr_bits(IP_V6), 128, "bits of IPv6");
}

static void
test_reverse(void)
{
	static const struct { const char *in, *name; } rows[] = {
		{ "192.0.2.7", "7.2.0.192.in-addr.arpa" },
		{ "255.10.0.1", "1.0.10.255.in-addr.arpa" },
		{ "2001:db8::567:89ab",
		    "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
		{ "::ffff:192.0.2.7", "7.2.0.192.in-addr.arpa" },
	};
	char mem[128];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = buf_on(mem, sizeof mem);
		struct ipaddr addr = {0};

		ipaddr_parse(tap_exact(rows[i].in), &addr);
		ipaddr_print_reverse(&out, &addr);
		tap_eq_str(buf_str(&out), str_from(rows[i].name), "1035 3.5, 3596 2.5: %s",
		    rows[i].in);
	}
}

static void
test_mask(void)
{
	static const struct { unsigned prefix; const char *want; } rows[] = {
		{ 0, "::" }, { 1, "8000::" }, { 7, "fe00::" }, { 9, "ff80::" },
		{ 128, "ffff::ffff" },
		{ 127, "ffff::fffe" }, { 120, "ffff::ff00" },
	};
	char mem[64];
	struct buf out = buf_on(mem, sizeof mem);
	struct ipaddr addr = {0};

	ipaddr_parse(tap_exact("ffff::ffff"), &addr);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ipaddr masked = ipaddr_mask(&addr, rows[i].prefix);

		tap_eq_str(print(&out, &masked), str_from(rows[i].want), "mask of %u bits",
		    rows[i].prefix);
	}
}

int
main(void)
{
	test_parse();
	test_no_address();
	test_as_written();
	test_nets();
	test_bad_nets();
	test_no_family();
	test_reverse();
	test_mask();
	return tap_done();
}
