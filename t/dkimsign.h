/* dkimsign.h - signs messages for tests (RFC 6376 section 3, 5), with OpenSSL and canonical forms
 * of its own, so that a test of the verifier is also one of libopendkim against another reading of
 * the standard.  It signs what it is told, also what no signer should. */
#ifndef SF_T_DKIMSIGN_H
#define SF_T_DKIMSIGN_H

#include "base/str.h"

struct dkimsign_key;

/* "rsa512", "rsa1024", "rsa2048", ..., "ed25519".  NULL: OpenSSL does not make one. */
struct dkimsign_key *dkimsign_key_new(const char *kind);
void dkimsign_key_free(struct dkimsign_key *key);

/* p= of the key record; lives as long as the key. */
const char *dkimsign_public(const struct dkimsign_key *key);

/* The value of a DKIM-Signature field, leading blank included, on the heap.  tags: "v=1;
 * a=rsa-sha256; ...", of which a=, c=, h= and l= are obeyed; bh= is added when missing, b= in any
 * case.  header: fields, each with its CRLF; body: CRLF line ends. */
char *dkimsign(const struct dkimsign_key *key, const char *tags, struct str header,
    struct str body);

#endif
