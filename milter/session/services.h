/* services.h - what the evaluation of every message needs: borrowed ports and prepared texts.
 * Filled once for a configuration (by the daemon's snapshot, or by softfail check), then only read,
 * by any thread.  Everything in it outlives every session that uses it. */
#ifndef SF_SESSION_SERVICES_H
#define SF_SESSION_SERVICES_H

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/edits.h"
#include "check/conf.h"
#include "check/dkimcheck.h"
#include "check/dns_stub.h"
#include "check/ports.h"
#include "session/stats.h"

struct services {
	const struct conf *conf;
	const struct dns_port *dns;
	struct dkim_lib *dkim; /* NULL unless dkim.source is verify */
	const struct clock_port *clock;
	const struct log_port *log;
	struct stats *stats;  /* NULL: nothing is counted or logged (softfail check) */
	struct str host_name; /* of this host: the authserv-id where nothing better is known */
	struct str score_fields[EDITS_SCORE_FIELDS]; /* X-SPF-DMARC-Score, -Level, -Reason */
};

/* What the configuration says to two adapters.  Lists are borrowed from it; max_in_flight of the
 * one, now_s of the other are left to the caller. */
struct dns_stub_conf services_dns_conf(const struct conf *c);
struct dkim_conf services_dkim_conf(const struct conf *c);

/* Fills score_fields from the configuration, in the arena.  RES_NOMEM. */
enum res services_name_fields(struct services *sv, struct arena *a);

#endif
