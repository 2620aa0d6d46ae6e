/* clock.h - waiting in real time on the monotonic clock: no change of the wall clock can hold it
 * up.  The clocks themselves are a port (ports.h). */
#ifndef SF_CHECK_CLOCK_H
#define SF_CHECK_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "base/result.h"

/* A condition variable whose pthread_cond_timedwait() takes clock_in_ms().  RES_NOMEM. */
enum res clock_cond_open(pthread_cond_t *ret_cond);

/* The time in that many ms; now, when there are none or fewer. */
struct timespec clock_in_ms(int64_t ms);

#endif
