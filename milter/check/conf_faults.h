/* conf_faults.h - what is wrong with a configuration: a list of sentences, each with its place and
 * its cure. */
#ifndef SF_CHECK_CONF_FAULTS_H
#define SF_CHECK_CONF_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

enum { CONF_FAULT_MAX = 1000 }; /* octets of one sentence; a longer one is cut */

/* Each is "FILE:LINE: key: what is wrong; the cure", with a NUL behind it. */
struct conf_faults {
	struct str *list;
	size_t count, cap;
	struct arena *arena; /* owner of the list; NULL: no memory */
	bool nomem;          /* the list is not complete */
};

void conf_faults_open(struct conf_faults *f); /* empty, with an arena of its own */
void conf_faults_close(struct conf_faults *f);

/* Adds "FILE:LINE: " and the printf-style sentence; "FILE: " with line 0. */
void conf_fault(struct conf_faults *f, struct str file, unsigned line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
