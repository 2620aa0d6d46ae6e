#include "check/dmarccheck.h"

#include "base/buf.h"
#include "core/domain.h"
#include "check/dmarcalign.h"
#include "check/dmarcask.h"
#include "check/dmarcfence.h"

/* Step 1: the policy of a domain */

static bool
have_policy(const struct dmarc_author *da)
{
	return da->step != NULL && da->step->record.usable;
}

/* From the walk (RFC 9989 4.10.1).  A record of the domain's own settles the policy whatever
 * became of the names above; without one, a name that failed may have held it. */
static void
find_policy(struct lookups *l, enum lookups_share share, struct dmarc_author *da)
{
	enum existence existence = EXISTENCE_YES;
	struct dmarc_policy dp;
	bool own;

	da->org_domain = dmarcwalk_org_domain(&da->walk);
	da->step = dmarcwalk_policy(&da->walk);
	own = da->step == &da->walk.steps[0];
	da->unknown = !own && da->walk.failed;
	if (!have_policy(da)) {
		da->policy = da->unknown ? ENFORCE_UNKNOWN : ENFORCE_NODMARC;
		return;
	}
	if (dmarcrecord_needs_existence(&da->step->record, own))
		existence = dmarcask_existence(l, share, da->walk.start);
	da->unknown |= existence == EXISTENCE_UNKNOWN;
	dp = dmarcrecord_policy(&da->step->record, own, existence);
	da->policy = dp.policy;
	da->tag = dp.tag;
}

void
dmarccheck_author(struct lookups *l, struct arena *a, const struct author *author,
    struct dmarc_author *ret_author)
{
	*ret_author = (struct dmarc_author){ .author = *author };
	if (author->kind != AUTHOR_ONE)
		return;
	dmarcask_walk(l, LOOKUPS_AUTHOR, a, author->domain, &ret_author->walk);
	find_policy(l, LOOKUPS_AUTHOR, ret_author);
}

enum enforcement
dmarccheck_enforcement(struct lookups *l, struct arena *a, struct str domain,
    const struct dmarc_author *author)
{
	struct dmarc_author other = { 0 };

	if (author != NULL && author->author.kind == AUTHOR_ONE &&
	    domain_eq(author->author.domain, domain))
		return author->policy;
	dmarcask_walk(l, LOOKUPS_REST, a, domain, &other.walk);
	find_policy(l, LOOKUPS_REST, &other);
	return other.policy;
}

/* Problems */

/* "_dmarc.NAME: WHAT AFTER"; NULL without memory. */
static struct str
problem_at(struct arena *a, struct str name, struct str what, const char *after)
{
	struct str query = dmarcwalk_query_name(a, name);
	struct buf b = buf_in(a, query.len + what.len + 100);

	buf_put(&b, query);
	buf_puts(&b, ": ");
	buf_put(&b, what);
	buf_puts(&b, after);
	return query.p != NULL && b.err == RES_OK ? buf_str(&b) : (struct str){ 0 };
}

/* Of the record that gives the policy, or of a place where two records stand. */
static struct str
record_problem(struct arena *a, const struct dmarc_author *da)
{
	const struct dmarc_step *step = da->step;

	if (step != NULL && !step->record.usable)
		return problem_at(a, step->name, step->record.problem,
		    "; without a valid URI in rua as well, this record asks for nothing");
	if (step != NULL && step->record.problem.p != NULL)
		return problem_at(a, step->name, step->record.problem,
		    step->record.p_by_default ? "; it is taken as p=none" : "");
	for (size_t i = 0; i < da->walk.count; i++)
		if (da->walk.steps[i].several)
			return problem_at(a, da->walk.steps[i].name,
			    STR("more than one DMARC record, so none counts"), "");
	return (struct str){ 0 };
}

static struct str
author_unknown_problem(struct arena *a, const struct dmarc_author *da)
{
	for (size_t i = 0; i < da->walk.count; i++)
		if (da->walk.steps[i].failed)
			return problem_at(a, da->walk.steps[i].name, STR("temporary DNS failure"),
			    "");
	return STR("temporary DNS failure when asking whether the author domain exists");
}

/* Step 2: what is known of the author, then the identifiers, then the result */

static void
describe_author(struct arena *a, const struct dmarc_author *da, struct ev_dmarc *d)
{
	*d = (struct ev_dmarc){ .author = da->author.kind, .problem = da->author.problem };
	if (da->author.kind != AUTHOR_ONE)
		return;
	d->author_domain = da->author.domain;
	d->org_domain = da->org_domain;
	if (d->problem.p == NULL)
		d->problem = record_problem(a, da);
	if (da->step != NULL)
		d->record = da->step->record.text;
	if (!have_policy(da))
		return;
	d->have_policy = true;
	d->policy = da->policy;
	d->policy_domain = da->step->name;
	d->tag = da->tag;
	d->testing = da->step->record.testing;
}

/* What an identifier is worth: in this order they may use the walks that a message has. */
enum rank { RANK_PASSED, RANK_TEMPORARY, RANK_OTHER, RANK_COUNT };

static enum rank
dkim_rank(enum dkim_result r)
{
	return r == DKIM_RESULT_PASS   ? RANK_PASSED :
	    r == DKIM_RESULT_TEMPERROR ? RANK_TEMPORARY :
					 RANK_OTHER;
}

static enum rank
spf_rank(enum spf_result r)
{
	return r == SPFRESULT_PASS   ? RANK_PASSED :
	    r == SPFRESULT_TEMPERROR ? RANK_TEMPORARY :
				       RANK_OTHER;
}

