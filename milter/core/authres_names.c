/* The names of the IANA registry "Email Authentication Parameters" (RFC 8601 6), with the
 * methods that are deprecated there left out: nobody should write them, and we act on none of
 * them. */
#include "core/authres.h"

enum { MAX_RESULTS = 8 };

static const struct method {
	const char *name;
	const char *results[MAX_RESULTS + 1];
} methods[] = {
	/* RFC 8617 10.1 */
	{ "arc", { "none", "pass", "fail" } },
	/* RFC 8601 2.7.4 */
	{ "auth", { "none", "pass", "fail", "temperror", "permerror" } },
	/* RFC 8601 2.7.1 */
	{ "dkim", { "none", "pass", "fail", "policy", "neutral", "temperror", "permerror" } },
	/* RFC 6541 8.3 */
	{ "dkim-atps", { "none", "pass", "fail", "temperror", "permerror" } },
	/* RFC 9989 9.2 */
	{ "dmarc", { "none", "pass", "fail", "temperror", "permerror" } },
	/* RFC 8904 4 */
	{ "dnswl", { "none", "pass", "temperror", "permerror" } },
	/* RFC 8601 2.7.3: without "none" */
	{ "iprev", { "pass", "fail", "temperror", "permerror" } },
	/* RFC 7293 14.3 */
	{ "rrvs", { "none", "unknown", "temperror", "permerror", "pass", "fail" } },
	/* RFC 7281 3 */
	{ "smime", { "none", "pass", "fail", "policy", "neutral", "temperror", "permerror" } },
	/* RFC 8601 2.7.2 */
	{ "spf",
	    { "none", "pass", "fail", "softfail", "policy", "neutral", "temperror", "permerror" } },
	/* RFC 6212 4 */
	{ "vbr", { "none", "pass", "fail", "temperror", "permerror" } },
};

static const char *const ptypes[] = { "body", "dns", "header", "policy", "smtp", NULL };

/* In a list that ends with NULL, without case. */
static bool
is_listed(const char *const *words, struct str word)
{
	while (*words != NULL && !str_eq_nocase(word, str_from(*words)))
		words++;
	return *words != NULL;
}

static const struct method *
find_method(struct str name)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (str_eq_nocase(name, str_from(methods[i].name)))
			return &methods[i];
	return NULL;
}

bool
authres_is_registered_result(struct str method, struct str result)
{
	const struct method *m = find_method(method);

	return m != NULL && is_listed(m->results, result);
}

bool
authres_is_registered_ptype(struct str ptype)
{
	return is_listed(ptypes, ptype);
}
