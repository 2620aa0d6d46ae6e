/* report.h - what softfail check prints of one evaluated message. */
#ifndef SF_CLI_REPORT_H
#define SF_CLI_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/result.h"
#include "core/evidence.h"
#include "session/message.h"

struct report {
	const struct message *message;
	enum skipped skipped; /* what the daemon would do with this client; SKIPPED_NO: evaluate */
	unsigned threshold;   /* tenths */
	bool colour;
};

/* The JSON object of softfail(1) and a newline.  RES_NOMEM, RES_TEMP (writing failed). */
enum res report_json(FILE *out, const struct report *r);

/* For people.  only_verdict: the first line. */
void report_text(FILE *out, const struct report *r, bool only_verdict);

#endif
