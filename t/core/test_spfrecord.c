#include "core/spfrecord.h"

#include <string.h>

#include "core/spfcanon.h"
#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void
test_select(void)
{
	static const struct {
		const char *txt[3];
		enum res res;
		const char *text, *rule;
	} rows[] = {
		{ { "v=spf1 -all" }, RES_OK, "v=spf1 -all", "4.5: one" },
		{ { "v=spf1" }, RES_OK, "v=spf1", "4.5: the version alone" },
		{ { "V=SPF1 -all" }, RES_OK, "V=SPF1 -all", "4.6.1: any case" },
		{ { "v=spf10 -all" }, RES_NONE, NULL, "4.5: exactly that version" },
		{ { "v=spf1\t-all" }, RES_NONE, NULL, "4.5: a tab is no blank" },
		{ { " v=spf1 -all" }, RES_NONE, NULL, "4.5: at the beginning" },
		{ { "v=spf" }, RES_NONE, NULL, "4.5: cut short" },
		{ { "" }, RES_NONE, NULL, "3.3: an empty string" },
		{ { "x", "v=spf1 a", "v=spf2.0/pra a" }, RES_OK, "v=spf1 a", "4.5: among others" },
		{ { "\xc3\xbc", "v=spf1 a" }, RES_OK, "v=spf1 a", "3.1: others may be anything" },
		{ { "v=spf1 a", "v=spf1 a" }, RES_PERM, NULL, "4.5: two, even if they are equal" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_record recs[3] = { 0 };
		struct dns_answer ans = { .status = DNS_FOUND, .records = recs };
		struct str text = STR("unwritten");

		for (; ans.count < 3 && rows[i].txt[ans.count] != NULL; ans.count++)
			recs[ans.count].text = tap_exact(rows[i].txt[ans.count]);
		tap_eq_res(spfrecord_select(&ans, &text), rows[i].res, "%s", rows[i].rule);
		tap_eq_str(text, str_from(rows[i].text != NULL ? rows[i].text : "unwritten"),
		    "%s: text", rows[i].rule);
	}
}

/* Terms as "RESULT mech target /4 //6 net", one a line, then the modifiers: what a person would
 * check. */
static void
describe(struct buf *out, const struct spf_record *rec)
{
	static const char *const words[SPF_MECH_COUNT] = { "all", "include", "a", "mx", "ptr",
		"ip4", "ip6", "exists" };

	for (size_t i = 0; i < rec->count; i++) {
		const struct spf_term *t = &rec->terms[i];

		buf_puts(out, i > 0 ? "; " : "");
		buf_puts(out, spf_result_word(t->result));
		buf_putc(out, ' ');
		buf_puts(out, words[t->mech]);
		buf_putc(out, ' ');
		buf_put(out, t->target);
		if (t->mech == SPF_MECH_A || t->mech == SPF_MECH_MX) {
			buf_putc(out, '/');
			buf_putu(out, t->prefix4);
			buf_putc(out, '/');
			buf_putu(out, t->prefix6);
		} else if (t->mech == SPF_MECH_IP4 || t->mech == SPF_MECH_IP6) {
			ipaddr_print(out, &t->net.addr);
			buf_putc(out, '/');
			buf_putu(out, t->net.prefix);
		}
	}
	if (rec->redirect.text.p != NULL) {
		buf_puts(out, " redirect ");
		buf_put(out, rec->redirect.target);
	}
	if (rec->exp.text.p != NULL) {
		buf_puts(out, " exp ");
		buf_put(out, rec->exp.target);
	}
}

static void
test_good(struct arena *a)
{
	static const struct {
		const char *in, *terms, *rule;
	} rows[] = {
		{ "v=spf1", "", "no terms" },
		{ "v=spf1   ", "", "12: trailing blanks" },
		{ "v=spf1  a   -all ", "pass a /32/128; fail all ", "12: several blanks" },
		{ "v=spf1 +a -mx ~ptr ?all",
		    "pass a /32/128; fail mx /32/128; softfail ptr ; neutral all ", "4.6.2" },
		{ "V=spf1 A MX ALL", "pass a /32/128; pass mx /32/128; pass all ",
		    "4.6.1: any case" },
		{ "v=spf1 a/24", "pass a /24/128", "5.3" },
		{ "v=spf1 a//64", "pass a /32/64", "5.6: ip6 only" },
		{ "v=spf1 a/0//0", "pass a /0/0", "5.6: nothing is fixed" },
		{ "v=spf1 mx:m.example/24//64", "pass mx m.example/24/64", "5.4" },
		{ "v=spf1 a:foo/bar.example/8", "pass a foo/bar.example/8/128",
		    "12: a slash is a literal" },
		{ "v=spf1 a:%{d}/24", "pass a %{d}/24/128", "12: prefix behind a macro" },
		{ "v=spf1 a:%{d1r/}.example", "pass a %{d1r/}.example/32/128",
		    "12: slash as a delimiter" },
		{ "v=spf1 a:foo:bar.example", "pass a foo:bar.example/32/128",
		    "12: a colon is a literal" },
		{ "v=spf1 a:example.org.", "pass a example.org./32/128", "12: final dot" },
		{ "v=spf1 a:1.example-9", "pass a 1.example-9/32/128",
		    "12: top label with a dash" },
		{ "v=spf1 exists:%{ir}.%{v}._spf.%{d2}", "pass exists %{ir}.%{v}._spf.%{d2}",
		    "5.7" },
		{ "v=spf1 exists:x.%%", "pass exists x.%%", "12: macro-expand ends a domain" },
		{ "v=spf1 include:_spf.example.org", "pass include _spf.example.org", "5.2" },
		{ "v=spf1 ptr:example.org", "pass ptr example.org", "5.5" },
		{ "v=spf1 ip4:192.0.2.0/24", "pass ip4 192.0.2.0/24", "5.6" },
		{ "v=spf1 ip4:192.0.2.9/24", "pass ip4 192.0.2.9/24",
		    "5.6: bits below the prefix" },
		{ "v=spf1 ip4:0.0.0.0/0", "pass ip4 0.0.0.0/0", "5.6" },
		{ "v=spf1 ip6:2001:db8::/32", "pass ip6 2001:db8::/32", "5.6" },
		{ "v=spf1 ip6:::1", "pass ip6 ::1/128", "5.6" },
		{ "v=spf1 ip6:::ffff:192.0.2.1", "pass ip6 ::ffff:192.0.2.1/128", "5: stays IPv6" },
		{ "v=spf1 redirect=_spf.example.org", " redirect _spf.example.org", "6.1" },
		{ "v=spf1 REDIRECT=a.example exp=b.example a",
		    "pass a /32/128 redirect a.example exp b.example", "6: anywhere, any case" },
		{ "v=spf1 x-y_z.1=foo%{c1} a", NULL, "7.2: %{c} only in an explanation" },
		{ "v=spf1 x-y_z.1=foo%{d} a", "pass a /32/128", "6: unknown modifier" },
		{ "v=spf1 a=b default=pass", "", "6: unknown modifiers, mechanisms' names too" },
		{ "v=spf1 x=", "", "12: macro-string may be empty" },
		{ "v=spf1 all all", "pass all ; pass all ", "5.1: the first one counts" },
	};
	struct spf_record rec;
	char mem[512];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = buf_on(mem, sizeof mem);

		tap_eq_res(spfrecord_parse(a, tap_exact(rows[i].in), &rec), RES_OK, "%s: %s",
		    rows[i].rule, rows[i].in);
		describe(&out, &rec);
		if (rows[i].terms != NULL &&
		    tap_eq_int((long long)rec.fault_count, 0, "%s: no fault", rows[i].rule))
			tap_eq_str(buf_str(&out), str_from(rows[i].terms), "%s: terms",
			    rows[i].rule);
		else
			tap_ok(rec.fault_count > 0, "%s: a fault", rows[i].rule);
	}
}

