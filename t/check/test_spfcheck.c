/* Rows: one message, one zone, what is found.  What does not fit in a row is in
 * test_spfcheck_robust.c. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "t/check/spfrun.h"
#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

struct spf_case {
	const char *rule, *zone, *ip, *helo, *from; /* from: NULL is the null sender */
	const char *result, *path;     /* terms joined by " > "; "default"; NULL: an error */
	const char *posture, *problem; /* problem: a part of it, NULL: none */
	int lookups, voids;            /* -1: not looked at */
	const char *explanation;
};

static struct str
joined_path(const struct ev_spf *ev, struct buf *out)
{
	if (ev->path_len == 0)
		buf_put(out, ev->mechanism);
	for (size_t i = 0; i < ev->path_len; i++) {
		buf_puts(out, i > 0 ? " > " : "");
		buf_put(out, ev->path[i]);
	}
	return buf_str(out);
}

static bool
holds(struct str text, const char *part)
{
	if (part == NULL || text.p == NULL)
		return part == NULL && text.p == NULL;
	return memmem(text.p, text.len, part, strlen(part)) != NULL;
}

static void
check_case(const struct spf_case *c)
{
	const struct spf_message msg = { c->zone, c->ip, c->helo, c->from };
	struct arena *a = arena_open(0);
	struct ev_spf ev = spfrun(&msg, a, true).ev, plain = spfrun(&msg, a, false).ev;
	const char *posture = posture_word(ev.posture);
	char mem[512];
	struct buf path = buf_on(mem, sizeof mem);

	tap_eq_text(spf_result_word(ev.result), c->result, "%s", c->rule);
	tap_eq_str(joined_path(&ev, &path), str_from(c->path), "%s: path", c->rule);
	tap_eq_str(str_from(posture), str_from(c->posture), "%s: posture", c->rule);
	if (!tap_ok(holds(ev.problem, c->problem), "%s: problem", c->rule))
		tap_note("  %.*s", STR_ARG(ev.problem));
	tap_eq_str(ev.explanation, str_from(c->explanation), "%s: explanation", c->rule);
	if (c->lookups >= 0)
		tap_ok((int)ev.lookups == c->lookups && (int)ev.void_lookups == c->voids,
		    "%s: %u lookups, %u void", c->rule, ev.lookups, ev.void_lookups);
	tap_ok(plain.result == ev.result && plain.lookups == ev.lookups &&
		str_eq(plain.problem, ev.problem) && plain.posture == ev.posture,
	    "%s: the same without the plan", c->rule);
	arena_close(a);
}

