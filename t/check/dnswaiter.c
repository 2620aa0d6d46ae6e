#include "t/check/dnswaiter.h"

#include <stdlib.h>
#include <time.h>

#include "t/tap.h"

void
waiter_open(struct waiter *w)
{
	*w = (struct waiter){ .arena = arena_open(0), .asker = pthread_self() };
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
}

void
waiter_close(struct waiter *w)
{
	arena_close(w->arena);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
}

void
sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* Whatever came, it must hold together. */
static bool
is_whole(const struct dns_answer *ans)
{
	if ((unsigned)ans->status >= DNS_STATUS_COUNT ||
	    (ans->status == DNS_FOUND) != (ans->count > 0) || ans->ttl_s > INT32_MAX)
		return false;
	for (size_t i = 0; i < ans->count; i++)
		for (size_t k = 0; k < ans->records[i].text.len; k++)
			if (ans->records[i].text.p == NULL)
				return false;
	return true;
}

void
waiter_done(void *arg, const struct dns_answer *ans)
{
	struct waiter *w = arg;
	struct dns_port again = {0};
	int slow_ms;

	pthread_mutex_lock(&w->lock);
	w->answered++;
	w->broken += !is_whole(ans);
	w->by_status[ans->status]++;
	w->inside += pthread_equal(pthread_self(), w->asker) != 0;
	if (dns_answer_copy(w->arena, ans, &w->last) != RES_OK)
		w->broken++;
	if (ans->status == DNS_CANCELLED && w->again.ask != NULL) {
		again = w->again;
		w->again = (struct dns_port){0};
		w->asked++;
	}
	pthread_cond_broadcast(&w->changed);
	slow_ms = w->answered == 1 ? w->slow_ms : 0;
	pthread_mutex_unlock(&w->lock);
	sleep_ms(slow_ms);
	if (again.ask != NULL)
		dns_ask(&again, &(struct dns_question){ STR("again.example"), DNS_A },
		    waiter_done, w);
}

void
waiter_ask(struct waiter *w, const struct dns_port *port, struct str name, enum dns_type type)
{
	struct dns_question q = { tap_exact_str(name), type };

	pthread_mutex_lock(&w->lock);
	w->asked++;
	pthread_mutex_unlock(&w->lock);
	dns_ask(port, &q, waiter_done, w);
}

void
waiter_wait(struct waiter *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->answered < w->asked)
		pthread_cond_wait(&w->changed, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

int64_t
now_ms(void)
{
	struct clock_port clock = clock_system();

	return clock.monotonic_ms(clock.self);
}

uint64_t
tries(const struct dns_port *port)
{
	struct dns_stub_counts counts;

	dns_stub_counts(port, &counts);
	return counts.tries;
}

struct dns_port
open_port(const struct dns_server *servers, size_t count)
{
	struct dns_stub_conf conf = { servers, count, NULL, ATTEMPTS, TIMEOUT_MS, DEADLINE_MS,
	    4096 };
	struct dns_port port;

	if (dns_stub_open(&conf, &port) != RES_OK)
		abort();
	return port;
}

struct dns_server
at_port(uint16_t port)
{
	return (struct dns_server){ { IP_V4, { 127, 0, 0, 1 } }, port, 0 };
}
