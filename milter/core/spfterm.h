/* spfterm.h - one SPF term: what it asks and what the answers mean, with the limits that hold over
 * a whole evaluation (RFC 7208 4.6.4, 5).  Pure: answers come from a function of the caller's,
 * which may also say "not yet", so the same code serves planning and judging. */
#ifndef SF_CORE_SPFTERM_H
#define SF_CORE_SPFTERM_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "core/dns.h"
#include "core/spfmacro.h"
#include "core/spfrecord.h"

enum {
	SPFTERM_MAX_NAMES = 10, /* of MX (more: permerror), of PTR (rest ignored) */
};

enum spf_match {
	SPF_MATCH_NO,
	SPF_MATCH_YES,
	SPF_MATCH_PENDING, /* an answer is not there yet */
	SPF_MATCH_TEMP,    /* ends the evaluation: temperror */
	SPF_MATCH_PERM     /* ends the evaluation: permerror */
};

/* One evaluation.  The caller sets the first five; the rest begins as zero. */
struct spf_eval {
	const struct spf_facts *facts;
	/* The answer, or NULL: not yet. */
	const struct dns_answer *(*ask)(void *arg, const struct dns_question *q);
	void *arg;
	struct arena *arena;
	unsigned void_limit;
	unsigned lookups, voids; /* used so far */
	struct str problem;      /* of the TEMP or PERM that came last: one sentence, or NULL */
	bool nomem;              /* some TEMP was our own fault */
};

/* TEMP or PERM (as given) with the problem "SUBJECT WHAT"; texts are copied. */
enum spf_match spfterm_fail(struct spf_eval *e, enum spf_match how, struct str subject,
    const char *what);

/* TEMP, and nomem is set. */
enum spf_match spfterm_nomem(struct spf_eval *e);

/* A term that asks DNS begins: YES, or PERM past the tenth. */
enum spf_match spfterm_begin(struct spf_eval *e);

/* A question of an a, mx, exists or ptr term.  YES: *ret_ans has records; NO: a void lookup,
 * counted; PERM: one too many of them; TEMP, PENDING. */
enum spf_match spfterm_ask(struct spf_eval *e, struct str name, enum dns_type type,
    const struct dns_answer **ret_ans);

/* The type of the client's addresses. */
enum dns_type spfterm_address_type(const struct spf_eval *e);

/* Whether the client's PTR names hold a validated one at or below target (5.5).  Never TEMP. */
enum spf_match spfterm_ptr(struct spf_eval *e, struct str target);

/* What %{p} stands for in the record of domain: a validated name, rather domain itself or one below
 * it (7.3).  NO: none, *ret_name is left as it is.  Never TEMP; not counted, for 4.6.4 speaks of
 * terms. */
enum spf_match spfterm_validated(struct spf_eval *e, struct str domain, struct str *ret_name);

/* The name that a domain-spec means in the record of domain; of an empty one, domain.  NO: none, so
 * the term does not match (RFC 8616 4).  %{p} asks. */
enum spf_match spfterm_name(struct spf_eval *e, struct str domain, struct str spec,
    struct str *ret_name);

/* The SPF record of name.  NO: none.  PERM: several, or one with faults, which is given too. */
enum spf_match spfterm_record(struct spf_eval *e, struct str name,
    const struct spf_record **ret_rec);

/* The hosts of an mx term, asked at name: FOUND records.  As spfterm_ask; PERM also past ten. */
enum spf_match spfterm_mx(struct spf_eval *e, struct str name, const struct dns_answer **ret_ans);

/* A whole term, include excepted (spfwalk.h knows it): begins it when it asks DNS. */
enum spf_match spfterm_match(struct spf_eval *e, struct str domain, const struct spf_term *term);

#endif
