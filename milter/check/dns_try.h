/* dns_try.h - one try of a question: one server, one socket of its own, one random id.  UDP
 * first; by TCP when the answer was cut; without EDNS when the server does not know it.  Part of
 * dns_stub: all tries of a port live on its one thread. */
#ifndef SF_CHECK_DNS_TRY_H
#define SF_CHECK_DNS_TRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/dns.h"
#include "check/dns_resolvconf.h"
#include "check/dns_wire.h"

enum dns_try_state {
	DNS_TRY_OPEN, /* waits for its server */
	DNS_TRY_ANSWERED,
	DNS_TRY_REFUSED, /* the server does not want to */
	DNS_TRY_FAILED,  /* it says that it cannot, or answered nonsense */
	DNS_TRY_GONE,    /* nobody is there (ICMP), or we could not even ask */
	DNS_TRY_STATE_COUNT
};

/* What the tries of one thread share. */
struct dns_try_room {
	int epoll; /* events carry the try as data.ptr */
	uint8_t datagram[UINT16_MAX];
};

/* Zeroed before dns_try_begin. */
struct dns_try {
	void *owner; /* the caller's, not looked at here */
	enum dns_try_state state;
	struct dns_server server;
	const struct dns_question *question;
	struct dns_query query;
	int fd; /* -1: none */
	bool tcp;
	size_t sent;              /* TCP: octets of length and query that are out */
	uint8_t length[2];        /* TCP: of the message that comes in */
	size_t got;               /* TCP: octets of it, its length included */
	uint8_t *msg;             /* TCP: that message, once its length is known */
	struct arena *arena;      /* of answer */
	struct dns_answer answer; /* only when ANSWERED, until dns_try_end */
};

/* Send the question, which must outlive the try.  OPEN or GONE. */
enum dns_try_state dns_try_begin(struct dns_try *t, struct dns_try_room *room,
    const struct dns_server *server, const struct dns_question *question, void *owner);

/* Something may have happened on the socket: read or write without waiting.  Returns t->state.
 * A try that is not OPEN has no socket any more. */
enum dns_try_state dns_try_ready(struct dns_try *t, struct dns_try_room *room);

/* Give everything back, the answer included. */
void dns_try_end(struct dns_try *t);

#endif
