/* dns_pending.h - one question from its first try to its end, and what the event thread keeps
 * for all of them.  Part of dns_stub; all of it belongs to the port's thread, but for
 * dns_pending_new. */
#ifndef SF_CHECK_DNS_PENDING_H
#define SF_CHECK_DNS_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/domain.h"
#include "check/dns_heap.h"
#include "check/dns_resolvconf.h"
#include "check/dns_stub.h"
#include "check/dns_try.h"
#include "check/ports.h"

/* One open question. */
struct dns_pending {
	struct dns_timer timer;       /* first, so that the heap's timer is the question */
	struct dns_pending *next;     /* in the inbox, or among the ended */
	struct dns_question question; /* its name is in name */
	dns_done *done;
	void *arg;
	int64_t deadline_ms;
	int64_t next_try_ms; /* while tries are left */
	bool ended;
	unsigned tried;                        /* tries begun */
	unsigned settled[DNS_TRY_STATE_COUNT]; /* those that came to an end, by it */
	char name[DOMAIN_MAX];
	struct dns_try tries[]; /* conf.attempts */
};

/* Of the event thread. */
struct dns_loop {
	const struct dns_stub_conf *conf;
	struct dns_resolvconf resolvconf; /* when conf names no servers */
	struct dns_try_room room;
	struct dns_heap timers;    /* every question that has begun and not ended */
	struct dns_pending *ended; /* until the batch of events is done */
	int64_t now_ms;            /* when the batch began */
	/* The question ends with this answer: tell whoever asked.  p stays the loop's. */
	void (*deliver)(void *self, const struct dns_pending *p, const struct dns_answer *ans);
	void *self;
};

/* A question that is not begun, or NULL: no memory.  Free it with free(), or begin it. */
struct dns_pending *dns_pending_new(const struct dns_stub_conf *conf, const struct dns_question *q,
    dns_done *done, void *arg, int64_t now_ms);

/* The first try, or as many as fail at once. */
void dns_pending_begin(struct dns_loop *loop, struct dns_pending *p);

/* End it as cancelled, begun or not. */
void dns_pending_cancel(struct dns_loop *loop, struct dns_pending *p);

/* An event of the epoll. */
void dns_loop_event(struct dns_loop *loop, struct dns_try *t);

/* Next tries and deadlines that are due. */
void dns_loop_timers(struct dns_loop *loop);

void dns_loop_cancel_all(struct dns_loop *loop);

/* Free what has ended; when no event can point to it any more. */
void dns_loop_free_ended(struct dns_loop *loop);

#endif
