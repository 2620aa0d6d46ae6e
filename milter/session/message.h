/* message.h - one message from MAIL to end of message or abort. */
#ifndef SF_SESSION_MESSAGE_H
#define SF_SESSION_MESSAGE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/edits.h"
#include "core/evidence.h"
#include "core/headers.h"
#include "core/ipaddr.h"
#include "core/mailaddr.h"
#include "core/policy.h"
#include "core/score.h"
#include "check/dkimcheck.h"
#include "check/lookups.h"
#include "session/services.h"

/* Octets; far above what the limits of the configuration let in. */
enum { MESSAGE_MAX_MEMORY = 64 << 20 };

/* All memory is in arena: message_close() frees every field at once. */
struct message {
	struct arena *arena;       /* owner of all below */
	const struct services *sv; /* borrowed */
	struct ipaddr client;
	struct str authserv_id;   /* ours, for this message */
	struct str queue_id;      /* NULL: not known */
	struct str helo;          /* as given; NULL: none */
	struct str helo_domain;   /* usable for SPF; NULL: not */
	struct str mail_from_arg; /* without angle brackets */
	struct envelope mail_from;
	struct headers headers;  /* as received, in order */
	struct lookups *lookups; /* NULL when the message is not evaluated */
	struct dkim_run *dkim;   /* NULL when DKIM is not verified here */
	bool author_planned;     /* the first From field's walk has been asked ahead */
	bool broken;             /* no memory for a part of it: cannot be evaluated */
	struct evidence ev;      /* filled by evaluate(), read by score and policy */
	struct score score;
	struct decision decision;
	struct edits edits; /* what the decision changes in the header */
};

/* skip: the message is not evaluated, only forged fields are removed; SKIPPED_NO: it is.  helo may
 * be NULL (.p).  Starts asking DNS.  RES_NOMEM: there is no message. */
enum res message_open(const struct services *sv, const struct ipaddr *client, struct str helo,
    struct str mail_from, enum skipped skip, struct message **ret_message);
void message_close(struct message *m);

/* Without memory the message is marked broken and goes on.  blank_cut: the MTA took one leading
 * blank off the value (an old milter protocol); a signature needs it back. */
void message_header(struct message *m, struct str name, struct str value, bool blank_cut);
void message_eoh(struct message *m);
void message_body(struct message *m, struct str chunk);

/* mta_name: macro j, NULL if not known.  Observes, judges, and lists the edits; m->decision holds
 * then.  RES_NOMEM: forged fields could not be listed, so the message must not go on as it is. */
enum res message_finish(struct message *m, struct str mta_name);

#endif
