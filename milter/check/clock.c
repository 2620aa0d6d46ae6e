#include "check/clock.h"

#include "check/ports.h"

static int64_t
wall_s(void *self)
{
	struct timespec ts;

	(void)self;
	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

static int64_t
monotonic_ms(void *self)
{
	struct timespec ts;

	(void)self;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct clock_port
clock_system(void)
{
	return (struct clock_port){ wall_s, monotonic_ms, NULL };
}

enum res
clock_cond_open(pthread_cond_t *ret_cond)
{
	pthread_condattr_t attr;
	bool done;

	if (pthread_condattr_init(&attr) != 0)
		return RES_NOMEM;
	done = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(ret_cond, &attr) == 0;
	pthread_condattr_destroy(&attr);
	return done ? RES_OK : RES_NOMEM;
}

struct timespec
clock_in_ms(int64_t ms)
{
	struct timespec ts;
	int64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (ms <= 0)
		return ts;
	ns = ts.tv_nsec + ms % 1000 * 1000000;
	ts.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
	ts.tv_nsec = (long)(ns % 1000000000);
	return ts;
}
