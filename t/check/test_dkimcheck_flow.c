#include "check/dkimcheck.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "check/lookups.h"
#include "t/check/dkimcase.h"
#include "t/tap.h"

/* What a row of dkim.table cannot say: bodies cut anywhere, several signatures, evidence, memory,
 * questions. */

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define KEY_NAME "sel._domainkey.example.org"

static const struct dkim_conf usual = {
	.max_signatures = 10,
	.rules.minimum_key_bits = 1024,
	.now_s = DKIMCASE_NOW,
};

static struct str
zone_for(struct arena *a, const char *kind)
{
	struct buf b = buf_in(a, 4096);

	buf_puts(&b, "v=DKIM1; k=");
	buf_puts(&b, strcmp(kind, "ed25519") == 0 ? kind : "rsa");
	buf_puts(&b, "; p=");
	buf_puts(&b, dkimcase_public(kind));
	return dkimcase_zone(a, KEY_NAME, buf_str(&b));
}

/* Result of the topmost signature; *ret_problem lives as long as the arena. */
static enum dkim_result
examine(const struct dkimcase *c, const struct dkim_conf *conf, size_t chunk,
    struct str *ret_problem)
{
	struct ev_dkim *list;
	size_t count;

	dkimcase_examine(c, conf, zone_for(c->arena, "rsa1024"), chunk, &list, &count);
	*ret_problem = count > 0 ? list[0].problem : (struct str){0};
	return count > 0 ? list[0].result : DKIM_RESULT_NONE;
}

static bool
has(struct str text, const char *part)
{
	return text.len > 0 && memmem(text.p, text.len, part, strlen(part)) != NULL;
}

#define TAGS(c) "v=1; a=rsa-sha256; c=" c "; d=example.org; s=sel; h=From:To:Subject:Date"

/* The result must not depend on where libmilter cuts. */
static void
test_cuts(void)
{
	static const char *tags[] = { TAGS("simple/simple"), TAGS("relaxed/relaxed"),
		TAGS("relaxed/simple") };
	static const char *bodies[] = {
		"Hello,\r\n\r\nblanks  and \t tabs \r\n\r\n\r\nend\r\n",
		"\r\n\r\n x\r\n\r\n", "\r\n", " \r\n", "a", "a\r\nb", "a\r\n ", "a\r", "",
	};
	struct str problem;

	for (size_t t = 0; t < COUNT(tags); t++) {
		for (size_t b = 0; b < COUNT(bodies); b++) {
			size_t wrong = 0;

			for (size_t chunk = 0; chunk <= strlen(bodies[b]); chunk++) {
				struct arena *a = arena_open(0);
				struct dkimcase c;

				dkimcase_open(&c, a);
				c.body = str_from(bodies[b]);
				dkimcase_sign(&c, "rsa1024", tags[t]);
				if (strcmp(bodies[b], "a\r") != 0 &&
				    examine(&c, &usual, chunk, &problem) != DKIM_RESULT_PASS)
					wrong++;
				arena_close(a);
			}
			tap_eq_int((long long)wrong, 0,
			    "6376 3.4: body %zu of case %zu in pieces of any size", b, t);
		}
	}
}

