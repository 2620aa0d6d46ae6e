#include "cli/check.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "check/conf.h"
#include "check/dns_stub.h"
#include "check/dns_text.h"
#include "session/session.h"
#include "cli/input.h"
#include "cli/report.h"

enum { MAX_IN_FLIGHT = 300 }; /* more than one message asks side by side */

#define DEFAULT_FILE SYSCONFDIR "/softfail-milter.conf"

static const char usage[] =
    "usage: softfail check --ip ADDR [options]\n"
    "  --ip ADDR        address of the client\n"
    "  --helo NAME      what it said at HELO or EHLO\n"
    "  --from MAILFROM  envelope sender, with or without angle brackets; none: the null sender\n"
    "  --auth USER      the client has authenticated\n"
    "  --message FILE   the message, - for standard input; without it only the envelope is "
    "evaluated\n"
    "  --zone FILE      answer every DNS question from this file; nothing goes to the network\n"
    "  --time EPOCH     fix the clock, seconds since 1970\n"
    "  --json, --short  one JSON object; the first line only\n"
    "  --exit-code      exit with 1 when the score reaches the threshold\n"
    "  --threshold N    the threshold (5.0); implies --exit-code\n"
    "  -c CONF          configuration (" DEFAULT_FILE ")\n";

struct options {
	const char *conf, *ip, *helo, *from, *auth, *message, *zone, *time;
	bool json, only_verdict, exit_code;
	unsigned threshold; /* tenths */
	struct ipaddr client;
	int64_t now_s; /* 0: the system's clock */
};

/* Everything an evaluation borrows. */
struct bench {
	struct conf *conf;
	struct dns_port dns;
	struct dkim_lib *dkim;
	struct clock_port clock;
	int64_t fixed_s;
	struct log_port log;
	char host_name[256];
	struct services services;
};

static int
fail(int code, const char *what, const char *detail)
{
	fprintf(stderr, "softfail check: %s%s\n", what, detail);
	return code;
}

/* "5", "5.0", "5.5" as tenths. */
static enum res
read_tenths(const char *text, unsigned *ret_tenths)
{
	struct str rest = str_from(text), whole = str_cut(&rest, '.');
	uint32_t w, f = 0;

	if (str_to_u32(whole, 1000, &w) != RES_OK || rest.len > 1 ||
	    (rest.len == 1 && str_to_u32(rest, 9, &f) != RES_OK))
		return RES_SYNTAX;
	*ret_tenths = w * 10 + f;
	return RES_OK;
}

enum option_id {
	OPT_IP = 256,
	OPT_HELO,
	OPT_FROM,
	OPT_AUTH,
	OPT_MESSAGE,
	OPT_ZONE,
	OPT_TIME,
	OPT_JSON,
	OPT_SHORT,
	OPT_EXIT_CODE,
	OPT_THRESHOLD,
	OPT_HELP
};

static const struct option long_options[] = {
	{ "ip", required_argument, NULL, OPT_IP },
	{ "helo", required_argument, NULL, OPT_HELO },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "auth", required_argument, NULL, OPT_AUTH },
	{ "message", required_argument, NULL, OPT_MESSAGE },
	{ "zone", required_argument, NULL, OPT_ZONE },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "short", no_argument, NULL, OPT_SHORT },
	{ "exit-code", no_argument, NULL, OPT_EXIT_CODE },
	{ "threshold", required_argument, NULL, OPT_THRESHOLD },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int
take_option(struct options *o, int c)
{
	const char **texts[] = { &o->ip, &o->helo, &o->from, &o->auth, &o->message, &o->zone,
		&o->time };

	switch (c) {
	case 'c':
		o->conf = optarg;
		return EX_OK;
	case OPT_JSON:
		o->json = true;
		return EX_OK;
	case OPT_SHORT:
		o->only_verdict = true;
		return EX_OK;
	case OPT_EXIT_CODE:
		o->exit_code = true;
		return EX_OK;
	case OPT_THRESHOLD:
		o->exit_code = true;
		if (read_tenths(optarg, &o->threshold) != RES_OK)
			return fail(EX_USAGE,
			    "--threshold is a number with at most one decimal, not ", optarg);
		return EX_OK;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(EX_OK);
	default:
		break;
	}
	if (c < OPT_IP || c > OPT_TIME) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	*texts[c - OPT_IP] = optarg;
	return EX_OK;
}

