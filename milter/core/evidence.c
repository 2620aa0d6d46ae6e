#include "core/evidence.h"

enum dkim_result
evidence_dkim_best(const struct evidence *ev)
{
	enum dkim_result best = DKIM_RESULT_NONE;

	for (size_t i = 0; i < ev->dkim_count; i++)
		if (ev->dkim[i].result < best)
			best = ev->dkim[i].result;
	return best;
}

bool
evidence_dmarc_pass_counts(const struct evidence *ev)
{
	if (ev->dmarc.result != DMARC_RESULT_PASS)
		return false;
	return ev->dmarc.aligned_dkim || (ev->dmarc.aligned_spf && !ev->spf.open);
}
