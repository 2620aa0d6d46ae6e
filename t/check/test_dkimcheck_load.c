#include "check/dkimcheck.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/dkimbody.h"
#include "check/dns_text.h"
#include "check/lookups.h"
#include "t/check/dkimcase.h"
#include "t/tap.h"

/* What strangers send, large messages, many threads. */

#define KEY_NAME "sel._domainkey.example.org"
#define TAGS "v=1; a=rsa-sha256; c=simple/relaxed; d=example.org; s=sel; h=From:To:Subject:Date"

#define RELAXED "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=From:Subject:Date"
#define TEXT "A line of text, as there are many.  \r\n"

enum {
	LARGE = 60000,			/* the longest field that Postfix hands on */
	MANY_SIGNATURES = 5000, MANY_FIELDS = 20000,
	BODY = 10 << 20, CHUNK = 65535,
	THREADS = 8, ROUNDS = 25,
};

static const struct dkim_conf conf = {
	.max_signatures = 10,
	.rules.minimum_key_bits = 1024,
	.now_s = DKIMCASE_NOW,
};

struct bench {				/* one configuration and one zone for all messages */
	struct dns_port dns;
	struct dkim_lib *lib;
};

static struct str
zone(struct arena *a)
{
	struct buf b = buf_in(a, 4096);

	buf_puts(&b, "v=DKIM1; p=");
	buf_puts(&b, dkimcase_public("rsa1024"));
	return dkimcase_zone(a, KEY_NAME, buf_str(&b));
}

static void
bench_open(struct bench *b)
{
	struct arena *a = arena_open(0);
	char mem[256];
	struct buf err = buf_on(mem, sizeof mem);

	if (dns_text_open(zone(a), "zone", &err, &b->dns) != RES_OK ||
	    dkimcheck_lib_open(&conf, &b->lib) != RES_OK)
		abort();
	arena_close(a);
}

static void
bench_close(struct bench *b)
{
	dns_close(&b->dns);
	dkimcheck_lib_close(b->lib);
}

struct job {				/* one message through a bench */
	struct bench *bench;
	struct arena *arena;
	struct lookups *l;
	struct dkim_run *run;
	struct ev_dkim *list;
	size_t count;
};

static void
job_open(struct job *j, struct bench *b)
{
	static const struct lookups_conf waiting = { .deadline_ms = 5000, .max_questions = 100 };
	struct clock_port clock = clock_system();

	*j = (struct job){ .bench = b, .arena = arena_open(0) };
	j->l = lookups_open(&b->dns, &clock, &waiting);
	if (j->l == NULL || dkimcheck_begin(b->lib, j->arena, "load", &j->run) != RES_OK)
		abort();
}

static void
job_header(struct job *j, const struct dkimcase *c)
{
	for (size_t i = 0; i < c->count; i++)
		dkimcheck_header(j->run, c->fields[i].name, c->fields[i].value);
}

static void
job_end(struct job *j)
{
	dkimcheck_end(j->run, j->l, &j->list, &j->count);
}

static void
job_close(struct job *j)
{
	lookups_close(j->l);
	arena_close(j->arena);
}

/* The case with one signature field before its own. */
static void
examine_with(struct bench *b, const struct dkimcase *c, struct str value, struct job *j)
{
	job_open(j, b);
	dkimcheck_header(j->run, STR("DKIM-Signature"), tap_exact_str(value));
	job_header(j, c);
	dkimcheck_eoh(j->run);
	dkimcheck_body(j->run, c->body);
	job_end(j);
}

static struct str
repeated(struct arena *a, const char *head, const char *part, const char *tail)
{
	struct buf b = buf_in(a, LARGE + 100);

	buf_puts(&b, head);
	for (unsigned i = 0; b.len < LARGE; i++) {
		buf_puts(&b, part);
		if (strchr(part, '#') != NULL) {
			buf_cut(&b, b.len - 1);
			buf_putu(&b, i);
			buf_puts(&b, "=;");
		}
	}
	buf_puts(&b, tail);
	return buf_str(&b);
}

