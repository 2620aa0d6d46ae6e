/* mlfi.h - libmilter's callbacks.  The only file that knows libmilter. */
#ifndef SF_DAEMON_MLFI_H
#define SF_DAEMON_MLFI_H

#include "base/result.h"
#include "base/str.h"
#include "daemon/runtime.h"

/* Registers the callbacks and opens the socket (libmilter's form, conf.h); a stale unix socket is
 * replaced.  RES_TEMP: libmilter could not.  *ret_listener is the listening descriptor, -1 when it
 * cannot be told. */
enum res mlfi_open(const char *socket, int *ret_listener);

/* Serves until mlfi_stop(). */
void mlfi_serve(struct runtime *rt);
void mlfi_stop(void);

/* "8.17.1" or so, of the library in use. */
void mlfi_version(unsigned *ret_major, unsigned *ret_minor, unsigned *ret_patch);

#endif
