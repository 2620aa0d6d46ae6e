/* table.h - test cases in plain text files that people can read and extend.
 * One case a line, columns separated by one TAB; lines that are empty or begin with '#' are
 * comments.  In each column \n \t \r \\ and \xHH stand for the octet they name.  Columns come as
 * exact-length heap copies without a NUL (tap_exact_str), so a sanitizer sees the first octet
 * read too far. */
#ifndef SF_T_TABLE_H
#define SF_T_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { TABLE_COLUMNS = 8 };

struct table_row {
	unsigned line;			/* in the file, from 1 */
	struct str column[TABLE_COLUMNS];
	size_t count;			/* columns that are there; the others are empty */
};

struct table;

/* name is relative to the top of the source tree, which is $SRCDIR or ".".  A file that cannot
 * be read, or a line with too many columns or a wrong escape, is a check that fails. */
struct table *table_open(const char *name);
bool table_next(struct table *t, struct table_row *ret_row);
void table_close(struct table *t);

#endif
