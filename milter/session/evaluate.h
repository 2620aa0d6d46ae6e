/* evaluate.h - the order of the checks: the table of contents of the program. */
#ifndef SF_SESSION_EVALUATE_H
#define SF_SESSION_EVALUATE_H

#include "base/result.h"
#include "session/message.h"

/* At MAIL: what client, HELO and MAIL FROM tell about the questions to come. */
void evaluate_plan_envelope(struct message *m);

/* Lists the fields that only this host may write.  RES_NOMEM. */
enum res evaluate_forged(struct message *m);

/* Fills m->ev.  A failure of our own is a temporary result in it; RES_NOMEM: there was not even
 * memory for that. */
enum res evaluate(struct message *m);

/* Lists the fields to add, for m->ev, m->score and m->decision.  Nothing without a message's header
 * (envelope only).  RES_NOMEM, RES_LIMIT. */
enum res evaluate_write(struct message *m);

#endif
