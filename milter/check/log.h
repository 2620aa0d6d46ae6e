/* log.h - the log: a log_port to syslog or stderr, and log lines as text or JSON.
 * To stderr each line begins with RFC 3339 UTC; syslog has its own time.  Lines are whole also when
 * many threads write.  A line that cannot be written is lost: mail does not wait for its log. */
#ifndef SF_CHECK_LOG_H
#define SF_CHECK_LOG_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/result.h"
#include "core/logline.h"
#include "check/conf.h"
#include "check/ports.h"

struct log;

/* target, facility and level of *c, which may go afterwards; force_stderr: -f without log.target in
 * the file.  *clock is copied.  NULL: no memory. */
struct log *log_open(const struct conf *c, bool force_stderr, const struct clock_port *clock);
void log_close(struct log *log);
/* Good until log_close(). */
struct log_port log_port(struct log *log);

/* printf-style, for the daemon's own remarks; text is cut at 1,000 octets. */
void log_line(const struct log_port *port, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void log_vline(const struct log_port *port, enum log_level level, const char *format, va_list ap)
    __attribute__((format(printf, 3, 0)));

/* A message's or a statistics line, in the format of the configuration. */
void log_event(const struct log_port *port, enum log_level level, enum log_format format,
    const struct logline *line);

#endif
