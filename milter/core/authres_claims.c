/* Whose field could this be, in the eyes of any reader?
 *
 * A strict reader takes the first word of the field, comments and quotes taken away.  Others
 * split at the first ";" and trim, remove comments by a regular expression, join folded lines
 * without their blanks, stop at an odd octet or drop it.  So the first word is read with each
 * combination of the habits below, and the field is claimed when one of the words that come out
 * is one of the ids.  A reader that decodes encoded words may find anything in them, and no
 * honest authserv-id has one (RFC 2047 5): such a field is always claimed. */
#include "core/authres.h"

#include "core/domain.h"
#include "core/maillex.h"

enum { WORD_MAX = DOMAIN_TEXT_MAX }; /* a longer word is nobody's id, but may begin with one */

/* What a reader does with what may stand inside of a word. */
enum habit {
	MARKS_VANISH = 1,   /* comments, quotes, backslashes, odd octets; else blanks */
	FOLDS_VANISH = 2,   /* line ends and the blanks behind them; else blanks */
	DOTS_JOIN = 4,      /* blanks next to a dot vanish (obs-domain); else end the word */
	ASCII_ONLY = 8,     /* 8-bit characters are odd octets: U+00A0 is a blank to some */
	BRACKETS_COUNT = 16 /* a comment ends where its brackets do, backslash or not */
};

struct reading {
	unsigned habits;
	struct str rest;
	bool raw; /* see maillex_hidden_len() */
};

enum piece { PIECE_TEXT, PIECE_BLANK, PIECE_GONE, PIECE_END };

static size_t
fold_len(struct str s)
{
	size_t n = 1;

	while (n < s.len && ascii_is_blank(s.p[n]))
		n++;
	return n;
}

/* A comment in the eyes of one who knows no quoted pairs.  0: its brackets do not close, and then
 * none behind them is looked for. */
