/* From fields; a form feed divides the input into several. */
#include "t/fuzz/fuzz.h"

#include "base/buf.h"
#include "core/domain.h"
#include "core/mailaddr.h"

enum { FIELDS = 4 };

static void
check_author(const struct author *author, struct str value)
{
	if (author->kind != AUTHOR_ONE) {
		fuzz_holds(author->domain.p == NULL);
		fuzz_holds(author->problem.len > 0);
		return;
	}
	fuzz_holds(domain_is_name(author->domain));
	fuzz_holds(!domain_is_dotted_number(author->domain));
	fuzz_holds(str_find(value, '@') < value.len);
	for (size_t i = 0; i < author->domain.len; i++)
		fuzz_holds(author->domain.p[i] == ascii_lower(author->domain.p[i]));
}

/* The same once more as the only mailbox, and twice, is still the same author. */
static void
check_again(struct arena *a, const struct author *author)
{
	struct buf twice = buf_in(a, 2 * DOMAIN_MAX + 8);
	struct author again;

	buf_puts(&twice, "a@");
	buf_put(&twice, author->domain);
	buf_puts(&twice, ",b@");
	buf_put(&twice, author->domain);
	fuzz_holds(twice.err == RES_OK);
	fuzz_holds(mailaddr_author(a, buf_str(&twice), &again) == RES_OK);
	fuzz_holds(again.kind == AUTHOR_ONE && str_eq(again.domain, author->domain) &&
	    again.problem.p == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, values[FIELDS];
	struct arena *a = arena_open(0);
	bool cut[FIELDS] = { false };
	struct author author, all;
	size_t n = 0, ones = 0;

	do {
		values[n] = str_cut(&rest, '\f');
		fuzz_holds(mailaddr_author(a, values[n], &author) == RES_OK);
		check_author(&author, values[n]);
		if (author.kind == AUTHOR_ONE)
			check_again(a, &author);
		ones += author.kind == AUTHOR_ONE;
	} while (++n < FIELDS && rest.len > 0);
	fuzz_holds(mailaddr_author_of_fields(a, values, cut, n, &all) == RES_OK);
	if (n == 1)
		fuzz_holds(all.kind == author.kind && str_eq(all.domain, author.domain));
	else
		fuzz_holds(all.kind == AUTHOR_REPEATED || (all.kind == AUTHOR_BROKEN && ones == n));
	arena_close(a);
	return 0;
}
