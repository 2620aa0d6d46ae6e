#include "cli/report.h"

#include <string.h>

#include "base/buf.h"

enum { LOOKUP_LIMIT = 10 }; /* RFC 7208 4.6.4 */

enum shade { SHADE_GOOD, SHADE_DOUBT, SHADE_BAD };

/* A word in colour, padded to width columns. */
static void
shaded(FILE *out, const struct report *r, enum shade shade, const char *word, int width)
{
	static const char *const codes[] = { "\033[32m", "\033[33m", "\033[31m" };
	int pad = width - (int)strlen(word);

	fprintf(out, "%s%s%s%*s", r->colour ? codes[shade] : "", word, r->colour ? "\033[0m" : "",
	    pad > 0 ? pad : 0, "");
}

/* A stranger's text: printable ASCII as it is, the rest as \xHH. */
static void
plain(FILE *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] >= ' ' && s.p[i] <= '~')
			putc(s.p[i], out);
		else
			fprintf(out, "\\x%02x", (unsigned)(unsigned char)s.p[i]);
}

/* A line of its own under the first one of a block, when there is something to say. */
static void
line_below(FILE *out, struct str s)
{
	if (s.len == 0)
		return;
	fputs("         ", out);
	plain(out, s);
	putc('\n', out);
}

static void
tenths(FILE *out, unsigned n)
{
	fprintf(out, "%u.%u", n / 10, n % 10);
}

static struct str
or_dash(struct str s)
{
	return s.len > 0 ? s : STR("-");
}

/* A name that did not answer may have changed the verdict. */
static bool
is_undecided(const struct evidence *ev)
{
	bool no_spf = ev->spf.result == SPFRESULT_TEMPERROR;

	if (ev->envelope_only)
		return no_spf;
	return ev->dmarc.result == DMARC_RESULT_TEMPERROR ||
	    (ev->dmarc.result == DMARC_RESULT_NONE && no_spf);
}

static const char *
verdict_word(const struct report *r, enum shade *ret_shade)
{
	const struct message *m = r->message;
	const struct evidence *ev = &m->ev;

	*ret_shade = SHADE_DOUBT;
	if (ev->skipped != SKIPPED_NO)
		return "skipped";
	if (m->score.tenths >= r->threshold) {
		*ret_shade = SHADE_BAD;
		return "suspect";
	}
	if (is_undecided(ev))
		return "undecided";
	if (m->score.tenths > 0)
		return "noted";
	*ret_shade = SHADE_GOOD;
	return "clean";
}

/* What the author's domain asks for in words. */
static const char *
asks_for(const struct ev_dmarc *d)
{
	return d->policy == ENFORCE_REJECT  ? "asks to reject it" :
	    d->policy == ENFORCE_QUARANTINE ? "asks to quarantine it" :
					      "asks for nothing (p=none)";
}

static void
reason_of_dmarc(FILE *out, const struct evidence *ev)
{
	const struct ev_dmarc *d = &ev->dmarc;

	switch (d->result) {
	case DMARC_RESULT_PASS:
		plain(out, d->author_domain);
		fprintf(out, "'s own: %s aligned%s",
		    d->aligned_dkim && d->aligned_spf ? "DKIM and SPF" :
			d->aligned_dkim               ? "DKIM" :
							"SPF",
		    evidence_dmarc_pass_counts(ev) ? "" : ", but anyone can have that");
		break;
	case DMARC_RESULT_FAIL:
		plain(out, d->author_domain);
		fprintf(out, " %s, and nothing shows it is theirs", asks_for(d));
		break;
	case DMARC_RESULT_TEMPERROR:
		plain(out, d->author_domain);
		if (d->have_policy)
			fprintf(out, " %s, and whose it is could not be found out", asks_for(d));
		else
			fputs(": its policy could not be read", out);
		break;
	case DMARC_RESULT_PERMERROR:
		fputs(d->author == AUTHOR_BROKEN ?
			"the From header names no author domain" :
			"the From header names more than one author domain",
		    out);
		break;
	default:
		plain(out, or_dash(d->author_domain));
		fputs(" publishes no DMARC policy", out);
	}
}

