#include "core/dkimfault.h"

#include <assert.h>

static const struct {
	enum dkim_result result;
	const char *sentence;
} faults[] = {
	[DKIM_FAULT_NONE] = { DKIM_RESULT_PASS, "" },
	[DKIM_FAULT_SYNTAX] = { DKIM_RESULT_NEUTRAL, "the field is not a list of tags" },
	[DKIM_FAULT_TAGS] = { DKIM_RESULT_NEUTRAL, "the field has too many tags" },
	[DKIM_FAULT_TWICE] = { DKIM_RESULT_PERMERROR, "$= stands twice in the signature" },
	[DKIM_FAULT_MISSING] = { DKIM_RESULT_NEUTRAL, "$= is missing in the signature" },
	[DKIM_FAULT_VALUE] = { DKIM_RESULT_NEUTRAL, "$= of the signature cannot be read" },
	[DKIM_FAULT_VERSION] = { DKIM_RESULT_NEUTRAL, "v= of the signature is not 1" },
	[DKIM_FAULT_ALGORITHM] = { DKIM_RESULT_NEUTRAL,
	    "a= names an algorithm that is not known here" },
	[DKIM_FAULT_CANON] = { DKIM_RESULT_NEUTRAL,
	    "c= names a canonicalization that is not known here" },
	[DKIM_FAULT_QUERY] = { DKIM_RESULT_NEUTRAL, "q= does not offer dns/txt" },
	[DKIM_FAULT_NAMES] = { DKIM_RESULT_PERMERROR, "h= names too many fields" },
	[DKIM_FAULT_FROM_UNSIGNED] = { DKIM_RESULT_PERMERROR, "h= does not name From" },
	[DKIM_FAULT_OUTSIDE] = { DKIM_RESULT_PERMERROR, "i= is outside the domain of d=" },
	[DKIM_FAULT_TIME_ORDER] = { DKIM_RESULT_PERMERROR, "x= is not later than t=" },
	[DKIM_FAULT_FUTURE] = { DKIM_RESULT_PERMERROR, "t= lies in the future" },
	[DKIM_FAULT_EXPIRED] = { DKIM_RESULT_PERMERROR, "x= is past, the signature has expired" },
	[DKIM_FAULT_COVERS] = { DKIM_RESULT_PERMERROR,
	    "h= names another DKIM-Signature, one that cannot be read or was not examined" },

	[DKIM_FAULT_KEY_UNKNOWN] = { DKIM_RESULT_TEMPERROR, "the key could not be asked ($)" },
	[DKIM_FAULT_KEY_NONE] = { DKIM_RESULT_PERMERROR, "there is no key" },
	[DKIM_FAULT_KEY_TWO] = { DKIM_RESULT_PERMERROR, "there is more than one key record" },
	[DKIM_FAULT_KEY_SYNTAX] = { DKIM_RESULT_PERMERROR, "the key record is not a list of tags" },
	[DKIM_FAULT_KEY_TWICE] = { DKIM_RESULT_PERMERROR, "$= stands twice in the key record" },
	[DKIM_FAULT_KEY_VERSION] = { DKIM_RESULT_PERMERROR,
	    "v= of the key record is not DKIM1 or does not stand first" },
	[DKIM_FAULT_KEY_TYPE] = { DKIM_RESULT_PERMERROR,
	    "k= of the key excludes the signature's algorithm" },
	[DKIM_FAULT_KEY_HASH] = { DKIM_RESULT_PERMERROR,
	    "h= of the key excludes the signature's algorithm" },
	[DKIM_FAULT_KEY_SERVICE] = { DKIM_RESULT_PERMERROR, "s= of the key excludes mail" },
	[DKIM_FAULT_KEY_MISSING] = { DKIM_RESULT_PERMERROR, "p= is missing in the key record" },
	[DKIM_FAULT_KEY_REVOKED] = { DKIM_RESULT_PERMERROR,
	    "the key has been revoked (p= is empty)" },
	[DKIM_FAULT_KEY_LONG] = { DKIM_RESULT_PERMERROR, "p= of the key record is too long" },
	[DKIM_FAULT_KEY_BROKEN] = { DKIM_RESULT_PERMERROR,
	    "p= of the key record is not a key of its kind" },

	[DKIM_FAULT_SIGNATURE] = { DKIM_RESULT_FAIL, "the signature does not match the header" },
	[DKIM_FAULT_BODY] = { DKIM_RESULT_FAIL, "the body has been changed" },
	[DKIM_FAULT_BODY_SHORT] = { DKIM_RESULT_FAIL, "the body is shorter than l= says" },
	[DKIM_FAULT_BARE_LF] = { DKIM_RESULT_FAIL, "the body has a line that ends in a bare LF" },
	[DKIM_FAULT_ENDLESS] = { DKIM_RESULT_NEUTRAL,
	    "the body has a word of more than a megabyte" },
	[DKIM_FAULT_REFUSED] = { DKIM_RESULT_PERMERROR,
	    "libopendkim refuses the signature (error $)" },

	[DKIM_FAULT_SHA1] = { DKIM_RESULT_POLICY, "it is made with SHA-1 (RFC 8301)" },
	[DKIM_FAULT_BITS] = { DKIM_RESULT_POLICY, "the key has only $ bits" },
	[DKIM_FAULT_LENGTH] = { DKIM_RESULT_POLICY, "the body goes on after l=" },
	[DKIM_FAULT_SUBDOMAIN] = { DKIM_RESULT_POLICY,
	    "i= is below d=, which t=s of the key forbids" },

	[DKIM_FAULT_OURS] = { DKIM_RESULT_TEMPERROR,
	    "it could not be verified here: out of memory" },
};
static_assert(sizeof faults / sizeof *faults == DKIM_FAULT_COUNT, "a sentence each");

enum dkim_result
dkimfault_result(enum dkim_fault f)
{
	return faults[f].result;
}

void
dkimfault_write(struct buf *out, enum dkim_fault f, struct str detail)
{
	struct str rest = str_from(faults[f].sentence);
	size_t at = str_find(rest, '$');

	buf_put(out, str_first(rest, at));
	if (at < rest.len) {
		buf_put(out, detail);
		buf_put(out, str_skip(rest, at + 1));
	}
}
