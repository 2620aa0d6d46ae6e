#include "check/dns_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define Q(name, type) ((struct dns_question){ STR(name), type })

static const char zone_text[] =
    "# a comment, then nothing, blanks, and a line that ends in CRLF\n"
    "\n"
    " \t\n"
    "Example.ORG.\tA \t192.0.2.1\r\n"
    "example.org a 192.0.2.2\n"
    "example.org AAAA ::ffff:192.0.2.3\n"
    "example.org MX 10 Mail.example.org.\n"
    "example.org TXT \"v=spf1 \" \"-all\"\n"
    "example.org TXT \"a\\\"b\\\\c\\009\\255\"\"\" \t\"; d\"\n"
    "example.org NS ns.example.org\n"
    "example.org SOA ns.example.org. root.example.org. 1 3600 600 86400 300\n"
    "null.example MX 0 .\n"
    "www.example.org CNAME example.org\n"
    "www2.example.org CNAME WWW.example.org\n"
    "dead.example.org CNAME nowhere.example.org\n"
    "late.example.org CNAME slow.example.org\n"
    "loop.example CNAME pool.example\n"
    "pool.example CNAME loop.example\n"
    "self.example CNAME self.example\n"
    "slow.example.org TXT !TIMEOUT\n"
    "slow.example.org A 192.0.2.9\n"
    "broken.example.org * !SERVFAIL\n"
    "broken.example.org MX 1 a.example\n"
    "broken.example.org TXT !REFUSED\n"
    "there.example EMPTY\n"
    "a.b.deep.example TXT \"\"\n"
    "192.0.2.7 PTR mail.example.org\n"
    "2001:DB8::7 PTR mail6.example.org\n"
    "8.2.0.192.in-addr.arpa PTR eight.example.org\n"
    "192.0.2.9 PTR !TIMEOUT\n"
    "a\\ b\\@c\\+\\195\\164=\\#.example TXT \"odd\"\n"
    "\\#hash.example CNAME \\!bang.example\n"
    "\\!bang.example A 192.0.2.4\n"
    "raw\303\244.example A 192.0.2.5\n"
    "*.wild.example A 192.0.2.6\n"
    "blank.example PTR a\\ \n"
    "x-deep.example A 192.0.2.8\n"
    "192.0.2.10 A 192.0.2.8\n"
    "noalias.example CNAME !SERVFAIL\n"
    "ab.example-x A 192.0.2.8";		/* no LF at the end */

struct got {
	struct buf text;
	char mem[512];
	unsigned times;
	uint32_t ttl_s;
};

/* The answer as text: its status, or its records side by side. */
static void
note_answer(void *arg, const struct dns_answer *ans)
{
	struct got *got = arg;

	got->times++;
	got->ttl_s = ans->ttl_s;
	got->text = buf_on(got->mem, sizeof got->mem);
	if (ans->status != DNS_FOUND || ans->count == 0)
		buf_puts(&got->text, dns_status_word(ans->status));
	for (size_t i = 0; i < ans->count; i++) {
		if (i > 0)
			buf_puts(&got->text, "|");
		if (ans->records[i].addr.family == IP_NONE)
			buf_putu(&got->text, ans->records[i].preference);
		ipaddr_print(&got->text, &ans->records[i].addr);
		buf_putc(&got->text, ' ');
		buf_put(&got->text, ans->records[i].text);
	}
}

