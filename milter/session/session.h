/* session.h - one SMTP connection as the MTA tells of it: client, HELO, the current message.
 * Touched by one thread at a time; no lock.  The order of calls is the MTA's: anything may be
 * missing or come twice. */
#ifndef SF_SESSION_SESSION_H
#define SF_SESSION_SESSION_H

#include <stdbool.h>

#include "base/result.h"
#include "base/str.h"
#include "core/edits.h"
#include "core/evidence.h"
#include "core/ipaddr.h"
#include "core/policy.h"
#include "session/message.h"
#include "session/services.h"

struct session;

/* sv is borrowed and outlives the session.  NULL: no memory. */
struct session *session_open(const struct services *sv, const struct ipaddr *client);

/* An open message ends as aborted. */
void session_close(struct session *s);

/* The last one counts, for the messages after it. */
void session_helo(struct session *s, struct str name);

/* Why mail of this client is not evaluated, SKIPPED_NO when it is. */
enum skipped session_skips(const struct session *s, bool authenticated);

/* A new message; one still open ends as aborted.  mail_from is the argument as the client wrote it.
 * skip is session_skips(), or SKIPPED_NO to evaluate all the same (softfail check).  RES_NONE: a
 * trusted host's mail, nothing of which need be shown.  RES_NOMEM: no message was opened. */
enum res session_mail(struct session *s, struct str mail_from, enum skipped skip);

/* The queue id, once the MTA tells it. */
void session_queue_id(struct session *s, struct str id);

/* Of the open message; without one they do nothing.  blank_cut: the MTA took one leading blank off
 * the value. */
void session_header(struct session *s, struct str name, struct str value, bool blank_cut);
void session_eoh(struct session *s);
void session_body(struct session *s, struct str chunk);

/* No message follows the envelope (softfail check without --message). */
void session_envelope_only(struct session *s);

/* End of message: judged.  mta_name: macro j, or NULL.  RES_NONE: no message is open; RES_NOMEM: it
 * cannot go on as it is. */
enum res session_eom(struct session *s, struct str mta_name);

/* What was found and is to be done; valid between session_eom() and session_end_message(). */
const struct message *session_message(const struct session *s);

/* After the edits were applied (applied) or could not be: logs, counts, frees. */
void session_end_message(struct session *s, bool applied);

/* RSET, a lost connection, a refusal by the MTA. */
void session_abort(struct session *s);

#endif
