/* MAIL FROM and HELO as clients write them.  The grammar of RFC 5321 4.1.2 is no help with what
 * it forbids, so the text is not parsed but divided: at the angle brackets, at the route's
 * colon, at the last "@", each only outside quoted strings and comments (Postfix accepts
 * those).  What then stands where a domain should be is one, or there is none. */
#include "core/mailaddr.h"

#include "core/domain.h"
#include "core/maillex.h"

struct str
mailaddr_without_brackets(struct str arg)
{
	arg = str_trim(arg);
	if (arg.len >= 2 && arg.p[0] == '<' && arg.p[arg.len - 1] == '>')
		return str_trim(str_first(str_skip(arg, 1), arg.len - 2));
	return arg;
}

/* Position of the first or last c that is not hidden; s.len: there is none. */
static size_t
find_plain(struct str s, char c, bool last)
{
	bool raw = false;
	size_t found = s.len, n;

	for (size_t at = 0; at < s.len; at += (n > 0 ? n : 1)) {
		n = maillex_hidden_len(str_skip(s, at), &raw);
		if (n == 0 && s.p[at] == c) {
			found = at;
			if (!last)
				break;
		}
	}
	return found;
}

/* What stands in the angle brackets, if there are any, without its source route (RFC 5321
 * 4.1.1.3, C) */
static struct str
address_of(struct str arg)
{
	struct str path = str_first(arg, find_plain(arg, '>', false));
	size_t open = find_plain(path, '<', true), colon;

	if (open < path.len)
		path = str_skip(path, open + 1);
	path = str_trim(path);
	if (path.len == 0 || path.p[0] != '@')
		return path;
	colon = find_plain(path, ':', false);
	return colon < path.len ? str_trim(str_skip(path, colon + 1)) : path;
}

static bool
is_only_cfws(struct str text)
{
	struct maillex lx = { text };

	return maillex_cfws(&lx) == RES_OK && lx.rest.len == 0;
}

/* RES_SYNTAX: no DNS name. */
static enum res
read_domain(struct arena *a, struct str text, struct str *ret_domain)
{
	char mem[DOMAIN_TEXT_MAX + 1];
	struct buf domain = buf_on(mem, sizeof mem);
	struct maillex lx = { text };

	if (maillex_cfws(&lx) != RES_OK || maillex_domain(&lx, &domain) != RES_OK)
		return RES_SYNTAX;
	maillex_char(&lx, '.'); /* a final dot goes */
	if (!is_only_cfws(lx.rest) || domain.err != RES_OK)
		return RES_SYNTAX;
	return domain_from_text(a, buf_str(&domain), ret_domain);
}

/* RES_NONE: no local part, which is what an empty one is (RFC 7208 4.3). */
static enum res
read_local(struct arena *a, struct str text, struct str *ret_local)
{
	struct str written = str_trim(text);
	struct buf local = buf_in(a, written.len);

	maillex_unquote(written, &local);
	if (local.err != RES_OK)
		return local.err;
	if (local.len == 0)
		return RES_NONE;
	*ret_local = buf_str(&local);
	return RES_OK;
}

enum res
mailaddr_envelope(struct arena *a, struct str arg, struct envelope *ret_env)
{
	struct str address = address_of(arg);
	size_t at = find_plain(address, '@', true);
	bool has_at = find_plain(arg, '@', false) < arg.len;
	struct envelope env = { .null_sender = !has_at && is_only_cfws(address) };

	if (!env.null_sender && read_local(a, str_first(address, at), &env.local) == RES_NOMEM)
		return RES_NOMEM;
	if (read_domain(a, str_skip(address, at + 1), &env.domain) == RES_NOMEM)
		return RES_NOMEM;
	*ret_env = env;
	return RES_OK;
}

enum res
mailaddr_helo(struct arena *a, struct str helo, struct str *ret_domain)
{
	struct str name;
	enum res r = domain_from_text(a, helo, &name);

	if (r == RES_NOMEM)
		return r;
	if (r != RES_OK || domain_labels(name) < 2 || domain_is_dotted_number(name))
		return RES_NONE;
	*ret_domain = name;
	return RES_OK;
}