static void
test_answers(const struct dns_port *port)
{
	const struct { struct dns_question q; const char *want, *rule; } rows[] = {
		{ Q("example.org", DNS_A), "192.0.2.1 |192.0.2.2 ", "several records, in order" },
		{ Q("EXAMPLE.org", DNS_A), "192.0.2.1 |192.0.2.2 ", "4343: without case" },
		{ Q("example.org", DNS_AAAA), "::ffff:192.0.2.3 ", "AAAA stays IPv6" },
		{ Q("example.org", DNS_MX), "10 Mail.example.org", "MX" },
		{ Q("null.example", DNS_MX), "0 ", "7505: null MX" },
		{ Q("example.org", DNS_TXT), "0 v=spf1 -all|0 a\"b\\c\t\377; d",
		    "7208 3.3: joined; escapes" },
		{ Q("example.org", DNS_NS), "0 ns.example.org", "NS" },
		{ Q("example.org", DNS_SOA), "0 ns.example.org", "SOA" },
		{ Q("example.org", DNS_PTR), "nodata", "NODATA" },
		{ Q("www.example.org", DNS_A), "192.0.2.1 |192.0.2.2 ", "1034 3.6.2: CNAME" },
		{ Q("www2.example.org", DNS_MX), "10 Mail.example.org", "CNAME twice" },
		{ Q("www2.example.org", DNS_CNAME), "0 WWW.example.org", "CNAME itself" },
		{ Q("www.example.org", DNS_PTR), "nodata", "CNAME to NODATA" },
		{ Q("dead.example.org", DNS_A), "nxdomain", "CNAME to NXDOMAIN" },
		{ Q("late.example.org", DNS_TXT), "timeout", "CNAME to a failure" },
		{ Q("late.example.org", DNS_A), "192.0.2.9 ", "CNAME beside that failure" },
		{ Q("loop.example", DNS_A), "servfail", "CNAME loop" },
		{ Q("loop.example", DNS_CNAME), "0 pool.example", "CNAME of a loop" },
		{ Q("self.example", DNS_A), "servfail", "CNAME to itself" },
		{ Q("slow.example.org", DNS_MX), "nodata", "only the named type fails" },
		{ Q("broken.example.org", DNS_A), "servfail", "*: every other type" },
		{ Q("broken.example.org", DNS_CNAME), "servfail", "*: CNAME too" },
		{ Q("broken.example.org", DNS_MX), "1 a.example", "*: not one with data" },
		{ Q("broken.example.org", DNS_TXT), "refused",
		    "*: not one with a failure of its own" },
		{ Q("x.broken.example.org", DNS_A), "nxdomain", "*: not below" },
		{ Q("there.example", DNS_A), "nodata", "EMPTY" },
		{ Q("a.b.deep.example", DNS_TXT), "0 ", "an empty string is a record" },
		{ Q("b.deep.example", DNS_TXT), "nodata", "8020: a name above exists" },
		{ Q("deep.EXAMPLE", DNS_A), "nodata", "8020: two above, beside x-deep" },
		{ Q("example", DNS_A), "nodata", "8020: the top" },
		{ Q("eep.example", DNS_A), "nxdomain", "the end of a label is no name above" },
		{ Q("ab.example", DNS_A), "nxdomain", "the start of a name is no name above" },
		{ Q("c.a.b.deep.example", DNS_A), "nxdomain", "below a name" },
		{ Q("zzz", DNS_A), "nxdomain", "behind all rows" },
		{ Q("7.2.0.192.in-addr.arpa", DNS_PTR), "0 mail.example.org",
		    "PTR owner as IPv4 address" },
		{ Q("7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
		    DNS_PTR),
		    "0 mail6.example.org", "PTR owner as IPv6 address" },
		{ Q("8.2.0.192.in-addr.arpa", DNS_PTR), "0 eight.example.org",
		    "PTR owner as name" },
		{ Q("9.2.0.192.in-addr.arpa", DNS_PTR), "timeout", "a failing PTR by address" },
		{ Q("192.0.2.10", DNS_A), "192.0.2.8 ", "only PTR owners are reversed" },
		{ Q("noalias.example", DNS_CNAME), "servfail", "a failing CNAME question" },
		{ Q("noalias.example", DNS_A), "nodata", "fails for CNAME alone" },
		{ Q("a b@c+\303\244=#.example", DNS_TXT), "0 odd", "1035 5.1: escapes in names" },
		{ Q("#hash.example", DNS_A), "192.0.2.4 ", "escaped # and !, CNAME" },
		{ Q("raw\303\244.example", DNS_A), "192.0.2.5 ", "a raw octet" },
		{ Q("*.wild.example", DNS_A), "192.0.2.6 ", "an asterisk is itself" },
		{ Q("a.wild.example", DNS_A), "nxdomain", "an asterisk is no wildcard" },
		{ Q("blank.example", DNS_PTR), "0 a ", "an escaped blank at the end" },
		{ Q("", DNS_A), "nxdomain", "no name" },
		{ Q("example.org.", DNS_A), "nxdomain", "a name that cannot be asked" },
		{ Q("a..example", DNS_A), "nxdomain", "an empty label" },
		{ Q("example.org", (enum dns_type)99), "nodata", "a type that nobody has" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct got got = {0};
		struct dns_question q = rows[i].q;

		q.name = tap_exact_str(q.name);
		dns_ask(port, &q, note_answer, &got);
		tap_eq_int(got.times, 1, "%s: answered once, inside ask", rows[i].rule);
		tap_eq_str(buf_str(&got.text), str_from(rows[i].want), "%s", rows[i].rule);
	}
}

static void
test_ttl(const struct dns_port *port)
{
	const struct { struct dns_question q; uint32_t ttl_s; } rows[] = {
		{ Q("example.org", DNS_A), 300 }, { Q("example.org", DNS_PTR), 300 },
		{ Q("nowhere.example.org", DNS_A), 300 }, { Q("slow.example.org", DNS_TXT), 0 },
		{ Q("loop.example", DNS_A), 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct got got = {0};

		dns_ask(port, &rows[i].q, note_answer, &got);
		tap_eq_int(got.ttl_s, rows[i].ttl_s, "TTL, row %zu: 300 s, a failure none", i);
	}
}

#define L10 "abcdefghij"
#define L63 L10 L10 L10 L10 L10 L10 "abc"

static void
test_faults(void)
{
	const struct { struct str text; const char *err; } rows[] = {
		{ STR("a A 192.0.2.1\nb"), "z:2: a type is missing" },
		{ STR("a SPF \"x\""), "z:1: not a type that is read here: SPF" },
		{ STR("a 300 IN A 192.0.2.1"), "z:1: not a type that is read here: 300" },
		{ STR("a A"), "z:1: not an IPv4 address" },
		{ STR("a A ::1"), "z:1: not an IPv4 address: ::1" },
		{ STR("a AAAA 192.0.2.1"), "z:1: not an IPv6 address: 192.0.2.1" },
		{ STR("a A 192.0.2.1 192.0.2.2"), "z:1: something behind the data: 192.0.2.2" },
		{ STR("a A 192.0.2.1 # no"), "z:1: something behind the data: #?no" },
		{ STR("a EMPTY x"), "z:1: something behind the data: x" },
		{ STR("a MX mail"), "z:1: not a number that fits here: mail" },
		{ STR("a MX"), "z:1: a number is missing" },
		{ STR("a MX 65536 mail"), "z:1: not a number that fits here: 65536" },
		{ STR("a MX 10"), "z:1: a name is missing" },
		{ STR("a CNAME"), "z:1: a name is missing" },
		{ STR("a SOA b c 1 2 3 4"), "z:1: a number is missing" },
		{ STR("a TXT v=spf1 -all"), "z:1: TXT data is \"quoted strings\": v=spf1?-all" },
		{ STR("a TXT"), "z:1: TXT data is \"quoted strings\"" },
		{ STR("a TXT \"x"), "z:1: a quoted string does not end" },
		{ STR("a TXT \"x\\\""), "z:1: a quoted string does not end" },
		{ STR("a TXT \"x\"y"), "z:1: TXT data is \"quoted strings\": y" },
		{ STR("a TXT \"x\\"), "z:1: nothing behind a backslash" },
		{ STR("a TXT \"\\256\""), "z:1: \\DDD needs three digits, at most 255: \\256" },
		{ STR("a TXT \"\\12\""), "z:1: \\DDD needs three digits, at most 255: \\12\"" },
		{ STR("a TXT \"\\000\""), "z:1: a NUL" },
		{ STR("a TXT \"\0\""), "z:1: a NUL" },
		{ STR("a TXT \"\\\0\""), "z:1: a NUL" },
		{ STR("a\\000 A 192.0.2.1"), "z:1: a NUL" },
		{ STR("a\\"), "z:1: a type is missing" },
		{ STR("a\\.b A 192.0.2.1"),
		    "z:1: a dot inside a label can never be asked for: a\\.b" },
		{ STR("a\\046b A 192.0.2.1"),
		    "z:1: a dot inside a label can never be asked for: a\\046b" },
		{ STR("a..b EMPTY"),
		    "z:1: a label is empty or over 63 octets, or the name over 253: a..b" },
		{ STR(".. EMPTY"),
		    "z:1: a label is empty or over 63 octets, or the name over 253: .." },
		{ STR(L63 "x EMPTY"),
		    "z:1: a label is empty or over 63 octets, or the name over 253: "
		    L10 L10 L10 L10 L10 L10 },
		{ STR("a A !SERVFAILS"), "z:1: not !SERVFAIL, !TIMEOUT or !REFUSED: !SERVFAILS" },
		{ STR("a A !NXDOMAIN"), "z:1: not !SERVFAIL, !TIMEOUT or !REFUSED: !NXDOMAIN" },
		{ STR("a * xTIMEOUT"), "z:1: not !SERVFAIL, !TIMEOUT or !REFUSED: xTIMEOUT" },
		{ STR("a *"), "z:1: not !SERVFAIL, !TIMEOUT or !REFUSED" },
		{ STR("a CNAME b\nA. A 192.0.2.1"),
		    "z:2: a CNAME and another record of the same name" },
		{ STR("a TXT \"x\"\na A 192.0.2.1\na NS !TIMEOUT\n\na CNAME b"),
		    "z:5: a CNAME and another record of the same name" },
		{ STR("a A 192.0.2.1\na NS !TIMEOUT\na CNAME b"),
		    "z:3: a CNAME and another record of the same name" },
		{ STR("a CNAME b\na CNAME b"), "z:2: a CNAME and another record of the same name" },
		{ STR("a A 192.0.2.1\na A !TIMEOUT"),
		    "z:2: a question that fails and another line for it" },
		{ STR("a A !TIMEOUT\na A !TIMEOUT"),
		    "z:2: a question that fails and another line for it" },
		{ STR("a * !TIMEOUT\na * !SERVFAIL"),
		    "z:2: a question that fails and another line for it" },
		{ STR("b CNAME c\na CNAME c\nb A 192.0.2.1\na A 192.0.2.1"),
		    "z:3: a CNAME and another record of the same name" },
		{ STR("192.0.2.1 PTR a\n192.0.2.1 PTR !TIMEOUT"),
		    "z:2: a question that fails and another line for it" },
	};
	char mem[256];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf err = buf_on(mem, sizeof mem);
		struct dns_port port;

		if (tap_eq_res(dns_text_open(tap_exact_str(rows[i].text), "z", &err, &port),
		    RES_SYNTAX, "fault, row %zu", i))
			tap_eq_text(err.p, rows[i].err, "fault, row %zu: the text", i);
	}
}

static void
test_allowed(void)
{
	static const char *const rows[] = {
		"", "\n", "#", "a EMPTY\na EMPTY\na A 192.0.2.1",
		    "a CNAME b\na EMPTY\na A !TIMEOUT",
		". NS a", "a MX 0 .", "a TXT \"x\"\na TXT \"x\"", "a A !timeout",
		    "a A 192.0.2.1\r\n\r\n",
		" a A 192.0.2.1", " # indented",
	};
	char mem[256];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf err = buf_on(mem, sizeof mem);
		struct dns_port port = {0};

		tap_eq_res(dns_text_open(tap_exact(rows[i]), "z", &err, &port), RES_OK,
		    "allowed: row %zu", i);
		tap_eq_text(err.p, "", "allowed: no error text, row %zu", i);
		dns_close(&port);
	}
}

