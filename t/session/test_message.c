/* Whole messages without sockets: session_mail to session_eom, judged by a zone in a text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/dns_text.h"
#include "session/session.h"
#include "t/tap.h"

static const char zone_text[] =
    "example.org TXT \"v=spf1 ip4:198.51.100.0/24 ~all\"\n"
    "_dmarc.example.org TXT \"v=DMARC1; p=reject\"\n"
    "none.example TXT \"v=spf1 -all\"\n"
    "open.example TXT \"v=spf1 +all\"\n"
    "_dmarc.open.example TXT \"v=DMARC1; p=reject\"\n"
    "bounce.example TXT \"v=spf1 ip4:192.0.2.7 -all\"\n"
    "slow.example * !TIMEOUT\n"
    "_dmarc.slow.example * !TIMEOUT\n"
    "slow.example.org * !TIMEOUT\n";

/* The house, with its own configuration. */
struct house {
	struct conf *conf;
	struct conf_faults faults, warnings;
	struct dns_port dns;
	struct clock_port clock;
	struct log_port log;
	struct services services;
	char lines[4096];		/* what was logged */
};

static void
take_line(void *self, enum log_level level, struct str text)
{
	struct house *h = self;

	(void)level;
	if (strlen(h->lines) + text.len + 2 < sizeof h->lines) {
		strncat(h->lines, text.p, text.len);
		strcat(h->lines, "\n");
	}
}

static void
house_open(struct house *h, bool prefetch, bool counted)
{
	char text[256];
	struct buf why = buf_on(text, sizeof text);

	*h = (struct house){0};
	conf_faults_open(&h->faults);
	conf_faults_open(&h->warnings);
	if (conf_read(NULL, &h->faults, &h->warnings, &h->conf) != RES_OK ||
	    dns_text_open(str_from(zone_text), "zone", &why, &h->dns) != RES_OK)
		abort();
	h->conf->dns_prefetch = prefetch;
	h->conf->max_headers = 20;
	h->clock = clock_system();
	h->log = (struct log_port){ take_line, h };
	h->services = (struct services){ .conf = h->conf, .dns = &h->dns, .clock = &h->clock, .log = &h->log,
	    .host_name = STR("mx.example.net"), .stats = counted ? stats_open(&h->clock) : NULL };
	if (services_name_fields(&h->services, h->conf->arena) != RES_OK)
		abort();
}

static void
house_close(struct house *h)
{
	if (h->services.stats != NULL)
		stats_close(h->services.stats);
	dns_close(&h->dns);
	conf_close(h->conf);
	conf_faults_close(&h->faults);
	conf_faults_close(&h->warnings);
}

static struct session *
client_of(const struct house *h, const char *ip)
{
	struct ipaddr addr = { .family = IP_NONE };
	struct session *s;

	if (ip != NULL && ipaddr_parse(str_from(ip), &addr) != RES_OK)
		abort();
	s = session_open(&h->services, &addr);
	if (s == NULL)
		abort();
	return s;
}

/* "Name: value" lines. */
static void
feed(struct session *s, const char *header)
{
	struct str rest = str_from(header);

	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n'), name = str_cut(&line, ':');

		session_header(s, tap_exact_str(name), tap_exact_str(line), false);
	}
	session_eoh(s);
	session_body(s, STR("body\r\n"));
}

