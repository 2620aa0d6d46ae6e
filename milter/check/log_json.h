/* log_json.h - a log line as one JSON object: the same keys and values as in text, numbers as
 * numbers. */
#ifndef SF_CHECK_LOG_JSON_H
#define SF_CHECK_LOG_JSON_H

#include "base/buf.h"
#include "base/result.h"
#include "core/logline.h"

enum { LOG_JSON_MAX = 2 * LOGLINE_MAX }; /* quotes, and a second backslash for each escape */

/* {"event":"message","queue_id":"4XyZ12abc","spf":"softfail",...}: "-" is null, a list of words an
 * array.  Strangers' octets are escaped as in text.  RES_NOMEM; RES_LIMIT: out has no room. */
enum res log_json(struct buf *out, const struct logline *line);

#endif
