#include "check/dns_pending.h"

#include <stdlib.h>
#include <string.h>

/*
 * How a question lives
 *
 * From its first try to its end it is in the heap of timers.  Whatever happens to its tries - an
 * event, a timer, a server that cannot be reached - ends in go_on(), which begins the next try,
 * waits, or ends the question.
 *
 * An ended question closes its sockets at once, but its memory is kept until the batch of events
 * is done: a later event of the batch may still point to one of its tries.
 *
 * The time is taken right after epoll_wait and holds for the whole batch: what has arrived by
 * then is in time, however long the batch takes.  For the same reason a question whose deadline
 * has come gets a last look at its sockets, for the batch has an end and more may be waiting
 * behind it.
 */

struct dns_pending *
dns_pending_new(const struct dns_stub_conf *conf, const struct dns_question *q, dns_done *done,
    void *arg, int64_t now_ms)
{
	struct dns_pending *p = calloc(1, sizeof *p + conf->attempts * sizeof p->tries[0]);

	if (p == NULL)
		return NULL;
	memcpy(p->name, q->name.p, q->name.len);
	p->question = (struct dns_question){ { p->name, q->name.len }, q->type };
	p->done = done;
	p->arg = arg;
	p->deadline_ms = now_ms + conf->deadline_ms;
	return p;
}

/* Give the answer and everything but the memory back. */
static void
end(struct dns_loop *loop, struct dns_pending *p, const struct dns_answer *ans)
{
	p->ended = true;
	dns_heap_remove(&loop->timers, &p->timer);
	loop->deliver(loop->self, p, ans);
	for (unsigned i = 0; i < p->tried; i++)
		dns_try_end(&p->tries[i]);
	p->next = loop->ended;
	loop->ended = p;
}

static void
end_without(struct dns_loop *loop, struct dns_pending *p, enum dns_status status)
{
	end(loop, p, &(struct dns_answer){ .status = status });
}

static unsigned
open_tries(const struct dns_pending *p)
{
	unsigned n = p->tried;

	for (int state = DNS_TRY_OPEN + 1; state < DNS_TRY_STATE_COUNT; state++)
		n -= p->settled[state];
	return n;
}

/* What to say when no try brought an answer. */
static enum dns_status
failure(const struct dns_pending *p)
{
	if (p->settled[DNS_TRY_FAILED] > 0)
		return DNS_FAILED;
	if (open_tries(p) > 0)
		return DNS_TIMEOUT;
	return p->settled[DNS_TRY_REFUSED] == p->tried ? DNS_REFUSED : DNS_FAILED;
}

static const struct dns_server *
servers(const struct dns_loop *loop, size_t *ret_count)
{
	bool own = loop->conf->server_count > 0;

	*ret_count = own ? loop->conf->server_count : loop->resolvconf.count;
	return own ? loop->conf->servers : loop->resolvconf.servers;
}

static enum dns_try_state
begin_next_try(struct dns_loop *loop, struct dns_pending *p)
{
	size_t n;
	const struct dns_server *list = servers(loop, &n);
	unsigned i = p->tried++;

	p->next_try_ms = loop->now_ms + loop->conf->timeout_ms;
	return dns_try_begin(&p->tries[i], &loop->room, &list[i % n], &p->question, p);
}

/* After a try got into this state.  A server that answers without an answer is left at once for
 * the next one.  So is one that is not there, but only while others are left: a resolver that is
 * being restarted comes back after some time, not after some tries. */
static void
go_on(struct dns_loop *loop, struct dns_pending *p, enum dns_try_state state)
{
	bool last, later;
	size_t n;

	(void)servers(loop, &n);
	for (;;) {
		p->settled[state]++;
		last = p->tried == loop->conf->attempts;
		later = state == DNS_TRY_OPEN || (state == DNS_TRY_GONE && p->tried >= n);
		if (last || later)
			break;
		state = begin_next_try(loop, p);
	}
	if (last && open_tries(p) == 0)
		end_without(loop, p, failure(p));
	else if (last || p->next_try_ms > p->deadline_ms)
		dns_heap_set(&loop->timers, &p->timer, p->deadline_ms);
	else
		dns_heap_set(&loop->timers, &p->timer, p->next_try_ms);
}

void
dns_pending_begin(struct dns_loop *loop, struct dns_pending *p)
{
	if (loop->conf->server_count == 0)
		dns_resolvconf_refresh(&loop->resolvconf, loop->now_ms);
	go_on(loop, p, begin_next_try(loop, p));
}

void
dns_pending_cancel(struct dns_loop *loop, struct dns_pending *p)
{
	end_without(loop, p, DNS_CANCELLED);
}

void
dns_loop_event(struct dns_loop *loop, struct dns_try *t)
{
	struct dns_pending *p = t->owner;
	enum dns_try_state state;

	if (p->ended || t->state != DNS_TRY_OPEN)
		return; /* by an earlier event of this batch */
	state = dns_try_ready(t, &loop->room);
	if (state == DNS_TRY_ANSWERED)
		end(loop, p, &t->answer);
	else if (state != DNS_TRY_OPEN)
		go_on(loop, p, state);
}

static void
deadline(struct dns_loop *loop, struct dns_pending *p)
{
	for (unsigned i = 0; i < p->tried && !p->ended; i++)
		dns_loop_event(loop, &p->tries[i]); /* the last look */
	if (!p->ended)
		end_without(loop, p, failure(p));
}

void
dns_loop_timers(struct dns_loop *loop)
{
	struct dns_timer *timer;

	while ((timer = dns_heap_first(&loop->timers)) != NULL && timer->at_ms <= loop->now_ms) {
		struct dns_pending *p = (struct dns_pending *)timer;

		if (p->deadline_ms <= loop->now_ms)
			deadline(loop, p);
		else
			go_on(loop, p, begin_next_try(loop, p));
	}
}

void
dns_loop_cancel_all(struct dns_loop *loop)
{
	struct dns_timer *timer;

	while ((timer = dns_heap_first(&loop->timers)) != NULL)
		dns_pending_cancel(loop, (struct dns_pending *)timer);
}

void
dns_loop_free_ended(struct dns_loop *loop)
{
	while (loop->ended != NULL) {
		struct dns_pending *p = loop->ended;

		loop->ended = p->next;
		free(p);
	}
}