static void
test_clock(void)
{
	static const struct {
		int64_t now;
		const char *times;
		enum dkim_result result;
		const char *rule;
	} rows[] = {
		{ 1200000000, "t=1199999000; x=1200000001", DKIM_RESULT_PASS,
		    "valid at the time of the clock" },
		{ 1200000000, "t=1199999000; x=1199999999", DKIM_RESULT_PERMERROR, "expired then" },
		{ 2200000000, "t=2199999000; x=2200000001", DKIM_RESULT_PASS,
		    "a clock in the future" },
		{ 0, "t=1199999000; x=1200000001", DKIM_RESULT_PERMERROR,
		    "no fixed clock: the system's" },
		{ 0, "x=4000000000", DKIM_RESULT_PASS, "no fixed clock, not expired" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dkim_conf conf = usual;
		struct arena *a = arena_open(0);
		struct buf tags = buf_in(a, 512);
		struct dkimcase c;
		struct str problem;

		conf.now_s = rows[i].now;
		buf_puts(&tags, TAGS("relaxed/relaxed") "; ");
		buf_puts(&tags, rows[i].times);
		dkimcase_open(&c, a);
		dkimcase_sign(&c, "rsa1024", tags.p);
		tap_eq_int(examine(&c, &conf, 0, &problem), rows[i].result, "6376 3.5 x=: %s",
		    rows[i].rule);
		arena_close(a);
	}
}

/* dkim.accept_partial_body: for those who can live with it, and are told all the same. */
static void
test_partial_body(void)
{
	struct dkim_conf conf = usual;

	for (int accepted = 0; accepted < 2; accepted++) {
		struct arena *a = arena_open(0);
		struct dkimcase c;
		struct str problem;

		conf.rules.accept_partial_body = accepted;
		dkimcase_open(&c, a);
		dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed") "; l=5");
		tap_eq_int(examine(&c, &conf, 0, &problem),
		    accepted ? DKIM_RESULT_PASS : DKIM_RESULT_POLICY,
		    "6376 8.2: l= short of the body, accepted %d", accepted);
		tap_eq_str(problem, STR("the body goes on after l="), "6376 8.2: and said");
		arena_close(a);
	}
}

static void
test_odd_bodies(void)
{
	struct arena *a = arena_open(0);
	struct str problem;
	struct dkimcase c;

	dkimcase_open(&c, a);
	c.body = STR("a\nb\r\n");
	dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed"));
	tap_eq_int(examine(&c, &usual, 0, &problem), DKIM_RESULT_FAIL,
	    "5321 2.3.8: no pass over a bare LF");

	dkimcase_open(&c, a);
	c.body = STR("ab\r\n");
	dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed"));
	c.body = STR("a\rb\r\n");
	if (examine(&c, &usual, 0, &problem) == DKIM_RESULT_PASS)
		tap_ok(has(problem, "bare CR"), "a CR that the library drops is told");
	else
		tap_ok(true, "a CR that was added is no pass");

	dkimcase_open(&c, a);
	c.fields[0].value = STR(" Joe, undisclosed:; <@@>");
	dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed"));
	tap_eq_int(examine(&c, &usual, 0, &problem), DKIM_RESULT_PASS,
	    "6376 1.1: a From nobody can parse is signed");

	dkimcase_open(&c, a);
	c.count = 1;
	c.body = STR("");
	dkimcase_sign(&c, "rsa1024", TAGS("simple/simple"));
	tap_eq_int(examine(&c, &usual, 0, &problem), DKIM_RESULT_PASS,
	    "6376 3.4.3: From alone, no body");
	c.body = STR("x\r\n");
	tap_eq_int(examine(&c, &usual, 0, &problem), DKIM_RESULT_FAIL,
	    "a body where there was none");
	arena_close(a);
}

static void
test_evidence(void)
{
	struct arena *a = arena_open(0);
	struct dkimcase c;
	struct ev_dkim *list;
	size_t n;

	dkimcase_open(&c, a);
	dkimcase_sign(&c, "rsa1024",
	    "v=1; a=RSA-SHA256; d=EXAMPLE.org; s=sel; i=j=6Fe@Sub.example.org; h=From");
	dkimcase_sign(&c, "ed25519", "v=1; a=ed25519-sha256; d=example.org; s=sel; h=From");
	dkimcase_insert(&c, 0, STR("DKIM-Signature"),
	    STR(" a=rsa-sha256; b=AA BB\r\n\tCC==; d=x.example; v=1; s=q"));
	dkimcase_insert(&c, 0, STR("DKIM-Signature"), STR(" no tags at all"));
	dkimcase_examine(&c, &usual, zone_for(a, "rsa1024"), 0, &list, &n);
	tap_eq_int((long long)n, 4, "one for each signature, in their order");
	tap_ok(list[0].domain.p == NULL && list[0].b_prefix.p == NULL && list[0].identity.p == NULL,
	    "what cannot be read is NULL");
	tap_eq_str(list[1].b_prefix, STR("AABBCC=="), "8601 2.7.1, 6008: b= without its blanks");
	tap_eq_str(list[1].domain, STR("x.example"), "d= of a signature that is incomplete");
	tap_eq_str(list[1].identity, STR("@x.example"), "6376 3.5: i= by default");
	tap_eq_str(list[2].algorithm, STR("ed25519-sha256"), "a=");
	tap_eq_int(list[2].result, DKIM_RESULT_PERMERROR, "8463 3: the key is one of RSA");
	tap_eq_int(list[3].result, DKIM_RESULT_PASS, "the lowest one passes all the same");
	tap_eq_str(list[3].domain, STR("example.org"), "d= in lower case");
	tap_eq_str(list[3].selector, STR("sel"), "s=");
	tap_eq_str(list[3].identity, STR("joe@Sub.example.org"), "i= decoded");
	tap_eq_str(list[3].algorithm, STR("rsa-sha256"), "a= in lower case");
	tap_eq_int(list[3].bits, 1024, "bits of the key");
	tap_eq_int((long long)list[3].b_prefix.len, 8, "8601 2.7.1: eight characters of b=");
	tap_ok(!list[3].aligned, "aligned is for others to say");
	arena_close(a);
}

static void
test_several(void)
{
	struct dkim_conf two = usual;
	struct arena *a = arena_open(0);
	struct dkimcase c;
	struct ev_dkim *list;
	size_t n;

	two.max_signatures = 2;
	dkimcase_open(&c, a);
	for (int i = 0; i < 4; i++)
		dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed"));
	dkimcase_examine(&c, &two, zone_for(a, "rsa1024"), 0, &list, &n);
	tap_eq_int((long long)n, 2, "no more than max_signatures");
	tap_ok(n == 2 && list[0].result == DKIM_RESULT_PASS && list[0].problem.p == NULL,
	    "the first passes");
	tap_ok(n == 2 && list[1].result == DKIM_RESULT_PASS &&
		str_eq(list[1].problem, STR("2 more signatures were not examined")),
	    "the last says how many were left");

	/* A forwarder signs the signature that was there (6376 5.4). */
	dkimcase_open(&c, a);
	dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed") "; x=1200000000");
	dkimcase_sign(&c, "rsa1024",
	    "v=1; a=rsa-sha256; d=example.org; s=sel; h=From:DKIM-Signature");
	dkimcase_examine(&c, &usual, zone_for(a, "rsa1024"), 0, &list, &n);
	tap_eq_int(list[0].result, DKIM_RESULT_PASS, "6376 5.4: a signature over an expired one");
	tap_eq_int(list[1].result, DKIM_RESULT_PERMERROR, "which itself does not pass");
	c.fields[1].value = STR(" this is none");
	dkimcase_examine(&c, &usual, zone_for(a, "rsa1024"), 0, &list, &n);
	tap_ok(list[0].result == DKIM_RESULT_PERMERROR &&
		has(list[0].problem, "another DKIM-Signature"),
	    "over one that cannot be read");
	two.max_signatures = 1;
	dkimcase_examine(&c, &two, zone_for(a, "rsa1024"), 0, &list, &n);
	tap_ok(n == 1 && list[0].result == DKIM_RESULT_PERMERROR, "over one that is not examined");

	c.count = 0;
	dkimcase_examine(&c, &usual, zone_for(a, "rsa1024"), 0, &list, &n);
	tap_eq_int((long long)n, 0, "no header, no signature");
	arena_close(a);
}

/* With every amount of memory: it passes or is temperror, with d= as soon as there is room for
 * it. */
static void
test_memory(void)
{
	size_t passed = 0, temporary = 0, other = 0, anonymous = 0;

	for (size_t limit = 16; limit < 32000; limit += 64) {
		struct arena *a = arena_open(0), *small = arena_open(limit);
		struct dkimcase c;
		struct ev_dkim *list = NULL;
		size_t n = 0;

		dkimcase_open(&c, a);
		dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed"));
		c.fields[1].value = STR(" Joe <joe@example.org>");
		c.arena = a;
		dkimcase_examine_in(&c, small, &usual, zone_for(a, "rsa1024"), &list, &n);
		if (n == 1 && list[0].result == DKIM_RESULT_PASS)
			passed++;
		else if (n == 1 && list[0].result == DKIM_RESULT_TEMPERROR)
			temporary++;
		else if (n != 0)
			other++;
		if (n == 1 && list[0].domain.p == NULL)
			anonymous++;
		arena_close(small);
		arena_close(a);
	}
	tap_ok(passed > 0, "enough memory: it passes (%zu)", passed);
	tap_eq_int((long long)other, 0, "out of memory is temperror, never fail (%zu)", temporary);
	tap_note("%zu passed, %zu temperror, %zu without d=", passed, temporary, anonymous);
}

struct counter {
	unsigned asked;
	struct str last;
	char name[256];
};

static void
count_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	static const struct dns_answer none = { .status = DNS_NXDOMAIN };
	struct counter *k = self;

	k->asked++;
	memcpy(k->name, q->name.p, q->name.len);
	k->last = (struct str){ k->name, q->name.len };
	done(arg, &none);
}

