/* ports.h - what the checks and the rooms to the right may ask of the outside world.  A port is a
 * table of functions and an opaque self.  Who opens a port closes it, after its last user. */
#ifndef SF_CHECK_PORTS_H
#define SF_CHECK_PORTS_H

#include <stdint.h>

#include "core/dns.h"

/* Our one typedef: a function type. */
typedef void dns_done(void *arg, const struct dns_answer *ans);

struct dns_port {
	/* Ask one question, do not wait.  done(arg, ans) comes exactly once, on any thread, perhaps
	 * before ask returns; it is short and may ask again.  *ans lives until done returns.  *q
	 * and its name need to live only until ask returns.  Any thread may ask; no lock of the
	 * port's is held over done. */
	void (*ask)(void *self, const struct dns_question *q, dns_done *done, void *arg);
	/* Completes each open question as DNS_CANCELLED, waits until every done has returned, then
	 * frees self.  Nobody may ask once close has begun. */
	void (*close)(void *self);
	void *self;
};

static inline void
dns_ask(const struct dns_port *port, const struct dns_question *q, dns_done *done, void *arg)
{
	port->ask(port->self, q, done, arg);
}

static inline void
dns_close(struct dns_port *port)
{
	if (port->close != NULL)
		port->close(port->self);
	*port = (struct dns_port){ 0 };
}

struct clock_port {
	int64_t (*wall_s)(void *self);       /* since 1970; fixed by softfail check --time */
	int64_t (*monotonic_ms)(void *self); /* for deadlines; never jumps */
	void *self;
};

static inline int64_t
clock_wall_s(const struct clock_port *port)
{
	return port->wall_s(port->self);
}

static inline int64_t
clock_monotonic_ms(const struct clock_port *port)
{
	return port->monotonic_ms(port->self);
}

/* The system's clocks; nothing to close. */
struct clock_port clock_system(void);

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_COUNT
};

struct log_port {
	/* One line, without newline; octets outside printable ASCII become \xHH.  Any thread. */
	void (*line)(void *self, enum log_level level, struct str text);
	void *self;
};

#endif
