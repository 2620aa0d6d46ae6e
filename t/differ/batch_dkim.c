/* DKIM by check/dkimcheck: of each signature result, d=, s=, problem. */
#include <string.h>

#include "core/words.h"
#include "t/check/dkimcase.h"
#include "t/differ/batch.h"

/* At the CRLF that no blank follows */
static struct str
cut_field(struct str *rest)
{
	struct str field = *rest;
	size_t at = 0;

	while (at + 1 < rest->len && !(rest->p[at] == '\r' && rest->p[at + 1] == '\n' &&
	    (at + 2 == rest->len || (rest->p[at + 2] != ' ' && rest->p[at + 2] != '\t'))))
		at++;
	field.len = at + 1 < rest->len ? at : rest->len;
	*rest = str_skip(*rest, at + 2);
	return field;
}

void
batch_dkim(struct batch_case *c)
{
	static const struct dkim_conf conf = { .max_signatures = 10, .rules.minimum_key_bits = 1024 };
	struct dkimcase message = { .arena = c->arena, .body = c->field[2] };
	struct str rest = c->field[1];
	struct ev_dkim *list;
	size_t count;

	while (rest.len > 0) {
		struct str value = cut_field(&rest), name = str_cut(&value, ':');

		dkimcase_insert(&message, message.count, name, value);
	}
	dkimcase_examine(&message, &conf, c->field[0], 0, &list, &count);
	for (size_t i = 0; i < count; i++) {
		batch_word(dkim_result_word(list[i].result));
		batch_say(list[i].domain);
		batch_say(list[i].selector);
		batch_say(list[i].problem);
	}
}
