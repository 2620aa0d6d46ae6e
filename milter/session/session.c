#include "session/session.h"

#include <stdlib.h>

#include "core/logline.h"
#include "check/log.h"
#include "session/stats.h"

enum { HELO_MAX = 1024 }; /* a client may send longer ones; names end at 253 octets */

struct session {
	const struct services *sv;
	struct ipaddr client;
	char helo[HELO_MAX];
	struct str helo_name;    /* into helo; .p == NULL: none */
	struct message *message; /* NULL: between messages */
};

struct session *
session_open(const struct services *sv, const struct ipaddr *client)
{
	struct session *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->sv = sv;
	s->client = *client;
	return s;
}

void
session_close(struct session *s)
{
	if (s == NULL)
		return;
	session_abort(s);
	free(s);
}

void
session_helo(struct session *s, struct str name)
{
	struct buf copy = buf_on(s->helo, sizeof s->helo);

	buf_put(&copy, str_first(name, sizeof s->helo - 1));
	s->helo_name = buf_str(&copy);
}

enum skipped
session_skips(const struct session *s, bool authenticated)
{
	const struct conf *conf = s->sv->conf;
	const struct conf_nets *trusted = &conf->trusted_hosts;

	if (authenticated && conf->skip_authenticated)
		return SKIPPED_AUTHENTICATED;
	if (s->client.family == IP_NONE)
		return SKIPPED_NO_ADDRESS;
	for (size_t i = 0; i < trusted->count; i++)
		if (ipnet_contains(&trusted->list[i], &s->client))
			return SKIPPED_TRUSTED_HOST;
	return SKIPPED_NO;
}

static void
write_line(const struct session *s, const struct message *m, const struct evidence *ev,
    struct str mail_from)
{
	struct logline_client client = { s->client, s->helo_name, mail_from };
	struct logline line;
	enum log_level level =
	    ev->skipped == SKIPPED_TRUSTED_HOST ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;

	if (s->sv->stats == NULL) /* softfail check */
		return;
	logline_message(&line, m != NULL ? m->queue_id : (struct str){ 0 }, ev,
	    m != NULL ? &m->score : NULL, m != NULL ? &m->decision : NULL, &client);
	log_event(s->sv->log, level, (enum log_format)s->sv->conf->log_format, &line);
}

enum res
session_mail(struct session *s, struct str mail_from, enum skipped skip)
{
	session_abort(s); /* after an own reject no abort comes, only the next MAIL */
	if (skip == SKIPPED_TRUSTED_HOST) {
		struct evidence ev = { .skipped = skip };

		write_line(s, NULL, &ev, mailaddr_without_brackets(mail_from));
		return RES_NONE;
	}
	return message_open(s->sv, &s->client, s->helo_name, mail_from, skip, &s->message);
}

void
session_queue_id(struct session *s, struct str id)
{
	if (s->message != NULL && s->message->queue_id.p == NULL && id.len > 0)
		s->message->queue_id = arena_str(s->message->arena, id);
}

void
session_header(struct session *s, struct str name, struct str value, bool blank_cut)
{
	if (s->message != NULL)
		message_header(s->message, name, value, blank_cut);
}

void
session_eoh(struct session *s)
{
	if (s->message != NULL)
		message_eoh(s->message);
}

void
session_body(struct session *s, struct str chunk)
{
	if (s->message != NULL)
		message_body(s->message, chunk);
}

void
session_envelope_only(struct session *s)
{
	if (s->message != NULL)
		s->message->ev.envelope_only = true;
}

enum res
session_eom(struct session *s, struct str mta_name)
{
	return s->message != NULL ? message_finish(s->message, mta_name) : RES_NONE;
}

const struct message *
session_message(const struct session *s)
{
	return s->message;
}

static void
close_message(struct session *s)
{
	message_close(s->message);
	s->message = NULL;
}

void
session_end_message(struct session *s, bool applied)
{
	struct message *m = s->message;

	if (m == NULL)
		return;
	if (!applied) {
		m->ev.skipped = SKIPPED_FAILED;
		m->decision.action = ACTION_TEMPFAIL;
	}
	write_line(s, m, &m->ev, m->mail_from_arg);
	if (m->ev.skipped == SKIPPED_NO && s->sv->stats != NULL)
		stats_count(s->sv->stats, &m->ev, &m->score, &m->decision);
	close_message(s);
}

void
session_abort(struct session *s)
{
	if (s->message == NULL)
		return;
	s->message->ev.skipped = SKIPPED_ABORTED;
	write_line(s, s->message, &s->message->ev, s->message->mail_from_arg);
	close_message(s);
}
