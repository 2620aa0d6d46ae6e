#include "check/dns_stub.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/dns_pending.h"

/*
 * Two threads and a question
 *
 * ask() makes a struct dns_pending, hangs it into the inbox under the lock and writes to the
 * eventfd.  The port's thread takes it out of there; from then on it belongs to that thread alone,
 * and done is called there, without the lock.
 */

enum { BATCH_EVENTS = 128 };

struct stub {
	struct arena *arena; /* of all this */
	struct dns_stub_conf conf;
	struct clock_port clock;
	int wake; /* eventfd: the inbox has something, or closing */
	pthread_t thread;

	pthread_mutex_t lock;
	struct dns_pending *inbox, **inbox_end; /* under lock */
	bool closing;                           /* under lock */
	size_t in_flight;                       /* under lock */
	struct dns_stub_counts counts;          /* under lock */

	struct dns_loop loop; /* of the thread alone, once it runs */
};

static void
wake_up(struct stub *s)
{
	uint64_t one = 1;

	/* The only error is a counter that is full, and then it is readable already. */
	(void)!write(s->wake, &one, sizeof one);
}

/* The loop ends a question. */
static void
deliver(void *self, const struct dns_pending *p, const struct dns_answer *ans)
{
	struct stub *s = self;

	pthread_mutex_lock(&s->lock);
	s->in_flight--; /* first, for done may ask again */
	s->counts.tries += p->tried;
	pthread_mutex_unlock(&s->lock);
	p->done(p->arg, ans);
}

/* All that was asked since the last time.  *ret_closing: and nothing more will be. */
static struct dns_pending *
empty_inbox(struct stub *s, bool *ret_closing)
{
	struct dns_pending *list;

	pthread_mutex_lock(&s->lock);
	list = s->inbox;
	s->inbox = NULL;
	s->inbox_end = &s->inbox;
	*ret_closing = s->closing;
	pthread_mutex_unlock(&s->lock);
	return list;
}

/* Begin what was asked, or cancel it.  Returns whether the port closes. */
static bool
take_questions(struct stub *s)
{
	bool closing;
	struct dns_pending *next, *list = empty_inbox(s, &closing);

	for (struct dns_pending *p = list; p != NULL; p = next) {
		next = p->next;
		if (closing)
			dns_pending_cancel(&s->loop, p);
		else
			dns_pending_begin(&s->loop, p);
	}
	return closing;
}

/* Wait until the first timer.  Returns how many events there are. */
static int
wait_for_events(struct stub *s, struct epoll_event *events)
{
	const struct dns_timer *timer = dns_heap_first(&s->loop.timers);
	int64_t wait_ms = timer != NULL ? timer->at_ms - clock_monotonic_ms(&s->clock) : -1;
	int n;

	if (timer != NULL && wait_ms < 0)
		wait_ms = 0;
	n = epoll_wait(s->loop.room.epoll, events, BATCH_EVENTS, (int)wait_ms);
	s->loop.now_ms = clock_monotonic_ms(&s->clock);
	return n;
}

static void *
run(void *arg)
{
	struct stub *s = arg;
	struct epoll_event events[BATCH_EVENTS];
	bool closing = false;

	while (!closing) {
		int n = wait_for_events(s, events);
		uint64_t count;

		for (int i = 0; i < n; i++)
			if (events[i].data.ptr != NULL)
				dns_loop_event(&s->loop, events[i].data.ptr);
			else if (read(s->wake, &count, sizeof count) == (ssize_t)sizeof count)
				closing = take_questions(s);
		dns_loop_timers(&s->loop);
		dns_loop_free_ended(&s->loop);
	}
	dns_loop_cancel_all(&s->loop);
	dns_loop_free_ended(&s->loop);
	return NULL;
}

/* Hand the question to the thread.  False: it will not take it, and *ret_why says what to
 * answer. */