static void
note_length(void *arg, const struct dns_answer *ans)
{
	*(size_t *)arg = ans->count == 1 ? ans->records[0].text.len : 0;
}

/* A TXT of 65,025 octets in one string, and a chain of 200 CNAMEs among 50,000 names. */
static void
test_large(void)
{
	enum { NAMES = 50000, CHAIN = 200, TXT = 65025 };
	size_t cap = 4 * 1024 * 1024, len;
	char *text = malloc(cap), mem[256];
	FILE *f = fmemopen(text, cap, "w");
	struct buf err = buf_on(mem, sizeof mem);
	struct dns_port port = {0};
	struct got got = {0};

	fprintf(f, "big.example TXT \"%0*d\"\n", TXT, 0);
	for (int i = 0; i < NAMES; i++)
		fprintf(f, "host%d.example A 192.0.2.1\n", i);
	for (int i = 0; i < CHAIN; i++)
		fprintf(f, "c%d.chain CNAME c%d.chain\n", i, i + 1);
	fprintf(f, "c%d.chain A 192.0.2.2\n", CHAIN);
	len = (size_t)ftell(f);
	fclose(f);
	tap_eq_res(dns_text_open((struct str){ text, len }, "z", &err, &port), RES_OK,
	    "a large zone");
	free(text);
	dns_ask(&port, &Q("c0.chain", DNS_A), note_answer, &got);
	tap_eq_str(buf_str(&got.text), STR("192.0.2.2 "), "a long chain is no loop");
	dns_ask(&port, &Q("host31415.example", DNS_A), note_answer, &got);
	tap_eq_str(buf_str(&got.text), STR("192.0.2.1 "), "one name of many");
	len = 0;
	dns_ask(&port, &Q("big.example", DNS_TXT), note_length, &len);
	tap_eq_int((long long)len, TXT, "a TXT of 65,025 octets");
	dns_close(&port);
	tap_ok(port.close == NULL, "closed");
}

