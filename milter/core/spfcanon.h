/* spfcanon.h - the canonical record: what libspf2 gets to see of a published one.  Pure.
 *
 * Three differences hide from libspf2 what it gets wrong.  Names are aliases, so no octet of a
 * stranger's reaches its parser or its macro code.  Terms that cannot match are left out, so a
 * record has at most eleven: libspf2 silently drops terms beyond 511 octets of its own form, and
 * counts them in one octet.  Addresses are relative to the client, which is always the same one for
 * it, so its free ride for 127.0.0.0/8 has no passenger. */
#ifndef SF_CORE_SPFCANON_H
#define SF_CORE_SPFCANON_H

#include "base/buf.h"
#include "core/ipaddr.h"

struct spf_record; /* core/spfrecord.h, which libspf2's headers cannot stand beside */

/* The record in words of ours only, for this client.  A target becomes an alias "TERM.RECORD.spf"
 * (redirect's TERM is rec->count), ip4 and ip6 are there only when they match, a /0 of a or mx is
 * left to who answers for the alias, ptr is asked as exists, redirect is left out beside "all", exp
 * and unknown modifiers always; nothing stands behind the first sure match or the first term over
 * the lookup limit. */
void spfcanon_print(struct buf *out, const struct spf_record *rec, unsigned record_no,
    const struct ipaddr *client);

/* The client as libspf2 knows it: one fixed address a family. */
struct ipaddr spfcanon_stand_in(enum ip_family family);

/* addr, of the client's family, as seen from the stand-in: the two are equal in exactly the bits in
 * which addr and client are. */
struct ipaddr spfcanon_relative(const struct ipaddr *addr, const struct ipaddr *client);

#endif
