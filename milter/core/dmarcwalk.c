#include "core/dmarcwalk.h"

#include "base/buf.h"
#include "core/domain.h"

size_t
dmarcwalk_names(struct str start, struct str ret_names[DMARCWALK_MAX])
{
	struct str name = start;
	size_t n = 0;

	if (domain_labels(start) < 2)
		return 0;
	do
		ret_names[n++] = name;
	while (n < DMARCWALK_MAX && domain_walk_next(name, &name) == RES_OK);
	return n;
}

struct str
dmarcwalk_query_name(struct arena *a, struct str name)
{
	struct str prefix = STR("_dmarc.");
	struct buf b = buf_in(a, prefix.len + name.len);

	buf_put(&b, prefix);
	buf_put(&b, name);
	return b.err == RES_OK ? buf_str(&b) : (struct str){ 0 };
}

void
dmarcwalk_begin(struct dmarc_walk *w, struct str start)
{
	*w = (struct dmarc_walk){ .start = start, .ended = domain_labels(start) < 2 };
}

enum res
dmarcwalk_next(const struct dmarc_walk *w, struct str *ret_name)
{
	if (w->ended)
		return RES_NONE;
	if (w->count > 0)
		return domain_walk_next(w->steps[w->count - 1].name, ret_name);
	*ret_name = w->start;
	return RES_OK;
}

/* The DMARC record among the TXT records of a name: others are ignored, two are none (4.10 steps
 * 1 and 4). */
static enum res
select_record(struct arena *a, const struct dns_answer *ans, struct dmarc_step *step)
{
	struct str only = { 0 };
	enum res r;

	for (size_t i = 0; i < ans->count && !step->several; i++) {
		struct str text = ans->records[i].text;

		if ((r = dmarcrecord_parse(a, text, &step->record)) == RES_NONE)
			continue;
		if (r != RES_OK)
			return r;
		step->several = only.p != NULL;
		only = text;
	}
	step->found = only.p != NULL && !step->several;
	if (!step->found)
		return RES_OK;
	if ((only = arena_str(a, only)).p == NULL) /* the record is views into it */
		return RES_NOMEM;
	return dmarcrecord_parse(a, only, &step->record);
}

enum res
dmarcwalk_answer(struct dmarc_walk *w, struct arena *a, const struct dns_answer *ans)
{
	struct dmarc_step *step = &w->steps[w->count];
	struct str name;
	enum res r = RES_OK;

	if ((r = dmarcwalk_next(w, &step->name)) != RES_OK)
		return r;
	w->count++;
	step->failed = dns_is_temporary(ans->status);
	if (ans->status == DNS_FOUND && (r = select_record(a, ans, step)) != RES_OK) {
		step->found = false;
		step->failed = true;
	}
	w->failed |= step->failed;
	w->ended = (step->found && step->record.psd != 'u') || w->count == DMARCWALK_MAX ||
	    domain_walk_next(step->name, &name) != RES_OK;
	return r;
}

struct str
dmarcwalk_org_domain(const struct dmarc_walk *w)
{
	struct str fewest = w->start;

	for (size_t i = 0; i < w->count; i++) {
		const struct dmarc_step *step = &w->steps[i];

		if (!step->found)
			continue;
		if (step->record.psd == 'n')
			return step->name;            /* rule 1 */
		if (step->record.psd == 'y' && i > 0) /* rule 2; perhaps of a name not asked */
			return domain_last_labels(w->start, domain_labels(step->name) + 1);
		fewest = step->name; /* rule 3 */
	}
	return fewest;
}

const struct dmarc_step *
dmarcwalk_policy(const struct dmarc_walk *w)
{
	struct str org = dmarcwalk_org_domain(w);
	const struct dmarc_step *psd = NULL;

	if (w->count > 0 && w->steps[0].found)
		return &w->steps[0];
	for (size_t i = 0; i < w->count; i++) {
		const struct dmarc_step *step = &w->steps[i];

		if (step->found && domain_eq(step->name, org))
			return step;
		if (step->found && step->record.psd == 'y')
			psd = step;
	}
	return psd;
}
