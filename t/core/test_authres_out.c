/* What we write: the examples of the manual octet for octet, and that our own reader reads from
 * it what was written, whatever the evidence holds. */
#include "core/authres_out.h"

#include <stdint.h>
#include <string.h>

#include "core/authres.h"
#include "core/domain.h"
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
		.spf = { .result = SPF_RESULT_SOFTFAIL, .domain = STR("example.org") },
		.dmarc = { .result = DMARC_RESULT_FAIL, .author = AUTHOR_ONE, .author_domain = STR("example.org"),
		    .have_policy = true, .policy = ENFORCE_REJECT },
	};
}

static void
test_examples(void)
{
	struct evidence ev = softfail_evidence();
	struct ev_dkim sig = { .result = DKIM_RESULT_PASS, .domain = STR("example.org"), .selector = STR("s1"),
	    .identity = STR("@example.org"), .algorithm = STR("rsa-sha256"), .b_prefix = STR("dGhpcyBp") };

	check_out(&ev, "mx.example.net;\n\tspf=softfail smtp.mailfrom=example.org;\n\tdkim=none;\n"
	    "\tdmarc=fail (p=reject dis=none) header.from=example.org policy.dmarc=reject", "interface 3: the example");
	ev.dkim = &sig;
	ev.dkim_count = 1;
	check_out(&ev, "mx.example.net;\n\tspf=softfail smtp.mailfrom=example.org;\n"
	    "\tdkim=pass header.d=example.org header.s=s1 header.a=rsa-sha256 header.b=\"dGhpcyBp\";\n"
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
	ev.spf = (struct ev_spf){ .result = SPF_RESULT_PASS, .from_helo = true, .domain = STR("Mail.example.org") };
	check_out(&ev, "mx.example.net;\n\tspf=pass smtp.helo=mail.example.org;\n\tdmarc=permerror",
	    "interface 3: the null sender; no author");
	ev.envelope_only = true;
	check_out(&ev, "mx.example.net;\n\tspf=pass smtp.helo=mail.example.org", "an envelope alone");
}

static void
test_properties(void)
{
	static const struct { const char *domain, *identity, *selector, *algorithm, *b, *want; } rows[] = {
		{ NULL, NULL, NULL, NULL, NULL, "dkim=pass" },
		{ "Example.ORG", "@example.org", "S1", "RSA-SHA256", "abc=",
		    "dkim=pass header.d=example.org header.s=S1 header.a=rsa-sha256 header.b=\"abc=\"" },
		{ "example.org", "joe@Example.org", NULL, "rsa-sha1", NULL,
		    "dkim=pass header.d=example.org header.a=rsa-sha1 header.i=joe@example.org" },
		{ "example.org", "@sub.example.org", NULL, "ed25519-sha256", NULL,
		    "dkim=pass header.d=example.org header.a=ed25519-sha256 header.i=@sub.example.org" },
		{ "example.org", "\"j o\"@example.org", NULL, "rsa-sha512", NULL,
		    "dkim=pass header.d=example.org header.i=@example.org" },
		{ "example.org", "a@b@example.org", NULL, NULL, NULL,
		    "dkim=pass header.d=example.org header.i=@example.org" },
		{ "example.org", "a..b@example.org", NULL, NULL, NULL,
		    "dkim=pass header.d=example.org header.i=@example.org" },
		{ "example.org", "joe@", NULL, NULL, NULL, "dkim=pass header.d=example.org" },
		{ "example.org", "joe", NULL, NULL, NULL, "dkim=pass header.d=example.org" },
		{ "evil.example; spf=pass", "@a b", "s;1", "x", "a b", "dkim=pass" },
		{ "a..b", NULL, "a.b", NULL, "12345678", "dkim=pass header.s=a.b header.b=\"12345678\"" },
		{ "localhost", NULL, ".", NULL, "a\"b", "dkim=pass header.d=localhost" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct evidence ev = { .dkim_examined = true, .dkim_count = 1 };
		struct ev_dkim sig = { .result = DKIM_RESULT_PASS, .domain = str_from(rows[i].domain),
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
		{ "a\nb\x01", "\"ab\"" }, { "b\xc3\xbc", "\"b\xc3\xbc\"" }, { "b\xfc", "\"b\"" }, { "(a)", "\"(a)\"" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char mem[64];
		struct buf out = buf_on(mem, sizeof mem);

		authres_out_value(&out, tap_exact(rows[i].in));
		tap_eq_str(buf_str(&out), str_from(rows[i].want), "8601 2.2: value = token / quoted-string");
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
		sigs[i] = (struct ev_dkim){ .domain = STR("example.org"), .selector = STR("selector") };
	ev.dkim = sigs;
	ev.dkim_count = SIGNATURES;
	tap_eq_res(authres_out(&out, id, &ev, "none"), RES_OK, "more signatures than there is room for");
	tap_ok(str_ends_nocase(buf_str(&out), STR("policy.dmarc=reject")), "dmarc= is never left out");
	tap_ok(out.len > SMALL - 100, "and as many signatures as fit are written (%zu octets)", out.len);
	out = buf_on(big, sizeof big);
	authres_out(&out, id, &ev, "none");
	tap_ok(authres_parse(a, buf_str(&out), &field) == RES_OK && !field.broken &&
	    field.info_count == AUTHRES_MAX_RESINFO, "no more than our reader reads");
	out = buf_on(mem, 50);
	tap_eq_res(authres_out(&out, id, &ev, "none"), RES_LIMIT, "no room at all is said");
	memset(long_id, 'a', sizeof long_id);
	out = buf_on(big, sizeof big);
	tap_eq_res(authres_out(&out, (struct str){ long_id, 973 }, &ev, "none"), RES_OK, "5322 2.1.1: 998 octets");
	out = buf_on(big, sizeof big);
	tap_eq_res(authres_out(&out, (struct str){ long_id, 974 }, &ev, "none"), RES_LIMIT, "5322 2.1.1: 999 octets");
	arena_close(a);
}

static uint32_t
next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	return *seed ^= *seed << 5;
}

static size_t
below(uint32_t *seed, size_t n)
{
	return next(seed) % n;
}

/* Text as a stranger would choose it: likely to be nearly right, or to break a field. */
static struct str
random_text(struct arena *a, uint32_t *seed)
{
	static const char *const pieces[] = {
		"example", "org", ".", ".", "a", "-", "_", "@", "joe", "; dkim=pass", "\n\t", "\r\n", " ", "\"", "\\", "(",
		")", "=", "/", "+", "\x01", "\xff", "b\xc3\xbc", "spf=pass", "header.d=", "rsa-sha256", "%", ",", "A", "Z",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\x7f", "192.0.2.1", "<", ">",
	};
	static const char *const right[] = { "example.org", "@example.org", "joe@example.org", "s1", "rsa-sha256",
	    "ed25519-sha256", "mail.example.net", "Ab+/cd==", "x@sub.example.org", "localhost" };
	struct buf out = buf_in(a, 1200);
	size_t n = below(seed, 3) == 0 ? below(seed, 12) : 0;

	if (below(seed, 10) == 0)
		return (struct str){0};
	if (below(seed, 2) == 0)
		buf_puts(&out, right[below(seed, sizeof right / sizeof *right)]);
	for (size_t i = 0; i < n; i++)
		buf_puts(&out, pieces[below(seed, sizeof pieces / sizeof *pieces)]);
	if (below(seed, 20) == 0)
		buf_putc(&out, '\0');
	return buf_str(&out);
}

static struct evidence
random_evidence(struct arena *a, uint32_t *seed)
{
	struct evidence ev = { .dkim_examined = below(seed, 4) > 0, .dkim_count = below(seed, 6) };
	struct ev_dkim *sigs = arena_array(a, 6, sizeof *sigs);

	ev.spf.result = (enum spf_result)below(seed, SPF_RESULT_COUNT);
	ev.spf.from_helo = below(seed, 2) == 0;
	ev.spf.domain = random_text(a, seed);
	for (size_t i = 0; i < ev.dkim_count; i++)
		sigs[i] = (struct ev_dkim){ .result = (enum dkim_result)below(seed, DKIM_RESULT_NONE),
		    .domain = random_text(a, seed), .selector = random_text(a, seed),
		    .identity = random_text(a, seed), .algorithm = random_text(a, seed),
		    .b_prefix = random_text(a, seed) };
	ev.dkim = sigs;
	ev.dmarc.result = (enum dmarc_result)below(seed, DMARC_RESULT_COUNT);
	ev.dmarc.author = (enum author_kind)below(seed, AUTHOR_COUNT);
	ev.dmarc.author_domain = random_text(a, seed);
	ev.dmarc.have_policy = below(seed, 2) == 0;
	ev.dmarc.policy = (enum enforcement)(ENFORCE_NONE + below(seed, 3));
	return ev;
}

/* The property is want, or not there when want is no domain. */
static bool
same_domain(const struct authres_info *info, struct str ptype, struct str property, struct str want, bool may_be)
{
	struct str got = authres_prop(info, ptype, property);

	return may_be && domain_is_name(want) ? str_eq_nocase(got, want) : got.p == NULL;
}

static bool
same_spf(const struct authres_info *info, const struct ev_spf *spf)
{
	return str_eq(info->method, STR("spf")) && str_eq(info->result, str_from(spf_result_word(spf->result))) &&
	    same_domain(info, STR("smtp"), STR("mailfrom"), spf->domain, !spf->from_helo) &&
	    same_domain(info, STR("smtp"), STR("helo"), spf->domain, spf->from_helo && domain_labels(spf->domain) > 1);
}

static bool
same_identity(struct str got, const struct ev_dkim *sig)
{
	size_t at = str_find_last(got, '@');

	if (got.p == NULL)
		return true;
	return at < got.len && domain_is_name(str_skip(got, at + 1)) &&
	    str_ends_nocase(sig->identity, str_skip(got, at)) &&
	    (at == 0 || str_starts_nocase(sig->identity, str_first(got, at + 1)));
}

static bool
same_dkim(const struct authres_info *info, const struct ev_dkim *sig)
{
	struct str b = authres_prop(info, STR("header"), STR("b")), algorithm = authres_prop(info, STR("header"), STR("a"));

	return str_eq(info->method, STR("dkim")) && str_eq(info->result, str_from(dkim_result_word(sig->result))) &&
	    same_domain(info, STR("header"), STR("d"), sig->domain, true) &&
	    same_domain(info, STR("header"), STR("s"), sig->selector, true) &&
	    (b.p == NULL || str_eq(b, str_first(sig->b_prefix, 8))) &&
	    (algorithm.p == NULL || str_eq_nocase(algorithm, sig->algorithm)) &&
	    same_identity(authres_prop(info, STR("header"), STR("i")), sig);
}

static bool
same_dmarc(const struct authres_info *info, const struct ev_dmarc *dmarc)
{
	struct str policy = authres_prop(info, STR("policy"), STR("dmarc"));

	return str_eq(info->method, STR("dmarc")) && str_eq(info->result, str_from(dmarc_result_word(dmarc->result))) &&
	    same_domain(info, STR("header"), STR("from"), dmarc->author_domain, dmarc->author == AUTHOR_ONE) &&
	    str_eq(policy, dmarc->have_policy ? str_from(enforcement_word(dmarc->policy)) : (struct str){0});
}

static bool
same_evidence(const struct authres *field, const struct evidence *ev)
{
	size_t dkim = !ev->dkim_examined ? 0 : ev->dkim_count > 0 ? ev->dkim_count : 1;
	const struct authres_info *infos = field->infos;

	if (field->broken || field->no_result || field->info_count != 2 + dkim || !same_spf(&infos[0], &ev->spf))
		return false;
	for (size_t i = 0; ev->dkim_examined && i < ev->dkim_count; i++)
		if (!same_dkim(&infos[1 + i], &ev->dkim[i]))
			return false;
	return same_dmarc(&infos[1 + dkim], &ev->dmarc);
}

static bool
lines_fit(struct str text)
{
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');

		if (line.len > 998)
			return false;
	}
	return true;
}

static void
test_own_output(void)
{
	enum { ROUNDS = 20000 };
	uint32_t seed = 2463534242;
	unsigned unreadable = 0, different = 0, unclaimed = 0, long_lines = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_open(0);
		struct evidence ev = random_evidence(a, &seed);
		struct str own_id = below(&seed, 2) == 0 ? id : random_text(a, &seed), text;
		struct buf out = buf_in(a, AUTHRES_OUT_MAX);
		struct authres field;
		enum res r = authres_out(&out, own_id, &ev, "none");

		text = tap_exact_str(buf_str(&out));
		long_lines += r != RES_OK || !lines_fit(text);
		r = authres_parse(a, text, &field);
		if (r == RES_SYNTAX && (own_id.len == 0 || str_starts_nocase(text, STR("\"\"")) ||
		    str_starts_nocase(text, STR(".;")) || str_starts_nocase(text, STR("\".\""))))
			; /* an id of nothing is no id */
		else if (r != RES_OK)
			unreadable++;
		else {
			different += !same_evidence(&field, &ev);
			unclaimed += !authres_claims_id(text, &field.authserv_id, 1);
		}
		arena_close(a);
	}
	tap_eq_int(long_lines, 0, "5322 2.1.1: no line over 998 octets");
	tap_eq_int(unreadable, 0, "our own output is always read");
	tap_eq_int(different, 0, "and gives the same data, for any input");
	tap_eq_int(unclaimed, 0, "and is claimed for its id");
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
	tap_eq_res(received_spf_out(&out, id, &ev, &client, STR("<a@example.org>"), STR("mail.example.org")), RES_OK,
	    "Received-SPF");
	tap_eq_str(buf_str(&out), STR("softfail (mx.example.net: the domain does not expect this client)\n"
	    "\tclient-ip=192.0.2.7;\n\tenvelope-from=\"a@example.org\";\n\thelo=mail.example.org;\n"
	    "\treceiver=mx.example.net;\n\tidentity=mailfrom;\n\tmechanism=~all"), "7208 9.1");
	ipaddr_parse(STR("2001:db8::1"), &v6);
	ev.spf = (struct ev_spf){ .result = SPF_RESULT_NONE, .from_helo = true };
	out = buf_on(mem, sizeof mem);
	received_spf_out(&out, STR("a b"), &ev, &v6, STR("<>"), STR("a\"b<c>\\"));
	tap_eq_str(buf_str(&out), STR("none (no SPF record)\n\tclient-ip=\"2001:db8::1\";\n\tenvelope-from=\"\";\n"
	    "\thelo=\"a\\\"b<c>\\\\\";\n\treceiver=\"a b\";\n\tidentity=helo"), "7208 9.1: what is no dot-atom is quoted");
	memset(long_text, 'a', sizeof long_text);
	out = buf_on(mem, sizeof mem);
	received_spf_out(&out, id, &ev, &client, (struct str){ long_text, sizeof long_text },
	    STR("x\r\nSubject: y"));
	tap_ok(str_find(buf_str(&out), 'S') == str_from("none (mx.example.net: no ").len,
	    "what cannot be quoted is left out, and what is too long");
	tap_ok(str_ends_nocase(buf_str(&out), STR("client-ip=192.0.2.7;\n\treceiver=mx.example.net;\n\tidentity=helo")),
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
	test_own_output();
	test_received_spf();
	return tap_done();
}
