#include "core/policy.h"

#include <assert.h>

static const char *const action_words[] = {
	[ACTION_ACCEPT] = "accept",
	[ACTION_TAG] = "tag",
	[ACTION_QUARANTINE] = "quarantine",
	[ACTION_REJECT] = "reject",
	[ACTION_TEMPFAIL] = "tempfail",
};
static_assert(sizeof action_words / sizeof *action_words == ACTION_COUNT, "a word each");

static const char *const disposition_words[] = {
	[DISPOSITION_NONE] = "none",
	[DISPOSITION_QUARANTINE] = "quarantine",
	[DISPOSITION_REJECT] = "reject",
};
static_assert(sizeof disposition_words / sizeof *disposition_words == DISPOSITION_COUNT,
    "a word each");

struct decision
policy_decide(const struct evidence *ev, const struct score *score, bool too_many_forged)
{
	struct decision d = { ACTION_ACCEPT, DISPOSITION_NONE, REPLY_NONE };

	if (too_many_forged)
		return (struct decision){ ACTION_REJECT, DISPOSITION_NONE, REPLY_TOO_MANY_FORGED };
	if (ev->skipped == SKIPPED_NO && score->tenths > 0)
		d.action = ACTION_TAG;
	return d;
}

const char *
action_word(enum action a)
{
	return action_words[a];
}

const char *
disposition_word(enum disposition d)
{
	return disposition_words[d];
}
