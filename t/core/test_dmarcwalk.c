/* The tree walk of RFC 9989 4.10 on answers given by hand; whole messages are in t/rfc. */
#include "core/dmarcwalk.h"

#include "base/buf.h"
#include "t/tap.h"

static const struct {
	const char *start;
	size_t count;
	const char *second, *last;
} names[] = {
	{ "", 0, "", "" },
	{ "localhost", 0, "", "" },
	{ "example.org", 2, "org", "org" },
	{ "c.d.e.f.g.example.org", 7, "d.e.f.g.example.org", "org" },
	{ "b.c.d.e.f.g.example.org", 8, "c.d.e.f.g.example.org", "org" },
	{ "a.b.c.d.e.f.g.example.org", 8, "c.d.e.f.g.example.org", "org" },
	{ "z.y.x.w.v.u.t.s.r.q.p.o.n.m.a.b.c.d.e.f.g.example.org", 8, "c.d.e.f.g.example.org",
	    "org" },
};

static void
test_names(void)
{
	struct str got[DMARCWALK_MAX];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = dmarcwalk_names(tap_exact(names[i].start), got);

		tap_eq_int((long long)n, (long long)names[i].count, "4.10: questions of \"%s\"",
		    names[i].start);
		if (n == 0)
			continue;
		tap_eq_str(got[0], str_from(names[i].start), "4.10 step 1: the name itself");
		tap_eq_str(got[1], str_from(names[i].second), "4.10 step 3: the second name");
		tap_eq_str(got[n - 1], str_from(names[i].last), "4.10: down to the last label");
	}
}

/* Answers of a walk, one word a name: "-" no record, "!" failure, "2" two records, else the
 * value of psd ("u" too). */
static const struct {
	const char *start, *answers, *asked, *org, *policy, *rule;
} rows[] = {
	{ "a.example.org", "---", "3", "a.example.org", "-",
	    "4.10.2: nothing found: the name itself" },
	{ "a.example.org", "-u-", "3", "example.org", "example.org",
	    "4.10.1: the organizational domain's" },
	{ "a.example.org", "uu-", "3", "example.org", "a.example.org",
	    "4.10.2: fewest labels; 4.10.1: own" },
	{ "a.example.org", "--u", "3", "org", "org", "4.10.2: fewest labels" },
	{ "a.example.org", "n", "1", "a.example.org", "a.example.org", "4.10.2 rule 1" },
	{ "a.example.org", "un", "2", "example.org", "a.example.org",
	    "4.10.2 rule 1 above an own record" },
	{ "a.example.org", "y", "1", "a.example.org", "a.example.org",
	    "4.10.2: psd=y at the start is no rule 2" },
	{ "a.example.org", "-y", "2", "a.example.org", "example.org",
	    "4.10.2 rule 2: one label below" },
	{ "a.example.org", "--y", "3", "example.org", "org",
	    "4.10.2 rule 2: the name asked had none" },
	{ "a.example.org", "-uy", "3", "example.org", "example.org",
	    "4.10.1: organizational domain, then PSD" },
	{ "a.example.org", "2u-", "3", "example.org", "example.org", "4.10: two are none" },
	{ "a.example.org", "22u", "3", "org", "org", "4.10: two are none, the walk goes on" },
	{ "a.example.org", "!u-", "3!", "example.org", "example.org", "a failure does not end it" },
	{ "a.example.org", "!!!", "3!", "a.example.org", "-", "nothing but failures" },
	{ "a.example.org", "u!-", "3!", "a.example.org", "a.example.org",
	    "an own record and a failure" },
	{ "a.example.org", "!y", "2!", "a.example.org", "example.org", "a failure below a PSD" },
	{ "a.b.c.d.e.f.g.example.org", "-y", "2", "b.c.d.e.f.g.example.org",
	    "c.d.e.f.g.example.org", "4.10.2 rule 2 with the shortcut: taken from the start" },
	{ "a.b.c.d.e.f.g.example.org", "-------u", "8", "org", "org",
	    "4.10: eight questions at most" },
	{ "localhost", "", "0", "localhost", "-", "a single label is not asked for" },
};

static struct dns_answer
make_answer(struct dns_record records[2], char kind)
{
	struct dns_answer ans = { .status = DNS_FOUND, .records = records };

	records[0].text = STR("v=spf1 -all");
	records[1].text = kind == 'n' ? STR("v=DMARC1; p=none; psd=n") :
	    kind == 'y' ? STR("v=DMARC1; p=none; psd=y") : STR("v=DMARC1; p=none");
	if (kind == '2')
		records[0].text = records[1].text;
	ans.count = 2;
	if (kind == '-' || kind == '!')
		ans = (struct dns_answer){ .status = kind == '!' ? DNS_TIMEOUT : DNS_NODATA };
	return ans;
}

static void
test_row(size_t i)
{
	struct arena *a = arena_open(0);
	struct buf asked = buf_in(a, 10);
	struct str start = tap_exact(rows[i].start), name;
	struct dns_record records[2] = {0};
	const struct dmarc_step *policy;
	struct dmarc_walk w;
	size_t n = 0, given = str_from(rows[i].answers).len;

	dmarcwalk_begin(&w, start);
	while (dmarcwalk_next(&w, &name) == RES_OK && n < given) {
		struct dns_answer ans = make_answer(records, rows[i].answers[n++]);

		tap_eq_res(dmarcwalk_answer(&w, a, &ans), RES_OK, "%s", rows[i].rule);
	}
	tap_eq_res(dmarcwalk_next(&w, &name), RES_NONE, "ends: %s", rows[i].rule);
	buf_putu(&asked, w.count);
	buf_puts(&asked, w.failed ? "!" : "");
	tap_eq_str(buf_str(&asked), str_from(rows[i].asked), "asked: %s", rows[i].rule);
	tap_eq_str(dmarcwalk_org_domain(&w), str_from(rows[i].org), "organizational domain: %s",
	    rows[i].rule);
	policy = dmarcwalk_policy(&w);
	tap_eq_str(policy != NULL ? policy->name : STR("-"), str_from(rows[i].policy),
	    "policy domain: %s", rows[i].rule);
	arena_close(a);
}

static void
test_query_name(void)
{
	struct arena *a = arena_open(0), *small = arena_open(8);

	tap_eq_str(dmarcwalk_query_name(a, tap_exact("example.org")), STR("_dmarc.example.org"),
	    "4.5: the name asked");
	tap_ok(dmarcwalk_query_name(small, STR("example.org")).p == NULL,
	    "without memory there is none");
	arena_close(a);
	arena_close(small);
}

static void
test_no_memory(void)
{
	struct arena *a = arena_open(16);
	struct dns_record records[2] = {0};
	struct dns_answer ans = make_answer(records, 'u');
	struct dmarc_walk w;

	dmarcwalk_begin(&w, STR("example.org"));
	tap_eq_res(dmarcwalk_answer(&w, a, &ans), RES_NOMEM, "no memory for the record");
	tap_ok(w.failed && w.count == 1 && !w.steps[0].found,
	    "is a failed step, never a missing record");
	arena_close(a);
}

int
main(void)
{
	test_names();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		test_row(i);
	test_query_name();
	test_no_memory();
	return tap_done();
}
