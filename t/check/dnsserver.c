#include "t/check/dnsserver.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/dns.h"
#include "t/check/dnsmsg.h"

enum { QR = 0x8000, TC = 0x0200, MAX_SEEN = 64, MAX_SILENT = 256, HEADER = 12 };

#define SOA "example SOA 300 ns.example root.example 30"

struct client {
	struct sockaddr_storage addr;
	socklen_t len;
};

/* A question whose tries are counted. */
struct seen {
	char label[64];
	unsigned times;
	struct client first;		/* who asked first, */
	struct dnsmsg *held;		/* and what he would have got */
};

struct dnsserver {
	pthread_t thread;
	enum dnsserver_mode mode;
	int udp, tcp, stop[2];
	uint16_t port;
	struct seen seen[MAX_SEEN];
	size_t seen_count;
	int silent[MAX_SILENT];		/* connections that are kept without a word */
	size_t silent_count;
	/* the question at hand */
	struct client client;
	uint8_t query[512];
	size_t question;		/* octets behind the header */
	unsigned type;
	bool edns, by_tcp;
	char label[64];
	unsigned long number;		/* behind the '-' */
	struct dnsmsg msg;
};

static bool
is(const struct dnsserver *s, const char *label)
{
	return strcmp(s->label, label) == 0;
}

static void
answer(struct dnsserver *s, unsigned flags, const char *records, const char *authority)
{
	dnsmsg_reply(&s->msg, s->query, s->question, QR | flags);
	dnsmsg_add(&s->msg, DNSMSG_ANSWER, records);
	dnsmsg_add(&s->msg, DNSMSG_AUTHORITY, authority);
}

static void
reply_udp(struct dnsserver *s, const struct client *to, const struct dnsmsg *m)
{
	sendto(s->udp, m->octets, m->len, 0, (const struct sockaddr *)&to->addr, to->len);
}

static struct seen *
seen_again(struct dnsserver *s)
{
	struct seen *e = s->seen;

	while (e < s->seen + s->seen_count && strcmp(e->label, s->label) != 0)
		e++;
	if (e == s->seen + MAX_SEEN)
		abort();
	if (e == s->seen + s->seen_count) {
		s->seen_count++;
		snprintf(e->label, sizeof e->label, "%s", s->label);
		e->first = s->client;
	}
	e->times++;
	return e;
}

static void
put_record_of_name(struct dnsserver *s)
{
	size_t n = s->question - 4;
	uint8_t head[12] = { 0xc0, 0x0c, 0, DNS_TXT, 0, 1, 0, 0, 0, 60, 0, (uint8_t)(n + 1) };
	uint8_t len = (uint8_t)n;

	answer(s, 0, "", "");
	s->msg.octets[7] = 1;
	dnsmsg_put(&s->msg, head, sizeof head);
	dnsmsg_put(&s->msg, &len, 1);
	dnsmsg_put(&s->msg, s->query + HEADER, n);
}

static void
put_big(struct dnsserver *s)
{
	const unsigned n = 255 * 256;
	uint8_t head[12] = { 0xc0, 0x0c, 0, DNS_TXT, 0, 1, 0, 0, 0, 60, n >> 8, n & 0xff };
	uint8_t string[256] = { 255 };

	for (int i = 0; i < 255; i++)
		string[1 + i] = (uint8_t)('a' + i % 26);
	answer(s, 0, "", "");
	s->msg.octets[7] = 1;
	dnsmsg_put(&s->msg, head, sizeof head);
	for (int i = 0; i < 255; i++)
		dnsmsg_put(&s->msg, string, sizeof string);
}

static void
mutate(struct dnsserver *s)
{
	uint64_t seed = (s->number + 1) * 0x9e3779b97f4a7c15u;

	answer(s, 0, "@ CNAME 60 b.example\nb.example MX 60 10 mail.example\n"
	    "b.example MX 60 20 b.example", SOA);
	for (unsigned i = 0; i < 1 + s->number % 5; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		s->msg.octets[2 + (seed >> 33) % (s->msg.len - 2)] = (uint8_t)(seed >> 24);
	}
	if (s->number % 7 == 0)
		s->msg.len -= (seed >> 40) % s->msg.len;
}

/* Labels that answer with records alone. */
static const struct {
	const char *label;
	unsigned flags;
	const char *answer, *authority;
} plain[] = {
	{ "nx", 3, "", SOA },
	{ "nodata", 0, "", SOA },
	{ "servfail", 2, "", "" },
	{ "refused", 5, "", "" },
	{ "formerrever", 1, "", "" },
	{ "chain", 0, "@ CNAME 50 b.example\nb.example CNAME 20 c.example\n"
	    "c.example A 60 192.0.2.1", "" },
	{ "loop", 0, "@ CNAME 50 b.example\nb.example CNAME 20 loop.example", "" },
	{ "comploop", 0, "@ PTR 60 hex:c02ec02e", "" },
	{ "forward", 0, "@ PTR 60 hex:c03b\nwww.example PTR 60 b.example", "" },
};

