#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/dns_stub.h"
#include "t/check/dnsserver.h"
#include "t/check/dnswaiter.h"
#include "t/tap.h"

/* One record as text. */
static struct str
first_record(struct waiter *w)
{
	struct buf out = buf_in(w->arena, 70000);

	if (w->last.count > 0) {
		ipaddr_print(&out, &w->last.records[0].addr);
		buf_put(&out, w->last.records[0].text);
	}
	return buf_str(&out);
}

/* What a question comes to, at one server whose behaviour its first label chooses (dnsserver.h). */
static const struct {
	const char *rule, *name;
	enum dns_type type;
	enum dns_status status;
	unsigned tries;
	uint32_t ttl_s;
	const char *first;
} rows[] = {
	{ "an answer", "ok.example", DNS_A, DNS_FOUND, 1, 60, "192.0.2.1" },
	{ "NXDOMAIN", "nx.example", DNS_A, DNS_NXDOMAIN, 1, 30, "" },
	{ "no data", "nodata.example", DNS_A, DNS_NODATA, 1, 30, "" },
	{ "SERVFAIL: all tries at once", "servfail.example", DNS_A, DNS_FAILED, 3, 0, "" },
	{ "SERVFAIL without question", "bare.example", DNS_A, DNS_FAILED, 3, 0, "" },
	{ "REFUSED", "refused.example", DNS_A, DNS_REFUSED, 3, 0, "" },
	{ "first SERVFAIL, then an answer", "servfailfirst.example", DNS_A, DNS_FOUND, 2, 60,
	    "192.0.2.2" },
	{ "first packet lost", "dropfirst.example", DNS_A, DNS_FOUND, 2, 60, "192.0.2.2" },
	{ "two packets lost", "droptwo.example", DNS_A, DNS_FOUND, 3, 60, "192.0.2.3" },
	{ "nothing at all", "drop.example", DNS_A, DNS_TIMEOUT, 3, 0, "" },
	{ "the first try's answer comes after the second try", "late.example", DNS_A,
	    DNS_FOUND, 2, 60, "192.0.2.1" },
	{ "wrong id, then the right one", "wrongid.example", DNS_A, DNS_FOUND, 1, 60, "192.0.2.1" },
	{ "wrong question, then the right one", "wrongq.example", DNS_A,
	    DNS_FOUND, 1, 60, "192.0.2.1" },
	{ "noise, then the answer", "noise.example", DNS_A, DNS_FOUND, 1, 60, "192.0.2.1" },
	{ "case of the question changed", "upper.example", DNS_A, DNS_FOUND, 1, 60, "192.0.2.1" },
	{ "7766 5: cut, then by TCP in pieces", "tc.example", DNS_A,
	    DNS_FOUND, 1, 60, "192.0.2.1" },
	{ "wrong id by TCP, then the right one", "tcwrongid.example", DNS_A,
	    DNS_FOUND, 1, 60, "192.0.2.1" },
	{ "TCP closed half way", "tchalf.example", DNS_A, DNS_FAILED, 3, 0, "" },
	{ "TCP closed at once", "tcclose.example", DNS_A, DNS_FAILED, 3, 0, "" },
	{ "TCP never answers", "tcsilent.example", DNS_A, DNS_TIMEOUT, 3, 0, "" },
	{ "cut by TCP too", "tctc.example", DNS_A, DNS_FAILED, 3, 0, "" },
	{ "6891 7: FORMERR to EDNS", "formerr.example", DNS_A, DNS_FOUND, 1, 60, "192.0.2.1" },
	{ "FORMERR in any case", "formerrever.example", DNS_A, DNS_FAILED, 3, 0, "" },
	{ "CNAME chain", "chain.example", DNS_A, DNS_FOUND, 1, 20, "192.0.2.1" },
	{ "CNAME loop", "loop.example", DNS_A, DNS_FAILED, 3, 0, "" },
	{ "compression loop", "comploop.example", DNS_PTR, DNS_FAILED, 3, 0, "" },
	{ "forward pointer", "forward.example", DNS_PTR, DNS_FAILED, 3, 0, "" },
	{ "counts larger than the message", "counts.example", DNS_A, DNS_FAILED, 3, 0, "" },
};

