/* dns_text.h - a dns port that answers from a zone file: for tests, and for trying a record
 * before publishing it.
 *
 * One record a line, "name TYPE data"; lines end in LF or CRLF; a line that begins with '#' is a
 * comment.  How names, data and escapes are written stands in zoneline.h.  A final dot of a name
 * is dropped; all are absolute.
 *
 *	example.org     A      192.0.2.1
 *	example.org     MX     10 mail.example.org
 *	example.org     TXT    "v=spf1 mx " "-all"
 *	www.example.org CNAME  example.org
 *	192.0.2.1       PTR    mail.example.org		the owner may be an address
 *	example.org     SOA    ns.example.org root.example.org 1 2 3 4 5
 *	slow.example    TXT    !TIMEOUT			or !SERVFAIL, !REFUSED: this question fails
 *	slow.example    *      !TIMEOUT			every type that has no line of its own
 *	there.example   EMPTY				exists without records
 *
 * TXT strings are joined.  One over 255 octets, which a message could not carry, stands for its
 * pieces.  CNAMEs are followed within the file: a target that does not exist gives NXDOMAIN, one
 * that fails its failure, a loop DNS_FAILED; a question for CNAME itself gets the CNAME.  A name
 * exists when it owns a line or one below it does; every other one is NXDOMAIN.  Records keep
 * the order of the file; all have a TTL of 300 s.
 *
 * Refused: a CNAME beside another record of its name (RFC 1034 3.6.2), a question that fails and
 * has another line as well. */
#ifndef SF_CHECK_DNS_TEXT_H
#define SF_CHECK_DNS_TEXT_H

#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"
#include "check/ports.h"

/* A port on the text of a zone file, of which nothing is kept.  It answers inside ask, any
 * number of threads may ask at once, and close frees all it has.  RES_SYNTAX: *err has got
 * "file_name:LINE: what is wrong" with the first fault (two lines that contradict each other are
 * looked for when all lines are right).  RES_NOMEM: *err says so. */
enum res dns_text_open(struct str text, const char *file_name, struct buf *err,
    struct dns_port *ret_port);

/* The same with a file, or a pipe, of at most 64 MiB.  RES_PERM: it cannot be read, *err says
 * why; RES_LIMIT: it is larger. */
enum res dns_text_open_file(const char *path, struct buf *err, struct dns_port *ret_port);

#endif
