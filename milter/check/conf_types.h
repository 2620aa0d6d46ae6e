/* conf_types.h - the types of keys: how a value is read, printed and described.  One value has one
 * text: two are equal when they print alike. */
#ifndef SF_CHECK_CONF_TYPES_H
#define SF_CHECK_CONF_TYPES_H

#include <libconfig.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "check/conf_faults.h"
#include "check/conf_text.h"

struct conf;
struct conf_key;

struct conf_reader {
	struct arena *arena;          /* of the values read */
	const struct conf_text *text; /* what libconfig has read */
	struct conf_faults *faults;
	bool nomem;
	const char *wrong; /* of the value refused last: "is out of range" */
	struct str cure;   /* what to write instead; empty: what the key takes */
};

struct conf_type {
	/* Into the field of the key.  false: the value is refused, with r->wrong. */
	bool (*read)(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s,
	    void *field);
	/* As it stands in a file. */
	void (*print)(struct buf *out, const struct conf_key *k, const void *field);
	/* What the key takes, behind "use". */
	void (*allow)(struct buf *out, const struct conf_key *k);
};

extern const struct conf_type conf_type_bool;    /* bool */
extern const struct conf_type conf_type_whole;   /* int, min to max */
extern const struct conf_type conf_type_octal;   /* int, octal digits in quotes, 0 to max */
extern const struct conf_type conf_type_tenths;  /* unsigned, tenths, as min and max are */
extern const struct conf_type conf_type_text;    /* struct str of the form, max octets */
extern const struct conf_type conf_type_word;    /* int, of one of the form's words */
extern const struct conf_type conf_type_texts;   /* struct conf_strs, each of the form */
extern const struct conf_type conf_type_nets;    /* struct conf_nets */
extern const struct conf_type conf_type_servers; /* struct conf_servers */

/* Reads one setting into its field of *c; what is wrong goes to the faults. */
void conf_value_read(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s,
    struct conf *c);
/* As it stands in a file. */
void conf_value_print(struct buf *out, const struct conf_key *k, const struct conf *c);

/* A fault of the setting s: "FILE:LINE: NAME: VALUE WRONG; use CURE". */
void conf_value_fault(struct conf_reader *r, const char *name, const config_setting_t *s,
    const char *wrong, struct str cure);

/* For the types' own use: note what is wrong with a value (always false); make a fault of it. */
bool conf_refuse(struct conf_reader *r, const char *wrong);
void conf_value_refused(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s);

/* A text of the key's form, with a NUL behind it. */
bool conf_read_text(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s,
    struct str *ret_text);

/* In quotes, with escapes. */
void conf_print_quoted(struct buf *out, struct str text);

#endif
