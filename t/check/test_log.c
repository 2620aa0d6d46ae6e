#include "check/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/log_json.h"
#include "t/tap.h"

enum { THREADS = 8, LINES = 200, OUTPUT_MAX = 1 << 21 };

static int64_t
fixed_time(void *self)
{
	(void)self;
	return 1764028800;		/* 2025-11-25 00:00:00 UTC */
}

static const struct clock_port test_clock = { fixed_time, fixed_time, NULL };

/* stderr goes into a file while run is running; what came out is in text. */
static void
with_stderr(void (*run)(const struct log_port *log), struct log *log, char *text)
{
	struct log_port port = log_port(log);
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	run(&port);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	n = fread(text, 1, OUTPUT_MAX - 1, file);
	text[n] = '\0';
	fclose(file);
}

static void
write_levels(const struct log_port *log)
{
	log_line(log, LOG_LEVEL_ERROR, "an error: %d", 1);
	log_line(log, LOG_LEVEL_WARNING, "a warning");
	log_line(log, LOG_LEVEL_INFO, "news of %s", "a\nb\t\377\\");
	log_line(log, LOG_LEVEL_DEBUG, "details");
}

static void
write_long(const struct log_port *log)
{
	static char text[3000];

	memset(text, 'x', sizeof text - 1);
	log_line(log, LOG_LEVEL_ERROR, "%s", text);
}

static void *
write_many(void *arg)
{
	for (unsigned i = 0; i < LINES; i++)
		log_line(arg, LOG_LEVEL_ERROR, "%s", "0123456789012345678901234567890123456789");
	return NULL;
}

static void
write_from_threads(const struct log_port *log)
{
	struct log_port port = *log;
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, write_many, &port) != 0)
			abort();
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void
write_event(const struct log_port *log)
{
	static const struct tally_row row = { .domain = { "*", 1 }, .msgs = 1, .spf_pass = 1,
	    .score_tenths = 7 };
	struct logline line;

	logline_stats(&line, 60, &row);
	log_event(log, LOG_LEVEL_INFO, LOG_FORMAT_TEXT, &line);
	log_event(log, LOG_LEVEL_INFO, LOG_FORMAT_JSON, &line);
	log_event(log, LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT, &line);
}

#define STAMP "2025-11-25T00:00:00Z "

static void
test_stderr(void)
{
	struct conf c = { .log_target = LOG_TARGET_STDERR, .log_level = LOG_LEVEL_INFO };
	char *text = malloc(OUTPUT_MAX);
	struct log *log = log_open(&c, false, &test_clock);
	size_t whole = 0;

	with_stderr(write_levels, log, text);
	tap_eq_text(text, STAMP "an error: 1\n" STAMP "a warning\n" STAMP "news of "
	    "a\\x0ab\\x09\\xff\\\n",
	    "log: RFC 3339 UTC, the level, one line however hostile");
	with_stderr(write_long, log, text);
	tap_eq_int((long long)strlen(text), (long long)(sizeof STAMP - 1 + 1000 + 1),
	    "log: a remark is cut at 1,000");
	with_stderr(write_event, log, text);
	tap_eq_text(text, STAMP "stats secs=60 domain=* policy=- spf_all=- msgs=1 spf_pass=1 "
	    "spf_softfail=0 spf_fail=0 "
	    "spf_other=0 dkim_pass=0 dmarc_pass=0 dmarc_fail=0 enforced=0 score_sum=0.7\n" STAMP
	    "{\"event\":\"stats\",\"secs\":60,\"domain\":\"*\",\"policy\":null,\"spf_all\":null,"
	    "\"msgs\":1,"
	    "\"spf_pass\":1,\"spf_softfail\":0,\"spf_fail\":0,\"spf_other\":0,\"dkim_pass\":0,"
	    "\"dmarc_pass\":0,"
	    "\"dmarc_fail\":0,\"enforced\":0,\"score_sum\":0.7}\n",
	    "log: an event in both formats, not at debug");
	with_stderr(write_from_threads, log, text);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		whole += strcmp(line, STAMP "0123456789012345678901234567890123456789") == 0;
	tap_eq_int((long long)whole, THREADS * LINES, "log: lines of many threads are whole");
	log_close(log);
	free(text);
}

