/* One DMARC record (RFC 9989 4.7, 4.8) and the policy it asks for (4.10.1). */
#include "core/dmarcrecord.h"

#include "base/buf.h"
#include "t/tap.h"

/* What is read, in the order and words of the record; "!": not usable; "default": by the rule of
 * 4.10.1. */
static const struct {
	const char *in, *want, *problem, *rule;
} rows[] = {
	{ "v=DMARC1; p=none", "p=none", "", "4.7: p" },
	{ "v=DMARC1; p=quarantine", "p=quarantine", "", "4.7: p" },
	{ "v=DMARC1;p=reject;", "p=reject", "", "4.8: a last semicolon" },
	{ "v=DMARC1; P=REJECT; T=Y; ADKIM=S; PSD=N", "p=reject psd=n t adkim", "",
	    "4.8: no letter case" },
	{ "V\t=\tDMARC1\t;\tp = reject", "p=reject", "", "4.8: blanks around = and ;" },
	{ "v=DMARC1; rua=mailto:a@example.org; p=reject", "p=reject", "",
	    "4.7: p need not be second" },
	{ "v=DMARC1; p=none; sp=quarantine; np=reject", "p=none sp=quarantine np=reject", "",
	    "4.7: sp, np" },
	{ "v=DMARC1; p=none; psd=y; aspf=s", "p=none psd=y aspf", "", "4.7: psd, aspf" },
	{ "v=DMARC1; p=none; psd=u; t=n; adkim=r; aspf=r", "p=none", "",
	    "4.7: the defaults written out" },
	{ "v=DMARC1; p=none; pct=0; rf=afrf; ri=1; x1=y", "p=none", "",
	    "9.3: unknown tags are ignored" },
	{ "v=DMARC1; p=none; fo=1:d:s", "p=none", "", "4.7: fo" },
	{ "v=DMARC1; p=none; fo=0:1", "p=none", "is no value of fo",
	    "4.7: 0 and 1 exclude each other" },
	{ "v=DMARC1; p=none; fo=x", "p=none", "is no value of fo", "4.7: fo" },
	{ "v=DMARC1; p=none; psd=yes", "p=none", "is no value of psd", "4.7: default" },
	{ "v=DMARC1; p=none; t=", "p=none", "is no value of t", "4.7: default" },
	{ "v=DMARC1; p=none; adkim=strict", "p=none", "is no value of adkim", "4.7: default" },
	{ "v=DMARC1; p=none; aspf=\xff", "p=none", "\"?\" is no value of aspf",
	    "4.7: octets of a stranger" },
	{ "v=DMARC1; p=none; p=reject", "p=none", "\"p\" stands twice", "the first of two counts" },
	{ "v=DMARC1; p=bogus; p=reject", "!p=none default", "no policy of p",
	    "a broken first one too" },
	{ "v=DMARC1; v=DMARC1; p=none", "p=none", "", "a second v is an unknown tag" },
	{ "v=DMARC1; p=none; sp", "p=none", "\"sp\" is no tag=value",
	    "4.7: syntax errors are ignored" },
	{ "v=DMARC1; =x; p=none", "p=none", "\"=x\" is no tag=value",
	    "4.7: syntax errors are ignored" },
	{ "v=DMARC1;; p=none", "p=none", "is no tag=value", "4.8: an empty tag" },
	{ "v=DMARC1; p=none; rua=", "p=none", "holds no valid URI", "4.7: rua" },
	{ "v=DMARC1; p=none; ruf=foo", "p=none", "holds no valid URI", "4.7: ruf" },
	{ "v=DMARC1", "!p=none default", "no tag p", "4.10.1: no p, no rua" },
	{ "v=DMARC1;", "!p=none default", "no tag p", "4.10.1: no p, no rua" },
	{ "v=DMARC1; p=", "!p=none default", "no policy of p", "4.10.1: an empty p" },
	{ "v=DMARC1; p=rejected", "!p=none default", "no policy of p", "4.10.1: p not valid" },
	{ "v=DMARC1; p=reject none", "!p=none default", "no policy of p", "4.10.1: p not valid" },
	{ "v=DMARC1; p=reject; sp=x", "!p=none default", "no policy of sp",
	    "4.10.1: sp not valid" },
	{ "v=DMARC1; p=reject; np=", "!p=none default", "no policy of np", "4.10.1: np not valid" },
	{ "v=DMARC1; p=x; psd=n", "!p=none psd=n default", "no policy of p",
	    "4.10: psd counts all the same" },
	{ "v=DMARC1; p=x; sp=reject; rua=mailto:a@b", "p=none default", "no policy of p",
	    "4.10.1: as p=none" },
	{ "v=DMARC1; rua=mailto:a@b!10m", "p=none default", "no tag p", "4.8: size suffix" },
	{ "v=DMARC1; rua=x, mailto:a@b", "p=none default", "no tag p", "4.10.1: one valid URI" },
	{ "v=DMARC1; rua=https://example.org/d?x=%20", "p=none default", "no tag p",
	    "4.7: any scheme" },
	{ "v=DMARC1; rua=mailto:a", "!p=none default", "holds no valid URI",
	    "RFC 6068: no address" },
	{ "v=DMARC1; rua=mailto:@", "!p=none default", "holds no valid URI",
	    "RFC 6068: no address" },
	{ "v=DMARC1; rua=:a@b", "!p=none default", "holds no valid URI", "RFC 3986: no scheme" },
	{ "v=DMARC1; rua=1a:b", "!p=none default", "holds no valid URI", "RFC 3986: no scheme" },
	{ "v=DMARC1; rua=mailto:a b@c", "!p=none default", "holds no valid URI",
	    "RFC 3986: a blank" },
	{ "v=DMARC1; rua=,,,", "!p=none default", "holds no valid URI", "4.8: empty list" },
	{ "v=DMARC1; p=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "!p=none default", "aaa...\" is no policy", "a problem is bounded" },
	{ "", NULL, "", "4.7: v is missing" },
	{ "v", NULL, "", "4.7: v is no tag" },
	{ "v=", NULL, "", "4.7: v is empty" },
	{ " v=DMARC1; p=none", NULL, "", "4.8: nothing before v" },
	{ ";v=DMARC1; p=none", NULL, "", "4.8: nothing before v" },
	{ "p=none; v=DMARC1", NULL, "", "4.7: v first" },
	{ "v=dmarc1; p=none", NULL, "", "4.7: DMARC1 has its letter case" },
	{ "v=DMARC1 p=none", NULL, "", "4.7: exactly DMARC1" },
	{ "v=DMARC10; p=none", NULL, "", "4.7: exactly DMARC1" },
	{ "v=DMARC", NULL, "", "4.7: exactly DMARC1" },
	{ "v=DMARC 1; p=none", NULL, "", "4.7: exactly DMARC1" },
	{ "vv=DMARC1; p=none", NULL, "", "4.7: v" },
	{ "v=spf1 -all", NULL, "", "4.7: another record" },
};

