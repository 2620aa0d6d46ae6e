#include "core/spfwalk.h"

enum { OPEN_PREFIX = 7 }; /* a record that lets in this much tells nobody apart */

/* The result of a check_host(), or that it is not known. */
struct outcome {
	enum spf_match ended; /* YES: result; NO: there is no record; PENDING, TEMP, PERM */
	enum spf_result result;
};

struct walk {
	struct spf_eval *e;
	struct spf_verdict v;
	const struct spf_term *decided; /* innermost */
};

static struct outcome walk_domain(struct walk *w, struct str domain, size_t depth, bool included);

static void
decide(struct walk *w, size_t depth, struct str text)
{
	w->v.path[depth] = text;
	if (w->v.path_len <= depth)
		w->v.path_len = depth + 1;
}

/* What a result means to the include around it (5.2). */
static enum spf_match
match_include(struct walk *w, struct str domain, const struct spf_term *term, size_t depth)
{
	struct outcome o;
	struct str name;
	enum spf_match m;

	if ((m = spfterm_begin(w->e)) != SPF_MATCH_YES ||
	    (m = spfterm_name(w->e, domain, term->target, &name)) != SPF_MATCH_YES)
		return m;
	o = walk_domain(w, name, depth + 1, true);
	if (o.ended == SPF_MATCH_NO)
		return spfterm_fail(w->e, SPF_MATCH_PERM, name,
		    " is included but has no SPF record");
	if (o.ended == SPF_MATCH_YES && o.result != SPFRESULT_PASS)
		return SPF_MATCH_NO;
	return o.ended;
}

static enum spf_match
match_term(struct walk *w, struct str domain, const struct spf_term *term, size_t depth)
{
	enum spf_match m;

	if (term->mech == SPF_MECH_INCLUDE)
		return match_include(w, domain, term, depth);
	w->v.path_len = 0;
	m = spfterm_match(w->e, domain, term);
	if (m == SPF_MATCH_YES)
		w->decided = term;
	return m;
}

/* The qualifier is always shown for "all". */
static struct str
term_text(struct walk *w, const struct spf_term *term)
{
	struct buf out;

	if (term->mech != SPF_MECH_ALL || !ascii_is_alpha(term->text.p[0]))
		return term->text;
	out = buf_in(w->e->arena, term->text.len + 1);
	buf_putc(&out, '+');
	buf_put(&out, term->text);
	return out.err == RES_OK ? buf_str(&out) : term->text;
}

/* redirect (6.1): the target's result is the result. */
static struct outcome
walk_redirect(struct walk *w, struct str domain, const struct spf_record *rec, size_t depth,
    bool included)
{
	struct outcome o = { .ended = spfterm_begin(w->e), .result = SPFRESULT_NEUTRAL };
	struct str name;

	if (o.ended != SPF_MATCH_YES)
		return o;
	o.ended = spfterm_name(w->e, domain, rec->redirect.target, &name);
	if (o.ended == SPF_MATCH_NO) /* RFC 8616 4: as if it were not there */
		o.ended = SPF_MATCH_YES;
	else if (o.ended == SPF_MATCH_YES) {
		o = walk_domain(w, name, depth + 1, included);
		if (o.ended == SPF_MATCH_NO)
			o.ended = spfterm_fail(w->e, SPF_MATCH_PERM, name,
			    " is the target of redirect but has no SPF record");
		if (o.ended == SPF_MATCH_YES && w->v.path_len > 0)
			decide(w, depth, rec->redirect.text);
	}
	return o;
}

/* A term that cannot be told yet does not stop the walk, only what is certain does: so the
 * questions of all terms up to there are asked side by side. */
