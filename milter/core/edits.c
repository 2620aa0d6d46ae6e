#include "core/edits.h"

#include <assert.h>

#include "core/authres.h"

static const struct str authentication_results = { "Authentication-Results", 22 };
static const struct str received_spf = { "Received-SPF", 12 };

/* The id of a field that was cut may stand in what is missing. */
static bool
is_forged(const struct header *f, const struct edits_rules *rules)
{
	if (str_eq_nocase(f->name, authentication_results))
		return f->place >= rules->believed_run &&
		    (f->cut ||
			authres_claims_id(f->value, rules->authserv_ids, rules->authserv_id_count));
	if (str_eq_nocase(f->name, received_spf))
		return rules->received_spf;
	for (size_t i = 0; i < EDITS_SCORE_FIELDS; i++)
		if (str_eq_nocase(f->name, rules->score_fields[i]))
			return true;
	return false;
}

enum res
edits_remove_forged(struct edits *e, struct arena *a, const struct headers *h,
    const struct edits_rules *rules)
{
	size_t n = 0, at;

	for (const struct header *f = h->first; f != NULL; f = f->next)
		n += is_forged(f, rules);
	e->too_many = n > EDITS_MAX_REMOVED;
	if (n == 0 || e->too_many)
		return RES_OK;
	e->remove = arena_array(a, n, sizeof *e->remove);
	if (e->remove == NULL)
		return RES_NOMEM;
	at = e->remove_count = n;
	/* From the bottom to the top, so of each name the highest index goes first. */
	for (const struct header *f = h->first; f != NULL; f = f->next)
		if (is_forged(f, rules))
			e->remove[--at] = (struct edit_remove){ f->name, f->index };
	return RES_OK;
}

void
edits_add(struct edits *e, struct str name, struct str value)
{
	assert(e->add_count < sizeof e->add / sizeof *e->add);
	e->add[e->add_count++] = (struct edit_add){ name, value };
}
