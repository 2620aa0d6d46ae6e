#include "core/logline.h"

#include <string.h>

#include "t/tap.h"

/* The example of the manual: an unsigned message, softfail and no pass, under p=reject. */
static struct evidence
example(void)
{
	return (struct evidence){
		.spf = { .result = SPFRESULT_SOFTFAIL, .domain = STR("example.org"),
		    .posture = POSTURE_SOFTFAIL,
		    .enforcement = ENFORCE_REJECT },
		.dmarc = { .result = DMARC_RESULT_FAIL, .author = AUTHOR_ONE,
		    .author_domain = STR("example.org"),
		    .have_policy = true, .policy = ENFORCE_REJECT },
		.dns = { .queries = 9, .ms = 41 },
	};
}

static const struct score example_score = {
	.tenths = 55, .have_column = true, .column = COLUMN_REJECT, .reason_count = 2,
	.reasons = { { TOKEN_DMARC_REJECT, 30 }, { TOKEN_SOFTFAIL_ENFORCED, 25 } },
};

static struct logline_client
client(const char *addr, const char *helo, const char *mail_from)
{
	struct logline_client c = { .helo = str_from(helo), .mail_from = str_from(mail_from) };

	if (addr != NULL)
		ipaddr_parse(str_from(addr), &c.addr);
	return c;
}

static void
is_line(const struct logline *line, const char *want, const char *name)
{
	char mem[LOGLINE_MAX];
	struct buf out = buf_on(mem, sizeof mem);

	tap_eq_res(logline_text(&out, line), RES_OK, "%s: there is room", name);
	tap_eq_text(out.p, want, "%s", name);
}

static void
test_evaluated(void)
{
	const struct decision tag = { .action = ACTION_TAG }, accept = { .action = ACTION_ACCEPT };
	const struct score nothing = {0};
	struct logline_client c = client("192.0.2.7", "mail.example.org", "a@example.org");
	struct evidence ev = example();
	struct logline line;

	logline_message(&line, STR("4XyZ12abc"), &ev, &example_score, &tag, &c);
	is_line(&line, "4XyZ12abc: spf=softfail spf_id=mailfrom spf_domain=example.org "
	    "spf_all=~all spf_open=no "
	    "enforcement=reject dkim=none dmarc=fail dmarc_by=- author=one policy=reject score=5.5 "
	    "reason=dmarc-reject,softfail-enforced action=tag dns=9 ms=41 client=192.0.2.7 "
	    "helo=mail.example.org "
	    "mailfrom=a@example.org header_from=example.org", "log: the example");

	c = client("::ffff:192.0.2.7", NULL, "");
	ev = (struct evidence){ .spf = { .from_helo = true }, .dmarc = { .author = AUTHOR_BROKEN,
	    .result = DMARC_RESULT_PERMERROR } };
	logline_message(&line, (struct str){0}, &ev, &nothing, &accept, &c);
	is_line(&line, "NOQUEUE: spf=none spf_id=helo spf_domain=- spf_all=- spf_open=no "
	    "enforcement=- dkim=none "
	    "dmarc=permerror dmarc_by=- author=broken policy=- score=0.0 reason=- action=accept "
	    "dns=0 ms=0 "
	    "client=192.0.2.7 helo=- mailfrom=<> header_from=-",
	    "log: - for what is not there, <> the null sender");
}

/* dkim: the best of all; dmarc_by: what a pass rests on. */
static void
test_facts(void)
{
	static const struct { enum dmarc_result result; bool spf, dkim; const char *want; }
	    rows[] = {
		{ DMARC_RESULT_PASS, false, true, "dmarc_by=dkim " },
		{ DMARC_RESULT_PASS, true, false, "dmarc_by=spf " },
		{ DMARC_RESULT_PASS, true, true, "dmarc_by=dkim,spf " },
		{ DMARC_RESULT_NONE, true, true, "dmarc_by=- " },
		{ DMARC_RESULT_TEMPERROR, true, false, "dmarc_by=- " },
	};
	const struct decision accept = { .action = ACTION_ACCEPT };
	const struct logline_client c = client("2001:DB8::1", "h", "a");
	struct ev_dkim signatures[] = { { .result = DKIM_RESULT_PERMERROR },
		{ .result = DKIM_RESULT_PASS }, { .result = DKIM_RESULT_TEMPERROR } };
	char mem[LOGLINE_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf out = buf_on(mem, sizeof mem);
		struct evidence ev = example();
		struct logline line;

		ev.dkim = signatures;
		ev.dkim_count = 3;
		ev.spf.open = true;
		ev.dmarc.result = rows[i].result;
		ev.dmarc.aligned_spf = rows[i].spf;
		ev.dmarc.aligned_dkim = rows[i].dkim;
		logline_message(&line, STR("Q"), &ev, &example_score, &accept, &c);
		logline_text(&out, &line);
		tap_ok(strstr(out.p, rows[i].want) != NULL, "log: %s", rows[i].want);
		tap_ok(strstr(out.p, " dkim=pass ") != NULL &&
		    strstr(out.p, " spf_open=yes ") != NULL &&
		    strstr(out.p, " client=2001:db8::1 ") != NULL,
		    "log: the best signature, an open record");
	}
}

