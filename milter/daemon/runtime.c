#include "daemon/runtime.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "check/clock.h"
#include "check/conf_forms.h"
#include "check/log.h"

struct runtime {
	struct snapshot_base base;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t drained;
	struct snapshot *current;
	bool stopping;
	unsigned messages; /* between MAIL and end of message */
};

enum res
runtime_open(struct conf *conf, bool force_stderr, struct runtime **ret_runtime)
{
	struct runtime *rt = calloc(1, sizeof *rt);

	if (rt == NULL || pthread_mutex_init(&rt->lock, NULL) != 0 ||
	    clock_cond_open(&rt->drained) != RES_OK) {
		free(rt);
		conf_close(conf);
		return RES_NOMEM;
	}
	rt->base.clock = clock_system();
	rt->base.force_stderr = force_stderr;
	if (gethostname(rt->base.host_name, sizeof rt->base.host_name - 1) != 0)
		snprintf(rt->base.host_name, sizeof rt->base.host_name, "localhost");
	rt->base.stats = stats_open(&rt->base.clock);
	rt->current = snapshot_open(&rt->base, NULL, conf);
	if (rt->base.stats == NULL || rt->current == NULL) {
		runtime_close(rt);
		return RES_NOMEM;
	}
	*ret_runtime = rt;
	return RES_OK;
}

void
runtime_close(struct runtime *rt)
{
	if (rt->current != NULL && snapshot_is_shared(rt->current))
		return; /* an idle session still points here; the end of the process is near */
	if (rt->current != NULL)
		snapshot_drop(rt->current);
	if (rt->base.stats != NULL)
		stats_close(rt->base.stats);
	pthread_cond_destroy(&rt->drained);
	pthread_mutex_destroy(&rt->lock);
	free(rt);
}

enum { CHANGES_MAX = 900 };

struct changes {
	char all_mem[CHANGES_MAX], restart_mem[CHANGES_MAX];
	struct buf all, restart;
	unsigned count;
};

static void
note_change(void *arg, const char *key, bool needs_restart)
{
	struct changes *ch = arg;

	ch->count++;
	for (int i = 0; i < (needs_restart ? 2 : 1); i++) {
		struct buf *list = i == 0 ? &ch->all : &ch->restart;

		buf_puts(list, list->len > 0 ? ", " : "");
		buf_puts(list, key);
	}
}

static void
log_changes(const struct services *old, const struct services *new_one)
{
	struct changes ch = { 0 };

	ch.all = buf_on(ch.all_mem, sizeof ch.all_mem);
	ch.restart = buf_on(ch.restart_mem, sizeof ch.restart_mem);
	conf_compare(old->conf, new_one->conf, note_change, &ch);
	log_line(new_one->log, LOG_LEVEL_INFO, "configuration read again: %u key%s changed%s%s",
	    ch.count, ch.count == 1 ? "" : "s", ch.count > 0 ? ": " : "", ch.all.p);
	if (ch.restart.len > 0)
		log_line(new_one->log, LOG_LEVEL_WARNING, "needs a restart to take effect: %s",
		    ch.restart.p);
}

static void
log_faults(const struct log_port *log, enum log_level level, const struct conf_faults *f)
{
	for (size_t i = 0; i < f->count; i++)
		log_line(log, level, "%.*s", STR_ARG(f->list[i]));
}

static void
swap(struct runtime *rt, struct snapshot *new_one)
{
	struct snapshot *old;

	pthread_mutex_lock(&rt->lock);
	old = rt->current;
	rt->current = new_one;
	pthread_mutex_unlock(&rt->lock);
	snapshot_drop(old);
}

void
runtime_reload(struct runtime *rt, const char *file)
{
	struct snapshot *old = rt->current, *new_one = NULL; /* only this thread swaps it */
	const struct log_port *log = snapshot_services(old)->log;
	struct conf_faults faults, warnings;
	struct conf *conf;

	conf_faults_open(&faults);
	conf_faults_open(&warnings);
	if (conf_read(file, &faults, &warnings, &conf) == RES_OK)
		new_one = snapshot_open(&rt->base, old, conf);
	log_faults(log, LOG_LEVEL_ERROR, &faults);
	if (new_one == NULL) {
		log_line(log, LOG_LEVEL_ERROR, "the old configuration stays in force");
	} else {
		log_faults(snapshot_services(new_one)->log, LOG_LEVEL_WARNING, &warnings);
		log_changes(snapshot_services(old), snapshot_services(new_one));
		swap(rt, new_one);
	}
	conf_faults_close(&faults);
	conf_faults_close(&warnings);
}

struct snapshot *
runtime_hold(struct runtime *rt)
{
	struct snapshot *sn;

	pthread_mutex_lock(&rt->lock);
	sn = rt->current;
	snapshot_hold(sn);
	pthread_mutex_unlock(&rt->lock);
	return sn;
}

bool
runtime_message_begins(struct runtime *rt)
{
	bool welcome;

	pthread_mutex_lock(&rt->lock);
	welcome = !rt->stopping;
	if (welcome)
		rt->messages++;
	pthread_mutex_unlock(&rt->lock);
	return welcome;
}

void
runtime_message_ends(struct runtime *rt)
{
	pthread_mutex_lock(&rt->lock);
	if (--rt->messages == 0)
		pthread_cond_broadcast(&rt->drained);
	pthread_mutex_unlock(&rt->lock);
}

unsigned
runtime_drain(struct runtime *rt, int timeout_s)
{
	struct timespec until = clock_in_ms((int64_t)timeout_s * 1000);
	unsigned open;
	int rc = 0;

	pthread_mutex_lock(&rt->lock);
	rt->stopping = true;
	while (rt->messages > 0 && rc == 0)
		rc = pthread_cond_timedwait(&rt->drained, &rt->lock, &until);
	open = rt->messages;
	pthread_mutex_unlock(&rt->lock);
	return open;
}

int
runtime_conf_int(struct runtime *rt, enum runtime_key key)
{
	struct snapshot *sn = runtime_hold(rt);
	const struct conf *c = snapshot_services(sn)->conf;
	int value = key == RUNTIME_STATS_INTERVAL ? c->stats_interval : c->shutdown_timeout_s;

	snapshot_drop(sn);
	return value;
}

void
runtime_log(struct runtime *rt, enum log_level level, const char *format, ...)
{
	struct snapshot *sn = runtime_hold(rt);
	va_list ap;

	va_start(ap, format);
	log_vline(snapshot_services(sn)->log, level, format, ap);
	va_end(ap);
	snapshot_drop(sn);
}

void
runtime_log_start(struct runtime *rt, const char *socket)
{
	struct snapshot *sn = runtime_hold(rt);
	const struct conf *c = snapshot_services(sn)->conf;

	runtime_log(rt, LOG_LEVEL_INFO,
	    "softfail-milter %s started on %s: authserv_id %s, dkim.source %s, %zu trusted_hosts, "
	    "dns.servers %s, dns.deadline_ms %d",
	    PACKAGE_VERSION, socket, c->authserv_id.len > 0 ? c->authserv_id.p : "of the MTA",
	    conf_form_word(&conf_form_source, c->dkim_source), c->trusted_hosts.count,
	    c->dns_servers.count > 0 ? "configured" : "of the system", c->dns_deadline_ms);
	snapshot_drop(sn);
}

void
runtime_write_stats(struct runtime *rt)
{
	struct snapshot *sn = runtime_hold(rt);
	const struct services *sv = snapshot_services(sn);

	stats_write(sv->stats, (unsigned)sv->conf->stats_top, (enum log_format)sv->conf->log_format,
	    sv->log);
	snapshot_drop(sn);
}
