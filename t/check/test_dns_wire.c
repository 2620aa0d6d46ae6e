#include <stdlib.h>
#include <string.h>

#include "check/dns_wire.h"
#include "t/check/dnsmsg.h"
#include "t/tap.h"

enum { ID = 0x1234, QR = 0x8000, TC = 0x0200, NX = QR | 3 };

#define LABEL63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define LABEL61 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi"
#define SOA "example SOA 300 ns.example root.example 60"

static struct dnsmsg msg;

static struct dns_query
query_for(const char *name, enum dns_type type)
{
	struct dns_query sent;
	struct dns_question q = { tap_exact(name), type };

	if (dns_wire_query(&q, ID, true, &sent) != RES_OK)
		abort();
	return sent;
}

/* Records as text, "192.0.2.1 2001:db8::1 10:mail.example text", to compare with one string. */
static struct str
print_records(struct arena *a, const struct dns_answer *ans)
{
	struct buf out = buf_in(a, 4096);

	for (size_t i = 0; i < ans->count; i++) {
		const struct dns_record *rec = &ans->records[i];

		if (i > 0)
			buf_putc(&out, ' ');
		ipaddr_print(&out, &rec->addr);
		if (rec->preference > 0) {
			buf_putu(&out, rec->preference);
			buf_putc(&out, ':');
		}
		buf_put(&out, rec->text);
	}
	return buf_str(&out);
}

static enum res
read_msg(struct arena *a, const struct dns_query *sent, struct dns_answer *ret_ans)
{
	struct str exact = tap_exact_str((struct str){ (const char *)msg.octets, msg.len });

	return dns_wire_read(a, sent, (const uint8_t *)exact.p, exact.len, ret_ans);
}

static const struct {
	const char *rule, *name;
	enum res res;
	const char *wire;		/* of the name */
} queries[] = {
	{ "1035 3.1: labels", "www.example", RES_OK, "\003www\007example" },
	{ "SPF macros: any octet stands for itself", "a+b.\\046.\377 [", RES_OK,
	    "\003a+b\004\\046\003\377 [" },
	{ "1035 2.3.4: a label of 63", LABEL63, RES_OK, "\077" LABEL63 },
	{ "1035 2.3.4: a label of 64", LABEL63 "x", RES_SYNTAX, "" },
	{ "1035 2.3.4: 253 octets", LABEL63 "." LABEL63 "." LABEL63 "." LABEL61, RES_OK,
	    "\077" LABEL63 "\077" LABEL63 "\077" LABEL63 "\075" LABEL61 },
	{ "1035 2.3.4: 254 octets", LABEL63 "." LABEL63 "." LABEL63 "." LABEL61 "x",
	    RES_SYNTAX, "" },
	{ "an empty label", "a..b", RES_SYNTAX, "" },
	{ "a dot at the beginning", ".a", RES_SYNTAX, "" },
};

static void
test_query(void)
{
	static const char opt[] = "\0\0\051\004\320\0\0\0\0\0";		/* and a zero */

	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
		struct dns_question q = { tap_exact(queries[i].name), DNS_TXT };
		size_t n = strlen(queries[i].wire) + 1;
		struct dns_query sent;

		if (!tap_eq_res(dns_wire_query(&q, ID, true, &sent), queries[i].res, "query: %s",
		    queries[i].rule) || queries[i].res != RES_OK)
			continue;
		tap_ok(memcmp(sent.octets, "\x12\x34\1\0\0\1\0\0\0\0\0\1", 12) == 0,
		    "1035 4.1.1: id, RD, one question, one additional");
		tap_ok(memcmp(sent.octets + 12, queries[i].wire, n) == 0, "name: %s",
		    queries[i].rule);
		tap_ok(memcmp(sent.octets + 12 + n, "\0\020\0\1", 4) == 0, "type TXT, class IN");
		tap_ok(memcmp(sent.octets + 16 + n, opt, 11) == 0, "6891 6.1.2: OPT, 1232");
		tap_eq_int((long long)sent.len, (long long)(12 + n + 4 + 11), "nothing behind it");
		tap_eq_res(dns_wire_query(&q, ID, false, &sent), RES_OK, "without EDNS");
		tap_ok(sent.len == 16 + n && sent.octets[11] == 0, "no OPT, not counted either");
	}
}