static void
test_skipped(void)
{
	static const struct {
		enum skipped skipped;
		enum action action;
		const char *queue_id, *addr, *helo, *mail_from, *want;
	} rows[] = {
		{ SKIPPED_AUTHENTICATED, ACTION_ACCEPT, "4XyZ12abd", "192.0.2.8", "pc.example.net",
		    "joe@example.net",
		    "4XyZ12abd: skipped=authenticated client=192.0.2.8 helo=pc.example.net "
		    "mailfrom=joe@example.net" },
		{ SKIPPED_ABORTED, ACTION_ACCEPT, NULL, "192.0.2.9", "mail.example.com",
		    "b@example.com",
		    "NOQUEUE: skipped=aborted client=192.0.2.9 helo=mail.example.com "
		    "mailfrom=b@example.com" },
		{ SKIPPED_TRUSTED_HOST, ACTION_ACCEPT, NULL, "127.0.0.1", "localhost", "",
		    "NOQUEUE: skipped=trusted-host client=127.0.0.1 helo=localhost mailfrom=<>" },
		{ SKIPPED_NO_ADDRESS, ACTION_REJECT, "Q1", NULL, NULL, NULL,
		    "Q1: skipped=no-address client=- helo=- mailfrom=- action=reject" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct decision d = { .action = rows[i].action };
		const struct evidence ev = { .skipped = rows[i].skipped };
		const struct logline_client c = client(rows[i].addr, rows[i].helo,
		    rows[i].mail_from);
		struct logline line;

		logline_message(&line, str_from(rows[i].queue_id), &ev, NULL, &d, &c);
		is_line(&line, rows[i].want, "log: a message that was not evaluated");
		logline_message(&line, str_from(rows[i].queue_id), &ev, NULL, NULL, &c);
		tap_ok(line.count == 4, "log: without a decision");
	}
}

static void
test_stats(void)
{
	static const struct tally_row row = {
		.domain = { "example.org", 11 }, .policy = ENFORCE_REJECT,
		.spf_all = POSTURE_SOFTFAIL, .msgs = 120, .spf_pass = 100, .spf_softfail = 15,
		.spf_other = 5, .dkim_pass = 98, .dmarc_pass = 110,
		.dmarc_fail = 10, .score_tenths = 315,
	};
	static const struct tally_row other = { .domain = { "+other", 6 }, .msgs = 1, .spf_fail = 1,
	    .enforced = 1,
		.score_tenths = 123456789012 };
	struct logline line;

	logline_stats(&line, 3600, &row);
	is_line(&line, "stats secs=3600 domain=example.org policy=reject spf_all=~all msgs=120 "
	    "spf_pass=100 "
	    "spf_softfail=15 spf_fail=0 spf_other=5 dkim_pass=98 dmarc_pass=110 dmarc_fail=10 "
	    "enforced=0 "
	    "score_sum=31.5", "log: the example of statistics");
	logline_stats(&line, 0, &other);
	is_line(&line, "stats secs=0 domain=+other policy=- spf_all=- msgs=1 spf_pass=0 "
	    "spf_softfail=0 spf_fail=1 "
	    "spf_other=0 dkim_pass=0 dmarc_pass=0 dmarc_fail=0 enforced=1 score_sum=12345678901.2",
	    "log: - for policy and spf_all in the sums");
}

#define A10 "aaaaaaaaaa"
#define A190 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10

static void
test_values(void)
{
	static const struct { struct str in; const char *want, *rule; } rows[] = {
		{ { "a@example.org", 13 }, "a@example.org", "as it is" },
		{ { "a b", 3 }, "a\\x20b", "a blank would begin another key" },
		{ { "x action=reject", 15 }, "x\\x20action=reject",
		    "nobody can write a key of ours" },
		{ { "\r\n\t\0", 4 }, "\\x0d\\x0a\\x09\\x00", "control characters, NUL" },
		{ { "\\x20", 4 }, "\\x5cx20", "the escape itself" },
		{ { "\177\200\377", 3 }, "\\x7f\\x80\\xff", "8 bits, lower case" },
		{ { "!~\"", 3 }, "!~\"", "'!' to '~'" },
		{ { A190 A10, 200 }, A190 A10, "200 octets" },
		{ { A190 A10 "b", 201 }, A190 A10, "201 octets are cut" },
		{ { A190 "aaaaaa\n", 197 }, A190 "aaaaaa\\x0a", "an escape that ends at 200" },
		{ { A190 "aaaaaaa\nb", 199 }, A190 "aaaaaaa",
		    "an escape is not cut, and nothing follows it" },
		{ { "", 0 }, "", "nothing" },
	};
	char mem[LOGLINE_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf out = buf_on(mem, sizeof mem);

		buf_puts(&out, "what was there before ");
		logline_value(&out, tap_exact_str(rows[i].in));
		tap_eq_text(out.p + strlen("what was there before "), rows[i].want,
		    "log escapes: %s", rows[i].rule);
	}
}

/* The longest line that a stranger can make fits. */
static void
test_room(void)
{
	static char long_text[1000];
	const struct decision tag = { .action = ACTION_TAG };
	struct score score = example_score;
	struct evidence ev = example();
	struct logline line;
	char mem[LOGLINE_MAX];
	struct buf out = buf_on(mem, sizeof mem);
	struct str hostile = { long_text, sizeof long_text };
	struct logline_client c = { .helo = hostile, .mail_from = hostile };

	memset(long_text, '\n', sizeof long_text);
	ev.spf.domain = ev.dmarc.author_domain = hostile;
	score.reason_count = SCORE_MAX_REASONS;
	for (size_t i = 0; i < SCORE_MAX_REASONS; i++)
		score.reasons[i].token = TOKEN_SOFTFAIL_FORGIVEN;
	ev.dns = (struct ev_dns){ .queries = 4294967295, .ms = 4294967295 };
	logline_message(&line, hostile, &ev, &score, &tag, &c);
	tap_eq_res(logline_text(&out, &line), RES_OK,
	    "log: every field is bounded, and so is the line");
	tap_ok(line.count <= LOGLINE_MAX_FIELDS && out.len < 2000, "log: far within its limits");
}

int
main(void)
{
	test_evaluated();
	test_facts();
	test_skipped();
	test_stats();
	test_values();
	test_room();
	return tap_done();
}
