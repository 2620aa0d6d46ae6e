/* The grammar of RFC 8601 2.2, one function for each rule.  A resinfo counts only when it is
 * complete, that is, when a ";" or the end of the field stands behind it: what a truncated or
 * broken field begins is never a pass. */
#include "core/authres.h"

#include "core/domain.h"
#include "core/maillex.h"

struct parser {
	struct arena *arena;
	struct maillex lx;
	bool truncated; /* the text was cut at an octet that no field may hold */
	enum res r;     /* RES_NOMEM sticks */
};

/* Keyword = Ldh-str (RFC 5321 4.1.2) */
static bool
is_ldh(char c)
{
	return ascii_is_alnum(c) || c == '-';
}

/* Of domain-name (RFC 6376 3.5), with the octets of U-labels (RFC 8601 2.2, 5). */
static bool
is_domain_octet(char c)
{
	return is_ldh(c) || c == '.' || c == '_' || !ascii_is_7bit(c);
}

/* Of a local part that is a dot-atom.  Every token is made of these. */
static bool
is_dot_atom_octet(char c)
{
	return maillex_is_atext(c) || c == '.';
}

static bool
skip_cfws(struct parser *ps)
{
	return maillex_cfws(&ps->lx) == RES_OK;
}

/* [CFWS] c [CFWS] */
static bool
take(struct parser *ps, char c)
{
	return skip_cfws(ps) && maillex_char(&ps->lx, c) && skip_cfws(ps);
}

/* [CFWS] word */
static bool
take_word(struct parser *ps, struct str word)
{
	return skip_cfws(ps) && str_eq_nocase(maillex_run(&ps->lx, is_ldh), word);
}

/* Whether c is next, behind blanks and comments, which are taken. */
static bool
is_next(struct parser *ps, char c)
{
	return skip_cfws(ps) && maillex_peek(&ps->lx) == c;
}

static bool
at_end(struct parser *ps)
{
	return skip_cfws(ps) && ps->lx.rest.len == 0 && !ps->truncated;
}

/* buf's text, or that there is no memory for it */
static bool
finish(struct parser *ps, const struct buf *text, struct str *ret_text)
{
	if (text->err != RES_OK) {
		ps->r = RES_NOMEM; /* it has room for all that can come */
		return false;
	}
	*ret_text = buf_str(text);
	return true;
}

static bool
lower_copy(struct parser *ps, struct str word, struct str *ret_word)
{
	struct buf text = buf_in(ps->arena, word.len);

	buf_put_lower(&text, word);
	return finish(ps, &text, ret_word);
}

static bool
parse_keyword(struct parser *ps, struct str *ret_word)
{
	struct str word = maillex_run(&ps->lx, is_ldh);

	return word.len > 0 && word.p[word.len - 1] != '-' && lower_copy(ps, word, ret_word);
}

static bool
is_token(struct str word)
{
	return word.len > 0 && str_is_all(word, maillex_is_token);
}

/* value = token / quoted-string (RFC 2045 5.1), as it is written */
static bool
parse_value_text(struct parser *ps, struct str *ret_text)
{
	if (maillex_quoted(&ps->lx, ret_text) == RES_OK)
		return true;
	*ret_text = maillex_run(&ps->lx, maillex_is_token);
	return ret_text->len > 0;
}

static bool
parse_value(struct parser *ps, struct str *ret_value)
{
	struct str text;
	struct buf value;

	if (!parse_value_text(ps, &text))
		return false;
	value = buf_in(ps->arena, text.len);
	maillex_unquote(text, &value);
	return finish(ps, &value, ret_value);
}

/* The rest of [local-part] "@" domain-name, when there is an "@" */
static bool
parse_at_domain(struct parser *ps, struct str *ret_domain)
{
	if (!skip_cfws(ps) || !maillex_char(&ps->lx, '@'))
		return true;
	if (!skip_cfws(ps))
		return false;
	*ret_domain = maillex_run(&ps->lx, is_domain_octet);
	return ret_domain->len > 0;
}

/* pvalue = [CFWS] ( value / [ [ local-part ] "@" ] domain-name ) [CFWS] */
static bool
parse_pvalue(struct parser *ps, struct str *ret_value)
{
	struct str left, domain = { 0 };
	struct buf value;
	bool quoted;

	if (!skip_cfws(ps))
		return false;
	quoted = maillex_quoted(&ps->lx, &left) == RES_OK;
	if (!quoted)
		left = maillex_run(&ps->lx, is_dot_atom_octet);
	if (!parse_at_domain(ps, &domain) || (domain.len == 0 && !quoted && !is_token(left)))
		return false;
	value = buf_in(ps->arena, left.len + 1 + domain.len);
	maillex_unquote(left, &value);
	if (domain.len > 0)
		buf_putc(&value, '@');
	buf_put(&value, domain);
	return finish(ps, &value, ret_value);
}

/* methodspec = [CFWS] method [CFWS] "=" [CFWS] result
 * method = Keyword [ [CFWS] "/" [CFWS] method-version ] */