static void
reason_of_spf(FILE *out, const struct ev_spf *spf)
{
	const char *enforcement = enforcement_word(spf->enforcement);

	plain(out, spf->domain.len > 0 ? spf->domain : STR("the envelope"));
	fprintf(out, ": spf=%s", spf_result_word(spf->result));
	if (enforcement != NULL && spf->enforcement != ENFORCE_NODMARC)
		fprintf(out, ", p=%s", enforcement);
	else if (enforcement != NULL)
		fputs(", no DMARC", out);
}

static void
verdict_line(FILE *out, const struct report *r)
{
	const struct message *m = r->message;
	enum shade shade;
	const char *w = verdict_word(r, &shade);

	shaded(out, r, shade, w, 7);
	fputs("  ", out);
	if (m->ev.skipped != SKIPPED_NO) {
		fprintf(out, "%s: not evaluated\n", skipped_word(m->ev.skipped));
		return;
	}
	tenths(out, m->score.tenths);
	fputs(" of ", out);
	tenths(out, r->threshold);
	fputs("   ", out);
	if (m->ev.envelope_only)
		reason_of_spf(out, &m->ev.spf);
	else
		reason_of_dmarc(out, &m->ev);
	putc('\n', out);
	if (r->skipped != SKIPPED_NO)
		fprintf(out, "the daemon would not evaluate this client: %s\n",
		    skipped_word(r->skipped));
}

/* The record, and under it a mark at the term that decided. */
static void
spf_record(FILE *out, const struct ev_spf *spf)
{
	struct str rest = spf->record;
	size_t at = 0, len = spf->mechanism.len;

	line_below(out, spf->record);
	for (; len > 0 && rest.len >= len; rest = str_skip(rest, 1), at++) {
		struct str tail = str_skip(rest, len);

		if (!str_eq_nocase(str_first(rest, len), spf->mechanism) ||
		    (tail.len > 0 && tail.p[0] != ' '))
			continue;
		fprintf(out, "         %*s", (int)at, "");
		for (size_t i = 0; i < len; i++)
			putc('^', out);
		fputs(" here\n", out);
		return;
	}
}

static void
spf_block(FILE *out, const struct report *r)
{
	const struct ev_spf *spf = &r->message->ev.spf;

	fprintf(out, "SPF    %-10s", spf_result_word(spf->result));
	plain(out, or_dash(spf->domain));
	if (spf->mechanism.len > 0) {
		fputs("   by ", out);
		for (size_t i = 0; i < spf->path_len; i++) {
			fputs(i > 0 ? " > " : "", out);
			plain(out, spf->path[i]);
		}
		if (spf->path_len == 0)
			fputs("default: nothing matches", out);
	}
	fprintf(out, "   %u of %d lookups, %u void\n", spf->lookups, LOOKUP_LIMIT,
	    spf->void_lookups);
	spf_record(out, spf);
	if (spf->open)
		fputs("         open: that term does not tell the domain's hosts from the rest of "
		      "the world\n",
		    out);
	line_below(out, spf->problem);
}

static void
dkim_block(FILE *out, const struct report *r)
{
	const struct evidence *ev = &r->message->ev;

	if (ev->dkim_count == 0)
		fprintf(out, "DKIM   none      %s\n",
		    ev->dkim_examined ? "not signed" : "not verified here (dkim.source)");
	for (size_t i = 0; i < ev->dkim_count; i++) {
		const struct ev_dkim *d = &ev->dkim[i];

		fprintf(out, "%-7s%-10s", i == 0 ? "DKIM" : "", dkim_result_word(d->result));
		plain(out, or_dash(d->domain));
		fputs("   s=", out);
		plain(out, or_dash(d->selector));
		fputs("   ", out);
		plain(out, or_dash(d->algorithm));
		if (d->bits > 0)
			fprintf(out, " %u bits", d->bits);
		fprintf(out, "   %s\n", d->aligned ? "aligned" : "not aligned");
		line_below(out, d->problem);
	}
}

static void
dmarc_block(FILE *out, const struct report *r)
{
	const struct ev_dmarc *d = &r->message->ev.dmarc;
	enum shade shade = d->result == DMARC_RESULT_PASS ? SHADE_GOOD :
	    d->result == DMARC_RESULT_FAIL                ? SHADE_BAD :
							    SHADE_DOUBT;

	fputs("DMARC  ", out);
	shaded(out, r, shade, dmarc_result_word(d->result), 10);
	plain(out, or_dash(d->author_domain));
	if (d->have_policy) {
		fprintf(out, "   %s=%s at _dmarc.", policy_tag_word(d->tag),
		    enforcement_word(d->policy));
		plain(out, d->policy_domain);
		fprintf(out, "%s   SPF %s, DKIM %s", d->testing ? " (t=y)" : "",
		    d->aligned_spf ? "aligned" : "no", d->aligned_dkim ? "aligned" : "no");
	}
	putc('\n', out);
	line_below(out, d->record);
	line_below(out, d->problem);
}