/* The message for the question, wherever it goes. */
static void
make_answer(struct dnsserver *s, unsigned try)
{
	char a[64];

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (is(s, plain[i].label)) {
			answer(s, plain[i].flags, plain[i].answer, plain[i].authority);
			return;
		}
	snprintf(a, sizeof a, "@ A 60 192.0.2.%u", try);
	if (is(s, "formerr") && s->edns)
		answer(s, 1, "", "");
	else if (is(s, "servfailfirst") && try == 1)
		answer(s, 2, "", "");
	else if (is(s, "bare"))
		dnsmsg_begin(&s->msg, (unsigned)s->query[0] << 8 | s->query[1], QR | 2, NULL, 0);
	else if (is(s, "big"))
		put_big(s);
	else if (is(s, "mut") || is(s, "tcmut"))
		mutate(s);
	else if (s->type == DNS_TXT)
		put_record_of_name(s);
	else if (s->type == DNS_MX)
		answer(s, 0, "@ MX 60 10 mail.example", "");
	else
		answer(s, is(s, "tctc") ? TC : 0, a, "");
	if (is(s, "counts"))
		s->msg.octets[7] = 200;
	if (is(s, "upper"))
		for (size_t i = HEADER; i < HEADER + s->question - 4; i++)
			s->msg.octets[i] = (uint8_t)toupper(s->msg.octets[i]);
}

/* Before the right answer: something that is none. */
static void
send_noise(struct dnsserver *s)
{
	struct dnsmsg noise = s->msg;

	noise.octets[noise.len - 1] ^= 64;	/* so that it shows who believes it */
	if (is(s, "wrongid"))
		noise.octets[1] ^= 1;
	else if (is(s, "wrongq"))
		noise.octets[HEADER + 1] ^= 1;
	else
		noise.len = 5;
	reply_udp(s, &s->client, &noise);
}

/* The answer to the first try is sent when the second one comes, from another port. */
static void
answer_late(struct dnsserver *s, struct seen *e)
{
	if (e->times == 1 && (e->held = malloc(sizeof *e->held)) != NULL)
		*e->held = s->msg;
	else if (e->times == 2 && e->held != NULL)
		reply_udp(s, &e->first, e->held);
}

static void
answer_udp(struct dnsserver *s)
{
	bool by_tcp = strncmp(s->label, "tc", 2) == 0 || is(s, "big");
	bool counted = is(s, "late") || is(s, "servfailfirst") || strncmp(s->label, "drop", 4) == 0;
	struct seen *e = counted ? seen_again(s) : NULL;
	unsigned try = counted ? e->times : 1;

	if (s->mode == DNSSERVER_SILENT || is(s, "drop") || (is(s, "dropfirst") && try == 1) ||
	    (is(s, "droptwo") && try <= 2))
		return;
	if (s->mode != DNSSERVER_BY_NAME)
		answer(s, s->mode == DNSSERVER_REFUSES ? 5 : 2, "", "");
	else if (by_tcp)
		answer(s, TC, "", "");
	else
		make_answer(s, try);
	if (is(s, "wrongid") || is(s, "wrongq") || is(s, "noise"))
		send_noise(s);
	if (is(s, "late"))
		answer_late(s, e);
	else
		reply_udp(s, &s->client, &s->msg);
}

/* Fill in the question at hand from s->query. */
static bool
read_query(struct dnsserver *s, size_t n)
{
	size_t at = HEADER, len;
	char *dash;

	while (at < n && s->query[at] != 0)
		at += 1u + s->query[at];
	if (n < HEADER + 5 || at + 5 > n)
		return false;
	s->question = at + 5 - HEADER;
	s->type = s->query[at + 2];
	s->edns = s->query[11] == 1;
	len = s->query[HEADER];
	memcpy(s->label, s->query + HEADER + 1, len);
	s->label[len] = '\0';
	s->number = 0;
	if ((dash = strchr(s->label, '-')) != NULL) {
		*dash = '\0';
		s->number = strtoul(dash + 1, NULL, 10);
	}
	return true;
}

static bool
read_all(int fd, uint8_t *p, size_t n)
{
	for (ssize_t got; n > 0; p += got, n -= (size_t)got)
		if ((got = recv(fd, p, n, 0)) <= 0)
			return false;
	return true;
}

static void
send_framed(const struct dnsserver *s, int fd, size_t piece, size_t limit)
{
	static const struct timespec pause = { 0, 1000000 };
	uint8_t frame[2 + DNSMSG_MAX] = { (uint8_t)(s->msg.len >> 8), (uint8_t)s->msg.len };
	size_t len = 2 + s->msg.len < limit ? 2 + s->msg.len : limit;

	memcpy(frame + 2, s->msg.octets, s->msg.len);
	for (size_t at = 0, n; at < len; at += n) {
		n = piece < len - at ? piece : len - at;
		if (send(fd, frame + at, n, MSG_NOSIGNAL) != (ssize_t)n)
			return;
		if (piece < 10)
			nanosleep(&pause, NULL);
	}
}