static bool
parse_methodspec(struct parser *ps, struct authres_info *info, bool *ret_known)
{
	bool version_known = true;

	if (!skip_cfws(ps) || !parse_keyword(ps, &info->method))
		return false;
	if (take(ps, '/')) {
		struct str version = maillex_run(&ps->lx, ascii_is_digit);

		if (version.len == 0)
			return false;
		version_known = str_eq(version, STR("1"));
	}
	if (!take(ps, '=') || !parse_keyword(ps, &info->result))
		return false;
	*ret_known = version_known && authres_is_registered_result(info->method, info->result);
	return true;
}

/* [ CFWS reasonspec ]; reasonspec = "reason" [CFWS] "=" [CFWS] value */
static bool
parse_reasonspec(struct parser *ps, struct authres_info *info)
{
	struct maillex before = ps->lx;

	if (take_word(ps, STR("reason")) && take(ps, '='))
		return parse_value(ps, &info->reason);
	ps->lx = before;
	return true;
}

/* propspec = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue */
static bool
parse_propspec(struct parser *ps, struct authres_info *info)
{
	struct authres_prop prop;

	if (!parse_keyword(ps, &prop.ptype) || !take(ps, '.') ||
	    !parse_keyword(ps, &prop.property) || !take(ps, '=') || !parse_pvalue(ps, &prop.pvalue))
		return false;
	if (!authres_is_registered_ptype(prop.ptype))
		return true;
	if (info->prop_count == AUTHRES_MAX_PROPS)
		return false;
	info->props[info->prop_count++] = prop;
	return true;
}

/* The rest of resinfo = [CFWS] ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ] */
static bool
parse_resinfo(struct parser *ps, struct authres_info *info, bool *ret_known)
{
	*info = (struct authres_info){ 0 };
	if (!parse_methodspec(ps, info, ret_known) || !parse_reasonspec(ps, info))
		return false;
	while (!is_next(ps, ';') && !at_end(ps))
		if (!parse_propspec(ps, info))
			return false;
	return true;
}

/* The rest of no-result = [CFWS] ";" [CFWS] "none" */
static bool
is_no_result(struct parser *ps)
{
	struct maillex before = ps->lx;

	if (take_word(ps, STR("none")) && at_end(ps))
		return true;
	ps->lx = before;
	return false;
}

/* ( no-result / 1*resinfo ) [CFWS] */
static void
parse_results(struct parser *ps, struct authres *field, struct authres_info *infos, size_t room)
{
	bool known;

	field->infos = infos;
	field->broken = true;
	if (!take(ps, ';'))
		return;
	if (is_no_result(ps)) {
		field->no_result = true;
		field->broken = false;
		return;
	}
	do {
		if (field->info_count == room ||
		    !parse_resinfo(ps, &infos[field->info_count], &known))
			return;
		if (known)
			field->info_count++;
	} while (take(ps, ';'));
	field->broken = !at_end(ps); /* a comment behind the last ";" may be open */
}

/* Without final dots, as lower-case A-labels where it is a domain. */
static bool
normal_id(struct parser *ps, struct str id, struct str *ret_id)
{
	enum res r;

	id = str_trim_end(id, '.');
	r = domain_from_text(ps->arena, id, ret_id);
	if (r == RES_NOMEM)
		ps->r = r;
	return r == RES_OK || (r == RES_SYNTAX && id.len > 0 && lower_copy(ps, id, ret_id));
}

/* Resinfos worth room for: no more than there are ";" */
static size_t
count_room(struct str value)
{
	size_t n = str_count(value, ';');

	return n < AUTHRES_MAX_RESINFO ? n : AUTHRES_MAX_RESINFO;
}

/* authres-payload = [CFWS] authserv-id [ CFWS authres-version ] ( no-result / 1*resinfo ) [CFWS] */
enum res
authres_parse(struct arena *a, struct str value, struct authres *ret_field)
{
	size_t clean = maillex_clean_len(value), room = count_room(value);
	struct parser ps = { .arena = a,
		.lx = { str_first(value, clean) },
		.truncated = clean < value.len };
	struct authres field = { 0 };
	struct authres_info *infos;
	struct str id, version = { 0 };

	if (!skip_cfws(&ps) || !parse_value(&ps, &id) || !normal_id(&ps, id, &field.authserv_id))
		return ps.r != RES_OK ? ps.r : RES_SYNTAX;
	if (skip_cfws(&ps))
		version = maillex_run(&ps.lx, ascii_is_digit);
	if (version.len > 0 && !str_eq(version, STR("1")))
		return RES_PERM;
	if ((infos = arena_array(a, room, sizeof *infos)) == NULL)
		return RES_NOMEM;
	parse_results(&ps, &field, infos, room);
	if (ps.r != RES_OK)
		return ps.r;
	*ret_field = field;
	return RES_OK;
}

struct str
authres_prop(const struct authres_info *info, struct str ptype, struct str property)
{
	for (size_t i = 0; i < info->prop_count; i++)
		if (str_eq_nocase(info->props[i].ptype, ptype) &&
		    str_eq_nocase(info->props[i].property, property))
			return info->props[i].pvalue;
	return (struct str){ 0 };
}