static void
test_hostile(struct bench *b)
{
	static const struct {
		const char *head, *part, *tail;
		enum dkim_result result;
		const char *what;
	} rows[] = {
		{ "", "x#", "", DKIM_RESULT_NEUTRAL, "thousands of tags" },
		{ " ", ";", "", DKIM_RESULT_NEUTRAL, "semicolons" },
		{ " ", "=", "", DKIM_RESULT_NEUTRAL, "equal signs" },
		{ " ", " ", "", DKIM_RESULT_NEUTRAL, "blanks" },
		{ " ", "\n ", "", DKIM_RESULT_NEUTRAL, "folds" },
		{ " v=1", "\xff", "", DKIM_RESULT_NEUTRAL, "8-bit" },
		{ " a=", "rsa-", "", DKIM_RESULT_NEUTRAL, "a long algorithm" },
		{ TAGS "; bh=AAAA; b=", "AAAA", "", DKIM_RESULT_FAIL, "a long b=" },
		{ TAGS "; b=AAAA; bh=", "AAAA", "", DKIM_RESULT_FAIL, "a long bh=" },
		{ TAGS "; b=AAAA; bh=AAAA; i=", "a", "@example.org", DKIM_RESULT_NEUTRAL,
		    "a long i=" },
		{ TAGS "; b=AAAA; bh=AAAA; i=", "=4A", "@example.org", DKIM_RESULT_NEUTRAL,
		    "a long quoted i=" },
		{ TAGS "; b=AAAA; bh=AAAA; z=", "From:x|", "", DKIM_RESULT_FAIL, "a long z=" },
		{ TAGS "; b=AAAA; bh=AAAA; q=dns/txt", ":a", "", DKIM_RESULT_FAIL, "a long q=" },
		{ TAGS "; b=AAAA; bh=AAAA; l=", "9", "", DKIM_RESULT_NEUTRAL, "a long l=" },
		{ TAGS "; b=AAAA; bh=AAAA; x=", "9", "", DKIM_RESULT_NEUTRAL, "a long x=" },
		{ "v=1; a=rsa-sha256; d=example.org; s=sel; b=AAAA; bh=AAAA; h=From", ":To", "",
		    DKIM_RESULT_PERMERROR, "a long h=" },
		{ "v=1; a=rsa-sha256; s=sel; b=AAAA; bh=AAAA; h=From; d=", "a.", "org",
		    DKIM_RESULT_NEUTRAL, "a long d=" },
		{ "v=1; a=rsa-sha256; d=example.org; b=AAAA; bh=AAAA; h=From; s=", "a.", "b",
		    DKIM_RESULT_NEUTRAL, "a long s=" },
	};
	struct arena *a = arena_open(0);
	struct dkimcase c;

	dkimcase_open(&c, a);
	dkimcase_sign(&c, "rsa1024", TAGS);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct job j;

		examine_with(b, &c, repeated(a, rows[i].head, rows[i].part, rows[i].tail), &j);
		tap_ok(j.count == 2 && j.list[0].result == rows[i].result,
		    "60,000 octets of %s: %s, got %s", rows[i].what,
		    dkim_result_word(rows[i].result), dkim_result_word(j.list[0].result));
		tap_ok(j.list[0].problem.len > 0 && j.list[0].problem.len < 300,
		    "%s: a problem in bounds", rows[i].what);
		tap_ok(j.count == 2 && j.list[1].result == DKIM_RESULT_PASS,
		    "%s: the honest one beside it passes", rows[i].what);
		job_close(&j);
	}
	arena_close(a);
}

/* Any octet of a simple signature field exchanged: it passes no more. */
static void
test_mutations(struct bench *b)
{
	static const char with[] = { ';', '=', ' ', 'A', '\0', '\n', '\x80' };
	struct arena *a = arena_open(0);
	size_t passed = 0, tried = 0;
	struct dkimcase c;
	struct str good;

	dkimcase_open(&c, a);
	dkimcase_sign(&c, "rsa1024", TAGS);
	good = c.fields[0].value;
	/* Not the last characters: in base64 they have bits without meaning. */
	for (size_t i = 0; i + 4 < good.len; i++) {
		for (size_t w = 0; w < sizeof with; w++) {
			struct str copy = arena_str(a, good);
			struct job j;

			if (good.p[i] == with[w] || ascii_is_blank(good.p[i]))
				continue;
			memcpy((char *)(uintptr_t)copy.p + i, &with[w], 1);
			c.fields[0].value = copy;
			job_open(&j, b);
			job_header(&j, &c);
			dkimcheck_eoh(j.run);
			dkimcheck_body(j.run, c.body);
			job_end(&j);
			passed += j.count != 1 || j.list[0].result == DKIM_RESULT_PASS;
			tried++;
			job_close(&j);
		}
	}
	tap_eq_int((long long)passed, 0,
	    "6376 3.7: %zu signatures with one octet exchanged do not pass", tried);
	arena_close(a);
}

