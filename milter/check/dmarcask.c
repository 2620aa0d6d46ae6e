#include "check/dmarcask.h"

static const struct dns_answer failed = { .status = DNS_FAILED };

void
dmarcask_walk(struct lookups *l, enum lookups_share share, struct arena *a, struct str start,
    struct dmarc_walk *ret_walk)
{
	struct str name;

	dmarcwalk_begin(ret_walk, start);
	while (dmarcwalk_next(ret_walk, &name) == RES_OK) {
		struct dns_question q = { dmarcwalk_query_name(a, name), DNS_TXT };
		const struct dns_answer *ans = &failed; /* no memory for the name */

		if (q.name.p != NULL)
			ans = lookups_get(l, share, &q);
		(void)dmarcwalk_answer(ret_walk, a, ans); /* without memory: a failed step */
	}
}

/* Any record makes a name exist; only NXDOMAIN denies.  An alias to a name that does not exist
 * has NXDOMAIN for its address as well, so the alias itself is asked for. */
enum existence
dmarcask_existence(struct lookups *l, enum lookups_share share, struct str name)
{
	static const enum dns_type types[] = { DNS_A, DNS_CNAME };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct dns_question q = { name, types[i] };
		const struct dns_answer *ans = lookups_get(l, share, &q);

		if (dns_is_temporary(ans->status))
			return EXISTENCE_UNKNOWN;
		if (ans->status != DNS_NXDOMAIN)
			return EXISTENCE_YES;
	}
	return EXISTENCE_NO;
}