struct identifiers {
	bool aligned_spf, aligned_dkim; /* one that passed */
	bool doubt;                     /* one that may be aligned, or may have passed */
};

static void
weigh(enum rank rank, enum aligned aligned, bool *aligned_and_passed, bool *doubt)
{
	if (rank == RANK_PASSED && aligned == ALIGNED_YES)
		*aligned_and_passed = true;
	else if (rank != RANK_OTHER && aligned != ALIGNED_NO)
		*doubt = true;
}

/* One whose domain is lost to a failure of our own may be anyone's. */
static enum aligned
alignment_of(struct dmarc_alignment *al, enum rank rank, struct str domain, bool strict)
{
	if (rank == RANK_TEMPORARY && domain.len == 0)
		return ALIGNED_UNKNOWN;
	return dmarcalign_check(al, domain, strict);
}

static void
align_identifiers(struct dmarc_alignment *al, struct evidence *ev, struct identifiers *ids)
{
	const struct dmarc_record *rec = &al->author->step->record;
	enum aligned aligned;

	for (enum rank rank = RANK_PASSED; rank < RANK_COUNT; rank++) {
		if (rank != RANK_OTHER && spf_rank(ev->spf.result) == rank) {
			aligned = alignment_of(al, rank, ev->spf.domain, rec->strict_spf);
			weigh(rank, aligned, &ids->aligned_spf, &ids->doubt);
		}
		for (size_t i = 0; i < ev->dkim_count; i++) {
			if (dkim_rank(ev->dkim[i].result) != rank)
				continue;
			aligned = alignment_of(al, rank, ev->dkim[i].domain, rec->strict_dkim);
			ev->dkim[i].aligned = aligned == ALIGNED_YES;
			weigh(rank, aligned, &ids->aligned_dkim, &ids->doubt);
		}
	}
}

/* RFC 9989 5.3.5, 5.3.6; a question that failed makes neither pass nor fail, unless what was
 * read is enough. */
static void
settle_result(struct arena *a, const struct dmarc_author *da, const struct identifiers *ids,
    struct ev_dmarc *d)
{
	if (d->have_policy && (ids->aligned_spf || ids->aligned_dkim)) {
		d->result = DMARC_RESULT_PASS;
	} else if (da->unknown) {
		d->result = DMARC_RESULT_TEMPERROR;
		d->problem = author_unknown_problem(a, da);
	} else if (!d->have_policy) {
		d->result = DMARC_RESULT_NONE;
	} else if (ids->doubt) {
		d->result = DMARC_RESULT_TEMPERROR;
		d->problem = STR("temporary DNS failure of an identifier that may be aligned");
	} else {
		d->result = DMARC_RESULT_FAIL;
	}
}

static void
log_dispute(const struct log_port *log, const struct ev_dmarc *d, enum dmarc_result theirs,
    enum enforcement their_policy)
{
	const char *policy = enforcement_word(their_policy);
	char text[512];
	struct buf b = buf_on(text, sizeof text);

	buf_puts(&b, "dmarc: libopendmarc judges otherwise, please report it: author ");
	buf_put(&b, d->author_domain);
	buf_puts(&b, ", ours ");
	buf_puts(&b, dmarc_result_word(d->result));
	buf_puts(&b, " under ");
	buf_puts(&b, enforcement_word(d->policy));
	buf_puts(&b, ", its ");
	buf_puts(&b, dmarc_result_word(theirs));
	buf_puts(&b, " under ");
	buf_puts(&b, policy != NULL ? policy : "-");
	log->line(log->self, LOG_LEVEL_WARNING, buf_str(&b));
}

/* Ours stands, but between pass and not pass there is no verdict. */
static void
ask_second_opinion(const struct dmarc_author *da, struct ev_dmarc *d, const struct log_port *log)
{
	struct fence_case fc = { .author_domain = d->author_domain,
		.policy = d->policy,
		.strict_dkim = da->step->record.strict_dkim,
		.strict_spf = da->step->record.strict_spf,
		.aligned_dkim = d->aligned_dkim,
		.aligned_spf = d->aligned_spf };
	enum enforcement policy;
	enum dmarc_result result;

	if (dmarcfence_judge(&fc, &result, &policy) != RES_OK ||
	    (result == d->result && (result == DMARC_RESULT_PASS || policy == d->policy)))
		return;
	d->disputed = true;
	if (log != NULL)
		log_dispute(log, d, result, policy);
	if (result == d->result)
		return;
	d->result = DMARC_RESULT_TEMPERROR;
	d->problem = STR("the two judgements of this message differ; see the log");
}

void
dmarccheck_judge(struct lookups *l, struct arena *a, const struct dmarc_author *author,
    struct evidence *ev, const struct log_port *log)
{
	struct ev_dmarc *d = &ev->dmarc;
	struct dmarc_alignment *al = arena_new(a, struct dmarc_alignment);
	struct identifiers ids = { 0 };

	describe_author(a, author, d);
	if (author->author.kind != AUTHOR_ONE) {
		d->result = DMARC_RESULT_PERMERROR;
		return;
	}
	if (al == NULL) {
		d->result = DMARC_RESULT_TEMPERROR;
		d->problem = STR("out of memory");
		return;
	}
	dmarcalign_begin(al, l, a, author);
	if (d->have_policy)
		align_identifiers(al, ev, &ids);
	d->queries = al->queries;
	d->query_count = al->query_count;
	d->aligned_spf = ids.aligned_spf;
	d->aligned_dkim = ids.aligned_dkim;
	settle_result(a, author, &ids, d);
	if (d->result == DMARC_RESULT_PASS || d->result == DMARC_RESULT_FAIL)
		ask_second_opinion(author, d, log);
}
