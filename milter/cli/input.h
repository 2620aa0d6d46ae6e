/* input.h - a message from a file, cut into header fields and body the way Postfix does it, so that
 * softfail check judges what the milter would be shown.  Lines may end in LF or CRLF. */
#ifndef SF_CLI_INPUT_H
#define SF_CLI_INPUT_H

#include <stdio.h>

#include "base/result.h"
#include "base/str.h"

struct input_sink {
	/* value: all after the colon, folds as LF */
	void (*header)(void *arg, struct str name, struct str value);
	void (*eoh)(void *arg);
	void (*body)(void *arg, struct str chunk); /* line ends are CRLF */
	void *arg;
};

/* mbox lines ("From ...", ">From ...") above all others are dropped.  The header ends at an empty
 * line, or at the first line that is no field: that line begins the body.  Within a field NUL ends
 * its line; a bare CR is a blank everywhere; a field is cut at 60,000 octets.  RES_TEMP: reading
 * failed, errno says why; RES_NOMEM. */
enum res input_read(FILE *in, const struct input_sink *sink);

#endif