static size_t
brackets_len(struct reading *rd)
{
	size_t depth = 0;

	for (size_t i = 0; i < rd->rest.len && !rd->raw; i++) {
		if (rd->rest.p[i] == '(')
			depth++;
		else if (rd->rest.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	rd->raw = true;
	return 0;
}

static size_t
comment_len(struct reading *rd)
{
	if ((rd->habits & BRACKETS_COUNT) != 0)
		return brackets_len(rd);
	return maillex_hidden_len(rd->rest, &rd->raw);
}

/* What stands at the front for this reader; *ret_len octets of it. */
static enum piece
next_piece(struct reading *rd, size_t *ret_len)
{
	enum piece mark = (rd->habits & MARKS_VANISH) != 0 ? PIECE_GONE : PIECE_BLANK;
	bool folds_vanish = (rd->habits & FOLDS_VANISH) != 0;
	char c = rd->rest.p[0];
	size_t n;

	*ret_len = 1;
	if (c == ' ' || c == '\t')
		return PIECE_BLANK;
	if (c == '\n' || c == '\r') {
		*ret_len = folds_vanish ? fold_len(rd->rest) : 1;
		return folds_vanish ? PIECE_GONE : PIECE_BLANK;
	}
	if (c == '(' && (n = comment_len(rd)) > 0)
		*ret_len = n;
	if (c == '(' || c == ')' || c == '"' || c == '\\')
		return mark;
	if ((n = maillex_clean_char_len(rd->rest)) == 0)
		return mark;
	*ret_len = n;
	if (n > 1 && (rd->habits & ASCII_ONLY) != 0)
		return mark;
	return maillex_is_token(c) ? PIECE_TEXT : PIECE_END;
}

/* To the first word, passing over whatever stands in front of it: of the habits only ASCII_ONLY and
 * BRACKETS_COUNT matter there. */
static struct reading
start_reading(struct str value, unsigned habits)
{
	struct reading rd = { .habits = habits, .rest = value };
	size_t n;

	while (rd.rest.len > 0 && next_piece(&rd, &n) != PIECE_TEXT)
		rd.rest = str_skip(rd.rest, n);
	return rd;
}

/* Whether text behind a blank still belongs to the word. */
static bool
joins(const struct reading *rd, const struct buf *word)
{
	return (rd->habits & DOTS_JOIN) != 0 &&
	    (rd->rest.p[0] == '.' || word->p[word->len - 1] == '.');
}

static void
read_word(struct reading rd, struct buf *word)
{
	bool blank = false;
	size_t n;

	for (; rd.rest.len > 0 && word->err == RES_OK; rd.rest = str_skip(rd.rest, n)) {
		enum piece piece = next_piece(&rd, &n);

		if (piece == PIECE_END || (blank && piece == PIECE_TEXT && !joins(&rd, word)))
			return;
		if (piece == PIECE_BLANK && (rd.habits & DOTS_JOIN) == 0)
			return;
		if (piece == PIECE_TEXT)
			buf_put(word, str_first(rd.rest, n));
		if (piece != PIECE_GONE)
			blank = piece == PIECE_BLANK;
	}
}

/* The authserv-id by the grammar, which in quotes may hold anything. */
static void
read_exact(struct str value, struct buf *word)
{
	struct maillex lx = { value };
	struct str quoted;

	if (maillex_cfws(&lx) == RES_OK && maillex_quoted(&lx, &quoted) == RES_OK)
		maillex_unquote(quoted, word);
}

static bool
is_host_octet(char c)
{
	return ascii_is_alnum(c) || str_has(STR("-_."), c);
}

/* The part of a word that looks like a host's name */
static struct str
host_part(struct str word)
{
	return str_trim_end(str_first(word, str_span(word, is_host_octet)), '.');
}

static bool
is_id(struct str word, struct str id)
{
	if (str_starts_nocase(id, STR("*.")))
		return word.len >= id.len && domain_is_at_or_below(word, str_skip(id, 2));
	return str_eq_nocase(word, id);
}

/* Whether both are the same in A-labels.  Without memory for finding out they are: what may be
 * forged is removed rather than shown. */
static bool
is_id_in_a_labels(struct str word, struct str id)
{
	bool below = str_starts_nocase(id, STR("*.")), same;
	struct arena *a = arena_open(0);
	struct str a_word, a_id;
	enum res r;

	if (a == NULL)
		return true;
	if ((r = domain_from_text(a, word, &a_word)) == RES_OK)
		r = domain_from_text(a, str_skip(id, below ? 2 : 0), &a_id);
	same = r == RES_NOMEM;
	if (r == RES_OK && domain_eq(a_word, a_id))
		same = !below;
	else if (r == RES_OK)
		same = below && domain_is_at_or_below(a_word, a_id);
	arena_close(a);
	return same;
}

static bool
is_any_id(const struct buf *read, const struct str *ids, size_t n)
{
	struct str word = str_trim_end(buf_str(read), '.'), host = host_part(word);
	bool is_ascii = str_is_all(word, ascii_is_7bit);

	if (word.len == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str id = str_trim_end(ids[i], '.');

		if (id.len > 0 && (is_id(word, id) || is_id(host, id)))
			return true;
		if (id.len > 0 && !(is_ascii && str_is_all(id, ascii_is_7bit)) &&
		    is_id_in_a_labels(word, id))
			return true;
	}
	return false;
}

/* Before the first ";" and outside of comments */
static bool
has_encoded_word(struct str value)
{
	bool raw = false;
	size_t n;

	for (; value.len > 0 && value.p[0] != ';'; value = str_skip(value, n > 0 ? n : 1)) {
		n = value.p[0] == '(' ? maillex_hidden_len(value, &raw) : 0;
		if (value.p[0] == '=' && value.len > 1 && value.p[1] == '?')
			return true;
	}
	return false;
}

/* Whether a reader gets one of the ids, with whatever habits beside these. */
static bool
is_claimed_by(struct str value, unsigned begin, const struct str *ids, size_t n)
{
	const struct reading start = start_reading(value, begin);
	char mem[WORD_MAX + 1];

	for (unsigned habits = 0; habits < ASCII_ONLY; habits++) {
		struct buf word = buf_on(mem, sizeof mem);
		struct reading rd = start;

		rd.habits |= habits;
		read_word(rd, &word);
		if (is_any_id(&word, ids, n))
			return true;
	}
	return false;
}

bool
authres_claims_id(struct str value, const struct str *ids, size_t n)
{
	char mem[WORD_MAX + 1];
	struct buf word = buf_on(mem, sizeof mem);

	if (n == 0)
		return false;
	if (has_encoded_word(value))
		return true;
	read_exact(value, &word);
	if (is_any_id(&word, ids, n))
		return true;
	return is_claimed_by(value, 0, ids, n) || is_claimed_by(value, ASCII_ONLY, ids, n) ||
	    is_claimed_by(value, BRACKETS_COUNT, ids, n) ||
	    is_claimed_by(value, BRACKETS_COUNT | ASCII_ONLY, ids, n);
}
