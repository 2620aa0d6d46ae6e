#include "check/dns_try.h"

#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LENGTH_OCTETS = 2, /* before each message on TCP (RFC 1035 4.2.2) */
	/* What one answer may take: 64 kB of text, the owners and the records of
	 * DNS_WIRE_MAX_RECORDS. */
	ANSWER_MEMORY_MAX = 1024 * 1024,
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t
address_from(const struct dns_server *server, union address *ret_address)
{
	*ret_address = (union address){ 0 };
	if (server->addr.family == IP_V6) {
		ret_address->v6.sin6_family = AF_INET6;
		ret_address->v6.sin6_port = htons(server->port);
		ret_address->v6.sin6_scope_id = server->scope;
		memcpy(&ret_address->v6.sin6_addr, server->addr.octets, 16);
		return sizeof ret_address->v6;
	}
	ret_address->v4.sin_family = AF_INET;
	ret_address->v4.sin_port = htons(server->port);
	memcpy(&ret_address->v4.sin_addr, server->addr.octets, 4);
	return sizeof ret_address->v4;
}

static void
close_socket(struct dns_try *t)
{
	if (t->fd != -1)
		close(t->fd); /* which takes it out of the epoll as well */
	t->fd = -1;
	free(t->msg);
	t->msg = NULL;
	t->sent = t->got = 0;
}

static enum dns_try_state
settle(struct dns_try *t, enum dns_try_state state)
{
	close_socket(t);
	return t->state = state;
}

static bool
would_wait(int err)
{
	return err == EAGAIN || err == EWOULDBLOCK || err == EINTR;
}

static enum res
watch(const struct dns_try *t, const struct dns_try_room *room, int op, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = (void *)(uintptr_t)t };

	return epoll_ctl(room->epoll, op, t->fd, &ev) == 0 ? RES_OK : RES_NOMEM;
}

/* A connected socket: the kernel takes nothing from another address, and picks an unforeseeable
 * port. */
