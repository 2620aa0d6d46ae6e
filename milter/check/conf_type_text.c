#include "check/conf_types.h"

#include "check/conf.h"
#include "check/conf_keys.h"

bool
conf_read_text(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s,
    struct str *ret_text)
{
	struct str text = str_from(config_setting_get_string(s));

	if (config_setting_type(s) != CONFIG_TYPE_STRING)
		return conf_refuse(r, "is not a text in quotes");
	if (!k->form->ok(text))
		return conf_refuse(r, k->form->wrong);
	text = arena_str(r->arena, text);
	r->nomem = r->nomem || text.p == NULL;
	*ret_text = text;
	return true;
}

static bool
read_text(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *field)
{
	struct str text;

	if (!conf_read_text(r, k, s, &text))
		return false;
	if (text.len > (size_t)k->max)
		return conf_refuse(r, "is too long");
	*(struct str *)field = text;
	return true;
}

static void
print_text(struct buf *out, const struct conf_key *k, const void *field)
{
	(void)k;
	conf_print_quoted(out, *(const struct str *)field);
}

static void
allow_text(struct buf *out, const struct conf_key *k)
{
	buf_puts(out, k->form->use);
	buf_puts(out, ", up to ");
	buf_putu(out, (unsigned long)k->max);
	buf_puts(out, " octets");
}

const struct conf_type conf_type_text = { read_text, print_text, allow_text };

static bool
read_word(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *field)
{
	struct str text = str_from(config_setting_get_string(s));
	const struct conf_word *w = k->form->words;

	while (w->word != NULL && !str_eq(text, str_from(w->word)))
		w++;
	if (w->word == NULL)
		return conf_refuse(r, "is not one of its words");
	*(int *)field = w->value;
	return true;
}

static void
print_word(struct buf *out, const struct conf_key *k, const void *field)
{
	conf_print_quoted(out, str_from(conf_form_word(k->form, *(const int *)field)));
}

static void
allow_word(struct buf *out, const struct conf_key *k)
{
	for (const struct conf_word *w = k->form->words; w->word != NULL; w++) {
		if (w != k->form->words)
			buf_puts(out, w[1].word != NULL ? ", " : " or ");
		conf_print_quoted(out, str_from(w->word));
	}
}

const struct conf_type conf_type_word = { read_word, print_word, allow_word };
