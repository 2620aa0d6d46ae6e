/* MAIL FROM arguments and HELO names. */
#include "t/fuzz/fuzz.h"

#include "core/domain.h"
#include "core/mailaddr.h"

static void
check_domain(struct str domain)
{
	fuzz_holds(domain_is_name(domain));
	for (size_t i = 0; i < domain.len; i++)
		fuzz_holds(domain.p[i] == ascii_lower(domain.p[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str arg = { (const char *)data, size };
	struct arena *a = arena_open(0);
	struct envelope env;
	struct str name;
	enum res r;

	fuzz_holds(mailaddr_envelope(a, arg, &env) == RES_OK);
	fuzz_holds(!env.null_sender || (env.local.p == NULL && env.domain.p == NULL));
	fuzz_holds(env.local.p == NULL || env.local.len > 0);
	if (env.domain.p != NULL) {
		check_domain(env.domain);
		fuzz_holds(str_find(arg, '@') < arg.len);
	}
	r = mailaddr_helo(a, arg, &name);
	fuzz_holds(r == RES_OK || r == RES_NONE);
	if (r == RES_OK) {
		check_domain(name);
		fuzz_holds(domain_labels(name) > 1 && !domain_is_dotted_number(name));
	}
	arena_close(a);
	return 0;
}
