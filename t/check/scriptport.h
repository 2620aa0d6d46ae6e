/* scriptport.h - a dns port for tests that answers when and where a test wants: inside ask, on a
 * thread of its own for each question, or when it is told to.  An answer is FOUND with one
 * record, the name asked for. */
#ifndef SF_T_CHECK_SCRIPTPORT_H
#define SF_T_CHECK_SCRIPTPORT_H

#include <pthread.h>

#include "check/ports.h"

enum { SCRIPT_MAX_ASKED = 6000 };

enum script_mode { SCRIPT_INLINE, SCRIPT_HELD, SCRIPT_THREADS };

struct script;

struct script_asked {
	struct script *script;
	char name[64];
	dns_done *done;
	void *arg;
	pthread_t thread;
	bool answered;
};

struct script {
	enum script_mode mode;		/* may change between questions, but for threads */
	bool cached;			/* as its answers say */
	pthread_mutex_t lock;
	struct script_asked asked[SCRIPT_MAX_ASKED];
	size_t count;
	unsigned depth, deepest;	/* asks inside asks */
	char *lowest, *highest;		/* addresses seen on the stack */
};

struct script *script_open(enum script_mode mode);

/* For a struct dns_port { script_ask, NULL, script }. */
void script_ask(void *self, const struct dns_question *q, dns_done *done, void *arg);

void script_answer(struct script_asked *q, enum dns_status status);

/* Questions so far. */
size_t script_count(struct script *s);

/* As a port's close does it: what is open is cancelled; threads are waited for. */
void script_close(struct script *s);

#endif