static const struct spf_case basics[] = {
	{ "4.6.2: ~all", "e.org TXT \"v=spf1 ip4:10.0.0.0/8 ~all\"", "192.0.2.7", "h.e.org",
	    "a@e.org", "softfail", "~all", "~all", NULL, 0, 0, NULL },
	{ "4.6.2: no qualifier", "e.org TXT \"v=spf1 all\"", "192.0.2.7", "h", "a@e.org", "pass",
	    "+all", "+all", NULL, 0, 0, NULL },
	{ "4.6.1: ALL", "e.org TXT \"v=spf1 ALL\"", "192.0.2.7", "h", "a@e.org", "pass", "+ALL",
	    "+all", NULL, 0, 0, NULL },
	{ "4.7: nothing matches",
	    "e.org TXT \"v=spf1 mx\"\ne.org MX 1 m.e.org\nm.e.org A 192.0.2.8", "192.0.2.7", "h",
	    "a@e.org", "neutral", "default", "none", NULL, 1, 0, NULL },
	{ "4.5: no record", "e.org TXT \"hello\"", "192.0.2.7", "h", "a@e.org", "none", NULL, NULL,
	    NULL, 0, 0, NULL },
	{ "4.3: no name", "x.org A 192.0.2.1", "192.0.2.7", "h", "a@e.org", "none", NULL, NULL,
	    NULL, 0, 0, NULL },
	{ "4.3: single label", "org TXT \"v=spf1 -all\"", "192.0.2.7", "h", "a@org", "none", NULL,
	    NULL, NULL, 0, 0, NULL },
	{ "4.5: two records", "e.org TXT \"v=spf1 -all\"\ne.org TXT \"v=spf1 ~all\"", "192.0.2.7",
	    "h", "a@e.org", "permerror", NULL, NULL, "e.org has more than one SPF record", 0, 0,
	    NULL },
	{ "4.4: TXT fails", "e.org TXT !SERVFAIL", "192.0.2.7", "h", "a@e.org", "temperror", NULL,
	    NULL, "e.org: no answer to the TXT question, servfail", 0, 0, NULL },
	{ "4.6: a fault anywhere", "e.org TXT \"v=spf1 +all foo\"", "192.0.2.7", "h", "a@e.org",
	    "permerror", NULL, NULL,
	    "e.org: SPF record broken: unknown mechanism: \"foo\" at octet 13", 0, 0, NULL },
	{ "2.4: null sender", "h.e.org TXT \"v=spf1 a -all\"\nh.e.org A 192.0.2.7", "192.0.2.7",
	    "h.e.org", NULL, "pass", "a", "-all", NULL, 1, 0, NULL },
	{ "2.4: null sender, literal HELO", "h.e.org TXT \"v=spf1 -all\"", "192.0.2.7",
	    "[192.0.2.7]", NULL, "none", NULL, NULL, NULL, 0, 0, NULL },
	{ "4.3: null sender is postmaster",
	    "h.e.org TXT \"v=spf1 exists:%{l}.e.org -all\"\npostmaster.e.org A 127.0.0.2",
	    "192.0.2.7", "h.e.org", NULL, "pass", "exists:%{l}.e.org", "-all", NULL, 1, 0, NULL },
	{ "no MAIL FROM domain", "h.e.org TXT \"v=spf1 -all\"", "192.0.2.7", "h.e.org", "<root>",
	    "none", NULL, NULL, NULL, 0, 0, NULL },
	{ "8616 4: U-label",
	    "xn--bcher-kva.example TXT \"v=spf1 exists:%{d} -all\"\nxn--bcher-kva.example A "
	    "192.0.2.1",
	    "192.0.2.7", "h",
	    "a@b\xc3\xbc"
	    "cher.example",
	    "pass", "exists:%{d}", "-all", NULL, 1, 0, NULL },
	{ "8616 4: %{l} of a local part that is not ASCII does not match",
	    "e.org TXT \"v=spf1 exists:%{l}.e.org include:%{s}.e.org ~all\"\n*.e.org A 192.0.2.1",
	    "192.0.2.7", "h", "j\xc3\xbc@e.org", "softfail", "~all", "~all", NULL, 2, 0, NULL },
	{ "8616 4: the same in redirect", "e.org TXT \"v=spf1 redirect=%{l}.e.org\"", "192.0.2.7",
	    "h", "j\xc3\xbc@e.org", "neutral", "default", NULL, NULL, 1, 0, NULL },
};

