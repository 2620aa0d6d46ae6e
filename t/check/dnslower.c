#include "t/check/dnslower.h"

#include <string.h>

#include "t/tap.h"

struct dns_answer
lower_found(uint32_t ttl_s)
{
	static const struct dns_record records[] = {
		{ .text = { "first", 5 } },
		{ .text = { "second", 6 } },
	};

	return (struct dns_answer){ DNS_FOUND, ttl_s, false, records, 2 };
}

static int64_t
now_ms(void *self)
{
	return atomic_load(&((struct lower *)self)->now_ms);
}

static void
lower_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct lower *l = self;
	bool hold;

	pthread_mutex_lock(&l->lock);
	l->asked++;
	hold = l->hold && l->count < LOWER_HELD_MAX;
	if (hold) {
		l->held[l->count].done = done;
		l->held[l->count++].arg = arg;
		pthread_cond_signal(&l->more);
	}
	pthread_mutex_unlock(&l->lock);
	if (hold)
		return;
	done(arg, &l->ans);
	if (str_find(q->name, '!') < q->name.len)	/* *q must be there until ask returns */
		l->odd_names++;
}

void
lower_release(struct lower *l, const struct dns_answer *ans)
{
	dns_done *done;
	void *arg;

	pthread_mutex_lock(&l->lock);
	done = l->held[0].done;
	arg = l->held[0].arg;
	memmove(l->held, l->held + 1, --l->count * sizeof *l->held);
	pthread_mutex_unlock(&l->lock);
	done(arg, ans);
}

struct dns_port
lower_open_cache(struct lower *l, size_t entries, uint32_t max_ttl_s)
{
	struct dns_port lower = { lower_ask, NULL, l }, port = {0};
	struct clock_port clock = { NULL, now_ms, l };
	struct dns_cache_conf conf = { entries, max_ttl_s };

	*l = (struct lower){ .ans = lower_found(60) };
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->more, NULL);
	tap_eq_res(dns_cache_open(&lower, &clock, &conf, &port), RES_OK, "a cache is opened");
	return port;
}
