#include "check/conf_types.h"

#include "check/conf.h"
#include "check/conf_keys.h"

enum { SHOWN_MAX = 80 }; /* octets of a wrong value that are repeated to its author */

void
conf_value_read(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s,
    struct conf *c)
{
	if (!k->type->read(r, k, s, (char *)c + k->field))
		conf_value_refused(r, k, s);
}

void
conf_value_print(struct buf *out, const struct conf_key *k, const struct conf *c)
{
	k->type->print(out, k, (const char *)c + k->field);
}

/* The value of s as its author wrote it, if it is short. */
static void
print_given(struct buf *out, const struct conf_reader *r, const config_setting_t *s)
{
	struct str text = str_from(config_setting_get_string(s));

	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
		buf_put(out,
		    str_first(conf_text_number(r->text, config_setting_get_int(s)), SHOWN_MAX));
		break;
	case CONFIG_TYPE_BOOL:
		buf_puts(out, config_setting_get_bool(s) ? "true" : "false");
		break;
	case CONFIG_TYPE_STRING:
		conf_print_quoted(out, str_first(text, SHOWN_MAX));
		buf_puts(out, text.len > SHOWN_MAX ? "..." : "");
		break;
	case CONFIG_TYPE_GROUP:
		buf_puts(out, "a group { }");
		break;
	default:
		buf_puts(out, "a list of values");
	}
}

void
conf_value_fault(struct conf_reader *r, const char *name, const config_setting_t *s,
    const char *wrong, struct str cure)
{
	struct conf_origin at = conf_text_origin(r->text, config_setting_source_line(s));
	char mem[CONF_FAULT_MAX];
	struct buf given = buf_on(mem, sizeof mem);

	print_given(&given, r, s);
	conf_fault(r->faults, at.file, at.file_line, "%s: %s %s; use %.*s", name, given.p, wrong,
	    STR_ARG(cure));
}

bool
conf_refuse(struct conf_reader *r, const char *wrong)
{
	r->wrong = wrong;
	r->cure = (struct str){ 0 };
	return false;
}

void
conf_value_refused(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s)
{
	char mem[CONF_FAULT_MAX];
	struct buf allowed = buf_on(mem, sizeof mem);

	k->type->allow(&allowed, k);
	conf_value_fault(r, k->name, s, r->wrong, r->cure.len > 0 ? r->cure : buf_str(&allowed));
}

void
conf_print_quoted(struct buf *out, struct str text)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (c == '"' || c == '\\')
			buf_putc(out, '\\');
		(ascii_is_print(c) || !ascii_is_7bit(c) ? buf_putc : buf_put_escaped)(out, c);
	}
	buf_putc(out, '"');
}

static bool
read_bool(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *field)
{
	(void)k;
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return conf_refuse(r, "is neither true nor false");
	*(bool *)field = config_setting_get_bool(s);
	return true;
}

static void
print_bool(struct buf *out, const struct conf_key *k, const void *field)
{
	(void)k;
	buf_puts(out, *(const bool *)field ? "true" : "false");
}

static void
allow_bool(struct buf *out, const struct conf_key *k)
{
	(void)k;
	buf_puts(out, "true or false, without quotes");
}

const struct conf_type conf_type_bool = { read_bool, print_bool, allow_bool };