static const struct spf_case mechanisms[] = {
	{ "5.2: the path through include",
	    "e.org TXT \"v=spf1 include:i.org -all\"\ni.org TXT \"v=spf1 include:%{d2}.net ?all\"\n"
	    "i.org.net TXT \"v=spf1 +ip4:192.0.2.0/24\"",
	    "192.0.2.7", "h", "a@e.org", "pass",
	    "include:i.org > include:%{d2}.net > +ip4:192.0.2.0/24", "-all", NULL, 2, 0, NULL },
	{ "5.2: fail inside is no match",
	    "e.org TXT \"v=spf1 include:i.org ~all\"\ni.org TXT \"v=spf1 -all\"", "192.0.2.7", "h",
	    "a@e.org", "softfail", "~all", "~all", NULL, 1, 0, NULL },
	{ "5.2: without a record", "e.org TXT \"v=spf1 include:i.org ~all\"", "192.0.2.7", "h",
	    "a@e.org", "permerror", NULL, NULL, "i.org is included but has no SPF record", 1, 0,
	    NULL },
	{ "5.2: a fault inside", "e.org TXT \"v=spf1 include:i.org ~all\"\ni.org TXT \"v=spf1 a:\"",
	    "192.0.2.7", "h", "a@e.org", "permerror", NULL, NULL,
	    "i.org: SPF record broken: missing domain at octet 10", 1, 0, NULL },
	{ "5.2: no question behind a match",
	    "e.org TXT \"v=spf1 ip4:192.0.2.7 include:i.org -all\"\ni.org TXT !TIMEOUT",
	    "192.0.2.7", "h", "a@e.org", "pass", "ip4:192.0.2.7", "-all", NULL, 0, 0, NULL },
	{ "5.2: temporary failure before a match",
	    "e.org TXT \"v=spf1 include:i.org ip4:192.0.2.7 -all\"\ni.org TXT !TIMEOUT",
	    "192.0.2.7", "h", "a@e.org", "temperror", NULL, "-all",
	    "i.org: no answer to the TXT question, timeout", 1, 0, NULL },
	{ "5.2: two equal includes, the second matches by its own record",
	    "e.org TXT \"v=spf1 -include:i.org ?include:j.org -all\"\ni.org TXT \"v=spf1 ptr "
	    "-ip4:192.0.2.7 ptr\"\n"
	    "j.org TXT \"v=spf1 ptr:good.org\"\n192.0.2.7 PTR good.org\ngood.org A 192.0.2.7",
	    "192.0.2.7", "h", "a@e.org", "neutral", "?include:j.org > ptr:good.org", "-all", NULL,
	    4, 0, NULL },
	{ "5.3: a with a prefix", "e.org TXT \"v=spf1 a:x.org/24 -all\"\nx.org A 192.0.2.200",
	    "192.0.2.7", "h", "a@e.org", "pass", "a:x.org/24", "-all", NULL, 1, 0, NULL },
	{ "5.3: AAAA", "e.org TXT \"v=spf1 a//64 -all\"\ne.org AAAA 2001:db8::1\ne.org A 192.0.2.7",
	    "2001:db8::2", "h", "a@e.org", "pass", "a//64", "-all", NULL, 1, 0, NULL },
	{ "5.3: a failing", "e.org TXT \"v=spf1 a -all\"\ne.org A !REFUSED", "192.0.2.7", "h",
	    "a@e.org", "temperror", NULL, "-all", "e.org: no answer to the A question, refused", 1,
	    0, NULL },
	{ "5: mapped client is IPv4",
	    "e.org TXT \"v=spf1 ip6:::ffff:192.0.2.7 ip4:192.0.2.7 -all\"", "::ffff:192.0.2.7", "h",
	    "a@e.org", "pass", "ip4:192.0.2.7", "-all", NULL, 0, 0, NULL },
	{ "5.4: second host",
	    "e.org TXT \"v=spf1 mx -all\"\ne.org MX 1 m1.e.org\ne.org MX 2 m2.e.org\nm1.e.org A "
	    "192.0.2.1\n"
	    "m2.e.org A 192.0.2.7",
	    "192.0.2.7", "h", "a@e.org", "pass", "mx", "-all", NULL, 1, 0, NULL },
	{ "5.4: null MX", "e.org TXT \"v=spf1 mx -all\"\ne.org MX 0 .", "192.0.2.7", "h", "a@e.org",
	    "fail", "-all", "-all", NULL, 1, 0, NULL },
	{ "5.4: a failing host",
	    "e.org TXT \"v=spf1 mx -all\"\ne.org MX 1 m1.e.org\nm1.e.org A !SERVFAIL", "192.0.2.7",
	    "h", "a@e.org", "temperror", NULL, "-all", "m1.e.org: no answer to the A question", 1,
	    0, NULL },
	{ "5.5: ptr below",
	    "e.org TXT \"v=spf1 ptr -all\"\n192.0.2.7 PTR Mail.E.org\nmail.e.org A 192.0.2.7",
	    "192.0.2.7", "h", "a@e.org", "pass", "ptr", "-all", NULL, 1, 0, NULL },
	{ "5.5: not validated",
	    "e.org TXT \"v=spf1 ptr -all\"\n192.0.2.7 PTR mail.e.org\nmail.e.org A 192.0.2.8",
	    "192.0.2.7", "h", "a@e.org", "fail", "-all", "-all", NULL, 1, 0, NULL },
	{ "5.5: an error is no match", "e.org TXT \"v=spf1 ptr -all\"\n192.0.2.7 PTR !SERVFAIL",
	    "192.0.2.7", "h", "a@e.org", "fail", "-all", "-all", NULL, 1, 0, NULL },
	{ "5.5: an error skips the name",
	    "e.org TXT \"v=spf1 ptr -all\"\n192.0.2.7 PTR a.e.org\n192.0.2.7 PTR b.e.org\na.e.org "
	    "A !TIMEOUT\nb.e.org A 192.0.2.7",
	    "192.0.2.7", "h", "a@e.org", "pass", "ptr", "-all", NULL, 1, 0, NULL },
	{ "5.7: A also for IPv6", "e.org TXT \"v=spf1 exists:x.org -all\"\nx.org AAAA 2001:db8::1",
	    "2001:db8::1", "h", "a@e.org", "fail", "-all", "-all", NULL, 1, 1, NULL },
	{ "11.5: hostile HELO in a name",
	    "e.org TXT \"v=spf1 exists:%{h}.x.org -all\"\na\\032%{d}\\047\\0478.x.org A 192.0.2.1",
	    "192.0.2.7", "a %{d}//8", "a@e.org", "pass", "exists:%{h}.x.org", "-all", NULL, 1, 0,
	    NULL },
	{ "127.0.0.0/8 has no free ride", "e.org TXT \"v=spf1 ip4:127.0.0.1 -all\"", "127.0.0.2",
	    "h", "a@e.org", "fail", "-all", "-all", NULL, 0, 0, NULL },
	{ "nor has ::1", "e.org TXT \"v=spf1 a ~all\"\ne.org AAAA ::2", "::1", "h", "a@e.org",
	    "softfail", "~all", "~all", NULL, 1, 0, NULL },
	{ "but it may match", "e.org TXT \"v=spf1 a/8 -all\"\ne.org A 127.1.1.1", "127.0.0.2", "h",
	    "a@e.org", "pass", "a/8", "-all", NULL, 1, 0, NULL },
};

