#include "session/stats.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/tap.h"

enum { THREADS = 4, MESSAGES = 5000, LINE_MAX_OCTETS = 1000, LINES_MAX = 100 };

struct lines {
	char text[LINES_MAX][LINE_MAX_OCTETS];
	size_t count;
};

static void
keep_line(void *self, enum log_level level, struct str text)
{
	struct lines *lines = self;

	(void)level;
	if (lines->count < LINES_MAX)
		snprintf(lines->text[lines->count++], LINE_MAX_OCTETS, "%.*s", STR_ARG(text));
}

static int64_t
test_now(void *self)
{
	return *(const int64_t *)self;
}

static void
count(struct stats *s, const char *domain)
{
	const struct evidence ev = { .spf.result = SPFRESULT_PASS,
	    .dmarc = { .result = DMARC_RESULT_PASS,
	    .author_domain = str_from(domain) } };
	const struct score score = { .tenths = 3 };
	const struct decision decision = { .action = ACTION_TAG };

	stats_count(s, &ev, &score, &decision);
}

static void
starts_with(const struct lines *lines, size_t i, const char *want, const char *name)
{
	const char *got = i < lines->count ? lines->text[i] : "";

	tap_eq_str(str_first(str_from(got), strlen(want)), str_from(want), "%s", name);
}

static void
test_intervals(struct lines *lines)
{
	int64_t now = 5000;
	const struct clock_port clock = { test_now, test_now, &now };
	const struct log_port log = { keep_line, lines };
	struct stats *s = stats_open(&clock);

	stats_write(s, 20, LOG_FORMAT_TEXT, &log);
	tap_eq_int((long long)lines->count, 0, "nothing when nothing was counted");

	count(s, "a.example");
	count(s, "b.example");
	count(s, "b.example");
	now += 61999;
	stats_write(s, 1, LOG_FORMAT_TEXT, &log);
	tap_eq_int((long long)lines->count, 3, "a line a domain, the rest and the total");
	starts_with(lines, 0, "stats secs=61 domain=b.example policy=- spf_all=- msgs=2 spf_pass=2 "
	    "", "whole seconds");
	starts_with(lines, 1, "stats secs=61 domain=+other policy=- spf_all=- msgs=1 ", "the rest");
	starts_with(lines, 2, "stats secs=61 domain=* policy=- spf_all=- msgs=3 ", "the total");

	lines->count = 0;
	count(s, "c.example");
	now += 1000;
	stats_write(s, 20, LOG_FORMAT_JSON, &log);
	tap_eq_int((long long)lines->count, 2, "counting starts anew");
	starts_with(lines, 0, "{\"event\":\"stats\",\"secs\":1,\"domain\":\"c.example\",",
	    "since the last time");
	stats_close(s);
	stats_close(NULL);
}

struct worker {
	struct stats *stats;
	unsigned number;
};

static void *
count_many(void *arg)
{
	const struct worker *w = arg;
	char domain[32];

	for (unsigned i = 0; i < MESSAGES; i++) {
		snprintf(domain, sizeof domain, "d%u.example", (i + w->number) % 50);
		count(w->stats, domain);
	}
	return NULL;
}

/* The messages of the totals */
static unsigned long
total(const struct lines *lines)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < lines->count; i++)
		if (strstr(lines->text[i], " domain=* ") != NULL)
			sum += strtoul(strstr(lines->text[i], " msgs=") + strlen(" msgs="), NULL,
			    10);
	return sum;
}

static void
test_threads(struct lines *lines)
{
	int64_t now = 0;
	const struct clock_port clock = { test_now, test_now, &now };
	const struct log_port log = { keep_line, lines };
	struct stats *s = stats_open(&clock);
	struct worker workers[THREADS];
	pthread_t threads[THREADS];

	lines->count = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ s, i };
		if (pthread_create(&threads[i], NULL, count_many, &workers[i]) != 0)
			abort();
	}
	for (unsigned i = 0; i < 20; i++)
		stats_write(s, 0, LOG_FORMAT_TEXT, &log);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	stats_write(s, 0, LOG_FORMAT_TEXT, &log);
	tap_eq_int((long long)total(lines), THREADS * MESSAGES,
	    "no message is lost or counted twice while others write");
	stats_close(s);
}

int
main(void)
{
	struct lines *lines = calloc(1, sizeof *lines);

	test_intervals(lines);
	test_threads(lines);
	free(lines);
	return tap_done();
}