static double
cpu_s(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void
test_many(struct bench *b)
{
	struct arena *a = arena_open(0);
	struct dkimcase c;
	struct job j;
	double begin;

	dkimcase_open(&c, a);
	dkimcase_sign(&c, "rsa1024", TAGS);
	job_open(&j, b);
	begin = cpu_s();
	for (int i = 1; i < MANY_SIGNATURES; i++)
		dkimcheck_header(j.run, c.fields[0].name, c.fields[0].value);
	for (int i = 0; i < MANY_FIELDS; i++)
		dkimcheck_header(j.run, STR("X-Many"), STR(" x"));
	job_header(&j, &c);
	dkimcheck_eoh(j.run);
	dkimcheck_body(j.run, c.body);
	job_end(&j);
	tap_eq_int((long long)j.count, 10, "5,000 signatures and 20,000 fields: ten are examined");
	tap_eq_str(j.list[9].problem, STR("4990 more signatures were not examined"),
	    "the others are told");
	tap_eq_int(j.list[9].result, DKIM_RESULT_PASS, "the tenth passes");
	tap_note("%.3f s of processor time", cpu_s() - begin);
	job_close(&j);
	arena_close(a);
}

static size_t
heap_octets(void)
{
	struct mallinfo2 m = mallinfo2();	/* all zero under a sanitizer */

	return m.uordblks + m.hblkhd;
}

/* The body as often as it takes to make 10 MB. */
static void
test_large_body(struct bench *b, const char *tags, const char *line, enum dkim_result result,
    const char *what)
{
	struct arena *a = arena_open(0);
	char *body = malloc(BODY);
	struct dkimcase c;
	struct job j;
	size_t before;

	if (body == NULL)
		abort();
	for (size_t i = 0, n = strlen(line); i < BODY; i++)
		body[i] = line[i % n];
	memcpy(body + BODY - 2, "\r\n", 2);
	dkimcase_open(&c, a);
	c.body = (struct str){ body, BODY };
	dkimcase_sign(&c, "rsa1024", tags);
	job_open(&j, b);
	job_header(&j, &c);
	dkimcheck_eoh(j.run);
	before = heap_octets();
	for (struct str rest = c.body; rest.len > 0; rest = str_skip(rest, CHUNK))
		dkimcheck_body(j.run, str_first(rest, CHUNK));
	tap_ok(heap_octets() - before <= 2 * DKIMBODY_MAX_WORD + CHUNK,
	    "10 MB of %s pass through, %zu octets are kept", what, heap_octets() - before);
	job_end(&j);
	tap_ok(j.count == 1 && j.list[0].result == result, "10 MB of %s: %s", what,
	    dkim_result_word(result));
	job_close(&j);
	free(body);
	arena_close(a);
}

struct worker {
	struct bench *bench;
	const struct dkimcase *good, *bad;
	unsigned wrong;
};

static void *
work(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < ROUNDS; i++) {
		const struct dkimcase *c = i % 2 == 0 ? w->good : w->bad;
		struct job j;

		job_open(&j, w->bench);
		job_header(&j, c);
		dkimcheck_eoh(j.run);
		dkimcheck_body(j.run, c->body);
		job_end(&j);
		w->wrong += j.count != 1 ||
		    j.list[0].result != (i % 2 == 0 ? DKIM_RESULT_PASS : DKIM_RESULT_FAIL);
		job_close(&j);
	}
	return NULL;
}

static void
test_threads(struct bench *b)
{
	struct arena *a = arena_open(0);
	struct dkimcase good, bad;
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	unsigned wrong = 0;

	dkimcase_open(&good, a);
	dkimcase_sign(&good, "rsa1024", TAGS);
	bad = good;
	bad.body = STR("other\r\n");
	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ b, &good, &bad, 0 };
		if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
			abort();
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		wrong += workers[i].wrong;
	}
	tap_eq_int(wrong, 0, "one library, 8 threads, 200 messages: each gets its own result");
	arena_close(a);
}

int
main(void)
{
	struct bench b;

	bench_open(&b);
	test_hostile(&b);
	test_mutations(&b);
	test_many(&b);
	test_large_body(&b, TAGS, TEXT, DKIM_RESULT_PASS, "text");
	test_large_body(&b, RELAXED, TEXT, DKIM_RESULT_PASS, "text, relaxed");
	test_large_body(&b, RELAXED, "x", DKIM_RESULT_NEUTRAL, "a single word");
	test_threads(&b);
	bench_close(&b);
	dkimcase_free_keys();
	return tap_done();
}