static const struct {
	const char *rule, *helo, *from, *header, *spf, *dmarc;
	unsigned tenths;
} rows[] = {
	{ "score.md: softfail under reject", "m.example.org", "<a@example.org>", "From: a@example.org\n",
	    "softfail", "fail", 55 },
	{ "9989 3.2.4: the null sender's HELO is its SPF domain", "example.org", "<>", "From: a@example.org\n",
	    "softfail", "fail", 55 },
	{ "score.md: a foreign MAIL FROM with its own pass", "bounce.example", "<x@bounce.example>",
	    "From: a@example.org\n", "pass", "fail", 30 },
	{ "score.md: an open record's pass forgives nothing", "open.example", "<x@open.example>",
	    "From: a@open.example\n", "pass", "pass", 25 },
	{ "9989 4.4: no From", "x", "<a@none.example>", "Subject: x\n", "fail", "permerror", 40 },
	{ "9989 11.5: several authors in one field", "x", "<a@none.example>",
	    "From: a@example.org, b@none.example\n", "fail", "permerror", 40 },
	{ "9989 11.5: From fields that contradict each other", "x", "<a@none.example>",
	    "From: a@example.org\nFrom: b@none.example\n", "fail", "permerror", 55 },
	{ "score.md: unproven, SPF aligned below the author did not answer", "x", "<a@slow.example.org>",
	    "From: a@example.org\n", "temperror", "temperror", 20 },
	{ "score.md: a MAIL FROM that never answers buys no peace", "x", "<a@slow.example>",
	    "From: a@example.org\n", "temperror", "fail", 30 },
	{ "score.md: nothing answers, nothing weighs", "x", "<a@slow.example>", "From: a@slow.example\n",
	    "temperror", "temperror", 0 },
	{ "interface.md: a single label author", "x", "<root@localhost>", "From: root@localhost\n", "none", "none", 0 },
};

static void
test_verdicts(bool prefetch)
{
	struct house h;

	house_open(&h, prefetch, false);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct session *s = client_of(&h, "192.0.2.7");
		const struct message *m;

		session_helo(s, tap_exact(rows[i].helo));
		tap_eq_res(session_mail(s, tap_exact(rows[i].from), session_skips(s, false)), RES_OK, "%s", rows[i].rule);
		feed(s, rows[i].header);
		tap_eq_res(session_eom(s, (struct str){0}), RES_OK, "%s: judged", rows[i].rule);
		m = session_message(s);
		tap_eq_text(spf_result_word(m->ev.spf.result), rows[i].spf, "%s: spf", rows[i].rule);
		tap_eq_text(dmarc_result_word(m->ev.dmarc.result), rows[i].dmarc, "%s: dmarc, prefetch %d", rows[i].rule,
		    prefetch);
		tap_eq_int(m->score.tenths, rows[i].tenths, "%s: score", rows[i].rule);
		tap_ok(m->edits.add_count == (rows[i].tenths > 0 ? 4 : 1), "interface.md 3: the score group all or none");
		session_close(s);
	}
	house_close(&h);
}

/* Past max_headers a field is only counted, but those that decide are seen. */
static void
test_limits(void)
{
	struct house h;
	struct session *s;

	house_open(&h, true, false);
	s = client_of(&h, "192.0.2.7");
	session_mail(s, STR("<a@none.example>"), SKIPPED_NO);
	for (int i = 0; i < 50; i++)
		session_header(s, STR("X-Filler"), STR(" x"), false);
	feed(s, "From: a@example.org\nAuthentication-Results: mx.example.net; spf=pass\nX-SPF-DMARC-Score: 0\n");
	session_eom(s, (struct str){0});
	tap_eq_str(session_message(s)->ev.dmarc.author_domain, STR("example.org"),
	    "interface.md 2: a limit never makes mail unseen: From");
	tap_eq_int((long long)session_message(s)->edits.remove_count, 2, "interface.md 2: removal sees every field");
	session_close(s);

	s = client_of(&h, "192.0.2.7");
	session_mail(s, STR("<a@none.example>"), SKIPPED_NO);
	for (int i = 0; i < 501; i++)
		session_header(s, STR("Authentication-Results"), STR(" mx.example.net; none"), false);
	session_eom(s, (struct str){0});
	tap_eq_int(session_message(s)->decision.action, ACTION_REJECT, "interface.md 2: 501 forged fields are refused");
	tap_eq_int(session_message(s)->decision.reply, REPLY_TOO_MANY_FORGED, "interface.md 2: with 550 5.7.1");
	session_close(s);
	house_close(&h);
}

