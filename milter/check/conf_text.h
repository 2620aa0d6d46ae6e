/* conf_text.h - a configuration file and what it includes as one text for libconfig, made so that
 * libconfig 1.5 and 1.7 read it alike.  libconfig itself opens no file: it ends the process on
 * some, and names and places of included files differ between its versions.
 *
 * Each number is replaced by a small whole number, the place where its own text is kept.  So the
 * key that it belongs to says what numbers it takes, and no number is cut to 32 bits or read as
 * octal on the way. */
#ifndef SF_CHECK_CONF_TEXT_H
#define SF_CHECK_CONF_TEXT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"
#include "check/conf_faults.h"

enum { CONF_MAX_INCLUDES = 20 }; /* in all; ends a file that includes itself */

struct conf_origin { /* from this line of the text on: the file and the line there */
	unsigned line;
	struct str file;
	unsigned file_line;
};

struct conf_text {
	struct arena *arena; /* owner of all below */
	struct buf text;     /* what libconfig reads: no comment, no @include, no NUL */
	struct buf numbers;  /* the text of each number and a newline */
	unsigned line;       /* lines of the text so far */
	struct conf_origin origins[2 * CONF_MAX_INCLUDES + 1];
	size_t origin_count;
};

/* Reads file and, where a line says @include "NAME", the plain file NAME of the same folder.  What
 * is wrong goes to faults and is left out of the text, so that reading can go on.  RES_NOMEM;
 * RES_PERM: there is no text, for file cannot be read. */
enum res conf_text_read(struct conf_text *t, struct arena *a, const char *file,
    struct conf_faults *faults);

/* The same of text in memory, without @include. */
enum res conf_text_from(struct conf_text *t, struct arena *a, struct str text,
    struct conf_faults *faults);

/* Where a line of the text came from. */
struct conf_origin conf_text_origin(const struct conf_text *t, unsigned line);

/* The number as it was written; place is what libconfig read instead of it. */
struct str conf_text_number(const struct conf_text *t, int place);

#endif
