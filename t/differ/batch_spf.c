/* SPF by check/spfcheck: result, problem, explanation, mechanism, lookups, void lookups. */
#include <stdlib.h>

#include "base/buf.h"
#include "check/spfcheck.h"
#include "core/evidence.h"
#include "t/check/spfrun.h"
#include "t/differ/batch.h"

static const char *
text_of(const struct batch_case *c, size_t field)
{
	struct str copy;

	if (field >= c->count || c->field[field].p == NULL)
		return NULL;
	if ((copy = arena_str(c->arena, c->field[field])).p == NULL)
		abort();
	return copy.p;
}

void
batch_spf(struct batch_case *c)
{
	const struct spf_message msg = { text_of(c, 0), text_of(c, 1), text_of(c, 2),
	    text_of(c, 3) };
	struct spf_run run = spfrun(&msg, c->arena, true);

	batch_word(spf_result_word(run.ev.result));
	batch_say(run.ev.problem);
	batch_say(run.ev.explanation);
	batch_say(run.ev.mechanism);
	batch_number(run.ev.lookups);
	batch_number(run.ev.void_lookups);
}
