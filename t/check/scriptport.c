#include "t/check/scriptport.h"

#include <stdio.h>
#include <stdlib.h>

struct script *
script_open(enum script_mode mode)
{
	struct script *s = calloc(1, sizeof *s);

	if (s == NULL)
		abort();
	s->mode = mode;
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
script_answer(struct script_asked *q, enum dns_status status)
{
	struct dns_record record = { .text = str_from(q->name) };
	struct dns_answer ans = { .status = status, .cached = q->script->cached };

	ans.records = &record;
	ans.count = status == DNS_FOUND;
	q->answered = true;
	q->done(q->arg, &ans);
}

static void *
answer_thread(void *arg)
{
	script_answer(arg, DNS_FOUND);
	return NULL;
}

/* Under the lock. */
static void
note_stack(struct script *s)
{
	char *here = __builtin_frame_address(0);	/* a local may be kept off the stack by ASan */

	if (s->lowest == NULL || here < s->lowest)
		s->lowest = here;
	if (s->highest == NULL || here > s->highest)
		s->highest = here;
	if (++s->depth > s->deepest)
		s->deepest = s->depth;
}

void
script_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct script *s = self;
	struct script_asked *asked;

	pthread_mutex_lock(&s->lock);
	asked = &s->asked[s->count++];
	*asked = (struct script_asked){ .script = s, .done = done, .arg = arg };
	snprintf(asked->name, sizeof asked->name, "%.*s", STR_ARG(q->name));
	note_stack(s);
	pthread_mutex_unlock(&s->lock);
	if (s->mode == SCRIPT_INLINE)
		script_answer(asked, DNS_FOUND);
	else if (s->mode == SCRIPT_THREADS &&
	    pthread_create(&asked->thread, NULL, answer_thread, asked) != 0)
		abort();
	pthread_mutex_lock(&s->lock);
	s->depth--;
	pthread_mutex_unlock(&s->lock);
}

size_t
script_count(struct script *s)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->count;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void
script_close(struct script *s)
{
	for (size_t i = 0; i < script_count(s); i++) {
		if (s->mode == SCRIPT_THREADS)
			pthread_join(s->asked[i].thread, NULL);
		else if (!s->asked[i].answered)
			script_answer(&s->asked[i], DNS_CANCELLED);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
}
