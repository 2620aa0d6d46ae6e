/* runtime.h - what all connections share: the current snapshot, the count of messages in progress,
 * statistics.  A reload makes a new snapshot, in which ports whose keys did not change are shared,
 * and swaps the pointer. */
#ifndef SF_DAEMON_RUNTIME_H
#define SF_DAEMON_RUNTIME_H

#include <stdbool.h>

#include "base/result.h"
#include "check/conf.h"
#include "check/ports.h"
#include "daemon/snapshot.h"

struct runtime;

/* Takes over conf.  force_stderr: -f.  RES_NOMEM: no memory, descriptors or threads. */
enum res runtime_open(struct conf *conf, bool force_stderr, struct runtime **ret_runtime);
/* Only when no connection holds a snapshot any more; else it is left to the end of the process. */
void runtime_close(struct runtime *rt);

/* Reads the file again.  On any fault the old configuration stays in force and the log says why;
 * else it says which keys changed and which of them need a restart. */
void runtime_reload(struct runtime *rt, const char *file);

/* The current snapshot, held for the caller, who gives it back with snapshot_drop().  Never
 * NULL. */
struct snapshot *runtime_hold(struct runtime *rt);

/* Between MAIL and end of message.  false: the daemon is stopping, refuse with
 * REPLY_SHUTTING_DOWN. */
bool runtime_message_begins(struct runtime *rt);
void runtime_message_ends(struct runtime *rt);

/* No message begins from now on; waits until none is open, at most timeout_s.  Returns how many
 * still are. */
unsigned runtime_drain(struct runtime *rt, int timeout_s);

/* Keys of the current configuration that the main loop follows. */
enum runtime_key { RUNTIME_STATS_INTERVAL, RUNTIME_SHUTDOWN_TIMEOUT };
int runtime_conf_int(struct runtime *rt, enum runtime_key key);

/* A remark of the daemon's own, to the current log. */
void runtime_log(struct runtime *rt, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One line with the settings that matter, at the start. */
void runtime_log_start(struct runtime *rt, const char *socket);

/* Writes the statistics counted since the last time. */
void runtime_write_stats(struct runtime *rt);

#endif
