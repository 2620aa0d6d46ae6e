#include "core/upstream.h"

#include <stdbool.h>

#include "core/authres.h"
#include "core/domain.h"

/* Of all fields together; more signatures prove nothing more. */
enum { MAX_RESULTS = AUTHRES_MAX_RESINFO };

static bool
is_trusted(struct str id, const struct str *trusted, size_t n, struct str own)
{
	if (domain_eq(id, own))
		return false;
	for (size_t i = 0; i < n; i++)
		if (domain_eq(id, trusted[i]))
			return true;
	return false;
}

/* A field of a version that we do not know, by a filter that we do (RFC 8601 2.6). */
static bool
is_passed_over(struct str value, const struct str *trusted, size_t n, struct str own)
{
	return authres_claims_id(value, trusted, n) && !authres_claims_id(value, &own, 1);
}

/* header.d, else the domain of header.i; .p == NULL when there is none that is a name. */
static enum res
signing_domain(struct arena *a, const struct authres_info *info, struct str *ret_domain)
{
	struct str d = authres_prop(info, STR("header"), STR("d"));
	struct str i = authres_prop(info, STR("header"), STR("i"));
	enum res r;

	if (d.p == NULL)
		d = str_skip(i, str_find_last(i, '@') + 1);
	*ret_domain = (struct str){ 0 };
	r = domain_from_text(a, d, ret_domain);
	return r == RES_NOMEM ? r : RES_OK;
}

/* A result as the other filter gave it; a pass that names no domain authenticates nothing. */
static enum res
take_result(struct arena *a, const struct authres_info *info, struct upstream *up)
{
	struct ev_dkim *d = &up->dkim[up->dkim_count];
	enum res r;

	if (up->dkim_count == MAX_RESULTS || !str_eq(info->method, STR("dkim")) ||
	    dkim_result_from_word(info->result, &d->result) != RES_OK ||
	    d->result == DKIM_RESULT_NONE)
		return RES_OK;
	if ((r = signing_domain(a, info, &d->domain)) != RES_OK)
		return r;
	if (d->result == DKIM_RESULT_PASS && d->domain.len == 0) {
		d->result = DKIM_RESULT_NEUTRAL;
		d->problem = STR("the pass of the upstream filter names no signing domain");
	}
	d->selector = authres_prop(info, STR("header"), STR("s"));
	d->identity = authres_prop(info, STR("header"), STR("i"));
	d->algorithm = authres_prop(info, STR("header"), STR("a"));
	d->b_prefix = authres_prop(info, STR("header"), STR("b"));
	up->dkim_count++;
	return RES_OK;
}

enum res
upstream_read(struct arena *a, const struct headers *h, const struct str *trusted, size_t n,
    struct str own, struct upstream *ret_upstream)
{
	struct upstream up = { .dkim = arena_array(a, MAX_RESULTS + 1, sizeof *up.dkim) };
	struct authres field;
	enum res r;

	if (up.dkim == NULL)
		return RES_NOMEM;
	for (const struct header *f = h->first; f != NULL; f = f->next, up.run++) {
		if (f->place != up.run || f->cut ||
		    !str_eq_nocase(f->name, STR("Authentication-Results")))
			break;
		if ((r = authres_parse(a, f->value, &field)) == RES_NOMEM)
			return r;
		if (r == RES_PERM && is_passed_over(f->value, trusted, n, own))
			continue;
		if (r != RES_OK || field.broken || !is_trusted(field.authserv_id, trusted, n, own))
			break;
		for (size_t i = 0; i < field.info_count; i++)
			if ((r = take_result(a, &field.infos[i], &up)) != RES_OK)
				return r;
	}
	*ret_upstream = up;
	return RES_OK;
}
