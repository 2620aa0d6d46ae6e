#include <sys/resource.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/dns_stub.h"
#include "t/check/dnsserver.h"
#include "t/check/dnswaiter.h"
#include "t/tap.h"

static void
test_close(const struct dns_server *where)
{
	struct dns_port port = open_port(where, 1);
	struct waiter w;

	waiter_open(&w);
	w.again = port;
	for (int i = 0; i < 100; i++)
		waiter_ask(&w, &port, STR("drop.example"), DNS_A);
	for (int i = 0; i < 10; i++)
		waiter_ask(&w, &port, STR("tcsilent.example"), DNS_A);
	sleep_ms(TIMEOUT_MS / 4);
	for (int i = 0; i < 10; i++)
		waiter_ask(&w, &port, STR("drop.example"), DNS_A);	/* perhaps not begun yet */
	dns_close(&port);
	tap_eq_int(w.by_status[DNS_CANCELLED], 121, "close: all open ones, one asked by a done");
	tap_eq_int(w.answered, w.asked, "close: each exactly once");
	waiter_close(&w);
}

/* The server is held up by a connection that says nothing until all are asked.  The first done
 * takes longer than the deadline, so that more answers wait than one batch of events holds. */
static void
test_slow_done(const struct dns_server *where)
{
	struct dns_stub_conf conf = { where, 1, NULL, 1, TIMEOUT_MS, 400, 400 };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(where->port),
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct dns_port port;
	struct waiter w;

	if (fd == -1 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0 ||
	    dns_stub_open(&conf, &port) != RES_OK)
		abort();
	waiter_open(&w);
	w.slow_ms = 450;
	sleep_ms(20);
	for (int i = 0; i < 400; i++)
		waiter_ask(&w, &port, STR("ok.example"), DNS_A);
	sleep_ms(100);
	close(fd);
	waiter_wait(&w);
	tap_eq_int(w.by_status[DNS_FOUND], 400, "what has come in time counts");
	dns_close(&port);
	waiter_close(&w);
}

static void
test_overload(const struct dns_server *where)
{
	struct dns_stub_conf conf = { where, 1, NULL, 1, TIMEOUT_MS, 3 * TIMEOUT_MS, 4 };
	struct dns_stub_counts counts;
	struct dns_port port;
	struct waiter w;

	if (dns_stub_open(&conf, &port) != RES_OK)
		abort();
	waiter_open(&w);
	for (int i = 0; i < 6; i++)
		waiter_ask(&w, &port, STR("drop.example"), DNS_A);
	waiter_wait(&w);
	dns_stub_counts(&port, &counts);
	tap_eq_int(w.by_status[DNS_FAILED], 2, "beyond max_in_flight: temporary failure");
	tap_eq_int(w.by_status[DNS_TIMEOUT], 4, "those within it are not harmed");
	tap_ok(counts.overload == 2 && counts.questions == 4, "and counted");
	waiter_ask(&w, &port, STR("ok.example"), DNS_A);
	waiter_wait(&w);
	tap_eq_int(w.last.status, DNS_FOUND, "and there is room again");
	dns_close(&port);
	waiter_close(&w);
}

static void
test_no_descriptors(const struct dns_port *port)
{
	struct rlimit before, none;
	struct waiter w;

	if (getrlimit(RLIMIT_NOFILE, &before) != 0)
		return;
	none = before;
	none.rlim_cur = 0;
	waiter_open(&w);
	setrlimit(RLIMIT_NOFILE, &none);
	waiter_ask(&w, port, STR("ok.example"), DNS_A);
	waiter_wait(&w);
	setrlimit(RLIMIT_NOFILE, &before);
	tap_eq_int(w.last.status, DNS_FAILED, "no descriptors: temporary");
	waiter_ask(&w, port, STR("ok.example"), DNS_A);
	waiter_wait(&w);
	tap_eq_int(w.last.status, DNS_FOUND, "and over when there are some");
	waiter_close(&w);
}

struct asker {
	const struct dns_port *port;
	struct waiter *w;
	int from, to;
	const char *label;
};

static void *
ask_many(void *arg)
{
	const struct asker *a = arg;

	for (int i = a->from; i < a->to; i++) {
		char name[64];
		struct dns_question q = { { name, 0 }, DNS_MX };

		q.name.len = (size_t)snprintf(name, sizeof name, "%s-%d.example", a->label, i);
		dns_ask(a->port, &q, waiter_done, a->w);
	}
	return NULL;
}

/* n questions "label-0.example" to "label-n.example" from 4 threads at once. */
static void
ask_from_threads(const struct dns_port *port, struct waiter *w, const char *label, int n)
{
	struct asker askers[4];
	pthread_t threads[4];

	w->asked += (unsigned)n;
	for (int i = 0; i < 4; i++) {
		askers[i] = (struct asker){ port, w, n * i / 4, n * (i + 1) / 4, label };
		if (pthread_create(&threads[i], NULL, ask_many, &askers[i]) != 0)
			abort();
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	waiter_wait(w);
}

static void
test_many(const struct dns_server *where)
{
	struct dns_stub_conf conf = { where, 1, NULL, 9, 500, 30000, 2000 };
	struct dns_port port;
	struct waiter w;

	if (dns_stub_open(&conf, &port) != RES_OK)
		abort();
	waiter_open(&w);
	ask_from_threads(&port, &w, "ok", 2000);
	tap_eq_int(w.by_status[DNS_FOUND], 2000, "2,000 questions at once, from 4 threads");
	tap_eq_int(w.broken, 0, "and every answer whole");
	dns_close(&port);
	waiter_close(&w);
}

enum { BATCH = 2000 };

static void
test_mutated(const struct dns_port *port, const char *label, int n)
{
	struct waiter w;

	waiter_open(&w);
	for (int done = 0; done < n; done += BATCH)
		ask_from_threads(port, &w, label, n < BATCH ? n : BATCH);
	tap_eq_int(w.answered, n, "%s: %d mutated answers, each question ends once", label, n);
	tap_eq_int(w.broken, 0, "%s: no answer that does not hold together", label);
	tap_note("found %u, nodata %u, nxdomain %u, failed %u, refused %u, timeout %u",
	    w.by_status[DNS_FOUND], w.by_status[DNS_NODATA], w.by_status[DNS_NXDOMAIN],
	    w.by_status[DNS_FAILED], w.by_status[DNS_REFUSED], w.by_status[DNS_TIMEOUT]);
	waiter_close(&w);
}

/* A try is a descriptor: make room for those of 2,000 questions. */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
main(void)
{
	struct dnsserver *server = dnsserver_open("127.0.0.1", 0, DNSSERVER_BY_NAME);
	struct dns_server where;
	struct dns_port port;

	if (server == NULL)
		return tap_skip_all("no loopback network");
	raise_limit();
	where = at_port(dnsserver_port(server));
	port = open_port(&where, 1);
	test_close(&where);
	test_slow_done(&where);
	test_overload(&where);
	test_no_descriptors(&port);
	test_mutated(&port, "mut", 4000);
	test_mutated(&port, "tcmut", 500);
	test_many(&where);
	dns_close(&port);
	dnsserver_close(server);
	return tap_done();
}