static const struct spf_case modifiers[] = {
	{ "6.1: redirect", "e.org TXT \"v=spf1 redirect=r.org\"\nr.org TXT \"v=spf1 ~all\"",
	    "192.0.2.7", "h", "a@e.org", "softfail", "redirect=r.org > ~all", "~all", NULL, 1, 0,
	    NULL },
	{ "6.1: nothing matches there",
	    "e.org TXT \"v=spf1 redirect=r.org\"\nr.org TXT \"v=spf1 ip4:10.0.0.1\"", "192.0.2.7",
	    "h", "a@e.org", "neutral", "default", "none", NULL, 1, 0, NULL },
	{ "6.1: not beside all", "e.org TXT \"v=spf1 redirect=r.org ?all\"", "192.0.2.7", "h",
	    "a@e.org", "neutral", "?all", "?all", NULL, 0, 0, NULL },
	{ "6.1: without a record", "e.org TXT \"v=spf1 redirect=r.org\"", "192.0.2.7", "h",
	    "a@e.org", "permerror", NULL, NULL,
	    "r.org is the target of redirect but has no SPF record", 1, 0, NULL },
	{ "posture behind a redirect that was not needed",
	    "e.org TXT \"v=spf1 ip4:192.0.2.7 redirect=r.org\"\nr.org TXT \"v=spf1 "
	    "redirect=s.org\"\ns.org TXT \"v=spf1 -all\"",
	    "192.0.2.7", "h", "a@e.org", "pass", "ip4:192.0.2.7", "-all", NULL, 0, 0, NULL },
	{ "posture behind a redirect that fails changes nothing",
	    "e.org TXT \"v=spf1 ip4:192.0.2.7 redirect=r.org\"\nr.org TXT !TIMEOUT", "192.0.2.7",
	    "h", "a@e.org", "pass", "ip4:192.0.2.7", NULL, NULL, 0, 0, NULL },
	{ "posture in a circle ends", "e.org TXT \"v=spf1 ip4:192.0.2.7 redirect=e.org\"",
	    "192.0.2.7", "h", "a@e.org", "pass", "ip4:192.0.2.7", NULL, NULL, 0, 0, NULL },
	{ "4.6.4: a redirect to itself", "e.org TXT \"v=spf1 redirect=e.org\"", "192.0.2.7", "h",
	    "a@e.org", "permerror", NULL, NULL, "needs more than 10 DNS lookups", 10, 0, NULL },
	{ "6.2: exp",
	    "e.org TXT \"v=spf1 exp=why.%{d} -all\"\nwhy.e.org TXT \"%{i} is \" \"not one of "
	    "%{d}'s%_%{r} %{t}\"",
	    "192.0.2.7", "h", "a@e.org", "fail", "-all", "-all", NULL, 0, 0,
	    "192.0.2.7 is not one of e.org's mx.example.net 1700000000" },
	{ "6.2: not for softfail", "e.org TXT \"v=spf1 exp=why.%{d} ~all\"\nwhy.e.org TXT \"x\"",
	    "192.0.2.7", "h", "a@e.org", "softfail", "~all", "~all", NULL, 0, 0, NULL },
	{ "6.2: not from include",
	    "e.org TXT \"v=spf1 include:i.org -all\"\ni.org TXT \"v=spf1 exp=why.i.org -all\"\n"
	    "why.i.org TXT \"x\"",
	    "192.0.2.7", "h", "a@e.org", "fail", "-all", "-all", NULL, 1, 0, NULL },
	{ "6.2: that of redirect's target",
	    "e.org TXT \"v=spf1 exp=why.e.org redirect=r.org\"\nr.org TXT \"v=spf1 exp=why.%{d} "
	    "-all\"\nwhy.r.org TXT \"r: %{d}\"\n"
	    "why.e.org TXT \"e\"",
	    "192.0.2.7", "h", "a@e.org", "fail", "redirect=r.org > -all", "-all", NULL, 1, 0,
	    "r: r.org" },
	{ "6.2: two records",
	    "e.org TXT \"v=spf1 exp=why.e.org -all\"\nwhy.e.org TXT \"x\"\nwhy.e.org TXT \"y\"",
	    "192.0.2.7", "h", "a@e.org", "fail", "-all", "-all", NULL, 0, 0, NULL },
	{ "6.2: syntax", "e.org TXT \"v=spf1 exp=why.e.org -all\"\nwhy.e.org TXT \"100%\"",
	    "192.0.2.7", "h", "a@e.org", "fail", "-all", "-all", NULL, 0, 0, NULL },
	{ "6.2: octets that the sender brought in",
	    "e.org TXT \"v=spf1 exp=why.e.org -all\"\nwhy.e.org TXT \"you, %{h}\"", "192.0.2.7",
	    "a\x07", "a@e.org", "fail", "-all", "-all", NULL, 0, 0, NULL },
	{ "6.2: too long is cut to what fits",
	    "e.org TXT \"v=spf1 exp=why.e.org -all\"\nwhy.e.org TXT \"%{h}|%{h}|%{h}|%{h}|%{h}\"",
	    "192.0.2.7",
	    "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaa"
	    "aaaabbbbbbbbbb",
	    "a@e.org", "fail", "-all", "-all", NULL, 0, 0,
	    "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaa"
	    "aaaabbbbbbbbbb|"
	    "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaa"
	    "aaaabbbbbbbbbb|"
	    "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaa"
	    "aaaabbbbbbbbbb|" },
	{ "7.3: %{p}",
	    "e.org TXT \"v=spf1 exists:%{p}.ok.org exp=why.e.org -all\"\n192.0.2.7 PTR "
	    "x.net\n192.0.2.7 PTR m.e.org\n"
	    "x.net A 192.0.2.7\nm.e.org A 192.0.2.7\nwhy.e.org TXT \"%{p}\"",
	    "192.0.2.7", "h", "a@e.org", "fail", "-all", "-all", NULL, 1, 1, "m.e.org" },
};

