#include "core/dkimsig.h"

#include <stdlib.h>

#include "base/buf.h"
#include "core/dkimkey.h"
#include "t/tap.h"

/* What dkim.table shows through whole messages is not repeated here: faults and their order,
 * limits, evidence. */

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define GOOD "v=1; a=rsa-sha256; d=Example.org; s=s1; h=From; bh=AAAA; b=AA BB\r\n CC"
#define NOW 1788256800

static struct dkimsig
read_sig(struct arena *a, const char *text, int64_t now)
{
	struct dkimsig sig;

	if (dkimsig_read(a, tap_exact(text), now, &sig) != RES_OK)
		abort();
	return sig;
}

static void
test_faults(void)
{
	static const struct {
		const char *in;
		enum dkim_fault fault;
		const char *rule;
	} rows[] = {
		{ GOOD, DKIM_FAULT_NONE, "sound" },
		{ GOOD "; x=1; t=2; i=@other.org; q=none", DKIM_FAULT_QUERY,
		    "a tag before what tags say together" },
		{ GOOD "; x=1; x=2; l=x", DKIM_FAULT_TWICE, "3.2: twice before all others" },
		{ "v=2; " GOOD, DKIM_FAULT_TWICE, "3.2: twice, whatever they say" },
		{ GOOD "; i=@other.org; x=1", DKIM_FAULT_OUTSIDE, "i= before x=" },
		{ GOOD "; t=1788257101", DKIM_FAULT_FUTURE, "3.5: t= more than 300 s ahead" },
		{ GOOD "; t=1788257100", DKIM_FAULT_NONE, "3.5: t= 300 s ahead" },
		{ GOOD "; x=999999999999", DKIM_FAULT_NONE, "3.5: twelve digits" },
		{ GOOD "; x=9999999999999", DKIM_FAULT_VALUE, "thirteen digits" },
		{ GOOD "; t=5; x=5", DKIM_FAULT_TIME_ORDER, "3.5: x= must be greater than t=" },
		{ GOOD "; l=0", DKIM_FAULT_NONE, "3.5: l=0" },
		{ GOOD "; l=", DKIM_FAULT_VALUE, "3.5: l= empty" },
		{ GOOD "; i=", DKIM_FAULT_VALUE, "3.5: i= empty" },
		{ GOOD "; i=\"a@b\"@Example.ORG", DKIM_FAULT_NONE, "3.5: the last @ of i= counts" },
		{ GOOD "; i=a@example.org.", DKIM_FAULT_VALUE, "3.5: i= with a final dot" },
		{ GOOD "; c=simple/", DKIM_FAULT_CANON, "3.5: half a c=" },
		{ GOOD "; c=", DKIM_FAULT_CANON, "3.5: c= empty" },
		{ GOOD "; q=dns", DKIM_FAULT_QUERY, "3.5: q= of the drafts" },
	};
	struct arena *a = arena_open(0);

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_eq_int(read_sig(a, rows[i].in, NOW).fault, rows[i].fault, "6376 %s",
		    rows[i].rule);
	tap_eq_int(read_sig(a, GOOD "; x=5", 0).fault, DKIM_FAULT_NONE,
	    "no clock: x= is not compared");
	arena_close(a);
}

static void
test_names(void)
{
	struct arena *a = arena_open(0);

	for (unsigned n = DKIMSIG_MAX_NAMES - 1; n <= DKIMSIG_MAX_NAMES + 1; n++) {
		struct buf b = buf_in(a, 8192);

		buf_puts(&b, "v=1; a=rsa-sha256; d=example.org; s=s; bh=AAAA; b=AAAA; h=From");
		for (unsigned i = 1; i < n; i++)
			buf_puts(&b, ":To");
		tap_eq_int(read_sig(a, b.p, NOW).fault,
		    n <= DKIMSIG_MAX_NAMES ? DKIM_FAULT_NONE : DKIM_FAULT_NAMES,
		    "%u names in h=", n);
	}
	arena_close(a);
}