static const struct {
	const char *rule;
	unsigned id, flags;
	const char *name;		/* NULL: no question section */
	unsigned type;
	enum dns_reply with_edns, without;
} replies[] = {
	{ "an answer", ID, QR, "www.example", DNS_A, DNS_REPLY_ANSWER, DNS_REPLY_ANSWER },
	{ "4343: case of the name", ID, QR, "WWW.eXample", DNS_A,
	    DNS_REPLY_ANSWER, DNS_REPLY_ANSWER },
	{ "NXDOMAIN", ID, NX, "www.example", DNS_A, DNS_REPLY_ANSWER, DNS_REPLY_ANSWER },
	{ "another id", ID + 1, QR, "www.example", DNS_A, DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "a query", ID, 0, "www.example", DNS_A, DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "another opcode", ID, QR | 0x2800, "www.example", DNS_A,
	    DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "another name", ID, QR, "wwx.example", DNS_A, DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "a longer name", ID, QR, "www.example.org", DNS_A,
	    DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "labels cut elsewhere", ID, QR, "www.exampl.e", DNS_A,
	    DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "another type", ID, QR, "www.example", DNS_AAAA, DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "an answer without question", ID, QR, NULL, 0, DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "NXDOMAIN without question", ID, NX, NULL, 0, DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "truncated", ID, QR | TC, "www.example", DNS_A,
	    DNS_REPLY_TRUNCATED, DNS_REPLY_TRUNCATED },
	{ "truncated NXDOMAIN", ID, NX | TC, "www.example", DNS_A,
	    DNS_REPLY_TRUNCATED, DNS_REPLY_TRUNCATED },
	{ "FORMERR", ID, QR | 1, "www.example", DNS_A, DNS_REPLY_WITHOUT_EDNS, DNS_REPLY_FAILED },
	{ "FORMERR without question", ID, QR | 1, NULL, 0,
	    DNS_REPLY_WITHOUT_EDNS, DNS_REPLY_FAILED },
	{ "SERVFAIL", ID, QR | 2, "www.example", DNS_A, DNS_REPLY_FAILED, DNS_REPLY_FAILED },
	{ "SERVFAIL, truncated", ID, QR | TC | 2, "www.example", DNS_A,
	    DNS_REPLY_FAILED, DNS_REPLY_FAILED },
	{ "SERVFAIL of another question", ID, QR | 2, "x.example", DNS_A,
	    DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "SERVFAIL without question", ID, QR | 2, NULL, 0, DNS_REPLY_FAILED, DNS_REPLY_FAILED },
	{ "the same with another id", ID ^ 0x100, QR | 2, NULL, 0,
	    DNS_REPLY_FOREIGN, DNS_REPLY_FOREIGN },
	{ "NOTIMP", ID, QR | 4, "www.example", DNS_A, DNS_REPLY_WITHOUT_EDNS, DNS_REPLY_FAILED },
	{ "REFUSED", ID, QR | 5, "www.example", DNS_A, DNS_REPLY_REFUSED, DNS_REPLY_REFUSED },
	{ "an unknown error", ID, QR | 11, "www.example", DNS_A,
	    DNS_REPLY_FAILED, DNS_REPLY_FAILED },
};

static void
test_classify(void)
{
	struct dns_query edns = query_for("www.example", DNS_A), plain = edns;

	plain.edns = false;
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		struct str exact;
		const uint8_t *p;

		dnsmsg_begin(&msg, replies[i].id, replies[i].flags, replies[i].name,
		    replies[i].type);
		exact = tap_exact_str((struct str){ (const char *)msg.octets, msg.len });
		p = (const uint8_t *)exact.p;
		tap_eq_int(dns_wire_classify(&edns, p, exact.len), replies[i].with_edns,
		    "reply: %s", replies[i].rule);
		tap_eq_int(dns_wire_classify(&plain, p, exact.len), replies[i].without,
		    "reply, not EDNS: %s", replies[i].rule);
	}
	dnsmsg_begin(&msg, ID, QR, "www.example", DNS_A);
	for (size_t n = 0; n < msg.len; n++) {
		struct str exact = tap_exact_str((struct str){ (const char *)msg.octets, n });

		tap_eq_int(dns_wire_classify(&edns, (const uint8_t *)exact.p, n), DNS_REPLY_FOREIGN,
		    "cut after %zu octets: nobody's", n);
	}
	msg.octets[5] = 2;
	tap_eq_int(dns_wire_classify(&edns, msg.octets, msg.len), DNS_REPLY_FOREIGN, "2 questions");
}

