/* dnslower.h - the scripted dns port below the cache in its tests: answers inside ask, or holds
 * questions until somebody releases them; and the clock, which stands still. */
#ifndef SF_T_CHECK_DNSLOWER_H
#define SF_T_CHECK_DNSLOWER_H

#include <pthread.h>
#include <stdatomic.h>

#include "check/dns_cache.h"

enum { LOWER_HELD_MAX = 4096 };

struct lower {
	pthread_mutex_t lock;
	pthread_cond_t more;		/* a question is held, or stop */
	bool hold, stop;
	struct dns_answer ans;		/* given inside ask: lower_found(60) at first */
	unsigned asked, odd_names;
	struct { dns_done *done; void *arg; } held[LOWER_HELD_MAX];
	size_t count;
	atomic_llong now_ms;
};

/* Two TXT records, "first" and "second". */
struct dns_answer lower_found(uint32_t ttl_s);

/* A new script in *l, and a cache on it. */
struct dns_port lower_open_cache(struct lower *l, size_t entries, uint32_t max_ttl_s);

/* Answer the oldest question held. */
void lower_release(struct lower *l, const struct dns_answer *ans);

#endif