static void
test_questions(void)
{
	static const struct lookups_conf waiting = { .deadline_ms = 2000, .max_questions = 100 };
	struct arena *a = arena_open(0);
	struct counter k = {0};
	struct dns_port dns = { count_ask, NULL, &k };
	struct clock_port clock = clock_system();
	struct lookups *l = lookups_open(&dns, &clock, &waiting);
	struct dkim_lib *lib;
	struct dkim_run *run;
	struct dkimcase c;
	struct ev_dkim *list;
	struct dns_question q;
	size_t n;

	dkimcase_open(&c, a);
	dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed"));
	dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed"));
	dkimcase_sign(&c, "rsa1024", TAGS("relaxed/relaxed") "; q=other");
	tap_eq_res(dkimcheck_key_question(a, c.fields[1].value, &q), RES_OK,
	    "6376 3.6.2.1: a question");
	tap_eq_str(q.name, STR(KEY_NAME), "6376 3.6.2.1: its name");
	tap_eq_int(q.type, DNS_TXT, "6376 3.6.2.2: its type");
	tap_eq_res(dkimcheck_key_question(a, c.fields[0].value, &q), RES_NONE,
	    "no question for a broken one");
	if (dkimcheck_lib_open(&usual, &lib) != RES_OK ||
	    dkimcheck_begin(lib, a, "q", &run) != RES_OK)
		abort();
	for (size_t i = 0; i < c.count; i++)
		dkimcheck_header(run, c.fields[i].name, c.fields[i].value);
	dkimcheck_eoh(run);
	dkimcheck_body(run, c.body);
	tap_eq_int(k.asked, 0, "no question before the end of the message");
	dkimcheck_end(run, l, &list, &n);
	tap_eq_int(k.asked, 1,
	    "two signatures with one key: one question; none for the broken one");
	tap_eq_str(k.last, STR(KEY_NAME), "of this name");
	tap_ok(n == 3 && list[1].result == DKIM_RESULT_PERMERROR &&
		list[2].result == DKIM_RESULT_PERMERROR,
	    "6376 6.1.2: no key");
	lookups_close(l);
	arena_close(a);
	dkimcheck_lib_close(lib);
}

int
main(void)
{
	test_cuts();
	test_clock();
	test_partial_body();
	test_odd_bodies();
	test_evidence();
	test_several();
	test_memory();
	test_questions();
	dkimcase_free_keys();
	return tap_done();
}
