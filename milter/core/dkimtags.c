#include "core/dkimtags.h"

static bool
is_name_octet(char c)
{
	return ascii_is_alnum(c) || c == '_';
}

/* tag-name = ALPHA *ALNUMPUNC */
static bool
is_name(struct str s)
{
	return s.len > 0 && ascii_is_alpha(s.p[0]) && str_is_all(s, is_name_octet);
}

/* Of tag-value = [ tval *( 1*(WSP / FWS) tval ) ]; VALCHAR = %x21-3A / %x3C-7E */
static bool
is_value_octet(char c)
{
	return (ascii_is_graph(c) && c != ';') || ascii_is_blank(c);
}

/* tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS] */
static enum res
parse_tag(struct str spec, struct dkimtag *ret_tag)
{
	size_t at = str_find(spec, '=');
	struct dkimtag tag;

	if (at == spec.len)
		return RES_SYNTAX;
	tag.name = str_trim(str_first(spec, at));
	tag.value = str_trim(str_skip(spec, at + 1));
	if (!is_name(tag.name) || !str_is_all(tag.value, is_value_octet))
		return RES_SYNTAX;
	*ret_tag = tag;
	return RES_OK;
}

static bool
stands_in(const struct dkimtags *tags, struct str name)
{
	for (size_t i = 0; i < tags->count; i++)
		if (str_eq_nocase(tags->tag[i].name, name))
			return true;
	return false;
}

/* tag-list = tag-spec *( ";" tag-spec ) [ ";" ] */
enum res
dkimtags_read(struct str text, struct dkimtags *ret_tags)
{
	struct dkimtags tags = { .count = 0 };
	struct dkimtag tag;
	enum res r;

	do {
		if ((r = parse_tag(str_cut(&text, ';'), &tag)) != RES_OK)
			return r;
		if (tags.count == DKIMTAGS_MAX)
			return RES_LIMIT;
		if (tags.twice.p == NULL && stands_in(&tags, tag.name))
			tags.twice = tag.name;
		tags.tag[tags.count++] = tag;
	} while (str_trim(text).len > 0);
	*ret_tags = tags;
	return RES_OK;
}

struct str
dkimtags_get(const struct dkimtags *tags, const char *name)
{
	for (size_t i = 0; i < tags->count; i++)
		if (str_eq(tags->tag[i].name, str_from(name)))
			return tags->tag[i].value;
	return (struct str){ 0 };
}

bool
dkimtags_next_item(struct str *rest, struct str *ret_item)
{
	size_t at;

	if (rest->p == NULL)
		return false;
	at = str_find(*rest, ':');
	*ret_item = str_trim(str_first(*rest, at));
	*rest = at < rest->len ? str_skip(*rest, at + 1) : (struct str){ 0 };
	return true;
}

bool
dkimtags_has_item(struct str list, struct str item)
{
	struct str one;

	while (dkimtags_next_item(&list, &one))
		if (str_eq_nocase(one, item))
			return true;
	return false;
}

enum res
dkimtags_base64(struct str value, size_t *ret_octets)
{
	size_t chars = 0, pads = 0; /* the grammar does not count: padding may be left out */

	for (size_t i = 0; i < value.len; i++) {
		char c = value.p[i];

		if (ascii_is_blank(c))
			continue;
		if (c == '=')
			pads++;
		else if (pads > 0 || !(ascii_is_alnum(c) || c == '+' || c == '/'))
			return RES_SYNTAX;
		else
			chars++;
	}
	if (chars % 4 == 1 || pads > 2 || (chars == 0 && pads > 0))
		return RES_SYNTAX;
	*ret_octets = chars * 3 / 4;
	return RES_OK;
}

struct str
dkimtags_squeeze(struct arena *a, struct str value)
{
	char *p = arena_alloc(a, value.len + 1);
	size_t n = 0;

	if (p == NULL)
		return (struct str){ 0 };
	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_blank(value.p[i]))
			p[n++] = value.p[i];
	return (struct str){ p, n };
}

static int
hex_value(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* hex-octet = "=" 2HEXDIG; only capitals (2.11) */
static bool
hex_octet(struct str s, char *ret_c)
{
	int high, low;

	if (s.len < 3 || (high = hex_value(s.p[1])) < 0 || (low = hex_value(s.p[2])) < 0)
		return false;
	*ret_c = (char)(high * 16 + low);
	return true;
}

enum res
dkimtags_unquote(struct arena *a, struct str value, struct str *ret_text)
{
	char *p = arena_alloc(a, value.len + 1);
	size_t n = 0;

	if (p == NULL)
		return RES_NOMEM;
	while (value.len > 0) {
		size_t used = 1;

		p[n] = value.p[0];
		if (value.p[0] == '=') {
			used = 3;
			if (!hex_octet(value, &p[n]))
				return RES_SYNTAX;
		}
		if (used == 3 || !ascii_is_blank(value.p[0]))
			n++;
		value = str_skip(value, used);
	}
	p[n] = '\0';
	*ret_text = (struct str){ p, n };
	return RES_OK;
}
