/* versions.h - versions of the libraries in use, for -V and bug reports. */
#ifndef SF_CHECK_VERSIONS_H
#define SF_CHECK_VERSIONS_H

#include <stdio.h>

/* One line each: prefix, name, version. */
void versions_print(FILE *out, const char *prefix);

#endif