static const struct {
	const char *rule, *name;
	enum dns_type type;
	unsigned flags;
	const char *answer, *authority, *additional;
	enum res res;
	enum dns_status status;
	uint32_t ttl_s;
	const char *records;
} answers[] = {
	/* what the types look like */
	{ "1035 3.4.1: A", "www.example", DNS_A, QR, "@ A 60 192.0.2.1\nwww.EXAMPLE A 30 192.0.2.2",
	    "", "", RES_OK, DNS_FOUND, 30, "192.0.2.1 192.0.2.2" },
	{ "3596 2.2: AAAA", "www.example", DNS_AAAA, QR, "@ AAAA 60 2001:db8::1", "", "",
	    RES_OK, DNS_FOUND, 60, "2001:db8::1" },
	{ "a mapped address stays IPv6", "www.example", DNS_AAAA, QR, "@ AAAA 60 ::ffff:192.0.2.1",
	    "", "", RES_OK, DNS_FOUND, 60, "::ffff:192.0.2.1" },
	{ "1035 3.3.9: MX", "a.example", DNS_MX, QR, "@ MX 9 10 mail.Example\n@ MX 9 20 m.example",
	    "", "", RES_OK, DNS_FOUND, 9, "10:mail.Example 20:m.example" },
	{ "7505: null MX is the empty name", "a.example", DNS_MX, QR, "@ MX 9 0 .", "", "",
	    RES_OK, DNS_FOUND, 9, "" },
	{ "7208 3.3: TXT strings are joined", "a.example", DNS_TXT, QR, "@ TXT 9 v=spf1|-all", "",
	    "", RES_OK, DNS_FOUND, 9, "v=spf1-all" },
	{ "1035 3.3.14: one empty string", "a.example", DNS_TXT, QR, "@ TXT 9 hex:00", "", "",
	    RES_OK, DNS_FOUND, 9, "" },
	{ "1035 3.3.12: PTR", "1.2.0.192.in-addr.arpa", DNS_PTR, QR, "@ PTR 9 mail.example", "", "",
	    RES_OK, DNS_FOUND, 9, "mail.example" },
	{ "1035 3.3.11: NS", "example", DNS_NS, QR, "@ NS 9 ns.example", "", "",
	    RES_OK, DNS_FOUND, 9, "ns.example" },
	{ "1035 3.3.13: SOA", "example", DNS_SOA, QR, "@ SOA 9 ns.example root.example 60", "", "",
	    RES_OK, DNS_FOUND, 9, "ns.example" },
	{ "CNAME asked for is not followed", "a.example", DNS_CNAME, QR,
	    "@ CNAME 9 b.example\nb.example CNAME 9 c.example", "", "",
	    RES_OK, DNS_FOUND, 9, "b.example" },
	/* lengths */
	{ "A of 3 octets", "a.example", DNS_A, QR, "@ A 9 hex:c00002", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "A of 5 octets", "a.example", DNS_A, QR, "@ A 9 192.0.2.1\n@ A 9 hex:c000020101", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "AAAA of 4 octets", "a.example", DNS_AAAA, QR, "@ AAAA 9 hex:c0000201", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "TXT without string", "a.example", DNS_TXT, QR, "@ TXT 9", "", "", RES_SYNTAX, 0, 0, "" },
	{ "TXT string too long", "a.example", DNS_TXT, QR, "@ TXT 9 hex:0361", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "TXT string too short", "a.example", DNS_TXT, QR, "@ TXT 9 hex:01616262", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "MX without name", "a.example", DNS_MX, QR, "@ MX 9 hex:000a", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "MX of one octet", "a.example", DNS_MX, QR, "@ MX 9 hex:00", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "octets behind a name", "a.example", DNS_PTR, QR, "@ PTR 9 hex:01610000", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "name that ends beyond its record", "a.example", DNS_PTR, QR,
	    "@ PTR 9 hex:0561\n@ PTR 9 hex:016100", "", "", RES_SYNTAX, 0, 0, "" },
	{ "SOA without numbers", "a.example", DNS_SOA, QR, "@ SOA 9 hex:0000", "", "",
	    RES_SYNTAX, 0, 0, "" },
	/* compression */
	{ "1035 4.1.4: pointer in rdata", "example", DNS_MX, QR, "@ MX 9 hex:000a046d61696cc00c",
	    "", "", RES_OK, DNS_FOUND, 9, "10:mail.example" },
	{ "pointer to itself", "example", DNS_PTR, QR, "@ PTR 9 hex:c025", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "pointers in a circle", "example", DNS_PTR, QR, "@ PTR 9 hex:c027c025", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "forward pointer in rdata", "example", DNS_PTR, QR,
	    "@ PTR 9 hex:c033\n@ PTR 9 b.example", "", "", RES_SYNTAX, 0, 0, "" },
	{ "forward pointer in an owner", "example", DNS_A, QR,
	    "hex:c032 A 9 192.0.2.1\nexample A 9 192.0.2.2\nwww.example A 9 192.0.2.3", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "pointer beyond the message", "example", DNS_PTR, QR, "@ PTR 9 hex:ffff", "", "",
	    RES_SYNTAX, 0, 0, "" },
	{ "bits 10: no label type", "example", DNS_PTR, QR, "@ PTR 9 hex:8161c00c", "", "",
	    RES_SYNTAX, 0, 0, "" },
	/* names that text cannot say */
	{ "dot in a label: left out", "example", DNS_PTR, QR,
	    "@ PTR 5 hex:03612e6200\n@ PTR 9 ok.example", "", "",
	    RES_OK, DNS_FOUND, 5, "ok.example" },
	{ "NUL in a label: left out", "example", DNS_MX, QR, "@ MX 9 hex:000a0361006200", SOA, "",
	    RES_OK, DNS_NODATA, 9, "" },
	{ "CNAME by way of a dotted label", "a.example", DNS_A, QR,
	    "@ CNAME 9 hex:03612e6200\nhex:03612e6200 A 8 192.0.2.1", "", "",
	    RES_OK, DNS_FOUND, 8, "192.0.2.1" },
	{ "8-bit and blanks stay", "example", DNS_PTR, QR, "@ PTR 9 hex:04ff5c204000", "", "",
	    RES_OK, DNS_FOUND, 9, "\377\\ @" },
	/* CNAMEs */
	{ "1034 3.6.2: chain, in any order", "a.example", DNS_A, QR,
	    "c.example A 70 192.0.2.1\nB.example CNAME 20 c.example\n@ CNAME 90 b.example", "", "",
	    RES_OK, DNS_FOUND, 20, "192.0.2.1" },
	{ "only records of the owner reached", "a.example", DNS_A, QR,
	    "@ CNAME 9 b.example\nx.example A 9 192.0.2.9\nb.example A 9 192.0.2.1", "", "",
	    RES_OK, DNS_FOUND, 9, "192.0.2.1" },
	{ "records of another owner", "a.example", DNS_A, QR, "x.example A 9 192.0.2.9", SOA, "",
	    RES_OK, DNS_NODATA, 60, "" },
	{ "1035 3.2.4: only class IN", "a.example", DNS_A, QR,
	    "@ A/3 9 192.0.2.9\n@ A 9 192.0.2.1", "", "", RES_OK, DNS_FOUND, 9, "192.0.2.1" },
	{ "CNAME of class CH leads nowhere", "a.example", DNS_A, QR,
	    "@ CNAME/3 9 b.example\nb.example A 9 192.0.2.1", "", "", RES_OK, DNS_NODATA, 0, "" },
	{ "ten CNAMEs", "0", DNS_A, QR, "0 CNAME 9 1\n1 CNAME 9 2\n2 CNAME 9 3\n3 CNAME 9 4\n"
	    "4 CNAME 9 5\n5 CNAME 9 6\n6 CNAME 9 7\n7 CNAME 9 8\n8 CNAME 9 9\n9 CNAME 9 10\n"
	    "10 A 9 192.0.2.1", "", "", RES_OK, DNS_FOUND, 9, "192.0.2.1" },
	{ "eleven CNAMEs", "0", DNS_A, QR, "0 CNAME 9 1\n1 CNAME 9 2\n2 CNAME 9 3\n3 CNAME 9 4\n"
	    "4 CNAME 9 5\n5 CNAME 9 6\n6 CNAME 9 7\n7 CNAME 9 8\n8 CNAME 9 9\n9 CNAME 9 10\n"
	    "10 CNAME 9 11\n11 A 9 192.0.2.1", "", "", RES_LIMIT, 0, 0, "" },
	{ "CNAME loop", "a.example", DNS_A, QR, "@ CNAME 9 b.example\nb.example CNAME 9 a.example",
	    "", "", RES_LIMIT, 0, 0, "" },
	{ "CNAME that is no name", "a.example", DNS_A, QR, "@ CNAME 9 hex:0161", "", "",
	    RES_SYNTAX, 0, 0, "" },
	/* nothing there */
	{ "2308 2.2: no data", "a.example", DNS_A, QR, "", SOA, "", RES_OK, DNS_NODATA, 60, "" },
	{ "2308 5: the SOA's own TTL is smaller", "a.example", DNS_A, QR, "",
	    "example SOA 40 ns.example root.example 60", "", RES_OK, DNS_NODATA, 40, "" },
	{ "2308 5: no SOA, not kept", "a.example", DNS_A, QR, "", "", "",
	    RES_OK, DNS_NODATA, 0, "" },
	{ "2308 2.1: NXDOMAIN", "a.example", DNS_A, NX, "", SOA, "", RES_OK, DNS_NXDOMAIN, 60, "" },
	{ "NXDOMAIN with a CNAME is NXDOMAIN", "a.example", DNS_A, NX, "@ CNAME 7 b.example",
	    SOA, "", RES_OK, DNS_NXDOMAIN, 7, "" },
	{ "no data behind a CNAME", "a.example", DNS_A, QR, "@ CNAME 7 b.example", SOA, "",
	    RES_OK, DNS_NODATA, 7, "" },
	{ "broken SOA", "a.example", DNS_A, NX, "", "example SOA 40 hex:0000", "",
	    RES_SYNTAX, 0, 0, "" },
	/* TTLs */
	{ "2181 8: 2^31-1", "a.example", DNS_A, QR, "@ A 2147483647 192.0.2.1", "", "",
	    RES_OK, DNS_FOUND, INT32_MAX, "192.0.2.1" },
	{ "2181 8: 2^31 is 0", "a.example", DNS_A, QR, "@ A 2147483648 192.0.2.1", "", "",
	    RES_OK, DNS_FOUND, 0, "192.0.2.1" },
	{ "2181 8: of a minimum too", "a.example", DNS_A, NX, "",
	    "example SOA 40 ns.example root.example 4294967295", "", RES_OK, DNS_NXDOMAIN, 0, "" },
	/* additional section */
	{ "6891 6.1.3: OPT without error", "a.example", DNS_A, QR, "@ A 9 192.0.2.1", "",
	    ". 41/1232 0", RES_OK, DNS_FOUND, 9, "192.0.2.1" },
	{ "6891 6.1.3: BADVERS is no answer", "a.example", DNS_A, QR, "", SOA, ". 41/1232 16777216",
	    RES_TEMP, 0, 0, "" },
	{ "a bad additional record spoils nothing", "a.example", DNS_A, QR, "@ A 9 192.0.2.1", "",
	    "hex:c0ff A 9 192.0.2.1", RES_OK, DNS_FOUND, 9, "192.0.2.1" },
};

