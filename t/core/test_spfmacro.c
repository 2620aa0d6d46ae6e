#include "core/spfmacro.h"

#include <string.h>

#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* RFC 7208 7.4's own example */
static struct spf_facts
rfc_facts(const char *client)
{
	struct spf_facts f = {
		.local = STR("strong-bad"),
		.sender_domain = STR("email.example.com"),
		.helo = STR("mx.Example.org"),
		.receiver = STR("mx.example.net"),
		.now_s = 1700000000,
	};

	ipaddr_parse(str_from(client), &f.client);
	return f;
}

static void
test_valid(void)
{
	static const struct {
		const char *in;
		size_t valid, explain;
	} rows[] = {
		{ "", 0, 0 },
		{ "abc", 3, 3 },
		{ "a b", 1, 3 },
		{ "%%%_%-", 6, 6 },
		{ "%", 0, 0 },
		{ "a%", 1, 1 },
		{ "%{", 0, 0 },
		{ "%{}", 0, 0 },
		{ "%{d", 0, 0 },
		{ "%{d}", 4, 4 },
		{ "%{D}", 4, 4 },
		{ "%{d12r.-+,/_=}", 14, 14 },
		{ "%{dr2}", 0, 0 },
		{ "%{d0}", 0, 0 },
		{ "%{d00}", 0, 0 },
		{ "%{d01}", 6, 6 },
		{ "%{d99999999999}", 15, 15 },
		{ "%{c}", 0, 4 },
		{ "%{r}%{T}", 0, 8 },
		{ "%{e}", 0, 0 },
		{ "%{d;}", 0, 0 },
		{ "%(d)", 0, 0 },
		{ "\xc3\xbc", 0, 0 },
		{ "a\tb", 1, 1 },
		{ "a\x7f", 1, 1 },
		{ "% d", 0, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str in = tap_exact(rows[i].in);

		tap_eq_int((long long)spfmacro_valid(in, false), (long long)rows[i].valid,
		    "7.1: macro-string \"%s\"", rows[i].in);
		tap_eq_int((long long)spfmacro_valid(in, true), (long long)rows[i].explain,
		    "7.1: explain-string \"%s\"", rows[i].in);
	}
	tap_eq_int((long long)spfmacro_valid(tap_exact_str(STR("%{\0}")), true), 0,
	    "a NUL is no letter");
	tap_ok(spfmacro_uses(STR("a%{d}%{Pr}"), 'p') && !spfmacro_uses(STR("p%%{p}%{d}"), 'p'),
	    "%%{p} is found");
}

static void
test_rfc_examples(struct arena *a)
{
	static const struct {
		const char *spec, *name;
	} v4[] = {
		{ "%{s}", "strong-bad@email.example.com" },
		{ "%{o}", "email.example.com" },
		{ "%{d}", "email.example.com" },
		{ "%{d4}", "email.example.com" },
		{ "%{d3}", "email.example.com" },
		{ "%{d2}", "example.com" },
		{ "%{d1}", "com" },
		{ "%{dr}", "com.example.email" },
		{ "%{d2r}", "example.email" },
		{ "%{l}", "strong-bad" },
		{ "%{l-}", "strong.bad" },
		{ "%{lr}", "strong-bad" },
		{ "%{lr-}", "bad.strong" },
		{ "%{l1r-}", "strong" },
		{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com" },
		{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com" },
		{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com" },
		{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com" },
		{ "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net" },
	}, v6[] = {
		{ "%{ir}.%{v}._spf.%{d2}", "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com" },
	};
	struct spf_facts f4 = rfc_facts("192.0.2.3"), f6 = rfc_facts("2001:db8::cb01");
	struct spf_macro m = { .facts = &f4, .domain = f4.sender_domain };
	struct str name;

	for (size_t i = 0; i < COUNT(v4); i++)
		if (tap_eq_res(spfmacro_domain(&m, tap_exact(v4[i].spec), a, &name), RES_OK,
			"7.4: %s", v4[i].spec))
			tap_eq_str(name, str_from(v4[i].name), "7.4: its name");
	m.facts = &f6;
	for (size_t i = 0; i < COUNT(v6); i++)
		if (tap_eq_res(spfmacro_domain(&m, tap_exact(v6[i].spec), a, &name), RES_OK,
			"7.4: %s", v6[i].spec))
			tap_eq_str(name, str_from(v6[i].name), "7.4: its name");
}

static void
test_expand(void)
{
	static const struct {
		const char *in, *out, *rule;
	} rows[] = {
		{ "a%%b%_c%-d", "a%b c%20d", "7.1: literals" },
		{ "%{h}", "mx.Example.org", "7.2: HELO as it came" },
		{ "%{p}", "unknown", "7.3: no validated name" },
		{ "%{c} %{i}", "192.0.2.3 192.0.2.3", "7.3: addresses" },
		{ "%{r}", "mx.example.net", "7.3: receiver" },
		{ "%{t}", "1700000000", "7.3: seconds" },
		{ "%{S}", "strong-bad%40email.example.com", "7.3: URL escapes" },
		{ "%{L1r-}", "strong", "7.3: escape and transformers" },
		{ "%{d01}", "com", "7.3: a leading zero" },
		{ "%{d500}", "email.example.com", "7.3: more than there are" },
		{ "%{s2r@}", NULL, "@ is no delimiter" },
		{ "%{o.-}", "email.example.com", "two delimiters" },
		{ "a.%{l2-.}.", "a.strong.bad.", "final dot stays in a text" },
	};
	struct spf_facts f = rfc_facts("192.0.2.3");
	struct spf_macro m = { .facts = &f, .domain = f.sender_domain, .explanation = true };
	char mem[256];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = buf_on(mem, sizeof mem);
		enum res want = rows[i].out != NULL ? RES_OK : RES_SYNTAX;

		if (tap_eq_res(spfmacro_expand(&m, tap_exact(rows[i].in), &out), want, "%s",
			rows[i].rule) &&
		    want == RES_OK)
			tap_eq_str(buf_str(&out), str_from(rows[i].out), "%s: text", rows[i].rule);
	}
}

static void
test_odd_parts(void)
{
	static const struct {
		const char *local, *in, *out;
	} rows[] = {
		{ "a..b", "%{l}", "a..b" },
		{ "a..b", "%{lr}", "b..a" },
		{ "a..b", "%{l1r}", "a" },
		{ "a..b", "%{l2}", ".b" },
		{ ".", "%{lr}", "." },
		{ "-a-", "%{lr-}", ".a." },
		{ "-a-", "%{l1-}", "" },
		{ "-a-", "%{l2r-}", "a." },
		{ "a b", "%{L}", "a%20b" },
		{ "a/b_c=d", "%{lr/_=}", "d.c.b.a" },
		{ "~._-", "%{L+}", "~._-" },
		{ "", "x%{l}y%{lr}z", "xyz" },
	};
	char mem[256];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct spf_facts f = rfc_facts("192.0.2.3");
		struct spf_macro m = { .facts = &f, .domain = f.sender_domain };
		struct buf out = buf_on(mem, sizeof mem);

		f.local = tap_exact(rows[i].local);
		tap_eq_res(spfmacro_expand(&m, tap_exact(rows[i].in), &out), RES_OK,
		    "7.3: \"%s\" by %s", rows[i].local, rows[i].in);
		tap_eq_str(buf_str(&out), str_from(rows[i].out), "7.3: parts");
	}
}

static void
test_internationalized(struct arena *a)
{
	struct spf_facts f = rfc_facts("192.0.2.3");
	struct spf_macro m = { .facts = &f, .domain = f.sender_domain, .explanation = true };
	struct str name;

	f.local = tap_exact("j\xc3\xbcrgen");
	tap_eq_res(spfmacro_domain(&m, STR("%{l}.x.example"), a, &name), RES_NONE, "8616 4: %%{l}");
	tap_eq_res(spfmacro_domain(&m, STR("x.%{S2}"), a, &name), RES_NONE, "8616 4: %%{s}");
	tap_eq_res(spfmacro_domain(&m, STR("%{o}.%{d}.%{h}"), a, &name), RES_OK,
	    "8616 4: the others");
	f.helo = tap_exact("\xff\x01");
	if (tap_eq_res(spfmacro_domain(&m, STR("%{h}.x.example"), a, &name), RES_OK,
		"11.5: any octet in HELO"))
		tap_eq_str(name, STR("\xff\x01.x.example"), "11.5: as it came");
}

static void
test_length(struct arena *a)
{
	static char labels[4 * 64 + 1], value[600], spec[SPFMACRO_MAX_TEXT + 1];
	struct spf_facts f = rfc_facts("192.0.2.3");
	struct spf_macro m = { .facts = &f, .domain = f.sender_domain };
	struct arena *small = arena_open(16);
	char mem[16];
	struct buf out = buf_on(mem, sizeof mem);
	struct str name;

	for (size_t i = 0; i < 256; i++)
		labels[i] = i % 64 == 63 ? '.' : (char)('a' + i / 64);
	f.helo = tap_exact(labels); /* four labels of 63, final dot */
	tap_eq_res(spfmacro_domain(&m, STR("%{h}x.yz"), a, &name), RES_OK, "7.3: a long name");
	tap_eq_int((long long)name.len, 3 * 64 + 4, "7.3: cut by labels to 253");
	tap_eq_int(name.p[0], 'b', "7.3: from the left");
	tap_eq_res(spfmacro_domain(&m, STR("%{h}"), a, &name), RES_OK,
	    "7.3: final dot, then the cut");
	tap_eq_int((long long)name.len, 3 * 64 - 1, "7.3: 255 octets lose a label");
	f.helo = (struct str){ labels + 2, 254 };
	tap_eq_res(spfmacro_domain(&m, STR("%{h}"), a, &name), RES_OK, "7.3: 253 and a dot");
	tap_eq_int((long long)name.len, 253, "7.3: stays whole");
	memset(value, 'x', sizeof value);
	memset(spec, 'x', sizeof spec);
	f.helo = (struct str){ value, 500 };
	tap_eq_res(spfmacro_domain(&m, STR("%{h}%{h}%{h}.a.example"), a, &name), RES_OK,
	    "a label of 1,500");
	tap_eq_str(name, STR("a.example"), "goes as a whole");
	f.helo.len = sizeof value;
	tap_eq_res(spfmacro_domain(&m, STR("%{h}.a.example"), a, &name), RES_LIMIT,
	    "a HELO that no MTA takes");
	tap_eq_res(spfmacro_expand(&m, STR("%{o}"), &out), RES_LIMIT, "a full buffer");
	tap_eq_res(spfmacro_domain(&m, (struct str){ spec, SPFMACRO_MAX_TEXT }, a, &name), RES_OK,
	    "the longest text");
	tap_eq_res(spfmacro_domain(&m, (struct str){ spec, sizeof spec }, a, &name), RES_LIMIT,
	    "one octet more");
	tap_eq_res(spfmacro_domain(&m, STR("%{o}"), small, &name), RES_NOMEM, "memory");
	arena_close(small);
}

int
main(void)
{
	struct arena *a = arena_open(0);

	test_valid();
	test_rfc_examples(a);
	test_expand();
	test_odd_parts();
	test_internationalized(a);
	test_length(a);
	arena_close(a);
	return tap_done();
}