static struct str
print(struct arena *a, const struct dmarc_record *r)
{
	struct buf b = buf_in(a, 200);
	char psd[] = " psd=?";

	psd[5] = r->psd;
	buf_puts(&b, r->usable ? "p=" : "!p=");
	buf_puts(&b, enforcement_word(r->p));
	if (r->sp != ENFORCE_UNKNOWN) {
		buf_puts(&b, " sp=");
		buf_puts(&b, enforcement_word(r->sp));
	}
	if (r->np != ENFORCE_UNKNOWN) {
		buf_puts(&b, " np=");
		buf_puts(&b, enforcement_word(r->np));
	}
	buf_puts(&b, r->psd != 'u' ? psd : "");
	buf_puts(&b, r->testing ? " t" : "");
	buf_puts(&b, r->strict_dkim ? " adkim" : "");
	buf_puts(&b, r->strict_spf ? " aspf" : "");
	buf_puts(&b, r->p_by_default ? " default" : "");
	return buf_str(&b);
}

static bool
holds(struct str text, struct str part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (str_eq(str_first(str_skip(text, i), part.len), part))
			return true;
	return false;
}

static void
test_rows(void)
{
	struct arena *a = arena_open(0);
	struct dmarc_record rec;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *in = rows[i].in;
		struct str problem = str_from(rows[i].problem);

		if (!tap_eq_res(dmarcrecord_parse(a, tap_exact(in), &rec),
			rows[i].want != NULL ? RES_OK : RES_NONE, "%s: %s", rows[i].rule, in) ||
		    rows[i].want == NULL)
			continue;
		tap_eq_str(print(a, &rec), str_from(rows[i].want), "%s: %s", rows[i].rule, in);
		tap_ok(problem.len > 0 ? holds(rec.problem, problem) : rec.problem.p == NULL,
		    "the problem of %s: %.*s", in, STR_ARG(rec.problem));
	}
	arena_close(a);
}