static void
test_rows(const struct dns_port *port)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct waiter w;
		uint64_t before = tries(port);
		int64_t start = now_ms(), took;

		waiter_open(&w);
		waiter_ask(&w, port, str_from(rows[i].name), rows[i].type);
		waiter_wait(&w);
		took = now_ms() - start;
		tap_eq_text(dns_status_word(w.last.status), dns_status_word(rows[i].status),
		    "%s: status", rows[i].rule);
		tap_eq_str(first_record(&w), str_from(rows[i].first), "%s: record", rows[i].rule);
		tap_eq_int(w.last.ttl_s, rows[i].ttl_s, "%s: TTL", rows[i].rule);
		tap_eq_int((long long)(tries(port) - before), rows[i].tries, "%s: tries",
		    rows[i].rule);
		tap_ok(w.inside == 0, "%s: not from inside ask", rows[i].rule);
		if (rows[i].status == DNS_TIMEOUT)
			tap_ok(took >= DEADLINE_MS - 1, "%s: at the deadline", rows[i].rule);
		else
			tap_ok(took < DEADLINE_MS, "%s: before the deadline", rows[i].rule);
		waiter_close(&w);
	}
}

static void
test_big(const struct dns_port *port)
{
	struct waiter w;
	bool right = true;

	waiter_open(&w);
	waiter_ask(&w, port, STR("big.example"), DNS_TXT);
	waiter_wait(&w);
	tap_eq_int(w.last.status, DNS_FOUND, "a TXT of 65,025 octets by TCP");
	if (tap_eq_int(w.last.count > 0 ? (long long)w.last.records[0].text.len : 0, 65025, "all"))
		for (size_t i = 0; i < 65025; i++)
			right = right && w.last.records[0].text.p[i] == (char)('a' + i % 255 % 26);
	tap_ok(right, "in order");
	waiter_close(&w);
}

/* The server answers TXT of other names with the question's name as it came, in wire form. */
static const struct { const char *rule; struct str name, wire; } odd[] = {
	{ "SPF macro delimiters", { "a+b.example", 11 }, { "\003a+b\007example\0", 13 } },
	{ "SRS", { "SRS0=x=y.example", 16 }, { "\010SRS0=x=y\007example\0", 18 } },
	{ "a literal as HELO splits at its dots", { "[192.0.2.1]", 11 },
	    { "\004[192\0010\0012\0021]\0", 13 } },
	{ "8-bit", { "\303\244\377.example", 11 }, { "\003\303\244\377\007example\0", 13 } },
	{ "blanks, quotes", { "a \"b.example", 12 }, { "\004a \"b\007example\0", 14 } },
	{ "backslash is no escape", { "a\\046b.example", 14 }, { "\006a\\046b\007example\0", 16 } },
};

static void
test_odd_names(const struct dns_port *port)
{
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct waiter w;

		waiter_open(&w);
		waiter_ask(&w, port, odd[i].name, DNS_TXT);
		waiter_wait(&w);
		tap_eq_str(first_record(&w), odd[i].wire, "%s", odd[i].rule);
		waiter_close(&w);
	}
}

static const struct { const char *rule; struct str name; } unaskable[] = {
	{ "an empty label", { "a..example", 10 } },
	{ "a NUL", { "a\0b.example", 11 } },
	{ "a label of 64", 
	    { "0123456789012345678901234567890123456789012345678901234567890123", 64 } },
};

