#include "base/result.h"

#include "t/tap.h"

int
main(void)
{
	static const struct { enum res res; const char *name; } rows[] = {
		{ RES_OK, "ok" }, { RES_NONE, "none" }, { RES_TEMP, "temp" }, { RES_PERM, "perm" },
		{ RES_SYNTAX, "syntax" }, { RES_LIMIT, "limit" }, { RES_NOMEM, "nomem" },
	};

	tap_eq_int((long long)(sizeof rows / sizeof *rows), RES_COUNT, "every result has its row");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		tap_eq_text(res_name(rows[i].res), rows[i].name, "name of %s", rows[i].name);
	tap_eq_text(res_name(RES_COUNT), "?", "no result");
	tap_eq_text(res_name((enum res)-1), "?", "a negative number");
	return tap_done();
}