static bool
hand_over(struct stub *s, struct dns_pending *p, enum dns_status *ret_why)
{
	bool taken = false;

	pthread_mutex_lock(&s->lock);
	if (s->closing) {
		*ret_why = DNS_CANCELLED;
	} else if (p == NULL || s->in_flight == s->conf.max_in_flight) {
		s->counts.overload++;
		*ret_why = DNS_FAILED;
	} else {
		taken = true;
		s->in_flight++;
		s->counts.questions++;
		*s->inbox_end = p;
		s->inbox_end = &p->next;
	}
	pthread_mutex_unlock(&s->lock);
	return taken;
}

static void
stub_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct stub *s = self;
	struct dns_answer ans = { .status = DNS_NXDOMAIN };

	if (dns_name_can_be_asked(q->name)) {
		struct dns_pending *p =
		    dns_pending_new(&s->conf, q, done, arg, clock_monotonic_ms(&s->clock));

		if (hand_over(s, p, &ans.status)) {
			wake_up(s);
			return;
		}
		free(p);
	}
	done(arg, &ans);
}

static void
stub_close(void *self)
{
	struct stub *s = self;

	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_mutex_unlock(&s->lock);
	wake_up(s);
	pthread_join(s->thread, NULL);
	arena_close(s->arena);
}

/* What the arena cannot free. */
static void
release(void *arg)
{
	struct stub *s = arg;

	if (s->wake != -1)
		close(s->wake);
	if (s->loop.room.epoll != -1)
		close(s->loop.room.epoll);
	dns_heap_close(&s->loop.timers);
	pthread_mutex_destroy(&s->lock);
}

/* No signal is the thread's business. */
static enum res
start_thread(struct stub *s)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err == 0 ? RES_OK : RES_NOMEM;
}

static enum res
copy_conf(struct stub *s, const struct dns_stub_conf *conf)
{
	size_t n = conf->server_count;
	struct dns_server *list = arena_array(s->arena, n, sizeof *list);
	const char *path = conf->resolvconf != NULL ? conf->resolvconf : "/etc/resolv.conf";
	struct str copy = arena_str(s->arena, str_from(path));

	if (list == NULL || copy.p == NULL)
		return RES_NOMEM;
	for (size_t i = 0; i < n; i++)
		list[i] = conf->servers[i];
	s->conf = *conf;
	s->conf.servers = list;
	s->conf.resolvconf = copy.p;
	s->loop.conf = &s->conf;
	dns_resolvconf_init(&s->loop.resolvconf, copy.p);
	return RES_OK;
}

static enum res
start(struct stub *s, const struct dns_stub_conf *conf)
{
	struct epoll_event ev = { .events = EPOLLIN }; /* data.ptr NULL: no try */
	enum res r;

	if ((r = copy_conf(s, conf)) != RES_OK ||
	    (r = dns_heap_open(&s->loop.timers, conf->max_in_flight)) != RES_OK)
		return r;
	if ((s->loop.room.epoll = epoll_create1(EPOLL_CLOEXEC)) == -1 ||
	    (s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 ||
	    epoll_ctl(s->loop.room.epoll, EPOLL_CTL_ADD, s->wake, &ev) != 0)
		return RES_NOMEM;
	return start_thread(s);
}

enum res
dns_stub_open(const struct dns_stub_conf *conf, struct dns_port *ret_port)
{
	struct arena *a = arena_open(0);
	struct stub *s = a != NULL ? arena_new(a, struct stub) : NULL;
	enum res r = RES_NOMEM;

	assert(conf->attempts > 0 && conf->max_in_flight > 0);
	if (s != NULL) {
		s->arena = a;
		s->clock = clock_system();
		s->inbox_end = &s->inbox;
		s->loop.deliver = deliver;
		s->loop.self = s;
		s->wake = s->loop.room.epoll = -1;
		pthread_mutex_init(&s->lock, NULL);
		if ((r = arena_defer(a, release, s)) == RES_OK)
			r = start(s, conf);
	}
	if (r != RES_OK) {
		arena_close(a);
		return r;
	}
	*ret_port = (struct dns_port){ stub_ask, stub_close, s };
	return RES_OK;
}

void
dns_stub_counts(const struct dns_port *port, struct dns_stub_counts *ret_counts)
{
	struct stub *s = port->self;

	pthread_mutex_lock(&s->lock);
	*ret_counts = s->counts;
	pthread_mutex_unlock(&s->lock);
}
