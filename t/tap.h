/* tap.h - the Test Anything Protocol for our unit tests.  A test program calls tap_* and returns tap_done().
 * Each check takes a printf-style name that says which rule or promise it holds ("9989 4.10.2: ..."). */
#ifndef SF_T_TAP_H
#define SF_T_TAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "base/str.h"

#define TAP_PRINTF(n) __attribute__((format(printf, n, n + 1)))

/* Each prints "ok" or "not ok" with got and wanted as a comment, and returns whether it held. */
bool tap_ok(bool holds, const char *name, ...) TAP_PRINTF(2);
bool tap_eq_int(long long got, long long want, const char *name, ...) TAP_PRINTF(3);
bool tap_eq_str(struct str got, struct str want, const char *name, ...) TAP_PRINTF(3);
bool tap_eq_text(const char *got, const char *want, const char *name, ...) TAP_PRINTF(3);
bool tap_eq_res(enum res got, enum res want, const char *name, ...) TAP_PRINTF(3);

/* A copy of exactly that length without a NUL, on the heap, so that a sanitizer sees the first octet read
 * too far.  Freed by tap_done(). */
struct str tap_exact(const char *text);
struct str tap_exact_str(struct str s);

/* A comment line. */
void tap_note(const char *text, ...) TAP_PRINTF(1);

/* The whole rest of the program is skipped (TAP "1..0 # SKIP why"); call it before the first check. */
int tap_skip_all(const char *why);

/* Prints the plan; the exit code: 0 when all held. */
int tap_done(void);

#endif