static void
test_faults(struct arena *a)
{
	static const struct {
		const char *in, *sentence;
	} rows[] = {
		{ "v=spf1 foo", "unknown mechanism: \"foo\" at octet 8" },
		{ "v=spf1 -", "unknown mechanism: \"-\" at octet 8" },
		{ "v=spf1 a: -all", "missing domain at octet 10" },
		{ "v=spf1 include", "missing domain: \"include\" at octet 8" },
		{ "v=spf1 include/24", "missing domain: \"include/24\" at octet 8" },
		{ "v=spf1 exists", "missing domain: \"exists\" at octet 8" },
		{ "v=spf1 ip4", "missing address: \"ip4\" at octet 8" },
		{ "v=spf1 ip4:", "no valid address: \"ip4:\" at octet 8" },
		{ "v=spf1 ip4:1.2.3", "no valid address: \"1.2.3\" at octet 12" },
		{ "v=spf1 ip4:01.2.3.4", "no valid address: \"01.2.3.4\" at octet 12" },
		{ "v=spf1 ip4:1.2.3.4:25", "no valid address: \"1.2.3.4:25\" at octet 12" },
		{ "v=spf1 ip4:1.2.3.4/33", "no valid prefix length: \"33\" at octet 20" },
		{ "v=spf1 ip4:1.2.3.4/032", "no valid prefix length: \"032\" at octet 20" },
		{ "v=spf1 ip4:1.2.3.4/", "no valid prefix length at octet 20" },
		{ "v=spf1 ip4:1.2.3.4//32", "no valid prefix length: \"/32\" at octet 20" },
		{ "v=spf1 ip4:::1", "no valid address: \"::1\" at octet 12" },
		{ "v=spf1 ip6:1.2.3.4", "no valid address: \"1.2.3.4\" at octet 12" },
		{ "v=spf1 ip6:::1/129", "no valid prefix length: \"129\" at octet 16" },
		{ "v=spf1 a/33", "no valid prefix length: \"33\" at octet 10" },
		{ "v=spf1 a//129", "no valid prefix length: \"129\" at octet 11" },
		{ "v=spf1 a/", "missing domain: \"a/\" at octet 8" },
		{ "v=spf1 a/24/64", "no valid prefix length: \"64\" at octet 13" },
		{ "v=spf1 ptr/24", "missing domain: \"ptr/24\" at octet 8" },
		{ "v=spf1 all:x.example",
		    "an argument where none is allowed: \":x.example\" at octet 11" },
		{ "v=spf1 all/8", "an argument where none is allowed: \"/8\" at octet 11" },
		{ "v=spf1 all.", "unknown mechanism: \"all.\" at octet 8" },
		{ "v=spf1 a:example",
		    "the domain does not end in a top-level name or a macro: \"example\" at octet "
		    "10" },
		{ "v=spf1 a:1.2.3.4",
		    "the domain does not end in a top-level name or a macro: \"1.2.3.4\" at octet "
		    "10" },
		{ "v=spf1 a:x.-c",
		    "the domain does not end in a top-level name or a macro: \"x.-c\" at octet "
		    "10" },
		{ "v=spf1 a:%{d}x",
		    "the domain does not end in a top-level name or a macro: \"%{d}x\" at octet "
		    "10" },
		{ "v=spf1 a:%{d}.",
		    "the domain does not end in a top-level name or a macro: \"%{d}.\" at octet "
		    "10" },
		{ "v=spf1 include:%{x}", "no valid macro: \"%{x}\" at octet 16" },
		{ "v=spf1 include:a.%{d", "no valid macro: \"%{d\" at octet 18" },
		{ "v=spf1 include:a.%x.b", "no valid macro: \"%x.b\" at octet 18" },
		{ "v=spf1 include:%{c}.b", "no valid macro: \"%{c}.b\" at octet 16" },
		{ "v=spf1 include:%{d0}", "no valid macro: \"%{d0}\" at octet 16" },
		{ "v=spf1 redirect=", "missing domain at octet 17" },
		{ "v=spf1 exp=-all",
		    "the domain does not end in a top-level name or a macro: \"-all\" at octet "
		    "12" },
		{ "v=spf1 redirect=a.b redirect=a.b",
		    "a modifier that is there twice: \"redirect=a.b\" at octet 21" },
		{ "v=spf1 -redirect=a.b", "unknown mechanism: \"-redirect=a.b\" at octet 8" },
		{ "v=spf1 =a.b", "unknown mechanism: \"=a.b\" at octet 8" },
		{ "v=spf1 1x=a.b", "unknown mechanism: \"1x=a.b\" at octet 8" },
		{ "v=spf1 x=%", "no valid macro: \"%\" at octet 10" },
		{ "v=spf1 a\tmx -all",
		    "a character that is not printable ASCII: \"\\x09mx\" at octet 9" },
		{ "v=spf1 -all\xc3\xbc",
		    "a character that is not printable ASCII: \"\\xc3\\xbc\" at octet 12" },
		{ "v=spf1 -all \x7f",
		    "a character that is not printable ASCII: \"\\x7f\" at octet 13" },
	};
	struct spf_record rec;

	for (size_t i = 0; i < COUNT(rows); i++) {
		tap_eq_res(spfrecord_parse(a, tap_exact(rows[i].in), &rec), RES_OK, "12: %s",
		    rows[i].in);
		if (tap_eq_int((long long)rec.fault_count, 1, "one fault"))
			tap_eq_str(rec.faults[0].sentence, str_from(rows[i].sentence),
			    "its sentence");
	}
	spfrecord_parse(a, tap_exact("v=spf1 foo a bar:x -all"), &rec);
	tap_eq_int((long long)rec.fault_count, 2, "4.6: the whole record is read");
	tap_eq_int((long long)rec.count, 2, "what is right is there");
	tap_eq_int((long long)rec.faults[1].at, 14, "where the second fault is");
	tap_eq_str(rec.faults[1].text, STR("bar:x"), "what it is");
}

