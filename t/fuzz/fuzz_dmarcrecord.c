/* A DMARC record of any octets: read, and what came out kept to its promises
 * (core/dmarcrecord.h). */
#include <stdlib.h>

#include "core/dmarcrecord.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check_view(struct str text, struct str view)
{
	must(view.p == NULL || (view.p >= text.p && view.p + view.len <= text.p + text.len));
}

static void
check_policy(const struct dmarc_record *rec)
{
	for (int own = 0; own < 2; own++) {
		enum enforcement most = ENFORCE_UNKNOWN;

		for (int e = EXISTENCE_YES; e <= EXISTENCE_UNKNOWN; e++) {
			struct dmarc_policy dp = dmarcrecord_policy(
			    rec, own != 0, (enum existence)e);

			must(dp.policy >= ENFORCE_NONE && dp.policy <= ENFORCE_REJECT &&
			    dp.tag != TAG_UNKNOWN);
			if (e == EXISTENCE_UNKNOWN)
				must(dp.policy == most);
			else if (dp.policy > most)
				most = dp.policy;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *a = arena_open(0);
	struct dmarc_record rec;

	if (a != NULL && dmarcrecord_parse(a, text, &rec) == RES_OK) {
		check_view(text, rec.text);
		check_view(text, rec.rua);
		check_view(text, rec.ruf);
		check_view(text, rec.fo);
		for (size_t i = 0; i < rec.problem.len; i++)
			must(rec.problem.p[i] == ' ' || ascii_is_graph(rec.problem.p[i]));
		must(rec.problem.len < 200 && (rec.usable || rec.p_by_default));
		check_policy(&rec);
	}
	arena_close(a);
	return 0;
}
