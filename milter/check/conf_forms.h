/* conf_forms.h - which texts a key takes, by their form alone. */
#ifndef SF_CHECK_CONF_FORMS_H
#define SF_CHECK_CONF_FORMS_H

#include <stdbool.h>

#include "base/str.h"

struct conf_word {
	const char *word;
	int value;
};

struct conf_form {
	bool (*ok)(struct str text);
	const char *wrong;             /* "is no ..." */
	const char *use;               /* the cure: what to write instead */
	const struct conf_word *words; /* of a key that takes words; ends with NULL */
};

/* Texts */
extern const struct conf_form conf_form_socket;  /* as libmilter takes it */
extern const struct conf_form conf_form_account; /* a user or group, or empty */
extern const struct conf_form conf_form_path;    /* absolute, or empty */
extern const struct conf_form conf_form_id;      /* authserv-id (RFC 8601 2.2), or empty */
extern const struct conf_form conf_form_prefix;  /* of a field's name (RFC 5322 2.2) */

/* Elements of arrays, none of them empty */
extern const struct conf_form conf_form_trusted_id; /* authserv-id */
extern const struct conf_form conf_form_own_id;     /* authserv-id, or "*." and a domain */

/* Words */
extern const struct conf_form conf_form_source;   /* enum dkim_source */
extern const struct conf_form conf_form_target;   /* enum log_target */
extern const struct conf_form conf_form_facility; /* LOG_* of syslog.h */
extern const struct conf_form conf_form_format;   /* enum log_format */
extern const struct conf_form conf_form_level;    /* enum log_level */

/* The word of a value that one of its words has. */
const char *conf_form_word(const struct conf_form *form, int value);

#endif
