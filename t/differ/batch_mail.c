/* Header fields by core/authres and core/mailaddr. */
#include <stdlib.h>

#include "core/authres.h"
#include "core/mailaddr.h"
#include "core/words.h"
#include "t/differ/batch.h"

static void
say_info(const struct authres_info *info)
{
	batch_say(info->method);
	batch_say(info->result);
	batch_say(info->reason);
	batch_number(info->prop_count);
	for (size_t i = 0; i < info->prop_count; i++) {
		batch_say(info->props[i].ptype);
		batch_say(info->props[i].property);
		batch_say(info->props[i].pvalue);
	}
}

/* ok, syntax or perm (version); id, no_result, broken; of each resinfo method, result, reason, and
 * its properties */
void
batch_authres(struct batch_case *c)
{
	struct authres field;
	enum res r = authres_parse(c->arena, c->field[0], &field);

	batch_word(res_name(r));
	if (r != RES_OK)
		return;
	batch_say(field.authserv_id);
	batch_number(field.no_result);
	batch_number(field.broken);
	for (size_t i = 0; i < field.info_count; i++)
		say_info(&field.infos[i]);
}

/* one, several, repeated or broken; domain; problem */
void
batch_from(struct batch_case *c)
{
	static const bool cut[BATCH_MAX_FIELDS];
	struct author author;

	if (mailaddr_author_of_fields(c->arena, c->field, cut, c->count, &author) != RES_OK)
		abort();
	batch_word(author_kind_word(author.kind));
	batch_say(author.domain);
	batch_say(author.problem);
}
