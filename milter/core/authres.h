/* authres.h - Authentication-Results, reading (RFC 8601).
 * Two readers, for two purposes.  authres_claims_id() decides what is removed and is lenient:
 * whatever a reader downstream could take for a field of that authserv-id claims it.
 * authres_parse() decides what is believed and is strict.  Both are linear in the field's size. */
#ifndef SF_CORE_AUTHRES_H
#define SF_CORE_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"

enum {
	AUTHRES_MAX_RESINFO = 64, /* bounds the work a stranger's field can ask for */
	AUTHRES_MAX_PROPS = 16,   /* propspecs of one resinfo */
};

struct authres_prop {
	struct str ptype, property; /* lower case */
	struct str pvalue;          /* without quotes and comments: the value itself */
};

struct authres_info {
	struct str method; /* lower case; its version is 1 */
	struct str result; /* lower case */
	struct str reason; /* NULL: none */
	struct authres_prop props[AUTHRES_MAX_PROPS];
	size_t prop_count;
};

struct authres {
	struct str authserv_id; /* without quotes, comments, final dots; lower case,
				 * A-labels if it is a domain */
	bool no_result;         /* "none": no check was done */
	const struct authres_info *infos;
	size_t info_count;
	bool broken; /* syntax error, or over a limit: infos holds the complete
		      * resinfos before it */
};

/* The value of one field (after the colon).  Unregistered methods, results and ptypes, and method
 * versions other than 1 are left out (RFC 8601 2.3, 2.6, 4.1).  RES_SYNTAX: no readable
 * authserv-id; RES_PERM: an authres-version that we do not know; RES_NOMEM. */
enum res authres_parse(struct arena *a, struct str value, struct authres *ret_field);

/* Whether a reader could take the field for one of any of these ids: without case, after comments,
 * quotes, folding and a final dot are taken away, U-labels and A-labels alike (RFC 8601 5), also
 * when a version, a /job suffix or broken syntax follows.  An id may be "*.example.net": any name
 * below it. */
bool authres_claims_id(struct str value, const struct str *ids, size_t n);

/* Registered at IANA for RFC 8601 and its successors: methods with their results, and ptypes. */
bool authres_is_registered_result(struct str method, struct str result);
bool authres_is_registered_ptype(struct str ptype);

/* The pvalue of the first ptype.property, or .p == NULL. */
struct str authres_prop(const struct authres_info *info, struct str ptype, struct str property);

#endif
