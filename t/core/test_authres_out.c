/* What we write, octet for octet. */
#include "core/authres_out.h"
#include "core/received_spf.h"

#include <stdint.h>
#include <string.h>

#include "core/authres.h"
#include "t/tap.h"

static const struct str id = { "mx.example.net", 14 };

static void
check_out(const struct evidence *ev, const char *want, const char *name)
{
	char mem[4096];
	struct buf out = buf_on(mem, sizeof mem);

	tap_eq_res(authres_out(&out, id, ev, "none"), RES_OK, "%s", name);
	tap_eq_str(buf_str(&out), str_from(want), "%s", name);
}

static struct evidence
softfail_evidence(void)
{
	return (struct evidence){
		.dkim_examined = true,
		.spf = { .result = SPFRESULT_SOFTFAIL, .domain = STR("example.org") },
		.dmarc = { .result = DMARC_RESULT_FAIL, .author = AUTHOR_ONE,
		    .author_domain = STR("example.org"),
		    .have_policy = true, .policy = ENFORCE_REJECT },
	};
}

static void
test_examples(void)
{
	struct evidence ev = softfail_evidence();
	struct ev_dkim sig = { .result = DKIM_RESULT_PASS, .domain = STR("example.org"),
	    .selector = STR("s1"),
	    .identity = STR("@example.org"), .algorithm = STR("rsa-sha256"),
	    .b_prefix = STR("dGhpcyBp") };

	check_out(&ev, "mx.example.net;\n\tspf=softfail smtp.mailfrom=example.org;\n\tdkim=none;\n"
	    "\tdmarc=fail (p=reject dis=none) header.from=example.org policy.dmarc=reject",
	    "interface 3: the example");
	ev.dkim = &sig;
	ev.dkim_count = 1;
	check_out(&ev, "mx.example.net;\n\tspf=softfail smtp.mailfrom=example.org;\n"
	    "\tdkim=pass header.d=example.org header.s=s1 header.a=rsa-sha256"
	    " header.b=\"dGhpcyBp\";\n"
	    "\tdmarc=fail (p=reject dis=none) header.from=example.org policy.dmarc=reject",
	    "interface 3: the example of dkim=");
	ev.dkim_examined = false;
	check_out(&ev, "mx.example.net;\n\tspf=softfail smtp.mailfrom=example.org;\n"
	    "\tdmarc=fail (p=reject dis=none) header.from=example.org policy.dmarc=reject",
	    "interface 3: no dkim= when dkim.source is off or upstream");
	ev.dmarc = (struct ev_dmarc){ .author = AUTHOR_ONE, .author_domain = STR("example.org") };
	check_out(&ev, "mx.example.net;\n\tspf=softfail smtp.mailfrom=example.org;\n"
	    "\tdmarc=none header.from=example.org", "interface 3: no policy");
	ev.dmarc = (struct ev_dmarc){ .result = DMARC_RESULT_PERMERROR, .author = AUTHOR_SEVERAL };
	ev.spf = (struct ev_spf){ .result = SPFRESULT_PASS, .from_helo = true,
	    .domain = STR("Mail.example.org") };
	check_out(&ev, "mx.example.net;\n\tspf=pass smtp.helo=mail.example.org;\n\tdmarc=permerror",
	    "interface 3: the null sender; no author");
	ev.envelope_only = true;
	check_out(&ev, "mx.example.net;\n\tspf=pass smtp.helo=mail.example.org",
	    "an envelope alone");
}