static void
test_limits(struct arena *a)
{
	enum { MANY = SPFRECORD_MAX_TERMS };
	static char text[6 + 2 * (MANY + 1)];
	struct arena *small = arena_open(64);
	struct spf_record rec;

	memcpy(text, "v=spf1", 6);
	for (size_t i = 0; i <= MANY; i++)
		memcpy(text + 6 + 2 * i, " a", 2);
	spfrecord_parse(a, tap_exact_str((struct str){ text, 6 + 2 * MANY }), &rec);
	tap_eq_int((long long)rec.fault_count, 0, "as many terms as are read");
	tap_eq_int((long long)rec.count, MANY, "all of them");
	spfrecord_parse(a, tap_exact_str((struct str){ text, sizeof text }), &rec);
	tap_eq_int((long long)rec.fault_count, 1, "one term more is a fault, never cut silently");
	memset(text + 6, '?', sizeof text - 6);
	for (size_t i = 6; i < sizeof text; i += 2)
		text[i] = ' ';
	spfrecord_parse(a, tap_exact_str((struct str){ text, sizeof text }), &rec);
	tap_eq_int((long long)rec.fault_count, SPFRECORD_MAX_FAULTS, "bounded faults");
	memset(text + 6, 'x', sizeof text - 6);
	memcpy(text + 6, " a:", 3);
	memcpy(text + sizeof text - 4, ".org", 4);
	spfrecord_parse(a, tap_exact_str((struct str){ text, sizeof text }), &rec);
	tap_eq_int((long long)rec.fault_count, 1,
	    "a domain-spec that would cost too much is a fault");
	tap_eq_res(spfrecord_parse(small, tap_exact("v=spf1 a"), &rec), RES_NOMEM, "memory");
	arena_close(small);
	tap_ok(spfrecord_parse(a, tap_exact_str(STR("v=spf1 a\0b")), &rec) == RES_OK &&
		rec.fault_count == 1,
	    "a NUL is a fault");
}

