/* dkimsig.h - one DKIM-Signature field, read strictly (RFC 6376 3.5).  What is wrong with it is
 * decided here, before any library sees it: libopendkim takes the last of two equal tags, "D" for
 * "d", ignores q= and blanks within names, and reads a broken list as far as it can. */
#ifndef SF_CORE_DKIMSIG_H
#define SF_CORE_DKIMSIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/dkimfault.h"
#include "core/dns.h"

enum dkim_algorithm { DKIM_ALGORITHM_UNKNOWN, DKIM_RSA_SHA1, DKIM_RSA_SHA256, DKIM_ED25519_SHA256 };

struct dkimsig {
	enum dkim_fault fault; /* the first thing wrong */
	struct str detail;     /* for its sentence */
	/* Of each tag what can be read, also after a fault; NULL: nothing. */
	struct str domain;    /* d= in lower case */
	struct str selector;  /* s= */
	struct str identity;  /* i= decoded, or "@" and d= */
	struct str algorithm; /* a= */
	struct str b_prefix;  /* the first 8 characters of b= without blanks */
	struct str names;     /* h=, a view into the field */
	enum dkim_algorithm kind;
	bool relaxed_body;
	bool has_length, has_time, has_expiry;
	uint64_t length, time_s, expiry_s; /* l= t= x= */
};

enum {
	/* In h=.  Honest ones name some dozens, and each is looked for in the whole header. */
	DKIMSIG_MAX_NAMES = 256,
	DKIMSIG_DRIFT_S = 300, /* t= may be that far in the future: clocks differ */
};

/* A field's value, all after the colon.  now_s: seconds since 1970, 0 for unknown (t= and x= are
 * not compared).  Whatever is wrong with it is in *ret_sig.  RES_NOMEM. */
enum res dkimsig_read(struct arena *a, struct str value, int64_t now_s, struct dkimsig *ret_sig);

/* "s._domainkey.d" (3.6.2.1).  RES_NONE: the signature has a fault, its key does not matter;
 * RES_NOMEM. */
enum res dkimsig_key_question(struct arena *a, const struct dkimsig *sig,
    struct dns_question *ret_q);

/* i= names a domain below d=, not d= itself. */
bool dkimsig_is_below(const struct dkimsig *sig);

#endif