static void
test_file(void)
{
	char path[] = "/tmp/test_dns_text.XXXXXX", mem[256];
	struct buf err = buf_on(mem, sizeof mem);
	struct dns_port port = {0};
	struct got got = {0};
	int fd = mkstemp(path);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!tap_ok(f != NULL, "a temporary file"))
		return;
	for (int i = 0; i < 10000; i++)		/* more than the first piece of memory */
		fprintf(f, "host%d.example A 192.0.2.1\n", i);
	fclose(f);
	tap_eq_res(dns_text_open_file(path, &err, &port), RES_OK, "a file");
	dns_ask(&port, &Q("host9999.example", DNS_A), note_answer, &got);
	tap_eq_str(buf_str(&got.text), STR("192.0.2.1 "), "its last line");
	dns_close(&port);
	unlink(path);
	tap_eq_res(dns_text_open_file(path, &err, &port), RES_PERM, "a file that is not there");
	tap_ok(strstr(err.p, ": No such file or directory") != NULL, "its reason: %s", err.p);
	err = buf_on(mem, sizeof mem);
	tap_eq_res(dns_text_open_file("/", &err, &port), RES_PERM, "a folder");
	tap_eq_text(err.p, "/: Is a directory", "its reason");
	err = buf_on(mem, sizeof mem);
	tap_eq_res(dns_text_open_file("/dev/zero", &err, &port), RES_LIMIT, "a file without end");
}

int
main(void)
{
	char mem[256];
	struct buf err = buf_on(mem, sizeof mem);
	struct dns_port port = {0};
	struct str text = { zone_text, sizeof zone_text - 1 };

	if (!tap_eq_res(dns_text_open(tap_exact_str(text), "zone", &err, &port), RES_OK,
	    "the zone: %s", err.p))
		return tap_done();
	test_answers(&port);
	test_ttl(&port);
	dns_close(&port);
	test_faults();
	test_allowed();
	test_large();
	test_file();
	return tap_done();
}