/* What libspf2 gets to see (engines.md in one table): for client 127.0.0.9 and ::1:2 */
static void
test_canon(struct arena *a)
{
	static const struct {
		const char *in, *v4, *v6, *rule;
	} rows[] = {
		{ "v=spf1", "v=spf1 ", "v=spf1 ", "empty" },
		{ "v=spf1 -all a", "v=spf1  -all", "v=spf1  -all", "nothing behind all" },
		{ "v=spf1 a/24//64 mx:%{d}", "v=spf1  +a:0.3.spf/24 +mx:1.3.spf",
		    "v=spf1  +a:0.3.spf//64 +mx:1.3.spf",
		    "aliases; the prefix of the client's family" },
		{ "v=spf1 a/0//0", "v=spf1  +a:0.3.spf", "v=spf1  +a:0.3.spf", "no /0" },
		{ "v=spf1 ptr ~exists:x.y", "v=spf1  +exists:0.3.spf ~exists:1.3.spf",
		    "v=spf1  +exists:0.3.spf ~exists:1.3.spf", "ptr is asked as exists" },
		{ "v=spf1 ip4:10.0.0.0/8 ?ip4:127.0.0.0/8 -all", "v=spf1  ?ip4:192.0.0.0/8",
		    "v=spf1  -all", "only a network that matches, relative" },
		{ "v=spf1 -ip4:1.2.3.4/0 a", "v=spf1  -all", "v=spf1  +a:1.3.spf",
		    "ip4 /0 is all" },
		{ "v=spf1 ip4:127.0.0.9", "v=spf1  +ip4:192.0.2.1", "v=spf1 ", "one address" },
		{ "v=spf1 ip6:::1:0/112 ~all", "v=spf1  ~all", "v=spf1  +ip6:2001:db8::/112",
		    "ip6" },
		{ "v=spf1 a redirect=%{d}", "v=spf1  +a:0.3.spf redirect=1.3.spf",
		    "v=spf1  +a:0.3.spf redirect=1.3.spf", "redirect" },
		{ "v=spf1 redirect=%{d} exp=%{d} x=y ?all", "v=spf1  ?all", "v=spf1  ?all",
		    "6.1: no redirect beside all; no modifiers" },
		{ "v=spf1 a a a a a a a a a a a a -all",
		    "v=spf1  +a:0.3.spf +a:1.3.spf +a:2.3.spf +a:3.3.spf +a:4.3.spf +a:5.3.spf "
		    "+a:6.3.spf +a:7.3.spf"
		    " +a:8.3.spf +a:9.3.spf +a:10.3.spf",
		    NULL, "4.6.4: the eleventh is over the limit" },
	};
	struct ipaddr v4, v6;
	struct spf_record rec;
	char mem[1024];

	ipaddr_parse(STR("127.0.0.9"), &v4);
	ipaddr_parse(STR("::1:2"), &v6);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = buf_on(mem, sizeof mem);

		spfrecord_parse(a, tap_exact(rows[i].in), &rec);
		spfcanon_print(&out, &rec, 3, &v4);
		tap_eq_str(buf_str(&out), str_from(rows[i].v4), "canonical, v4: %s", rows[i].rule);
		if (rows[i].v6 == NULL)
			continue;
		out = buf_on(mem, sizeof mem);
		spfcanon_print(&out, &rec, 3, &v6);
		tap_eq_str(buf_str(&out), str_from(rows[i].v6), "canonical, v6: %s", rows[i].rule);
	}
}

static void
test_relative(void)
{
	static const struct {
		const char *client, *addr;
		unsigned common;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1", 32 },
		{ "127.0.0.1", "127.0.0.0", 31 },
		{ "10.0.0.1", "138.0.0.1", 0 },
		{ "2001:db8::7", "2001:db8::7", 128 },
		{ "2001:db8::7", "2001:db9::7", 31 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ipaddr client, addr, rel, stand_in;
		unsigned common = 0;

		ipaddr_parse(str_from(rows[i].client), &client);
		ipaddr_parse(str_from(rows[i].addr), &addr);
		rel = spfcanon_relative(&addr, &client);
		stand_in = spfcanon_stand_in(client.family);
		for (; common < ipaddr_bits(client.family); common++) {
			struct ipnet net = { rel, common + 1 };

			if (!ipnet_contains(&net, &stand_in))
				break;
		}
		tap_eq_int(common, rows[i].common, "relative: %s and %s share these bits",
		    rows[i].client, rows[i].addr);
	}
}

int
main(void)
{
	struct arena *a = arena_open(0);

	test_select();
	test_good(a);
	test_faults(a);
	test_limits(a);
	test_canon(a);
	test_relative();
	arena_close(a);
	return tap_done();
}