static void
test_forced(void)
{
	struct conf c = { .log_target = LOG_TARGET_SYSLOG, .log_level = LOG_LEVEL_ERROR };
	char *text = malloc(OUTPUT_MAX);
	struct log *log = log_open(&c, true, &test_clock);

	c.log_level = LOG_LEVEL_DEBUG;		/* the log has its own copy */
	with_stderr(write_levels, log, text);
	tap_eq_text(text, STAMP "an error: 1\n", "-f: to stderr though syslog is the target");
	log_close(log);
	c.log_level = LOG_LEVEL_ERROR;
	log = log_open(&c, false, &test_clock);
	with_stderr(write_levels, log, text);
	tap_eq_text(text, "", "syslog: nothing on stderr");
	log_close(log);
	free(text);
}

static void
is_json(const struct logline *line, const char *want, const char *name)
{
	char mem[LOG_JSON_MAX + 1];
	struct buf out = buf_on(mem, sizeof mem);

	tap_eq_res(log_json(&out, line), RES_OK, "%s: there is room", name);
	tap_eq_text(out.p, want, "%s", name);
}

static void
test_json(void)
{
	static const struct score score = { .tenths = 34, .reason_count = 2,
		.reasons = { { TOKEN_DMARC_QUARANTINE, 19 }, { TOKEN_SOFTFAIL_ENFORCED, 15 } } };
	const struct decision tag = { .action = ACTION_TAG };
	struct evidence ev = { .spf = { .result = SPFRESULT_SOFTFAIL, .domain = STR("example.org"),
	    .posture = POSTURE_SOFTFAIL, .enforcement = ENFORCE_QUARANTINE },
	    .dmarc = { .result = DMARC_RESULT_FAIL, .author_domain = STR("example.org"),
	    .have_policy = true,
	    .policy = ENFORCE_QUARANTINE }, .dns = { .queries = 9, .ms = 41 } };
	struct logline_client client = { .helo = STR("a \"b\" \377"), .mail_from = STR("") };
	struct logline line;

	logline_message(&line, STR("4XyZ12abc"), &ev, &score, &tag, &client);
	is_json(&line, "{\"event\":\"message\",\"queue_id\":\"4XyZ12abc\",\"spf\":\"softfail\","
	    "\"spf_id\":\"mailfrom\","
	    "\"spf_domain\":\"example.org\",\"spf_all\":\"~all\",\"spf_open\":\"no\","
	    "\"enforcement\":\"quarantine\","
	    "\"dkim\":\"none\",\"dmarc\":\"fail\",\"dmarc_by\":null,\"author\":\"one\","
	    "\"policy\":\"quarantine\","
	    "\"score\":3.4,\"reason\":[\"dmarc-quarantine\",\"softfail-enforced\"],"
	    "\"action\":\"tag\",\"dns\":9,\"ms\":41,"
	    "\"client\":null,\"helo\":\"a\\\\x20\\\"b\\\"\\\\x20\\\\xff\",\"mailfrom\":\"<>\","
	    "\"header_from\":\"example.org\"}",
	    "json: numbers as numbers, reasons as an array, - as null");
	ev.skipped = SKIPPED_ABORTED;
	logline_message(&line, (struct str){0}, &ev, NULL, NULL, &client);
	is_json(&line, "{\"event\":\"message\",\"queue_id\":null,\"skipped\":\"aborted\","
	    "\"client\":null,"
	    "\"helo\":\"a\\\\x20\\\"b\\\"\\\\x20\\\\xff\",\"mailfrom\":\"<>\"}",
	    "json: a message that was skipped");
}

static void
test_json_room(void)
{
	static char hostile[1000];
	const struct score score = {0};
	const struct decision accept = {0};
	struct str text = { hostile, sizeof hostile };
	struct logline_client client = { .helo = text, .mail_from = text };
	struct evidence ev = { .spf.domain = text, .dmarc.author_domain = text };
	struct logline line;
	char mem[LOG_JSON_MAX + 1];
	struct buf out = buf_on(mem, sizeof mem);

	memset(hostile, '"', sizeof hostile);
	logline_message(&line, text, &ev, &score, &accept, &client);
	tap_eq_res(log_json(&out, &line), RES_OK, "json: the longest line fits");
	tap_ok(strstr(out.p, "\"reason\":[]") != NULL, "json: no reason is an empty array");
	out = buf_on(mem, 100);
	tap_eq_res(log_json(&out, &line), RES_LIMIT, "json: no half object");
	tap_eq_int((long long)out.len, 0, "json: nothing of it");
}

int
main(void)
{
	test_stderr();
	test_forced();
	test_json();
	test_json_room();
	return tap_done();
}