static void
test_views(void)
{
	struct arena *a = arena_open(0);
	struct dmarc_record rec = { .problem = STR("old") };
	struct str text = tap_exact(
	    "v=DMARC1; p=none; rua= mailto:a@example.org ; ruf=mailto:b@c; fo=d");

	dmarcrecord_parse(a, text, &rec);
	tap_eq_str(rec.text, text, "the text as published");
	tap_eq_str(rec.rua, STR("mailto:a@example.org"), "rua as published");
	tap_eq_str(rec.ruf, STR("mailto:b@c"), "ruf as published");
	tap_eq_str(rec.fo, STR("d"), "fo as published");
	arena_close(a);
}

static void
test_no_memory(void)
{
	struct arena *a = arena_open(64);
	struct dmarc_record rec = { .psd = '?' };

	tap_eq_res(dmarcrecord_parse(a, STR("v=DMARC1; p=x"), &rec), RES_NOMEM,
	    "no memory for the problem");
	tap_eq_int(rec.psd, '?', "nothing is written then");
	tap_eq_res(dmarcrecord_parse(a, STR("v=DMARC1; p=reject"), &rec), RES_OK,
	    "a sound record needs none");
	arena_close(a);
}

static const struct {
	const char *record;
	bool own;
	enum existence existence;
	enum enforcement policy;
	enum policy_tag tag;
	bool needs;
} policies[] = {
	{ "p=reject; sp=none; np=none", true, EXISTENCE_NO, ENFORCE_REJECT, TAG_P, false },
	{ "p=none; sp=quarantine; np=reject", false, EXISTENCE_YES, ENFORCE_QUARANTINE, TAG_SP,
	    true },
	{ "p=none; sp=quarantine; np=reject", false, EXISTENCE_NO, ENFORCE_REJECT, TAG_NP, true },
	{ "p=none; sp=quarantine; np=reject", false, EXISTENCE_UNKNOWN, ENFORCE_REJECT, TAG_NP,
	    true },
	{ "p=none; sp=reject; np=quarantine", false, EXISTENCE_UNKNOWN, ENFORCE_REJECT, TAG_SP,
	    true },
	{ "p=quarantine; np=none", false, EXISTENCE_UNKNOWN, ENFORCE_QUARANTINE, TAG_P, true },
	{ "p=quarantine; np=none; t=y", false, EXISTENCE_UNKNOWN, ENFORCE_NONE, TAG_P, true },
	{ "p=quarantine", false, EXISTENCE_NO, ENFORCE_QUARANTINE, TAG_P, false },
	{ "p=none; sp=reject", false, EXISTENCE_NO, ENFORCE_REJECT, TAG_SP, false },
	{ "p=none; sp=reject; np=reject", false, EXISTENCE_NO, ENFORCE_REJECT, TAG_NP, false },
	{ "p=reject; t=y", true, EXISTENCE_YES, ENFORCE_QUARANTINE, TAG_P, false },
	{ "p=quarantine; t=y", true, EXISTENCE_YES, ENFORCE_NONE, TAG_P, false },
	{ "p=none; t=y", true, EXISTENCE_YES, ENFORCE_NONE, TAG_P, false },
	{ "p=x; rua=mailto:a@b", true, EXISTENCE_YES, ENFORCE_NONE, TAG_DEFAULT_NONE, false },
};

static void
test_policies(void)
{
	struct arena *a = arena_open(0);
	struct dmarc_record rec;

	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		const char *name = policies[i].record;
		struct buf b = buf_in(a, 200);
		struct dmarc_policy dp;

		buf_puts(&b, "v=DMARC1; ");
		buf_puts(&b, name);
		if (!tap_eq_res(dmarcrecord_parse(a, buf_str(&b), &rec), RES_OK, "%s", name))
			continue;
		dp = dmarcrecord_policy(&rec, policies[i].own, policies[i].existence);
		tap_eq_int(dp.policy, policies[i].policy, "4.10.1: policy of %s", name);
		tap_eq_int(dp.tag, policies[i].tag, "4.10.1: tag of %s", name);
		tap_ok(dmarcrecord_needs_existence(&rec, policies[i].own) == policies[i].needs,
		    "A.4: is existence needed for %s", name);
	}
	arena_close(a);
}

int
main(void)
{
	test_rows();
	test_views();
	test_no_memory();
	test_policies();
	return tap_done();
}
