/* conf_keys.h - the table of keys: whatever reads, checks, prints or describes the configuration
 * walks it. */
#ifndef SF_CHECK_CONF_KEYS_H
#define SF_CHECK_CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "check/conf_forms.h"
#include "check/conf_types.h"

struct conf_key {
	const char *name;             /* with its groups: "dns.timeout_ms" */
	size_t field;                 /* offset in struct conf */
	const struct conf_type *type; /* the field's C type is said there */
	const struct conf_form *form; /* of texts and words, else NULL */
	long min, max;                /* of a number; octets; elements */
	const char *fallback;         /* the default, as conf_print() prints it */
	bool restart;                 /* a change needs a restart */
	const char *meaning;          /* one line, without full stop */
};

/* In the order of the sample file; the keys of a group stand together. */
extern const struct conf_key conf_keys[];
extern const size_t conf_key_count;

/* NULL: there is none. */
const struct conf_key *conf_key_find(struct str name);

/* Some key's name begins with it and a dot. */
bool conf_key_is_group(struct str name);

/* The key or group that name was likely meant to be: a few slips of the pen away, or the same in
 * another group.  Empty: none is near. */
struct str conf_key_near(struct str name);

#endif