static struct outcome
walk_record(struct walk *w, struct str domain, const struct spf_record *rec, size_t depth,
    bool included)
{
	struct outcome o = { .ended = SPF_MATCH_YES, .result = SPFRESULT_NEUTRAL };
	bool pending = false, done = false;

	for (size_t i = 0; i < rec->count && !done; i++) {
		enum spf_match m = match_term(w, domain, &rec->terms[i], depth);

		pending = pending || m == SPF_MATCH_PENDING;
		done = m != SPF_MATCH_NO && m != SPF_MATCH_PENDING;
		if (m == SPF_MATCH_YES) {
			o.result = rec->terms[i].result;
			decide(w, depth, term_text(w, &rec->terms[i]));
		} else if (done) {
			o.ended = m;
		}
	}
	if (!done) {
		w->v.path_len = 0;
		if (rec->redirect.text.p != NULL)
			o = walk_redirect(w, domain, rec, depth, included);
	}
	if (pending)
		o.ended = SPF_MATCH_PENDING;
	return o;
}

static struct outcome
walk_domain(struct walk *w, struct str domain, size_t depth, bool included)
{
	const struct spf_record *rec = NULL;
	struct outcome o = { .ended = spfterm_record(w->e, domain, &rec) };

	if (depth == 0) {
		w->v.record = rec;
		w->v.published = rec != NULL || o.ended == SPF_MATCH_PERM; /* several (4.5) */
	}
	if (o.ended != SPF_MATCH_YES)
		return o;
	if (!included) { /* include's exp is never used, redirect's replaces ours (6.2) */
		w->v.exp = rec->exp.text.p != NULL ? rec->exp.target : (struct str){ 0 };
		w->v.exp_domain = domain;
	}
	return walk_record(w, domain, rec, depth, included);
}

static bool
lets_anyone_in(const struct spf_term *term, enum ip_family family)
{
	switch (term->mech) {
	case SPF_MECH_ALL:
		return true;
	case SPF_MECH_IP4:
	case SPF_MECH_IP6:
		return term->net.prefix <= OPEN_PREFIX;
	case SPF_MECH_A:
	case SPF_MECH_MX:
		return spfrecord_prefix(term, family) <= OPEN_PREFIX;
	default:
		return false;
	}
}

void
spfwalk_run(struct spf_eval *e, struct spf_verdict *ret_verdict)
{
	static const enum spf_result results[] = {
		[SPF_MATCH_NO] = SPFRESULT_NONE,
		[SPF_MATCH_PENDING] = SPFRESULT_TEMPERROR,
		[SPF_MATCH_TEMP] = SPFRESULT_TEMPERROR,
		[SPF_MATCH_PERM] = SPFRESULT_PERMERROR,
	};
	struct walk w = { .e = e };
	struct outcome o = walk_domain(&w, e->facts->sender_domain, 0, false);

	w.v.pending = o.ended == SPF_MATCH_PENDING;
	w.v.result = o.ended == SPF_MATCH_YES ? o.result : results[o.ended];
	if (o.ended != SPF_MATCH_YES)
		w.v.path_len = 0;
	w.v.open = w.v.result == SPFRESULT_PASS && w.v.path_len > 0 &&
	    lets_anyone_in(w.decided, e->facts->client.family);
	*ret_verdict = w.v;
}

enum posture
spfwalk_posture(struct spf_eval *e, const struct spf_record *rec)
{
	static const enum posture postures[SPFRESULT_COUNT] = {
		[SPFRESULT_FAIL] = POSTURE_FAIL,
		[SPFRESULT_SOFTFAIL] = POSTURE_SOFTFAIL,
		[SPFRESULT_NEUTRAL] = POSTURE_NEUTRAL,
		[SPFRESULT_PASS] = POSTURE_PASS,
	};
	struct str domain = e->facts->sender_domain;

	for (unsigned redirects = 0; redirects <= SPFRECORD_MAX_LOOKUPS; redirects++) {
		if (rec->all != NULL)
			return postures[rec->all->result];
		if (rec->redirect.text.p == NULL)
			return POSTURE_NONE;
		if (spfterm_name(e, domain, rec->redirect.target, &domain) != SPF_MATCH_YES ||
		    spfterm_record(e, domain, &rec) != SPF_MATCH_YES)
			return POSTURE_UNKNOWN;
	}
	return POSTURE_UNKNOWN;
}
