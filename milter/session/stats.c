#include "session/stats.h"

#include <sys/random.h>

#include <pthread.h>
#include <stdlib.h>

#include "core/logline.h"
#include "core/tally.h"

struct stats {
	pthread_mutex_t lock; /* of what follows */
	struct tally *tally;
	int64_t since_ms; /* when the tally was begun */
	struct clock_port clock;
};

/* Unforeseeable, or a sender could make all his domains collide. */
static struct tally *
open_tally(void)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		return NULL;
	return tally_open(seed);
}

struct stats *
stats_open(const struct clock_port *clock)
{
	struct stats *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	if ((s->tally = open_tally()) == NULL || pthread_mutex_init(&s->lock, NULL) != 0) {
		tally_close(s->tally);
		free(s);
		return NULL;
	}
	s->clock = *clock;
	s->since_ms = clock_monotonic_ms(&s->clock);
	return s;
}

void
stats_close(struct stats *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	tally_close(s->tally);
	free(s);
}

void
stats_count(struct stats *s, const struct evidence *ev, const struct score *score,
    const struct decision *decision)
{
	pthread_mutex_lock(&s->lock);
	tally_count(s->tally, ev, score, decision);
	pthread_mutex_unlock(&s->lock);
}

struct writer {
	unsigned secs;
	enum log_format format;
	const struct log_port *log;
};

static void
write_row(void *arg, const struct tally_row *row)
{
	const struct writer *w = arg;
	struct logline line;

	logline_stats(&line, w->secs, row);
	log_event(w->log, LOG_LEVEL_INFO, w->format, &line);
}

/* Begin a fresh tally; the old one is the caller's.  NULL: no memory, the old one goes on. */
static struct tally *
swap_tally(struct stats *s, unsigned *ret_secs)
{
	struct tally *fresh = open_tally(), *old;
	int64_t now;

	if (fresh == NULL)
		return NULL;
	pthread_mutex_lock(&s->lock);
	now = clock_monotonic_ms(&s->clock);
	old = s->tally;
	*ret_secs = (unsigned)((now - s->since_ms) / 1000);
	s->tally = fresh;
	s->since_ms = now;
	pthread_mutex_unlock(&s->lock);
	return old;
}

void
stats_write(struct stats *s, unsigned top, enum log_format format, const struct log_port *log)
{
	struct writer w = { 0, format, log };
	struct tally *old = swap_tally(s, &w.secs);

	if (old == NULL) {
		log_line(log, LOG_LEVEL_WARNING,
		    "no memory for new statistics; those of now are written later");
		return;
	}
	tally_report(old, top, write_row, &w);
	tally_close(old);
}
