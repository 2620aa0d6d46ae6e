#include "core/domain.h"

#include <idn2.h>

#include "base/buf.h"

enum { WALK_LABELS = 7 }; /* RFC 9989 4.10: a longer name is cut to these */

static bool
is_label_octet(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_';
}

static bool
is_label(struct str label)
{
	return label.len > 0 && label.len <= DOMAIN_LABEL_MAX && str_is_all(label, is_label_octet);
}

bool
domain_is_name(struct str name)
{
	struct str rest = name;

	if (name.len == 0 || name.len > DOMAIN_MAX || name.p[name.len - 1] == '.')
		return false;
	while (rest.len > 0)
		if (!is_label(str_cut(&rest, '.')))
			return false;
	return true;
}

/* A lower-case copy, if it is a name. */
static enum res
copy_name(struct arena *a, struct str name, struct str *ret_name)
{
	struct buf copy;

	if (!domain_is_name(name))
		return RES_SYNTAX;
	copy = buf_in(a, name.len);
	buf_put_lower(&copy, name);
	if (copy.err == RES_OK)
		*ret_name = buf_str(&copy);
	return copy.err;
}

/* The mapping of UTS 46 comes before IDNA 2008, so upper case is accepted as any reader of mail
 * accepts it.  It can also make dots, slashes and blanks of single characters: copy_name() looks
 * at what came out.  The limit bounds the conversion. */
static enum res
copy_u_labels(struct arena *a, struct str text, struct str *ret_name)
{
	struct str input;
	char *ascii = NULL;
	enum res r;
	int rc;

	if (text.len > DOMAIN_TEXT_MAX || str_has(text, '\0'))
		return RES_SYNTAX;
	if ((input = arena_str(a, text)).p == NULL)
		return RES_NOMEM;
	rc = idn2_to_ascii_8z(input.p, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK)
		return rc == IDN2_MALLOC ? RES_NOMEM : RES_SYNTAX;
	r = copy_name(a, str_from(ascii), ret_name);
	idn2_free(ascii);
	return r;
}

enum res
domain_from_text(struct arena *a, struct str text, struct str *ret_name)
{
	text = str_chop(text, '.');
	return str_is_all(text, ascii_is_7bit) ? copy_name(a, text, ret_name) :
						 copy_u_labels(a, text, ret_name);
}

bool
domain_eq(struct str a, struct str b)
{
	return str_eq_nocase(a, b);
}

bool
domain_is_at_or_below(struct str name, struct str top)
{
	if (name.len <= top.len)
		return domain_eq(name, top);
	return top.len > 0 && name.p[name.len - top.len - 1] == '.' && str_ends_nocase(name, top);
}

size_t
domain_labels(struct str name)
{
	return name.len > 0 ? str_count(name, '.') + 1 : 0;
}

struct str
domain_last_labels(struct str name, size_t n)
{
	size_t has = domain_labels(name);

	for (; has > n; has--)
		name = domain_parent(name);
	return name;
}

struct str
domain_parent(struct str name)
{
	(void)str_cut(&name, '.');
	return name;
}

enum res
domain_walk_next(struct str name, struct str *ret_next)
{
	struct str next = domain_labels(name) > WALK_LABELS ?
	    domain_last_labels(name, WALK_LABELS) :
	    domain_parent(name);

	if (next.len == 0)
		return RES_NONE;
	*ret_next = next;
	return RES_OK;
}

static bool
is_dotted_number_octet(char c)
{
	return ascii_is_digit(c) || c == '.';
}

bool
domain_is_dotted_number(struct str name)
{
	return str_is_all(name, is_dotted_number_octet) && domain_is_name(name) &&
	    domain_labels(name) == 4;
}
