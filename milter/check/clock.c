#include "check/ports.h"

#include <time.h>

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
