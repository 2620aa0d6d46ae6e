/* dnswaiter.h - what the tests of the network's dns port share: who asks and waits, and ports. */
#ifndef SF_T_CHECK_DNSWAITER_H
#define SF_T_CHECK_DNSWAITER_H

#include <pthread.h>
#include <stdint.h>

#include "check/dns_stub.h"

enum { ATTEMPTS = 3, TIMEOUT_MS = 100, DEADLINE_MS = 450 };	/* of open_port */

/* Who waits for answers: any number of them. */
struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned asked, answered, by_status[DNS_STATUS_COUNT], inside, broken;
	struct arena *arena;		/* of last */
	struct dns_answer last;
	struct dns_port again;		/* ask once more at a cancellation */
	pthread_t asker;
	int slow_ms;			/* the first done takes so long */
};

void waiter_open(struct waiter *w);
void waiter_close(struct waiter *w);

/* A dns_done; arg is the waiter. */
void waiter_done(void *arg, const struct dns_answer *ans);

/* The name is copied without a NUL. */
void waiter_ask(struct waiter *w, const struct dns_port *port, struct str name, enum dns_type type);

/* Until everything asked is answered. */
void waiter_wait(struct waiter *w);

int64_t now_ms(void);
void sleep_ms(long ms);

/* Tries of the questions that ended. */
uint64_t tries(const struct dns_port *port);

/* A port on these servers. */
struct dns_port open_port(const struct dns_server *servers, size_t count);

/* 127.0.0.1 */
struct dns_server at_port(uint16_t port);

#endif