/* Wherever the memory ends, forged fields that cannot be removed are not let through. */
static void
test_no_memory(void)
{
	struct house h;

	house_open(&h, false, false);
	for (size_t left = 0; left <= 128; left += 16) {
		struct session *s = client_of(&h, "192.0.2.7");
		struct arena *a;
		enum res r;

		session_mail(s, STR("<a@none.example>"), SKIPPED_NO);
		for (int i = 0; i < 501; i++)
			session_header(s, STR("Authentication-Results"), STR(" mx.example.net; none"), false);
		a = session_message(s)->arena;
		tap_ok(arena_alloc(a, MESSAGE_MAX_MEMORY - arena_used(a) - left) != NULL, "%zu octets are left", left);
		r = session_eom(s, (struct str){0});
		tap_ok(r == RES_NOMEM || session_message(s)->decision.action == ACTION_REJECT,
		    "interface.md 2: no memory is no way in for 501 forged fields");
		session_close(s);
	}
	house_close(&h);
}

/* Who is not evaluated, and what still happens then. */
static void
test_skipped(void)
{
	struct house h;
	struct session *s;

	house_open(&h, true, false);
	s = client_of(&h, "127.0.0.1");
	tap_eq_res(session_mail(s, STR("<a@b>"), session_skips(s, false)), RES_NONE, "interface.md: trusted at MAIL");
	tap_eq_int(session_skips(s, true), SKIPPED_AUTHENTICATED, "interface.md: authenticated wins over trusted");
	session_close(s);
	s = client_of(&h, NULL);
	tap_eq_int(session_skips(s, false), SKIPPED_NO_ADDRESS, "interface.md: no address is not trusted");
	tap_eq_res(session_mail(s, STR("<a@example.org>"), SKIPPED_NO_ADDRESS), RES_OK, "no address: a message is opened");
	feed(s, "From: a@example.org\nAuthentication-Results: mx.example.net; spf=pass\n");
	session_eom(s, STR("other.example"));
	tap_ok(session_message(s)->edits.add_count == 0, "interface.md: not evaluated, nothing added");
	tap_ok(session_message(s)->edits.remove_count == 0, "macro j is the authserv-id when none is configured");
	session_close(s);
	s = client_of(&h, NULL);
	session_mail(s, STR("<a@example.org>"), SKIPPED_NO_ADDRESS);
	feed(s, "From: a@example.org\nAuthentication-Results: MX.example.NET; spf=pass\n");
	session_eom(s, STR("mx.example.net"));
	tap_eq_int((long long)session_message(s)->edits.remove_count, 1, "interface.md: forged fields go all the same");
	session_close(s);
	house_close(&h);
}

static void
test_log(void)
{
	struct house h;
	struct session *s;

	house_open(&h, true, true);
	s = client_of(&h, "192.0.2.7");
	session_helo(s, STR("m.example.org"));
	session_mail(s, STR("<a@example.org>"), SKIPPED_NO);
	session_mail(s, STR("<b@example.org>"), SKIPPED_NO);	/* no abort comes after an own reject */
	session_queue_id(s, STR("4XyZ12abc"));
	feed(s, "From: b@example.org\n");
	session_eom(s, (struct str){0});
	session_end_message(s, true);
	session_abort(s);					/* outside a message: nothing */
	session_mail(s, STR("<>"), SKIPPED_NO);
	session_close(s);
	for (char *ms = strstr(h.lines, " ms="); ms != NULL; ms = strstr(ms + 1, " ms="))
		ms[4] = '0';
	tap_eq_text(h.lines,
	    "NOQUEUE: skipped=aborted client=192.0.2.7 helo=m.example.org mailfrom=a@example.org\n"
	    "4XyZ12abc: spf=softfail spf_id=mailfrom spf_domain=example.org spf_all=~all spf_open=no enforcement=reject "
	    "dkim=none dmarc=fail dmarc_by=- author=one policy=reject score=5.5 reason=dmarc-reject,softfail-enforced "
	    "action=tag dns=3 ms=0 client=192.0.2.7 helo=m.example.org mailfrom=b@example.org header_from=example.org\n"
	    "NOQUEUE: skipped=aborted client=192.0.2.7 helo=m.example.org mailfrom=<>\n", "interface.md 4: the log");
	house_close(&h);
}

int
main(void)
{
	test_verdicts(true);
	test_verdicts(false);
	test_limits();
	test_no_memory();
	test_skipped();
	test_log();
	return tap_done();
}