/* What a token says, for the one who sees it for the first time. */
static const char *
token_meaning(enum score_token t)
{
	static const char *const meanings[] = {
		[TOKEN_SOFTFAIL_ADVISORY] = "~all, and the domain does not enforce: in transition",
		[TOKEN_SOFTFAIL_ENFORCED] = "~all, and the domain enforces DMARC",
		[TOKEN_SOFTFAIL_FORGIVEN] = "~all, but the message passes DMARC",
		[TOKEN_HARDFAIL_ADVISORY] = "-all, and the domain does not enforce DMARC",
		[TOKEN_HARDFAIL_ENFORCED] = "-all, and the domain enforces DMARC",
		[TOKEN_HARDFAIL_FORGIVEN] =
		    "-all, but the message passes DMARC: mostly plain forwarding",
		[TOKEN_OPEN_PASS] = "an SPF pass that anyone can have",
		[TOKEN_SPF_PERMERROR] = "the SPF record is broken",
		[TOKEN_DMARC_QUARANTINE] = "the author's domain asks to quarantine what fails",
		[TOKEN_DMARC_REJECT] = "the author's domain asks to reject what fails",
		[TOKEN_DMARC_UNPROVEN] =
		    "the author's domain enforces, and a needed name did not answer",
		[TOKEN_FROM_BROKEN] = "no author domain can be read",
		[TOKEN_FROM_SEVERAL] = "the From header names several author domains",
		[TOKEN_FROM_REPEATED] = "From fields contradict each other",
	};

	return meanings[t];
}

static void
score_block(FILE *out, const struct report *r)
{
	const struct score *s = &r->message->score;

	if (s->reason_count == 0)
		fputs("score  0.0\n", out);
	for (size_t i = 0; i < s->reason_count; i++) {
		char weight[16];
		struct buf b = buf_on(weight, sizeof weight);

		buf_putu(&b, s->reasons[i].tenths / 10);
		buf_putc(&b, '.');
		buf_putu(&b, s->reasons[i].tenths % 10);
		fputs(i == 0 ? "score  " : "      +", out);
		if (i == 0)
			shaded(out, r, SHADE_BAD, weight, 3);
		else
			fputs(weight, out);
		fprintf(out, "  %-18s %s\n", score_token_word(s->reasons[i].token),
		    token_meaning(s->reasons[i].token));
	}
}

/* How many fields of this name the message has. */
static unsigned
fields_named(const struct headers *h, struct str name)
{
	unsigned n = 0;

	for (const struct header *f = h->first; f != NULL; f = f->next)
		n += str_eq_nocase(f->name, name);
	return n;
}

static void
edits_block(FILE *out, const struct message *m)
{
	const struct edits *e = &m->edits;

	for (size_t i = 0; i < e->add_count; i++) {
		fputs(i == 0 ? "adds   " : ", ", out);
		plain(out, e->add[i].name);
	}
	if (e->add_count > 0)
		putc('\n', out);
	for (size_t i = 0; i < e->remove_count; i++) {
		fputs("takes  ", out);
		plain(out, e->remove[i].name);
		fprintf(out, " %u of %u (claims to be this host's)\n", e->remove[i].index,
		    fields_named(&m->headers, e->remove[i].name));
	}
}

void
report_text(FILE *out, const struct report *r, bool only_verdict)
{
	const struct message *m = r->message;

	verdict_line(out, r);
	if (only_verdict)
		return;
	putc('\n', out);
	if (m->ev.skipped == SKIPPED_NO) {
		spf_block(out, r);
		if (!m->ev.envelope_only) {
			dkim_block(out, r);
			dmarc_block(out, r);
		}
		putc('\n', out);
		score_block(out, r);
		putc('\n', out);
	}
	fprintf(out, "action %s\n", action_word(m->decision.action));
	edits_block(out, m);
	fprintf(out, "dns    %u questions, %u cached, %u ms\n", m->ev.dns.queries,
	    m->ev.dns.cache_hits, m->ev.dns.ms);
}
