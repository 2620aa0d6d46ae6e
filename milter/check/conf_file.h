/* conf_file.h - one file of a configuration, wholly in memory. */
#ifndef SF_CHECK_CONF_FILE_H
#define SF_CHECK_CONF_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"

enum { CONF_MAX_BYTES = 1 << 20 }; /* far more than anybody writes */

/* The text of path, in the arena.  plain: nothing but a plain file will do, and opening it never
 * waits.  RES_PERM: it cannot be read or is too long, as *wrong says with the cure; RES_NOMEM. */
enum res conf_file_read(struct arena *a, const char *path, bool plain, struct buf *wrong,
    struct str *ret_text);

#endif
