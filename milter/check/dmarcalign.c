#include "check/dmarcalign.h"

#include "core/domain.h"
#include "check/dmarcask.h"

static bool
is_noted(const struct dmarc_alignment *al, struct str query)
{
	for (size_t i = 0; i < al->query_count; i++)
		if (domain_eq(al->queries[i], query))
			return true;
	return false;
}

static void
note_queries(struct dmarc_alignment *al, const struct dmarc_walk *w)
{
	for (size_t i = 0; i < w->count && al->query_count < DMARC_MAX_QUERIES; i++) {
		struct str query = dmarcwalk_query_name(al->arena, w->steps[i].name);

		if (query.p != NULL && !is_noted(al, query))
			al->queries[al->query_count++] = query;
	}
}

void
dmarcalign_begin(struct dmarc_alignment *al, struct lookups *l, struct arena *a,
    const struct dmarc_author *author)
{
	*al = (struct dmarc_alignment){ .lookups = l, .arena = a, .author = author };
	note_queries(al, &author->walk);
}

static enum aligned
walk_identifier(struct dmarc_alignment *al, struct str domain)
{
	struct dmarc_walk w;

	dmarcask_walk(al->lookups, LOOKUPS_REST, al->arena, domain, &w);
	note_queries(al, &w);
	if (domain_eq(dmarcwalk_org_domain(&w), al->author->org_domain))
		return ALIGNED_YES;
	return w.failed ? ALIGNED_UNKNOWN : ALIGNED_NO;
}

static enum aligned
same_org_domain(struct dmarc_alignment *al, struct str domain)
{
	enum aligned aligned;

	for (size_t i = 0; i < al->walked_count; i++)
		if (domain_eq(al->walked[i].domain, domain))
			return al->walked[i].aligned;
	if (al->walked_count == DMARC_MAX_WALKS)
		return ALIGNED_NO;
	aligned = walk_identifier(al, domain);
	al->walked[al->walked_count].domain = domain;
	al->walked[al->walked_count++].aligned = aligned;
	return aligned;
}

enum aligned
dmarcalign_check(struct dmarc_alignment *al, struct str domain, bool strict)
{
	struct str name;
	enum res r;

	if (domain.len == 0)
		return ALIGNED_NO;
	if ((r = domain_from_text(al->arena, domain, &name)) != RES_OK)
		return r == RES_NOMEM ? ALIGNED_UNKNOWN : ALIGNED_NO;
	if (domain_eq(name, al->author->author.domain))
		return ALIGNED_YES;
	if (strict || !domain_is_at_or_below(name, al->author->org_domain))
		return ALIGNED_NO;
	return same_org_domain(al, name);
}