static void
test_read(void)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct dns_query sent = query_for(answers[i].name, answers[i].type);
		struct arena *a = arena_open(0);
		struct dns_answer ans = { .ttl_s = 99 };

		dnsmsg_begin(&msg, ID, answers[i].flags, answers[i].name, answers[i].type);
		dnsmsg_add(&msg, DNSMSG_ANSWER, answers[i].answer);
		dnsmsg_add(&msg, DNSMSG_AUTHORITY, answers[i].authority);
		dnsmsg_add(&msg, DNSMSG_ADDITIONAL, answers[i].additional);
		if (!tap_eq_res(read_msg(a, &sent, &ans), answers[i].res, "%s", answers[i].rule)) {
			/* the rest says nothing */
		} else if (answers[i].res != RES_OK) {
			tap_eq_int(ans.ttl_s, 99, "untouched: %s", answers[i].rule);
		} else {
			tap_eq_int(ans.status, answers[i].status, "status: %s", answers[i].rule);
			tap_eq_int(ans.ttl_s, answers[i].ttl_s, "TTL: %s", answers[i].rule);
			tap_eq_str(print_records(a, &ans), str_from(answers[i].records),
			    "records: %s", answers[i].rule);
		}
		arena_close(a);
	}
}

/* Whatever length the message is cut to, it is no answer and nothing is read beyond it. */
static void
test_cut(void)
{
	struct dns_query sent = query_for("a.example", DNS_MX);
	struct str whole;
	size_t read = 0;

	dnsmsg_begin(&msg, ID, QR, "a.example", DNS_MX);
	dnsmsg_add(&msg, DNSMSG_ANSWER, "@ CNAME 9 b.example\nb.example MX 9 10 mail.example");
	dnsmsg_add(&msg, DNSMSG_AUTHORITY, SOA);
	whole = (struct str){ (const char *)msg.octets, msg.len };
	for (size_t n = 0; n < whole.len; n++) {
		struct arena *a = arena_open(0);
		struct str exact = tap_exact_str(str_first(whole, n));
		struct dns_answer ans;

		read += dns_wire_read(a, &sent, (const uint8_t *)exact.p, n, &ans) == RES_OK;
		arena_close(a);
	}
	tap_eq_int((long long)read, 0, "a message cut anywhere is not read");
}

