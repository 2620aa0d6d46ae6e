/* spfrun.h - one message's SPF evaluation against a zone text, for the tests of check/spfcheck. */
#ifndef SF_T_CHECK_SPFRUN_H
#define SF_T_CHECK_SPFRUN_H

#include "base/arena.h"
#include "core/evidence.h"

struct spf_message {
	const char *zone, *ip;
	const char *helo, *from; /* NULL: no HELO; the null sender */
};

struct spf_run {
	struct ev_spf ev;
	enum spf_result walked; /* what core/spfwalk alone says, for comparison */
};

/* The evidence is in the arena, and points to nothing outside of it.  A bad zone ends the test. */
struct spf_run spfrun(const struct spf_message *msg, struct arena *a, bool prefetch);

#endif