static void
test_unaskable(const struct dns_port *port)
{
	for (size_t i = 0; i < sizeof unaskable / sizeof *unaskable; i++) {
		struct waiter w;
		uint64_t before = tries(port);

		waiter_open(&w);
		waiter_ask(&w, port, unaskable[i].name, DNS_A);
		tap_eq_int(w.by_status[DNS_NXDOMAIN], 1, "%s: no such name, at once",
		    unaskable[i].rule);
		tap_ok(tries(port) == before, "%s: nobody is asked", unaskable[i].rule);
		waiter_close(&w);
	}
}

/* Servers that are of no use, and one that is. */
static void
test_failover(uint16_t good, uint16_t refusing, uint16_t failing, uint16_t silent, uint16_t closed)
{
	const struct {
		const char *rule;
		uint16_t ports[3];
		size_t count;
		enum dns_status status;
		unsigned tries;
		bool at_once;
	} cases[] = {
		{ "a closed port, then a server", { closed, good }, 2, DNS_FOUND, 2, true },
		{ "two closed ports, then a server", { closed, closed, good }, 3,
		    DNS_FOUND, 3, true },
		{ "one that refuses, then a server", { refusing, good }, 2,
		    DNS_FOUND, 2, true },
		{ "one that fails, then a server", { failing, good }, 2,
		    DNS_FOUND, 2, true },
		{ "one that is silent, then a server", { silent, good }, 2,
		    DNS_FOUND, 2, false },
		{ "all refuse", { refusing, refusing }, 2, DNS_REFUSED, 3, true },
		{ "one refuses, one fails", { refusing, failing }, 2, DNS_FAILED, 3, true },
		{ "one refuses, one is not there", { closed, refusing }, 2,
		    DNS_FAILED, 3, false },
		{ "one refuses, one is silent", { refusing, silent }, 2,
		    DNS_TIMEOUT, 3, false },
		{ "nobody is there", { closed }, 1, DNS_FAILED, 3, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct dns_server servers[3];
		struct dns_port port;
		struct waiter w;
		int64_t start, took;
		/* long enough to tell what is at once on a busy machine too */
		int timeout_ms = cases[i].at_once ? 50 * TIMEOUT_MS : TIMEOUT_MS;
		struct dns_stub_conf conf;

		for (size_t k = 0; k < cases[i].count; k++)
			servers[k] = at_port(cases[i].ports[k]);
		conf = (struct dns_stub_conf){ servers, cases[i].count, NULL, ATTEMPTS, timeout_ms,
		    timeout_ms + DEADLINE_MS, 1 };
		if (dns_stub_open(&conf, &port) != RES_OK)
			abort();
		waiter_open(&w);
		start = now_ms();
		waiter_ask(&w, &port, STR("ok.example"), DNS_A);
		waiter_wait(&w);
		took = now_ms() - start;
		tap_eq_text(dns_status_word(w.last.status), dns_status_word(cases[i].status),
		    "failover: %s", cases[i].rule);
		tap_eq_int((long long)tries(&port), cases[i].tries, "tries: %s", cases[i].rule);
		if (cases[i].at_once)
			tap_ok(took < timeout_ms, "at once: %s", cases[i].rule);
		dns_close(&port);
		waiter_close(&w);
	}
}

/* Its port is closed at the first try; it is there again for the second one. */
static void
test_restart(uint16_t closed)
{
	struct dns_server where = at_port(closed);
	struct dns_port port = open_port(&where, 1);
	struct dnsserver *server;
	struct waiter w;

	waiter_open(&w);
	waiter_ask(&w, &port, STR("ok.example"), DNS_A);
	sleep_ms(TIMEOUT_MS / 3);
	server = dnsserver_open("127.0.0.1", closed, DNSSERVER_BY_NAME);
	waiter_wait(&w);
	if (server != NULL)
		tap_eq_int(w.last.status, DNS_FOUND, "the only server is restarted meanwhile");
	dns_close(&port);
	dnsserver_close(server);
	waiter_close(&w);
}

static void
test_ipv6(void)
{
	struct dnsserver *server = dnsserver_open("::1", 0, DNSSERVER_BY_NAME);
	struct dns_server where = { .addr = { IP_V6, { [15] = 1 } } };
	struct dns_port port;
	struct waiter w;

	if (server == NULL) {
		tap_note("no IPv6 here");
		return;
	}
	where.port = dnsserver_port(server);
	port = open_port(&where, 1);
	waiter_open(&w);
	waiter_ask(&w, &port, STR("ok.example"), DNS_A);
	waiter_ask(&w, &port, STR("tc.example"), DNS_A);
	waiter_wait(&w);
	tap_eq_int(w.by_status[DNS_FOUND], 2, "a server on ::1, UDP and TCP");
	dns_close(&port);
	dnsserver_close(server);
	waiter_close(&w);
}

static void
write_resolvconf(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

/* Only where port 53 of a loopback address may be used. */
static void
test_resolvconf(void)
{
	struct dnsserver *ok = dnsserver_open("127.9.53.1", 53, DNSSERVER_BY_NAME);
	struct dnsserver *refusing = dnsserver_open("127.9.53.2", 53, DNSSERVER_REFUSES);
	char dir[] = "test_dns_stub.XXXXXX", path[64];
	struct dns_stub_conf conf = { NULL, 0, path, 1, TIMEOUT_MS, DEADLINE_MS, 10 };
	struct dns_port port;
	struct waiter w;

	if (ok == NULL || refusing == NULL || mkdtemp(dir) == NULL) {
		tap_note("port 53 is not ours to use");
		dnsserver_close(ok);
		dnsserver_close(refusing);
		return;
	}
	snprintf(path, sizeof path, "%s/resolv.conf", dir);
	write_resolvconf(path, "nameserver 127.9.53.2\n");
	waiter_open(&w);
	if (dns_stub_open(&conf, &port) != RES_OK)
		abort();
	waiter_ask(&w, &port, STR("ok.example"), DNS_A);
	waiter_wait(&w);
	tap_eq_int(w.last.status, DNS_REFUSED, "the server of resolv.conf");
	write_resolvconf(path, "# changed\nnameserver 127.9.53.1\n");
	sleep_ms(1001);
	waiter_ask(&w, &port, STR("ok.example"), DNS_A);
	waiter_wait(&w);
	tap_eq_int(w.last.status, DNS_FOUND, "the new one, a second after the change");
	dns_close(&port);
	waiter_close(&w);
	unlink(path);
	rmdir(dir);
	dnsserver_close(ok);
	dnsserver_close(refusing);
}

int
main(void)
{
	struct dnsserver *good = dnsserver_open("127.0.0.1", 0, DNSSERVER_BY_NAME);
	struct dnsserver *refusing = dnsserver_open("127.0.0.1", 0, DNSSERVER_REFUSES);
	struct dnsserver *failing = dnsserver_open("127.0.0.1", 0, DNSSERVER_FAILS);
	struct dnsserver *silent = dnsserver_open("127.0.0.1", 0, DNSSERVER_SILENT);
	struct dnsserver *gone = dnsserver_open("127.0.0.1", 0, DNSSERVER_SILENT);
	struct dns_server where;
	struct dns_port port;
	uint16_t closed;

	if (good == NULL || refusing == NULL || failing == NULL || silent == NULL || gone == NULL)
		return tap_skip_all("no loopback network");
	closed = dnsserver_port(gone);
	dnsserver_close(gone);
	where = at_port(dnsserver_port(good));
	port = open_port(&where, 1);
	test_rows(&port);
	test_big(&port);
	test_odd_names(&port);
	test_unaskable(&port);
	test_failover(where.port, dnsserver_port(refusing), dnsserver_port(failing),
	    dnsserver_port(silent), closed);
	test_restart(closed);
	test_ipv6();
	test_resolvconf();
	dns_close(&port);
	dnsserver_close(good);
	dnsserver_close(refusing);
	dnsserver_close(failing);
	dnsserver_close(silent);
	return tap_done();
}