static const struct spf_case limits[] = {
	{ "4.6.4: ten lookups", "e.org TXT \"v=spf1 a a a a a a a a a a ~all\"\ne.org A 192.0.2.1",
	    "192.0.2.7", "h", "a@e.org", "softfail", "~all", "~all", NULL, 10, 0, NULL },
	{ "4.6.4: eleven", "e.org TXT \"v=spf1 a a a a a a a a a a a ~all\"\ne.org A 192.0.2.1",
	    "192.0.2.7", "h", "a@e.org", "permerror", NULL, NULL, "needs more than 10 DNS lookups",
	    10, 0, NULL },
	{ "4.6.4: those inside include count",
	    "e.org TXT \"v=spf1 include:i.org a a a a a a -all\"\ne.org A 192.0.2.1\ni.org TXT "
	    "\"v=spf1 a:e.org a:e.org a:e.org a:e.org\"",
	    "192.0.2.7", "h", "a@e.org", "permerror", NULL, NULL, "needs more than 10 DNS lookups",
	    10, 0, NULL },
	{ "4.6.4: two void lookups", "e.org TXT \"v=spf1 a:x.org mx:y.org ~all\"", "192.0.2.7", "h",
	    "a@e.org", "softfail", "~all", "~all", NULL, 2, 2, NULL },
	{ "4.6.4: three", "e.org TXT \"v=spf1 a:x.org mx:y.org exists:z.org ip4:192.0.2.7 ~all\"",
	    "192.0.2.7", "h", "a@e.org", "permerror", NULL, NULL, "void lookups", 3, 2, NULL },
	{ "4.6.4: names that cannot be asked are void",
	    "e.org TXT \"v=spf1 a:a..b a:%{d}.%{h} exists:c..d -all\"", "192.0.2.7",
	    "0123456789012345678901234567890123456789012345678901234567890123", "a@e.org",
	    "permerror", NULL, NULL, "void lookups", 3, 2, NULL },
	{ "4.6.4: eleven MX",
	    "e.org TXT \"v=spf1 mx -all\"\ne.org MX 0 a.x\ne.org MX 0 b.x\ne.org MX 0 c.x\ne.org "
	    "MX 0 d.x\n"
	    "e.org MX 0 e.x\ne.org MX 0 f.x\ne.org MX 0 g.x\ne.org MX 0 h.x\ne.org MX 0 i.x\ne.org "
	    "MX 0 j.x\ne.org MX 0 k.x",
	    "192.0.2.7", "h", "a@e.org", "permerror", NULL, NULL,
	    "e.org has more than 10 MX records", 1, 0, NULL },
	{ "4.6.4: the eleventh PTR name is not looked at",
	    "e.org TXT \"v=spf1 ptr ~all\"\n192.0.2.7 PTR a.x\n192.0.2.7 PTR b.x\n192.0.2.7 PTR "
	    "c.x\n192.0.2.7 PTR d.x\n"
	    "192.0.2.7 PTR e.x\n192.0.2.7 PTR f.x\n192.0.2.7 PTR g.x\n192.0.2.7 PTR h.x\n192.0.2.7 "
	    "PTR i.x\n192.0.2.7 PTR j.x\n"
	    "192.0.2.7 PTR m.e.org\nm.e.org A 192.0.2.7",
	    "192.0.2.7", "h", "a@e.org", "softfail", "~all", "~all", NULL, 1, 0, NULL },
};

