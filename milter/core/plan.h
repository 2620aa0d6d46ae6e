/* plan.h - what to ask next: from the facts and answers known so far to the questions still needed.
 * Pure, so it can be run again whenever a fact or an answer arrives, on whatever thread that is,
 * until it returns nothing new.  The plan may miss a question or ask one too many: then there is a
 * wait or a wasted query, never another verdict. */
#ifndef SF_CORE_PLAN_H
#define SF_CORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/dns.h"
#include "core/spfmacro.h"

struct plan_facts {
	bool have_spf;           /* spf is set: known from MAIL on */
	struct spf_facts spf;    /* the domain to check, client, sender, HELO */
	const struct str *walks; /* names whose DMARC tree walk is needed: author, SPF domain */
	size_t walk_count;
};

/* What the plan sees and says. */
struct plan_port {
	/* The answer, or NULL: not yet (asked or not). */
	const struct dns_answer *(*find)(void *arg, const struct dns_question *q);
	/* A question that the verdict will need; may be said again and again.  q lives until want
	 * returns. */
	void (*want)(void *arg, const struct dns_question *q);
	void *arg;
};

/* SPF: walks the term table of each record at hand in order and stops at the first certain match;
 * include, redirect, a, mx, exists, ptr side by side, then their addresses, within the lookup limit
 * (RFC 7208 4.6.4).  DMARC: all names of each walk at once.  scratch may be thrown away afterwards.
 * RES_NOMEM: some questions may be missing. */
enum res plan_run(const struct plan_facts *facts, const struct plan_port *port,
    struct arena *scratch);

#endif