static enum res
open_socket(struct dns_try *t, struct dns_try_room *room)
{
	union address address;
	socklen_t len = address_from(&t->server, &address);
	int type = t->tcp ? SOCK_STREAM : SOCK_DGRAM;

	t->fd = socket(address.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd == -1 || (connect(t->fd, &address.any, len) != 0 && errno != EINPROGRESS))
		return RES_TEMP;
	return watch(t, room, EPOLL_CTL_ADD, t->tcp ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static enum dns_try_state
begin_udp(struct dns_try *t, struct dns_try_room *room, bool edns)
{
	uint16_t id;

	if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id ||
	    dns_wire_query(t->question, id, edns, &t->query) != RES_OK ||
	    open_socket(t, room) != RES_OK ||
	    send(t->fd, t->query.octets, t->query.len, MSG_NOSIGNAL) != (ssize_t)t->query.len)
		return settle(t, DNS_TRY_GONE);
	return t->state = DNS_TRY_OPEN;
}

static enum dns_try_state
begin_tcp(struct dns_try *t, struct dns_try_room *room)
{
	close_socket(t);
	t->tcp = true;
	return open_socket(t, room) == RES_OK ? DNS_TRY_OPEN : settle(t, DNS_TRY_FAILED);
}

static enum dns_try_state
begin_without_edns(struct dns_try *t, struct dns_try_room *room)
{
	close_socket(t);
	t->tcp = false;
	return begin_udp(t, room, false);
}

enum dns_try_state
dns_try_begin(struct dns_try *t, struct dns_try_room *room, const struct dns_server *server,
    const struct dns_question *question, void *owner)
{
	*t = (struct dns_try){ .owner = owner, .server = *server, .question = question, .fd = -1 };
	return begin_udp(t, room, true);
}

static enum dns_try_state
read_answer(struct dns_try *t, const uint8_t *msg, size_t len)
{
	if ((t->arena = arena_open(ANSWER_MEMORY_MAX)) != NULL &&
	    dns_wire_read(t->arena, &t->query, msg, len, &t->answer) == RES_OK)
		return settle(t, DNS_TRY_ANSWERED);
	return settle(t, DNS_TRY_FAILED);
}

/* A whole message is there. */
static enum dns_try_state
take_message(struct dns_try *t, struct dns_try_room *room, const uint8_t *msg, size_t len)
{
	switch (dns_wire_classify(&t->query, msg, len)) {
	case DNS_REPLY_FOREIGN:
		return DNS_TRY_OPEN;
	case DNS_REPLY_ANSWER:
		return read_answer(t, msg, len);
	case DNS_REPLY_TRUNCATED:
		return t->tcp ? settle(t, DNS_TRY_FAILED) : begin_tcp(t, room);
	case DNS_REPLY_WITHOUT_EDNS:
		return begin_without_edns(t, room);
	case DNS_REPLY_REFUSED:
		return settle(t, DNS_TRY_REFUSED);
	case DNS_REPLY_FAILED:
		break;
	}
	return settle(t, DNS_TRY_FAILED);
}

static enum dns_try_state
udp_ready(struct dns_try *t, struct dns_try_room *room)
{
	ssize_t n = recv(t->fd, room->datagram, sizeof room->datagram, 0);

	if (n < 0)
		return would_wait(errno) ? DNS_TRY_OPEN : settle(t, DNS_TRY_GONE);
	return take_message(t, room, room->datagram, (size_t)n);
}

/* Length and query, as much as goes.  RES_TEMP: the connection is broken. */
static enum res
tcp_write(struct dns_try *t, struct dns_try_room *room)
{
	uint8_t frame[LENGTH_OCTETS + DNS_WIRE_QUERY_MAX];
	size_t len = LENGTH_OCTETS + t->query.len;
	ssize_t n;

	frame[0] = (uint8_t)(t->query.len >> 8);
	frame[1] = (uint8_t)t->query.len;
	memcpy(frame + LENGTH_OCTETS, t->query.octets, t->query.len);
	n = send(t->fd, frame + t->sent, len - t->sent, MSG_NOSIGNAL);
	if (n < 0)
		return would_wait(errno) ? RES_OK : RES_TEMP;
	t->sent += (size_t)n;
	return t->sent == len ? watch(t, room, EPOLL_CTL_MOD, EPOLLIN) : RES_OK;
}

static size_t
tcp_length(const struct dns_try *t)
{
	return (size_t)t->length[0] << 8 | t->length[1];
}

/* What has come of the length, then of the message.  RES_NONE: more must come; RES_TEMP: none
 * will. */
static enum res
tcp_read(struct dns_try *t)
{
	bool in_length = t->got < LENGTH_OCTETS;
	size_t want = in_length ? LENGTH_OCTETS : LENGTH_OCTETS + tcp_length(t);
	uint8_t *to = in_length ? t->length + t->got : t->msg + (t->got - LENGTH_OCTETS);
	ssize_t n = recv(t->fd, to, want - t->got, 0);

	if (n <= 0)
		return n < 0 && would_wait(errno) ? RES_NONE : RES_TEMP;
	t->got += (size_t)n;
	if (t->got < want)
		return RES_NONE;
	if (!in_length)
		return RES_OK;
	if (tcp_length(t) == 0 || (t->msg = malloc(tcp_length(t))) == NULL)
		return RES_TEMP;
	return RES_NONE;
}

static enum dns_try_state
tcp_ready(struct dns_try *t, struct dns_try_room *room)
{
	uint8_t *msg;
	enum dns_try_state state;

	if (t->sent < LENGTH_OCTETS + t->query.len)
		return tcp_write(t, room) == RES_OK ? DNS_TRY_OPEN : settle(t, DNS_TRY_FAILED);
	switch (tcp_read(t)) {
	case RES_OK:
		break;
	case RES_NONE:
		return DNS_TRY_OPEN;
	default:
		return settle(t, DNS_TRY_FAILED);
	}
	msg = t->msg; /* taking it may begin anew, or wait for the next one */
	t->msg = NULL;
	t->got = 0;
	state = take_message(t, room, msg, tcp_length(t));
	free(msg);
	return state;
}

enum dns_try_state
dns_try_ready(struct dns_try *t, struct dns_try_room *room)
{
	if (t->state != DNS_TRY_OPEN || t->fd == -1)
		return t->state;
	return t->tcp ? tcp_ready(t, room) : udp_ready(t, room);
}

void
dns_try_end(struct dns_try *t)
{
	close_socket(t);
	arena_close(t->arena);
	t->arena = NULL;
}
