#include "base/result.h"

#include <assert.h>

static const char *const names[] = {
	[RES_OK] = "ok",
	[RES_NONE] = "none",
	[RES_TEMP] = "temp",
	[RES_PERM] = "perm",
	[RES_SYNTAX] = "syntax",
	[RES_LIMIT] = "limit",
	[RES_NOMEM] = "nomem",
};
static_assert(sizeof names / sizeof *names == RES_COUNT, "a name each");

const char *
res_name(enum res r)
{
	return (unsigned)r < RES_COUNT ? names[r] : "?";
}
