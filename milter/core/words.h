/* words.h - the vocabulary: each result, policy and state as an enum, with its one word.
 * Words are those of RFC 8601 2.7 and of the manual; headers, log and JSON print the same ones. */
#ifndef SF_CORE_WORDS_H
#define SF_CORE_WORDS_H

#include "base/result.h"
#include "base/str.h"

enum spf_result { /* RFC 7208 2.6 */
	SPFRESULT_NONE,
	SPFRESULT_NEUTRAL,
	SPFRESULT_PASS,
	SPFRESULT_FAIL,
	SPFRESULT_SOFTFAIL,
	SPFRESULT_TEMPERROR,
	SPFRESULT_PERMERROR,
	SPFRESULT_COUNT
};

enum posture {            /* how an SPF record ends, redirect followed */
	POSTURE_UNKNOWN,  /* no record, a broken one, or its end could not be read: null */
	POSTURE_NONE,     /* neither all nor redirect */
	POSTURE_FAIL,     /* -all */
	POSTURE_SOFTFAIL, /* ~all */
	POSTURE_NEUTRAL,  /* ?all */
	POSTURE_PASS,     /* +all */
	POSTURE_COUNT
};

enum enforcement {          /* a domain's effective DMARC policy, after sp, np and t */
	ENFORCE_UNKNOWN,    /* not asked, or nothing found and a name failed: null */
	ENFORCE_NODMARC,    /* no DMARC record */
	ENFORCE_NONE,       /* p=none, or t=y with p=quarantine */
	ENFORCE_QUARANTINE, /* or t=y with p=reject */
	ENFORCE_REJECT,
	ENFORCE_COUNT
};

enum dkim_result { /* RFC 8601 2.7.1; best first, as the log's dkim= picks them */
	DKIM_RESULT_PASS,
	DKIM_RESULT_TEMPERROR,
	DKIM_RESULT_POLICY,
	DKIM_RESULT_NEUTRAL,
	DKIM_RESULT_FAIL,
	DKIM_RESULT_PERMERROR,
	DKIM_RESULT_NONE, /* no signature */
	DKIM_RESULT_COUNT
};

enum dmarc_result { /* RFC 9989 9.2 */
	DMARC_RESULT_NONE,
	DMARC_RESULT_PASS,
	DMARC_RESULT_FAIL,
	DMARC_RESULT_TEMPERROR,
	DMARC_RESULT_PERMERROR,
	DMARC_RESULT_COUNT
};

enum author_kind {       /* what the From fields say (RFC 9989 4.4, 11.5) */
	AUTHOR_ONE,      /* exactly one author domain */
	AUTHOR_SEVERAL,  /* one field, mailboxes that do not all give the same one domain */
	AUTHOR_REPEATED, /* fields that do not all give the same one domain, or are not all read */
	AUTHOR_BROKEN,   /* whatever else leaves no author domain */
	AUTHOR_COUNT
};

enum policy_tag { TAG_UNKNOWN, TAG_P, TAG_SP, TAG_NP, TAG_DEFAULT_NONE, TAG_COUNT };

enum skipped {
	SKIPPED_NO,
	SKIPPED_TRUSTED_HOST,
	SKIPPED_AUTHENTICATED,
	SKIPPED_NO_ADDRESS,
	SKIPPED_ABORTED,
	SKIPPED_FAILED,
	SKIPPED_COUNT
};

/* Words; NULL for the UNKNOWN value of posture, enforcement, policy_tag and for SKIPPED_NO. */
const char *spf_result_word(enum spf_result r);
const char *posture_word(enum posture p); /* "~all", "none", ... */
const char *enforcement_word(enum enforcement e);
const char *dkim_result_word(enum dkim_result r);
const char *dmarc_result_word(enum dmarc_result r);
const char *author_kind_word(enum author_kind k);
const char *policy_tag_word(enum policy_tag t); /* "p", "sp", "np", "default-none" */
const char *skipped_word(enum skipped s);       /* "trusted-host", ... */

/* Exact, lower case.  RES_SYNTAX: not one of them.  For reading Authentication-Results. */
enum res spf_result_from_word(struct str word, enum spf_result *ret_result);
enum res dkim_result_from_word(struct str word, enum dkim_result *ret_result);

#endif