static void
test_properties(void)
{
	static const struct { const char *domain, *identity, *selector, *algorithm, *b,
	    *want; } rows[] = {
		{ NULL, NULL, NULL, NULL, NULL, "dkim=pass" },
		{ "Example.ORG", "@example.org", "S1", "RSA-SHA256", "abc=",
		    "dkim=pass header.d=example.org header.s=S1 header.a=rsa-sha256"
		    " header.b=\"abc=\"" },
		{ "example.org", "joe@Example.org", NULL, "rsa-sha1", NULL,
		    "dkim=pass header.d=example.org header.a=rsa-sha1 header.i=joe@example.org" },
		{ "example.org", "@sub.example.org", NULL, "ed25519-sha256", NULL,
		    "dkim=pass header.d=example.org header.a=ed25519-sha256"
		    " header.i=@sub.example.org" },
		{ "example.org", "\"j o\"@example.org", NULL, "rsa-sha512", NULL,
		    "dkim=pass header.d=example.org header.i=@example.org" },
		{ "example.org", "a@b@example.org", NULL, NULL, NULL,
		    "dkim=pass header.d=example.org header.i=@example.org" },
		{ "example.org", "a..b@example.org", NULL, NULL, NULL,
		    "dkim=pass header.d=example.org header.i=@example.org" },
		{ "example.org", "joe@", NULL, NULL, NULL, "dkim=pass header.d=example.org" },
		{ "example.org", "joe", NULL, NULL, NULL, "dkim=pass header.d=example.org" },
		{ "evil.example; spf=pass", "@a b", "s;1", "x", "a b", "dkim=pass" },
		{ "a..b", NULL, "a.b", NULL, "12345678",
		    "dkim=pass header.s=a.b header.b=\"12345678\"" },
		{ "localhost", NULL, ".", NULL, "a\"b", "dkim=pass header.d=localhost" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct evidence ev = { .dkim_examined = true, .dkim_count = 1 };
		struct ev_dkim sig = { .result = DKIM_RESULT_PASS,
		    .domain = str_from(rows[i].domain),
		    .identity = str_from(rows[i].identity), .selector = str_from(rows[i].selector),
		    .algorithm = str_from(rows[i].algorithm), .b_prefix = str_from(rows[i].b) };
		char want[512];
		struct buf all = buf_on(want, sizeof want);

		ev.dkim = &sig;
		ev.dmarc.author = AUTHOR_BROKEN;
		buf_puts(&all, "mx.example.net;\n\tspf=none;\n\t");
		buf_puts(&all, rows[i].want);
		buf_puts(&all, ";\n\tdmarc=none");
		check_out(&ev, want, "interface 3: properties of a signature");
	}
}

static void
test_spf_domain(void)
{
	static const struct { const char *domain; bool helo; const char *want; } rows[] = {
		{ "localhost", false, "mx.example.net;\n\tspf=none smtp.mailfrom=localhost" },
		{ "localhost", true, "mx.example.net;\n\tspf=none" },
		{ "a_b.example", false, "mx.example.net;\n\tspf=none smtp.mailfrom=a_b.example" },
		{ "a b.example", false, "mx.example.net;\n\tspf=none" },
		{ "[192.0.2.1]", false, "mx.example.net;\n\tspf=none" },
		{ "a.example\n\tX: y", false, "mx.example.net;\n\tspf=none" },
		{ "", false, "mx.example.net;\n\tspf=none" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct evidence ev = { .envelope_only = true,
		    .spf = { .domain = str_from(rows[i].domain), .from_helo = rows[i].helo } };

		check_out(&ev, rows[i].want, "interface 3: only a domain is written");
	}
}

static void
test_value(void)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "mx.example.net", "mx.example.net" }, { "", "\"\"" }, { "a b", "\"a b\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" }, { "a/b", "\"a/b\"" }, { "a;b", "\"a;b\"" },
		{ "a\nb\x01", "\"ab\"" }, { "b\xc3\xbc", "\"b\xc3\xbc\"" },
		{ "b\xfc", "\"b\"" }, { "(a)", "\"(a)\"" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char mem[64];
		struct buf out = buf_on(mem, sizeof mem);

		authres_out_value(&out, tap_exact(rows[i].in));
		tap_eq_str(buf_str(&out), str_from(rows[i].want),
		    "8601 2.2: value = token / quoted-string");
	}
}

