/* Our own output read back by our own reader gives the same data, for any evidence: random, but the
 * same each time, and as hostile as a sender can make it. */
#include "core/authres_out.h"

#include <stdint.h>

#include "core/authres.h"
#include "core/domain.h"
#include "t/tap.h"

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
		"example", "org", ".", ".", "a", "-", "_", "@", "joe", "; dkim=pass", "\n\t",
		    "\r\n", " ", "\"", "\\", "(",
		")", "=", "/", "+", "\x01", "\xff", "b\xc3\xbc", "spf=pass", "header.d=",
		    "rsa-sha256", "%", ",", "A", "Z",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\x7f",
		    "192.0.2.1", "<", ">",
	};
	static const char *const right[] = { "example.org", "@example.org", "joe@example.org",
	    "s1", "rsa-sha256",
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

	ev.spf.result = (enum spf_result)below(seed, SPFRESULT_COUNT);
	ev.spf.from_helo = below(seed, 2) == 0;
	ev.spf.domain = random_text(a, seed);
	for (size_t i = 0; i < ev.dkim_count; i++)
		sigs[i] = (struct ev_dkim){ .result = (enum dkim_result)below(seed,
		    DKIM_RESULT_NONE),
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
same_domain(const struct authres_info *info, struct str ptype, struct str property,
    struct str want, bool may_be)
{
	struct str got = authres_prop(info, ptype, property);

	return may_be && domain_is_name(want) ? str_eq_nocase(got, want) : got.p == NULL;
}

static bool
same_spf(const struct authres_info *info, const struct ev_spf *spf)
{
	return str_eq(info->method, STR("spf")) && str_eq(info->result,
	    str_from(spf_result_word(spf->result))) &&
	    same_domain(info, STR("smtp"), STR("mailfrom"), spf->domain, !spf->from_helo) &&
	    same_domain(info, STR("smtp"), STR("helo"), spf->domain, spf->from_helo &&
	    domain_labels(spf->domain) > 1);
}

/* Written when it says more than d=; its local part may be left out. */
static bool
same_identity(struct str got, const struct ev_dkim *sig)
{
	size_t at = str_find_last(sig->identity, '@');
	struct str domain = str_skip(sig->identity, at);
	bool more = at > 0 || !domain_eq(str_skip(domain, 1), sig->domain);

	if (at == sig->identity.len || !domain_is_name(str_skip(domain, 1)) || !more)
		return got.p == NULL;
	return str_eq_nocase(got, sig->identity) || str_eq_nocase(got, domain);
}

static bool
same_b(struct str got, struct str b)
{
	struct str prefix = str_first(b, 8);

	for (size_t i = 0; i < prefix.len; i++)
		if (!ascii_is_alnum(prefix.p[i]) && str_find(STR("+/="), prefix.p[i]) == 3)
			return got.p == NULL;
	return prefix.len > 0 ? str_eq(got, prefix) : got.p == NULL;
}

static bool
same_dkim(const struct authres_info *info, const struct ev_dkim *sig)
{
	struct str algorithm = authres_prop(info, STR("header"), STR("a"));

	return str_eq(info->method, STR("dkim")) &&
	    str_eq(info->result, str_from(dkim_result_word(sig->result))) &&
	    same_domain(info, STR("header"), STR("d"), sig->domain, true) &&
	    same_domain(info, STR("header"), STR("s"), sig->selector, true) &&
	    (algorithm.p == NULL || str_eq_nocase(algorithm, sig->algorithm)) &&
	    same_b(authres_prop(info, STR("header"), STR("b")), sig->b_prefix) &&
	    same_identity(authres_prop(info, STR("header"), STR("i")), sig);
}

static bool
same_dmarc(const struct authres_info *info, const struct ev_dmarc *dmarc)
{
	struct str policy = authres_prop(info, STR("policy"), STR("dmarc"));

	return str_eq(info->method, STR("dmarc")) && str_eq(info->result,
	    str_from(dmarc_result_word(dmarc->result))) &&
	    same_domain(info, STR("header"), STR("from"), dmarc->author_domain, dmarc->author ==
	    AUTHOR_ONE) &&
	    str_eq(policy,
	    dmarc->have_policy ? str_from(enforcement_word(dmarc->policy)) : (struct str){0});
}

static bool
same_evidence(const struct authres *field, const struct evidence *ev)
{
	size_t dkim = !ev->dkim_examined ? 0 : ev->dkim_count > 0 ? ev->dkim_count : 1;
	const struct authres_info *infos = field->infos;

	if (field->broken || field->no_result || field->info_count != 2 + dkim ||
	    !same_spf(&infos[0], &ev->spf))
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

struct tally {
	unsigned long_lines, unreadable, different, unclaimed;
};

/* An id of nothing but dots, or of what cannot be written, is none. */
static bool
has_no_id(struct str text)
{
	struct str id = str_cut(&text, ';');

	while (id.len > 0 && (id.p[0] == '"' || id.p[0] == '.'))
		id = str_skip(id, 1);
	return id.len == 0;
}

static void
write_and_read(struct arena *a, uint32_t *seed, struct tally *t)
{
	struct evidence ev = random_evidence(a, seed);
	struct str id = below(seed, 2) == 0 ? STR("mx.example.net") : random_text(a, seed), text;
	struct buf out = buf_in(a, AUTHRES_OUT_MAX);
	struct authres field;
	enum res r = authres_out(&out, id, &ev, "none");

	text = tap_exact_str(buf_str(&out));
	t->long_lines += r != RES_OK || !lines_fit(text);
	r = authres_parse(a, text, &field);
	if (r != RES_OK) {
		t->unreadable += !has_no_id(text);
		return;
	}
	t->different += !same_evidence(&field, &ev);
	t->unclaimed += !authres_claims_id(text, &field.authserv_id, 1);
}

static void
test_own_output(void)
{
	enum { ROUNDS = 20000 };
	uint32_t seed = 2463534242;
	struct tally t = {0};

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_open(0);

		write_and_read(a, &seed, &t);
		arena_close(a);
	}
	tap_eq_int(t.long_lines, 0, "5322 2.1.1: no line over 998 octets");
	tap_eq_int(t.unreadable, 0, "our own output is always read");
	tap_eq_int(t.different, 0, "and gives the same data, for any input");
	tap_eq_int(t.unclaimed, 0, "and is claimed for its id");
}

int
main(void)
{
	test_own_output();
	return tap_done();
}