static int
check_options(struct options *o)
{
	uint32_t epoch;

	if (o->ip == NULL)
		return fail(EX_USAGE, "--ip ADDR is needed", "");
	if (ipaddr_parse(str_from(o->ip), &o->client) != RES_OK)
		return fail(EX_USAGE, "--ip is an IPv4 or IPv6 address, not ", o->ip);
	if (o->time != NULL) {
		if (str_to_u32(str_from(o->time), UINT32_MAX, &epoch) != RES_OK || epoch == 0)
			return fail(EX_USAGE, "--time is seconds since 1970, not ", o->time);
		o->now_s = epoch;
	}
	if (o->json && o->only_verdict)
		return fail(EX_USAGE, "--json or --short, not both", "");
	return EX_OK;
}

static int
read_options(int argc, char **argv, struct options *o)
{
	int c, code;

	while ((c = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1)
		if ((code = take_option(o, c == 'h' ? OPT_HELP : c)) != EX_OK)
			return code;
	if (optind < argc)
		return fail(EX_USAGE, "unexpected argument: ", argv[optind]);
	return check_options(o);
}

static int64_t
fixed_wall(void *self)
{
	return *(const int64_t *)self;
}

static int64_t
real_monotonic(void *self)
{
	struct clock_port c = clock_system();

	(void)self;
	return c.monotonic_ms(c.self);
}

static void
log_to_stderr(void *self, enum log_level level, struct str text)
{
	(void)self;
	if (level <= LOG_LEVEL_WARNING)
		fprintf(stderr, "softfail check: %.*s\n", STR_ARG(text));
}

static int
open_conf(struct bench *b, const struct options *o)
{
	const char *file = o->conf != NULL  ? o->conf :
	    access(DEFAULT_FILE, R_OK) == 0 ? DEFAULT_FILE :
					      NULL;
	struct conf_faults faults, warnings;
	enum res r;

	conf_faults_open(&faults);
	conf_faults_open(&warnings);
	r = conf_read(file, &faults, &warnings, &b->conf);
	for (size_t i = 0; i < faults.count; i++)
		fprintf(stderr, "%.*s\n", STR_ARG(faults.list[i]));
	conf_faults_close(&faults);
	conf_faults_close(&warnings);
	return r == RES_OK ? EX_OK : r == RES_NOMEM ? EX_TEMPFAIL : EX_CONFIG;
}

static int
open_dns(struct bench *b, const struct options *o)
{
	struct dns_stub_conf stub = services_dns_conf(b->conf);
	char text[1024];
	struct buf why = buf_on(text, sizeof text);

	if (o->zone != NULL) {
		if (dns_text_open_file(o->zone, &why, &b->dns) != RES_OK) {
			fprintf(stderr, "%s\n", text);
			return EX_DATAERR;
		}
		return EX_OK;
	}
	stub.max_in_flight = MAX_IN_FLIGHT;
	return dns_stub_open(&stub, &b->dns) == RES_OK ?
	    EX_OK :
	    fail(EX_TEMPFAIL, "DNS cannot be asked", "");
}

static int
open_bench(struct bench *b, const struct options *o)
{
	struct dkim_conf dkim;
	int code;

	if ((code = open_conf(b, o)) != EX_OK || (code = open_dns(b, o)) != EX_OK)
		return code;
	b->fixed_s = o->now_s;
	b->clock = o->now_s > 0 ? (struct clock_port){ fixed_wall, real_monotonic, &b->fixed_s } :
				  clock_system();
	b->log = (struct log_port){ log_to_stderr, NULL };
	if (gethostname(b->host_name, sizeof b->host_name - 1) != 0)
		strcpy(b->host_name, "localhost");
	dkim = services_dkim_conf(b->conf);
	dkim.now_s = o->now_s;
	if (b->conf->dkim_source == DKIM_SOURCE_VERIFY &&
	    dkimcheck_lib_open(&dkim, &b->dkim) != RES_OK)
		return fail(EX_TEMPFAIL, "libopendkim cannot be started", "");
	b->services = (struct services){ .conf = b->conf,
		.dns = &b->dns,
		.dkim = b->dkim,
		.clock = &b->clock,
		.log = &b->log,
		.host_name = str_from(b->host_name) };
	return services_name_fields(&b->services, b->conf->arena) == RES_OK ? EX_OK : EX_TEMPFAIL;
}

static void
close_bench(struct bench *b)
{
	dns_close(&b->dns);
	if (b->dkim != NULL)
		dkimcheck_lib_close(b->dkim);
	if (b->conf != NULL)
		conf_close(b->conf);
}

static void
take_header(void *arg, struct str name, struct str value)
{
	session_header(arg, name, value, false);
}

static void
take_eoh(void *arg)
{
	session_eoh(arg);
}

static void
take_body(void *arg, struct str chunk)
{
	session_body(arg, chunk);
}

static int
feed_message(struct session *s, const char *file)
{
	struct input_sink sink = { take_header, take_eoh, take_body, s };
	bool standard = strcmp(file, "-") == 0;
	FILE *in = standard ? stdin : fopen(file, "rbe");
	enum res r = in != NULL ? input_read(in, &sink) : RES_TEMP;
	int saved = errno;

	if (in != NULL && !standard)
		fclose(in);
	if (r == RES_TEMP) {
		fprintf(stderr, "softfail check: %s: %s\n", file, strerror(saved));
		return EX_DATAERR;
	}
	return r == RES_OK ? EX_OK : fail(EX_TEMPFAIL, "no memory", "");
}

static int
print_report(const struct options *o, const struct message *m, enum skipped skipped)
{
	struct report r = {
		.message = m,
		.skipped = skipped,
		.threshold = o->threshold,
		.colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL,
	};

	if (o->json) {
		if (report_json(stdout, &r) != RES_OK)
			return fail(EX_TEMPFAIL, "the report could not be written", "");
	} else {
		report_text(stdout, &r, o->only_verdict);
	}
	return o->exit_code && m->score.tenths >= o->threshold ? 1 : EX_OK;
}

static int
evaluate_one(const struct options *o, struct session *s)
{
	enum skipped skipped = session_skips(s, o->auth != NULL);
	const struct message *m;
	int code;

	if (o->helo != NULL)
		session_helo(s, str_from(o->helo));
	/* A trusted host is evaluated all the same: that is what was asked for. */
	if (session_mail(s, str_from(o->from),
		skipped == SKIPPED_TRUSTED_HOST ? SKIPPED_NO : skipped) != RES_OK)
		return fail(EX_TEMPFAIL, "no memory", "");
	if (o->message == NULL)
		session_envelope_only(s);
	else if ((code = feed_message(s, o->message)) != EX_OK)
		return code;
	if (session_eom(s, (struct str){ 0 }) != RES_OK)
		return fail(EX_TEMPFAIL, "the evaluation could not run: no memory", "");
	m = session_message(s);
	if (m->ev.skipped == SKIPPED_FAILED)
		return fail(EX_TEMPFAIL, "the evaluation could not run: no memory", "");
	return print_report(o, m, skipped);
}

int
check_main(int argc, char **argv)
{
	struct options o = { .threshold = 50 };
	struct bench b = { 0 };
	struct session *s = NULL;
	int code = read_options(argc, argv, &o);

	if (code != EX_OK)
		return code;
	if ((code = open_bench(&b, &o)) == EX_OK) {
		s = session_open(&b.services, &o.client);
		code = s != NULL ? evaluate_one(&o, s) : fail(EX_TEMPFAIL, "no memory", "");
	}
	session_close(s);
	close_bench(&b);
	return code;
}