static void
test_room(void)
{
	enum { SIGNATURES = 100, SMALL = 1000 };
	static struct ev_dkim sigs[SIGNATURES];
	struct evidence ev = softfail_evidence();
	struct arena *a = arena_open(0);
	char mem[SMALL], big[AUTHRES_OUT_MAX], long_id[1000];
	struct buf out = buf_on(mem, sizeof mem);
	struct authres field;

	for (size_t i = 0; i < SIGNATURES; i++)
		sigs[i] = (struct ev_dkim){ .domain = STR("example.org"),
		    .selector = STR("selector") };
	ev.dkim = sigs;
	ev.dkim_count = SIGNATURES;
	tap_eq_res(authres_out(&out, id, &ev, "none"), RES_OK,
	    "more signatures than there is room for");
	tap_ok(str_ends_nocase(buf_str(&out), STR("policy.dmarc=reject")),
	    "dmarc= is never left out");
	tap_ok(out.len > SMALL - 100, "and as many signatures as fit are written (%zu octets)",
	    out.len);
	out = buf_on(big, sizeof big);
	authres_out(&out, id, &ev, "none");
	tap_ok(authres_parse(a, buf_str(&out), &field) == RES_OK && !field.broken &&
	    field.info_count == AUTHRES_MAX_RESINFO, "no more than our reader reads");
	out = buf_on(mem, 50);
	tap_eq_res(authres_out(&out, id, &ev, "none"), RES_LIMIT, "no room at all is said");
	memset(long_id, 'a', sizeof long_id);
	out = buf_on(big, sizeof big);
	tap_eq_res(authres_out(&out, (struct str){ long_id, 973 }, &ev, "none"), RES_OK,
	    "5322 2.1.1: 998 octets");
	out = buf_on(big, sizeof big);
	tap_eq_res(authres_out(&out, (struct str){ long_id, 974 }, &ev, "none"), RES_LIMIT,
	    "5322 2.1.1: 999 octets");
	arena_close(a);
}

static void
test_received_spf(void)
{
	struct evidence ev = softfail_evidence();
	const uint8_t v4[] = { 192, 0, 2, 7 };
	struct ipaddr client = ipaddr_v4(v4), v6;
	char mem[4096], long_text[400];
	struct buf out = buf_on(mem, sizeof mem);

	ev.spf.mechanism = STR("~all");
	tap_eq_res(received_spf_out(&out, id, &ev, &client, STR("<a@example.org>"),
	    STR("mail.example.org")), RES_OK,
	    "Received-SPF");
	tap_eq_str(buf_str(&out),
	    STR("softfail (mx.example.net: the domain does not expect this client)\n"
	    "\tclient-ip=192.0.2.7;\n\tenvelope-from=\"a@example.org\";\n\thelo=mail.example.org;\n"
	    "\treceiver=mx.example.net;\n\tidentity=mailfrom;\n\tmechanism=~all"), "7208 9.1");
	ipaddr_parse(STR("2001:db8::1"), &v6);
	ev.spf = (struct ev_spf){ .result = SPFRESULT_NONE, .from_helo = true };
	out = buf_on(mem, sizeof mem);
	received_spf_out(&out, STR("a b"), &ev, &v6, STR("<>"), STR("a\"b<c>\\"));
	tap_eq_str(buf_str(&out),
	    STR("none (no SPF record)\n\tclient-ip=\"2001:db8::1\";\n\tenvelope-from=\"\";\n"
	    "\thelo=\"a\\\"b<c>\\\\\";\n\treceiver=\"a b\";\n\tidentity=helo"),
	    "7208 9.1: what is no dot-atom is quoted");
	memset(long_text, 'a', sizeof long_text);
	out = buf_on(mem, sizeof mem);
	received_spf_out(&out, id, &ev, &client, (struct str){ long_text, sizeof long_text },
	    STR("x\r\nSubject: y"));
	tap_ok(str_find(buf_str(&out), 'S') == str_from("none (mx.example.net: no ").len,
	    "what cannot be quoted is left out, and what is too long");
	tap_ok(str_ends_nocase(buf_str(&out),
	    STR("client-ip=192.0.2.7;\n\treceiver=mx.example.net;\n\tidentity=helo")),
	    "the rest stands");
}

int
main(void)
{
	test_examples();
	test_properties();
	test_spf_domain();
	test_value();
	test_room();
	test_received_spf();
	return tap_done();
}
