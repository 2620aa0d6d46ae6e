/* evidence.h - what was observed about one message: plain data, no opinion.  Filled by the adapters
 * in check/, read by score, policy and everything that prints.  All text is owned by the message's
 * arena.  A str with .p == NULL (and len 0) is "not there" and prints as JSON null or "-".  Each
 * enum is in words.h, with its words. */
#ifndef SF_CORE_EVIDENCE_H
#define SF_CORE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "core/words.h"

struct ev_spf {
	enum spf_result result;
	bool from_helo;         /* identity helo: the null sender */
	struct str domain;      /* checked domain, A-labels; NULL where it is no domain */
	struct str mechanism;   /* term of the domain's own record that decided; "default"; NULL */
	const struct str *path; /* from it down to the innermost term */
	size_t path_len;
	bool open;              /* a pass whose innermost term lets in nearly anyone (spfwalk.h) */
	struct str explanation; /* of exp=, only on fail: the sender's words, printable ASCII */
	struct str problem;     /* one sentence, or NULL */
	unsigned lookups, void_lookups; /* RFC 7208 4.6.4; of the verdict */
	bool have_record;               /* an SPF record of the domain was read, or several */
	struct str record;              /* as published; NULL: none, or several */
	enum posture posture;
	enum enforcement enforcement;
};

struct ev_dkim {
	enum dkim_result result;
	struct str domain, selector, identity, algorithm; /* d= s= i= a=; NULL: cannot be read */
	struct str b_prefix; /* first 8 characters of b= without blanks */
	unsigned bits;       /* 0: Ed25519, or key not known */
	bool aligned;        /* d= would be aligned with the author, whatever the result */
	struct str problem;
};

struct ev_dmarc {
	enum dmarc_result result;
	enum author_kind author;
	struct str author_domain, org_domain; /* NULL without exactly one author */
	bool have_policy;        /* a policy was found; policy, *_domain, tag are set */
	enum enforcement policy; /* NONE, QUARANTINE or REJECT after sp/np/t */
	struct str policy_domain;
	enum policy_tag tag;
	bool testing;                   /* t=y */
	bool aligned_spf, aligned_dkim; /* an aligned identifier passed */
	bool disputed;                  /* libopendmarc judged otherwise: a bug, to be counted */
	struct str record;              /* as published */
	struct str problem;
	const struct str *queries; /* TXT names of the walks, in order */
	size_t query_count;
};

struct ev_dns {
	unsigned queries; /* different questions that the verdict used */
	unsigned cache_hits;
	unsigned ms; /* time spent waiting for DNS */
};

struct evidence {
	enum skipped skipped;
	bool envelope_only; /* there is no message: dkim and dmarc were not looked at */
	bool dkim_examined; /* dkim.source = verify: signatures were looked at here */
	struct ev_spf spf;
	struct ev_dkim *dkim;
	size_t dkim_count;
	struct ev_dmarc dmarc;
	struct ev_dns dns;
};

/* Best result of all signatures, in the order of enum dkim_result; NONE without any. */
enum dkim_result evidence_dkim_best(const struct evidence *ev);

/* Whether the message passes DMARC by something that not anyone can have: an aligned DKIM
 * signature, or an aligned SPF pass that is not open. */
bool evidence_dmarc_pass_counts(const struct evidence *ev);

#endif
