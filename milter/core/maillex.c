#include "core/maillex.h"

bool
maillex_is_atext(char c)
{
	return ascii_is_alnum(c) || !ascii_is_7bit(c) || str_has(STR("!#$%&'*+-/=?^_`{|}~"), c);
}

bool
maillex_is_token(char c)
{
	return !ascii_is_7bit(c) || (ascii_is_graph(c) && !str_has(STR("()<>@,;:\\\"/[]?="), c));
}

/* Octets of the UTF-8 character at the front (RFC 3629 4), 0 when it is none: overlong forms,
 * surrogates and what lies past U+10FFFF are not characters. */
static size_t
utf8_len(struct str s)
{
	static const struct {
		unsigned char first_min, first_max, second_min, second_max;
		size_t len;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	enum { FORMS = sizeof forms / sizeof *forms };
	const unsigned char *p = (const unsigned char *)s.p;
	size_t f = 0;

	while (f < FORMS && (p[0] < forms[f].first_min || p[0] > forms[f].first_max))
		f++;
	if (f == FORMS || s.len < forms[f].len || p[1] < forms[f].second_min ||
	    p[1] > forms[f].second_max)
		return 0;
	for (size_t i = 2; i < forms[f].len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return forms[f].len;
}

static bool
is_wsp(struct str s, size_t at)
{
	return at < s.len && (s.p[at] == ' ' || s.p[at] == '\t');
}

size_t
maillex_clean_len(struct str s)
{
	size_t at = 0, n;

	while (at < s.len && (n = maillex_clean_char_len(str_skip(s, at))) > 0)
		at += n;
	return at;
}

size_t
maillex_clean_char_len(struct str s)
{
	if (s.len == 0)
		return 0;
	if (ascii_is_graph(s.p[0]) || is_wsp(s, 0))
		return 1;
	if (s.p[0] == '\n')
		return is_wsp(s, 1) ? 1 : 0;
	if (s.p[0] == '\r')
		return s.len > 1 && s.p[1] == '\n' && is_wsp(s, 2) ? 2 : 0;
	return !ascii_is_7bit(s.p[0]) ? utf8_len(s) : 0;
}

/* Octets that a comment, quoted string or domain literal at the front takes, delimiters included;
 * 0: there is none, or it is not closed before the end or the first NUL.  One walk for all three:
 * they differ in their delimiters and in whether they nest. */
static size_t
enclosed_len(struct str s, char open, char close, bool nests)
{
	size_t depth = 1;

	if (s.len == 0 || s.p[0] != open)
		return 0;
	for (size_t i = 1; i < s.len && s.p[i] != '\0'; i++) {
		if (s.p[i] == '\\' && i + 1 < s.len && s.p[i + 1] != '\0')
			i++;
		else if (s.p[i] == close && --depth == 0)
			return i + 1;
		else if (nests && s.p[i] == open)
			depth++;
	}
	return 0;
}

static size_t
comment_len(struct str s)
{
	return enclosed_len(s, '(', ')', true);
}

static size_t
quoted_len(struct str s)
{
	return enclosed_len(s, '"', '"', false);
}

static size_t
literal_len(struct str s)
{
	return enclosed_len(s, '[', ']', false);
}

size_t
maillex_hidden_len(struct str s, bool *raw)
{
	char c = s.len > 0 ? s.p[0] : '\0';
	size_t n = 0;

	if (*raw || (c != '"' && c != '(' && c != '\\'))
		return 0;
	if (c != '\\')
		n = c == '"' ? quoted_len(s) : comment_len(s);
	*raw = n == 0;
	return n;
}

enum res
maillex_cfws(struct maillex *lx)
{
	while (lx->rest.len > 0) {
		size_t n = ascii_is_blank(lx->rest.p[0]) ? 1 : comment_len(lx->rest);

		if (n == 0)
			return lx->rest.p[0] == '(' ? RES_SYNTAX : RES_OK;
		lx->rest = str_skip(lx->rest, n);
	}
	return RES_OK;
}

char
maillex_peek(const struct maillex *lx)
{
	return lx->rest.len > 0 ? lx->rest.p[0] : '\0';
}

bool
maillex_char(struct maillex *lx, char c)
{
	if (lx->rest.len == 0 || lx->rest.p[0] != c)
		return false;
	lx->rest = str_skip(lx->rest, 1);
	return true;
}

struct str
maillex_run(struct maillex *lx, bool (*is_member)(char c))
{
	struct str run = str_first(lx->rest, str_span(lx->rest, is_member));

	lx->rest = str_skip(lx->rest, run.len);
	return run;
}

enum res
maillex_quoted(struct maillex *lx, struct str *ret_quoted)
{
	size_t n = quoted_len(lx->rest);

	if (n == 0)
		return maillex_peek(lx) == '"' ? RES_SYNTAX : RES_NONE;
	*ret_quoted = str_first(lx->rest, n);
	lx->rest = str_skip(lx->rest, n);
	return RES_OK;
}

/* What follows the first atom of dot-atom or obs-domain: *([CFWS] "." [CFWS] atom) */
static enum res
more_atoms(struct maillex *lx, struct buf *text)
{
	for (;;) {
		struct maillex ahead = *lx;
		struct str atom;

		if (maillex_cfws(&ahead) != RES_OK || !maillex_char(&ahead, '.'))
			return RES_OK;
		if (maillex_cfws(&ahead) != RES_OK ||
		    (atom = maillex_run(&ahead, maillex_is_atext)).len == 0)
			return RES_OK; /* the dot is the caller's */
		buf_putc(text, '.');
		buf_put(text, atom);
		*lx = ahead;
	}
}

enum res
maillex_domain(struct maillex *lx, struct buf *text)
{
	size_t n = literal_len(lx->rest);
	struct str first;

	if (n > 0) {
		buf_put(text, str_first(lx->rest, n));
		lx->rest = str_skip(lx->rest, n);
		return RES_OK;
	}
	if ((first = maillex_run(lx, maillex_is_atext)).len == 0)
		return RES_SYNTAX;
	buf_put(text, first);
	return more_atoms(lx, text);
}

void
maillex_unquote(struct str text, struct buf *out)
{
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		else if (quoted && text.p[i] == '\\' && i + 1 < text.len)
			buf_putc(out, text.p[++i]);
		else if (text.p[i] != '\r' && text.p[i] != '\n')
			buf_putc(out, text.p[i]);
	}
}

void
maillex_quote(struct str text, struct buf *out)
{
	bool clean_utf8 = maillex_clean_len(text) == text.len;

	buf_putc(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (c == '"' || c == '\\')
			buf_putc(out, '\\');
		if (ascii_is_print(c) || (clean_utf8 && !ascii_is_7bit(c)))
			buf_putc(out, c);
	}
	buf_putc(out, '"');
}

bool
maillex_is_dot_atom(struct str text)
{
	struct str rest = text;

	if (text.len == 0 || text.p[text.len - 1] == '.')
		return false;
	while (rest.len > 0) {
		struct str atom = str_cut(&rest, '.');

		if (atom.len == 0 || !str_is_all(atom, ascii_is_7bit) ||
		    !str_is_all(atom, maillex_is_atext))
			return false;
	}
	return true;
}
