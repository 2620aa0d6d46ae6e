/* authres_out.h - Authentication-Results, writing (RFC 8601).
 * Of what the sender controls only domains, selectors and algorithm names reach a field, each
 * checked here.  Folds are "\n\t" and stand only before a resinfo; no line is over 998 octets:
 * what would not fit is left out from the end of the dkim= list, never spf= or dmarc=. */
#ifndef SF_CORE_AUTHRES_OUT_H
#define SF_CORE_AUTHRES_OUT_H

#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"
#include "core/evidence.h"

enum { AUTHRES_OUT_MAX = 32768 }; /* room for 60 or so signatures */

/* The whole value, without leading blank: "mx.example.net;\n\tspf=...".  disposition is the word
 * for dis=; without dmarc= when envelope_only.  What authres_parse() reads from it is what was
 * written.  The error is the buffer's; RES_LIMIT also for an authserv-id that does not fit a
 * line. */
enum res authres_out(struct buf *out, struct str authserv_id, const struct evidence *ev,
    const char *disposition);

/* value = token / quoted-string (RFC 8601 2.2, RFC 2045 5.1): quotes what needs quotes; what cannot
 * even be quoted is left out (maillex_quote). */
void authres_out_value(struct buf *out, struct str value);

#endif
