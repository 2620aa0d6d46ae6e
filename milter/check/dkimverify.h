/* dkimverify.h - libopendkim, the only place that knows it: canonical forms, hashes and the
 * mathematics of the signatures of one message.  It asks no DNS, has no say about time, key size or
 * policy, and is shown only fields and keys that were read strictly before.  The body streams. */
#ifndef SF_CHECK_DKIMVERIFY_H
#define SF_CHECK_DKIMVERIFY_H

#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/dkimfault.h"
#include "core/dkimkey.h"

struct dkimverify_lib; /* shared by all threads */
struct dkimverify;     /* one message */

/* Octets of p=: the library takes a key record of 1,024, and RSA of 4,096 bits has 736. */
enum { DKIMVERIFY_MAX_P = 960 };

/* RES_NOMEM: no memory, or a library that does not know our options. */
enum res dkimverify_lib_open(struct dkimverify_lib **ret_lib);
void dkimverify_lib_close(struct dkimverify_lib *lib);

/* Closed with the arena.  max_signatures: how many DKIM-Signature fields dkimverify_field will get
 * at most. */
enum res dkimverify_begin(struct dkimverify_lib *lib, struct arena *a, const char *id,
    size_t max_signatures, struct dkimverify **ret_v);

/* A whole field, "Name: value" with folds as CRLF and without the last CRLF, from the top of the
 * header down.  Each DKIM-Signature is a signature to be verified, numbered from 0.  RES_NOMEM. */
enum res dkimverify_field(struct dkimverify *v, struct str text);
/* RES_NOMEM: it gave up, nothing of the message can be verified. */
enum res dkimverify_eoh(struct dkimverify *v);
enum res dkimverify_body(struct dkimverify *v, struct str chunk);

/* The key of a signature, before dkimverify_end: valid until then, without a fault, p= within the
 * limit. */
void dkimverify_key(struct dkimverify *v, size_t number, const struct dkimkey *key);

/* Verifies all signatures that have a key.  RES_NOMEM. */
enum res dkimverify_end(struct dkimverify *v);

/* What the library found; *ret_bits the size of an RSA key, 0 for others and unknown; *ret_error
 * its own number, for DKIM_FAULT_REFUSED. */
enum dkim_fault dkimverify_outcome(const struct dkimverify *v, size_t number, unsigned *ret_bits,
    int *ret_error);

#endif