static void
test_no_memory(void)
{
	struct dns_query sent = query_for("a.example", DNS_TXT);
	enum res r = RES_NOMEM;
	size_t limit = 1, wrong = 0;

	dnsmsg_begin(&msg, ID, QR, "a.example", DNS_TXT);
	dnsmsg_add(&msg, DNSMSG_ANSWER, "@ CNAME 9 b.example\nb.example TXT 9 v=spf1|x");
	for (; r != RES_OK && limit < 100000; limit += 8) {
		struct arena *a = arena_open(limit);
		struct dns_answer ans;

		r = read_msg(a, &sent, &ans);
		wrong += r != RES_OK && r != RES_NOMEM;
		arena_close(a);
	}
	tap_ok(r == RES_OK && limit > 100 && wrong == 0, "too little memory: RES_NOMEM");
}

static void
test_many(void)
{
	struct dns_query sent = query_for("a.example", DNS_A);

	for (int n = DNS_WIRE_MAX_RECORDS; n <= DNS_WIRE_MAX_RECORDS + 1; n++) {
		struct arena *a = arena_open(0);
		struct dns_answer ans = {0};
		bool fits = n == DNS_WIRE_MAX_RECORDS;

		dnsmsg_begin(&msg, ID, QR, "a.example", DNS_A);
		for (int i = 0; i < n; i++)
			dnsmsg_add(&msg, DNSMSG_ANSWER, "@ A 9 192.0.2.1");
		tap_eq_res(read_msg(a, &sent, &ans), fits ? RES_OK : RES_LIMIT, "%d records", n);
		tap_eq_int((long long)ans.count, fits ? n : 0, "all of them or none");
		arena_close(a);
	}
	dnsmsg_begin(&msg, ID, QR, "a.example", DNS_A);
	dnsmsg_add(&msg, DNSMSG_ANSWER, "@ A 9 192.0.2.1");
	msg.octets[7] = 9;
	tap_eq_res(read_msg(NULL, &sent, &(struct dns_answer){0}), RES_SYNTAX, "counts 9, holds 1");
}

