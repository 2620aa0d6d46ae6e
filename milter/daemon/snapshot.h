/* snapshot.h - one configuration with all that was made from it: immutable, counted.  A connection
 * holds one from its first callback to its close, so no message is judged by a mixture.  The last
 * holder closes it. */
#ifndef SF_DAEMON_SNAPSHOT_H
#define SF_DAEMON_SNAPSHOT_H

#include <stdbool.h>

#include "check/conf.h"
#include "check/ports.h"
#include "session/services.h"
#include "session/stats.h"

struct snapshot;

/* What outlives every snapshot. */
struct snapshot_base {
	struct clock_port clock;
	struct stats *stats;
	bool force_stderr; /* -f */
	char host_name[256];
};

/* Takes over conf, also on failure.  Shares the DNS ports of old (which may be NULL) when no dns
 * key differs.  The caller is the first holder.  NULL: no memory, or a port could not be opened. */
struct snapshot *snapshot_open(const struct snapshot_base *base, const struct snapshot *old,
    struct conf *conf);

/* Only while somebody else holds it. */
void snapshot_hold(struct snapshot *sn);
void snapshot_drop(struct snapshot *sn);

/* Whether anybody but the caller holds it. */
bool snapshot_is_shared(const struct snapshot *sn);

const struct services *snapshot_services(const struct snapshot *sn);

#endif