static void
test_open(void)
{
	static const struct {
		const char *record, *ip;
		bool open;
	} rows[] = {
		{ "+all", "192.0.2.7", true },
		{ "all", "2001:db8::1", true },
		{ "?all", "192.0.2.7", false },
		{ "ip4:128.0.0.0/1", "192.0.2.7", true },
		{ "ip4:192.0.0.0/7", "192.0.2.7", true },
		{ "ip4:192.0.0.0/8", "192.0.2.7", false },
		{ "ip4:0.0.0.0/0", "192.0.2.7", true },
		{ "ip6:2000::/3", "2001:db8::1", true },
		{ "ip6:2001:db8::/32", "2001:db8::1", false },
		{ "a:x.org/0", "192.0.2.7", true },
		{ "a:x.org/0", "2001:db8::1", false },
		{ "a:x.org//7", "192.0.2.7", false },
		{ "a:x.org/7//8", "192.0.2.7", true },
		{ "mx:x.org/7", "192.0.2.7", true },
		{ "mx:x.org//0", "2001:db8::1", true },
		{ "include:i.org", "192.0.2.7", true },
		{ "redirect=i.org", "192.0.2.7", true },
		{ "?include:i.org", "192.0.2.7", false },
		{ "exists:x.org", "192.0.2.7", false },
		{ "-ip4:0.0.0.0/0", "192.0.2.7", false },
		{ "ip4:192.0.2.7 +all", "192.0.2.7", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char zone[512];
		const struct spf_message msg = { .zone = zone,
			.ip = rows[i].ip,
			.helo = "h",
			.from = "a@e.org" };
		struct arena *a = arena_open(0);

		snprintf(zone, sizeof zone,
		    "e.org TXT \"v=spf1 %s\"\nx.org A 192.0.2.7\nx.org AAAA 2001:db8::1\nx.org MX "
		    "1 x.org\n"
		    "i.org TXT \"v=spf1 redirect=j.org\"\nj.org TXT \"v=spf1 +all\"\n",
		    rows[i].record);
		tap_eq_int(spfrun(&msg, a, true).ev.open, rows[i].open, "open: %s for %s",
		    rows[i].record, rows[i].ip);
		arena_close(a);
	}
}

static void
test_identity(void)
{
	static const struct {
		const char *helo, *from, *domain;
		bool from_helo;
	} rows[] = {
		{ "h.e.org", "a@E.org", "e.org", false },
		{ "h.e.org", "<>", "h.e.org", true },
		{ "localhost", "<>", NULL, true },
		{ "h.e.org", "a@localhost", "localhost", false },
		{ "h.e.org", "<root>", NULL, false },
		{ NULL, "<>", NULL, true },
		{ "h.e.org", "a@[192.0.2.1]", NULL, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct spf_message msg = {
			.zone = "e.org TXT \"v=spf1 -all\"\nh.e.org TXT \"v=spf1 -all\"",
			.ip = "192.0.2.7",
			.helo = rows[i].helo,
			.from = rows[i].from
		};
		struct arena *a = arena_open(0);
		struct ev_spf ev = spfrun(&msg, a, true).ev;

		tap_eq_str(ev.domain, str_from(rows[i].domain), "2.4: domain of %s, HELO %s",
		    rows[i].from, rows[i].helo != NULL ? rows[i].helo : "absent");
		tap_eq_int(ev.from_helo, rows[i].from_helo, "2.4: identity");
		arena_close(a);
	}
}

static void
test_record(void)
{
	const struct spf_message msg = { .zone = "e.org TXT \"v=spf1 \" \"foo\"",
		.ip = "192.0.2.7",
		.helo = "h",
		.from = "a@e.org" };
	struct arena *a = arena_open(0);
	struct ev_spf ev = spfrun(&msg, a, true).ev;

	tap_ok(ev.have_record, "the record was read, although it is broken");
	tap_eq_str(ev.record, STR("v=spf1 foo"), "3.3: as published, strings joined");
	arena_close(a);
}

int
main(void)
{
	static const struct {
		const struct spf_case *rows;
		size_t count;
	} tables[] = {
		{ basics, COUNT(basics) },
		{ mechanisms, COUNT(mechanisms) },
		{ modifiers, COUNT(modifiers) },
		{ limits, COUNT(limits) },
	};

	for (size_t t = 0; t < COUNT(tables); t++)
		for (size_t i = 0; i < tables[t].count; i++)
			check_case(&tables[t].rows[i]);
	test_open();
	test_identity();
	test_record();
	return tap_done();
}