/* One question by TCP, while all others wait.  Returns whether the connection is to be kept. */
static bool
answer_tcp(struct dnsserver *s, int fd)
{
	uint8_t len[2];
	size_t n;

	if (!read_all(fd, len, 2) || (n = (size_t)len[0] << 8 | len[1]) > sizeof s->query ||
	    !read_all(fd, s->query, n) || !read_query(s, n) || is(s, "tcclose"))
		return false;
	if (is(s, "tcsilent"))
		return true;
	make_answer(s, 1);
	if (is(s, "tcwrongid")) {
		s->msg.octets[1] ^= 1;
		s->msg.octets[s->msg.len - 1] ^= 64;
		send_framed(s, fd, 1000, SIZE_MAX);
		make_answer(s, 1);
	}
	send_framed(s, fd, is(s, "tc") ? 7 : 30000, is(s, "tchalf") ? 20 : SIZE_MAX);
	return false;
}

static void
accept_tcp(struct dnsserver *s)
{
	struct timeval patience = { 2, 0 };
	int fd = accept(s->tcp, NULL, NULL);

	if (fd == -1)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (answer_tcp(s, fd) && s->silent_count < MAX_SILENT)
		s->silent[s->silent_count++] = fd;
	else
		close(fd);
}

static void *
serve(void *arg)
{
	struct dnsserver *s = arg;
	struct pollfd fds[3] = { { s->stop[0], POLLIN, 0 }, { s->udp, POLLIN, 0 },
	    { s->tcp, POLLIN, 0 } };

	while (poll(fds, 3, -1) > 0 && fds[0].revents == 0) {
		if (fds[1].revents != 0) {
			ssize_t n;

			s->client.len = sizeof s->client.addr;
			n = recvfrom(s->udp, s->query, sizeof s->query, 0,
			    (struct sockaddr *)&s->client.addr, &s->client.len);
			if (n > 0 && read_query(s, (size_t)n))
				answer_udp(s);
		}
		if (fds[2].revents != 0)
			accept_tcp(s);
	}
	return NULL;
}

static socklen_t
make_address(const char *text, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	*ret = (struct sockaddr_storage){0};
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(ret, &v4, sizeof v4);
		return sizeof v4;
	}
	inet_pton(AF_INET6, text, &v6.sin6_addr);
	memcpy(ret, &v6, sizeof v6);
	return sizeof v6;
}

static int
bound(const char *address, uint16_t port, int type)
{
	struct sockaddr_storage addr;
	socklen_t len = make_address(address, port, &addr);
	int one = 1, room = 1 << 22, fd = socket(addr.ss_family, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	if (bind(fd, (struct sockaddr *)&addr, len) == 0 &&
	    (type == SOCK_DGRAM || listen(fd, 1024) == 0))
		return fd;
	close(fd);
	return -1;
}

/* The same port for both; the kernel picks it for UDP, and TCP may have it taken. */
static bool
bind_both(struct dnsserver *s, const char *address, uint16_t port)
{
	for (int i = 0; i < 20; i++) {
		struct sockaddr_in6 addr = {0};
		socklen_t len = sizeof addr;

		if ((s->udp = bound(address, port, SOCK_DGRAM)) == -1)
			return false;
		getsockname(s->udp, (struct sockaddr *)&addr, &len);
		s->port = ntohs(addr.sin6_port);	/* at the same place in both families */
		if ((s->tcp = bound(address, s->port, SOCK_STREAM)) != -1)
			return true;
		close(s->udp);
	}
	return false;
}

struct dnsserver *
dnsserver_open(const char *address, uint16_t port, enum dnsserver_mode mode)
{
	struct dnsserver *s = calloc(1, sizeof *s);

	if (s == NULL || !bind_both(s, address, port)) {
		free(s);
		return NULL;
	}
	s->mode = mode;
	if (pipe(s->stop) != 0 || pthread_create(&s->thread, NULL, serve, s) != 0)
		abort();
	return s;
}

uint16_t
dnsserver_port(const struct dnsserver *s)
{
	return s->port;
}

void
dnsserver_close(struct dnsserver *s)
{
	if (s == NULL)
		return;
	if (write(s->stop[1], "", 1) != 1)
		abort();
	pthread_join(s->thread, NULL);
	close(s->stop[0]);
	close(s->stop[1]);
	close(s->udp);
	close(s->tcp);
	for (size_t i = 0; i < s->silent_count; i++)
		close(s->silent[i]);
	for (size_t i = 0; i < s->seen_count; i++)
		free(s->seen[i].held);
	free(s);
}