static void
test_values(void)
{
	struct arena *a = arena_open(0);
	struct dkimsig sig = read_sig(a, GOOD "; c=relaxed/relaxed; l=7", NOW);
	struct dns_question q;

	tap_eq_str(sig.domain, STR("example.org"), "d=");
	tap_eq_str(sig.identity, STR("@example.org"), "i= by default");
	tap_eq_str(sig.b_prefix, STR("AABBCC"), "b=");
	tap_ok(sig.kind == DKIM_RSA_SHA256 && sig.relaxed_body && sig.has_length &&
		sig.length == 7 && !sig.has_time && !dkimsig_is_below(&sig),
	    "the others");
	tap_eq_res(dkimsig_key_question(a, &sig, &q), RES_OK, "6376 3.6.2.1: a question");
	tap_eq_str(q.name, STR("s1._domainkey.example.org"), "6376 3.6.2.1: its name");
	sig = read_sig(a, GOOD "; i=@a.EXAMPLE.org", NOW);
	tap_ok(dkimsig_is_below(&sig), "i= below d=");
	sig = read_sig(a, "v=1; d=no name; s=s1; a=what ever", NOW);
	tap_ok(sig.domain.p == NULL && sig.identity.p == NULL && sig.algorithm.p == NULL,
	    "what cannot be read");
	tap_eq_str(sig.selector, STR("s1"), "what can be read beside it");
	tap_eq_res(dkimsig_key_question(a, &sig, &q), RES_NONE, "no question");
	arena_close(a);
}

static void
test_key(void)
{
	static const struct {
		enum dns_status status;
		size_t count;
		const char *text;
		enum dkim_fault fault;
		const char *rule;
	} rows[] = {
		{ DNS_FOUND, 1, "p=AAAA", DKIM_FAULT_NONE, "sound" },
		{ DNS_FOUND, 1, "v=DKIM1;p=AAAA;", DKIM_FAULT_NONE, "sound" },
		{ DNS_FOUND, 1, "v=dkim1; p=AAAA", DKIM_FAULT_KEY_VERSION, "3.6.1: v= has case" },
		{ DNS_FOUND, 1, "", DKIM_FAULT_KEY_SYNTAX, "3.6.1: empty" },
		{ DNS_FOUND, 1, "k=RSA; p=AAAA", DKIM_FAULT_NONE, "k= has no case" },
		{ DNS_FOUND, 1, "k=; p=AAAA", DKIM_FAULT_KEY_TYPE, "k= empty" },
		{ DNS_FOUND, 1, "s=; p=AAAA", DKIM_FAULT_KEY_SERVICE, "s= empty" },
		{ DNS_FOUND, 1, "h= sha1 : SHA256; p=AAAA", DKIM_FAULT_NONE, "h= with blanks" },
		{ DNS_FOUND, 1, "v=DKIM1; k=none; h=none; s=none; p=", DKIM_FAULT_KEY_TYPE,
		    "the first of several" },
		{ DNS_FOUND, 2, "p=AAAA", DKIM_FAULT_KEY_TWO, "3.6.2.2: two records" },
		{ DNS_NODATA, 0, "", DKIM_FAULT_KEY_NONE, "no TXT" },
		{ DNS_NXDOMAIN, 0, "", DKIM_FAULT_KEY_NONE, "no name" },
		{ DNS_FAILED, 0, "", DKIM_FAULT_KEY_UNKNOWN, "SERVFAIL" },
		{ DNS_REFUSED, 0, "", DKIM_FAULT_KEY_UNKNOWN, "REFUSED" },
		{ DNS_TIMEOUT, 0, "", DKIM_FAULT_KEY_UNKNOWN, "time-out" },
		{ DNS_CANCELLED, 0, "", DKIM_FAULT_KEY_UNKNOWN, "cancelled" },
	};
	struct arena *a = arena_open(0);
	struct dkimsig sig = read_sig(a, GOOD, NOW);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_record records[2] = { { .text = tap_exact(rows[i].text) },
			{ .text = STR("p=AAAA") } };
		struct dns_answer ans = { .status = rows[i].status,
			.records = records,
			.count = rows[i].count };
		struct dkimkey key;

		if (tap_eq_res(dkimkey_read(a, &ans, &sig, &key), RES_OK, "6376 %s", rows[i].rule))
			tap_eq_int(key.fault, rows[i].fault, "6376 %s: fault", rows[i].rule);
	}
	arena_close(a);
}

/* Each fault has a sentence with its detail in it, and only none passes. */
static void
test_sentences(void)
{
	for (int f = 0; f < DKIM_FAULT_COUNT; f++) {
		char mem[256];
		struct buf b = buf_on(mem, sizeof mem);

		dkimfault_write(&b, (enum dkim_fault)f, STR("DETAIL"));
		tap_ok((b.len > 0) == (f != DKIM_FAULT_NONE) &&
			str_find(buf_str(&b), '$') == b.len && b.len < 110,
		    "sentence %d: %s", f, mem);
		tap_ok((dkimfault_result((enum dkim_fault)f) == DKIM_RESULT_PASS) ==
			(f == DKIM_FAULT_NONE),
		    "fault %d is no pass", f);
	}
}

int
main(void)
{
	test_faults();
	test_names();
	test_values();
	test_key();
	test_sentences();
	return tap_done();
}
