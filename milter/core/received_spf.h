/* received_spf.h - Received-SPF, writing (RFC 7208 9.1). */
#ifndef SF_CORE_RECEIVED_SPF_H
#define SF_CORE_RECEIVED_SPF_H

#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"
#include "core/evidence.h"
#include "core/ipaddr.h"

enum { RECEIVED_SPF_VALUE_MAX = 320 }; /* an address: RFC 5321 4.5.3.1 */

/* The whole value, without leading blank: "softfail (mx.example.net: ...) client-ip=...;
 * envelope-from=...; helo=...; ...", a fold "\n\t" in front of each pair.  mail_from and helo as
 * the client wrote them.  Values that are no dot-atom are quoted; what cannot be (not printable
 * ASCII) or is over RECEIVED_SPF_VALUE_MAX is left out.  The error is the buffer's. */
enum res received_spf_out(struct buf *out, struct str receiver, const struct evidence *ev,
    const struct ipaddr *client, struct str mail_from, struct str helo);

#endif
