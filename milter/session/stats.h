/* stats.h - per-domain statistics of the running daemon: a locked tally, written to the log every
 * interval.  Any thread may count. */
#ifndef SF_SESSION_STATS_H
#define SF_SESSION_STATS_H

#include "core/evidence.h"
#include "core/policy.h"
#include "core/score.h"
#include "check/conf.h"
#include "check/log.h"
#include "check/ports.h"

struct stats;

struct stats *stats_open(const struct clock_port *clock); /* NULL: no memory */
void stats_close(struct stats *s);

/* One evaluated message. */
void stats_count(struct stats *s, const struct evidence *ev, const struct score *score,
    const struct decision *decision);

/* Writes what was counted since the last time (nothing when nothing was) and starts anew: the
 * counting goes on in a fresh table while the old one is written.  Without memory for a fresh table
 * it is tried again next time. */
void stats_write(struct stats *s, unsigned top, enum log_format format, const struct log_port *log);

#endif