/* A deterministic stranger: nothing he sends is read beyond its end (the sanitizer looks), or
 * looped over. */
static void
test_mutated(void)
{
	struct dns_query sent = query_for("a.example", DNS_MX);
	uint64_t seed = 42;
	size_t found = 0, broken = 0;

	for (int i = 0; i < 30000; i++) {
		struct arena *a = arena_open(0);
		struct dns_answer ans = {0};
		char *copy;

		dnsmsg_begin(&msg, ID, QR, "a.example", DNS_MX);
		dnsmsg_add(&msg, DNSMSG_ANSWER, "@ CNAME 9 b.example\nb.example MX 9 hex:000ac027");
		dnsmsg_add(&msg, DNSMSG_AUTHORITY, SOA);
		for (int k = 0; k < 1 + i % 4; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			msg.octets[12 + (seed >> 33) % (msg.len - 12)] = (uint8_t)(seed >> 24);
		}
		copy = malloc(msg.len);
		memcpy(copy, msg.octets, msg.len);
		if (dns_wire_read(a, &sent, (uint8_t *)copy, msg.len, &ans) != RES_OK)
			broken++;
		else if (ans.status == DNS_FOUND)
			found += ans.count;
		free(copy);
		arena_close(a);
	}
	tap_ok(found > 100 && broken > 100, "30,000 mutated answers: %zu read, %zu refused", found,
	    broken);
}

int
main(void)
{
	test_query();
	test_classify();
	test_read();
	test_cut();
	test_no_memory();
	test_many();
	test_mutated();
	return tap_done();
}
