#include "session/services.h"

#include "base/buf.h"

enum res
services_name_fields(struct services *sv, struct arena *a)
{
	static const char *const ends[EDITS_SCORE_FIELDS] = { "-Score", "-Level", "-Reason" };
	struct str prefix = sv->conf->score_prefix;

	for (size_t i = 0; i < EDITS_SCORE_FIELDS; i++) {
		struct buf name = buf_in(a, prefix.len + sizeof "-Reason");

		buf_put(&name, prefix);
		buf_puts(&name, ends[i]);
		if (name.err != RES_OK)
			return name.err;
		sv->score_fields[i] = buf_str(&name);
	}
	return RES_OK;
}
