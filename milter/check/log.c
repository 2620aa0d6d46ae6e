#include "check/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

#include "check/log_json.h"

enum {
	REMARK_MAX = 1000, /* octets of a remark of the daemon's own */
	LINE_MAX_OCTETS = BUF_ESCAPED_OCTETS * LOG_JSON_MAX,
	TIME_MAX = 32, /* 2026-11-25T08:00:00Z and a blank */
};

struct log {
	enum log_level level; /* the least grave that is written */
	int facility;
	struct clock_port clock;
	void (*write)(const struct log *log, enum log_level level, struct str text);
};

static void
write_syslog(const struct log *log, enum log_level level, struct str text)
{
	static const int priorities[] = {
		[LOG_LEVEL_ERROR] = LOG_ERR,
		[LOG_LEVEL_WARNING] = LOG_WARNING,
		[LOG_LEVEL_INFO] = LOG_INFO,
		[LOG_LEVEL_DEBUG] = LOG_DEBUG,
	};
	static_assert(sizeof priorities / sizeof *priorities == LOG_LEVEL_COUNT, "a priority each");

	syslog(log->facility | priorities[level], "%.*s", STR_ARG(text));
}

/* Time, text and newline in one call: stdio's lock keeps the line whole. */
static void
write_stderr(const struct log *log, enum log_level level, struct str text)
{
	time_t now = clock_wall_s(&log->clock);
	char stamp[TIME_MAX] = "";
	struct tm tm;

	(void)level;
	if (gmtime_r(&now, &tm) != NULL)
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(stderr, "%s %.*s\n", stamp, STR_ARG(text));
}

struct log *
log_open(const struct conf *c, bool force_stderr, const struct clock_port *clock)
{
	struct log *log = malloc(sizeof *log);
	bool to_stderr = force_stderr || c->log_target == LOG_TARGET_STDERR;

	if (log == NULL)
		return NULL;
	*log = (struct log){ (enum log_level)c->log_level, c->log_facility, *clock,
		to_stderr ? write_stderr : write_syslog };
	if (!to_stderr) /* now, before a chroot */
		openlog("softfail-milter", LOG_PID | LOG_NDELAY, log->facility);
	return log;
}

/* syslog stays open: another log may use it. */
void
log_close(struct log *log)
{
	free(log);
}

static void
port_line(void *self, enum log_level level, struct str text)
{
	const struct log *log = self;
	char mem[LINE_MAX_OCTETS];
	struct buf line = buf_on(mem, sizeof mem);

	if (level > log->level)
		return;
	buf_put_visible(&line, text);
	log->write(log, level, buf_str(&line));
}

struct log_port
log_port(struct log *log)
{
	return (struct log_port){ port_line, log };
}

void
log_line(const struct log_port *port, enum log_level level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_vline(port, level, format, ap);
	va_end(ap);
}

void
log_vline(const struct log_port *port, enum log_level level, const char *format, va_list ap)
{
	char text[REMARK_MAX + 1];

	if (vsnprintf(text, sizeof text, format, ap) < 0)
		text[0] = '\0';
	port->line(port->self, level, str_from(text));
}

void
log_event(const struct log_port *port, enum log_level level, enum log_format format,
    const struct logline *line)
{
	static enum res (*const printers[])(struct buf *, const struct logline *) = {
		[LOG_FORMAT_TEXT] = logline_text,
		[LOG_FORMAT_JSON] = log_json,
	};
	static_assert(sizeof printers / sizeof *printers == LOG_FORMAT_COUNT, "a printer each");
	char mem[LOG_JSON_MAX];
	struct buf text = buf_on(mem, sizeof mem);

	if (printers[format](&text, line) == RES_OK)
		port->line(port->self, level, buf_str(&text));
}
