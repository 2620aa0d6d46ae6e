/* Where the grammar has ended nobody knows what a reader does, so the sweep trusts little.
 * Quotes and comments hide what they hold only as long as readers must agree about them
 * (maillex_hidden_len).  A domain is believed only when it stands in one piece, and nothing is
 * glued to it that one reader takes for its end and another for its middle. */
#include "core/mailsweep.h"

#include "core/maillex.h"

struct sweep {
	struct str text;
	bool raw;          /* see maillex_hidden_len() */
	size_t phrase_end; /* of the phrase that was looked at last */
};

/* Octets of the quoted string or comment at at; 0: nothing is hidden here. */
static size_t
hidden_len(struct sweep *sw, size_t at)
{
	return maillex_hidden_len(str_skip(sw->text, at), &sw->raw);
}

/* Ends a word for every reader. */
static bool
is_delimiter(char c)
{
	return ascii_is_blank(c) || str_has(STR("<>),;:@]"), c);
}

/* Begins what some readers take away, others for a part of the word. */
static bool
is_opener(char c)
{
	return c == '(' || c == '"' || c == '[';
}

static size_t
word_end(const struct sweep *sw, size_t at)
{
	while (at < sw->text.len && !is_delimiter(sw->text.p[at]) && !is_opener(sw->text.p[at]))
		at++;
	return at;
}

/* The octet at at; behind the end, a delimiter. */
static char
octet(const struct sweep *sw, size_t at)
{
	return at < sw->text.len ? sw->text.p[at] : '\n';
}

/* Behind the blanks and closed comments at at; *ret_blank: there were blanks. */
static size_t
skip_cfws(struct sweep *sw, size_t at, bool *ret_blank)
{
	size_t n = 1;

	*ret_blank = false;
	while (at < sw->text.len && n > 0) {
		bool blank = ascii_is_blank(sw->text.p[at]);

		*ret_blank |= blank;
		n = blank ? 1 : sw->text.p[at] == '(' ? hidden_len(sw, at) : 0;
		at += n;
	}
	return at;
}

/* Whether what follows the domain that ends at end is its continuation for some reader.  There are
 * some that take comments away, and with them the only thing between two words; some that take
 * blanks away as well (parseaddr() of Python's email.utils makes one domain of "a@example.co m");
 * and round dots the grammar itself allows both (obs-domain, RFC 5322 4.4).  A "(" behind a blank
 * begins a comment for everybody, closed or not; behind the domain itself it may vanish. */
static bool
may_go_on(struct sweep *sw, size_t end)
{
	bool blank;
	size_t next = skip_cfws(sw, end, &blank);
	char c = octet(sw, next);

	if ((c == '<' || c == '>') && !blank) /* Perl's Mail::Address drops them: "a@b.c<o>m" */
		return !is_delimiter(octet(sw, next + 1)) &&
		    octet(sw, word_end(sw, next + 1)) != '@';
	if (is_delimiter(c))
		return false;
	if (!blank || c == '.' || c == '[' || octet(sw, end - 1) == '.')
		return true;
	return c != '"' && c != '(' && octet(sw, word_end(sw, next)) != '@'; /* a local part */
}

/* The address round the "@" at at; its local part is in [before, at). */
static void
add_address(struct sweep *sw, struct mailtally *t, size_t before, size_t at)
{
	bool blank;
	size_t start = skip_cfws(sw, at + 1, &blank);
	size_t end = word_end(sw, start);
	struct str domain = str_first(str_skip(sw->text, start), end - start);

	if (maillex_clean_len(domain) < domain.len || may_go_on(sw, end))
		domain.len = 0;
	mailtally_add(t, str_first(str_skip(sw->text, before), at - before), domain);
}

/* Where the words, quoted strings, dots, blanks and comments that begin at at end. */
static size_t
phrase_end(const struct sweep *sw, size_t at)
{
	struct sweep ahead = *sw;
	size_t start;
	bool blank;

	do {
		start = at;
		at = word_end(&ahead, skip_cfws(&ahead, at, &blank));
		if (octet(&ahead, at) == '"')
			at += hidden_len(&ahead, at);
	} while (at > start);
	return at;
}

/* Quotes hide an address only in a display name, in front of "<", and in a local part.  Elsewhere
 * there are readers that show what is in them as the author: email.utils once more. */
static bool
is_shown(struct sweep *sw, size_t at)
{
	char c;

	if (sw->phrase_end <= at)
		sw->phrase_end = phrase_end(sw, at);
	c = octet(sw, sw->phrase_end);
	return c != '<' && c != '@';
}

/* Each "@" in a quoted string counts, with all that surrounds it. */
static void
add_quoted(struct mailtally *t, struct str quoted)
{
	struct str rest = str_first(str_skip(quoted, 1), quoted.len - 2);
	size_t at;

	while ((at = str_find(rest, '@')) < rest.len) {
		struct str local = str_first(rest, at);

		rest = str_skip(rest, at + 1);
		mailtally_add(t, local, str_first(rest, str_find(rest, '@')));
	}
}

void
mailsweep(struct mailtally *t, struct str field)
{
	struct sweep sw = { .text = field };
	size_t before = 0, n; /* where the local part of the next "@" may begin */
	bool found = false;

	for (size_t at = 0; at < field.len; at += (n > 0 ? n : 1)) {
		n = hidden_len(&sw, at);
		if (n > 0 && field.p[at] == '"' && is_shown(&sw, at))
			add_quoted(t, str_first(str_skip(field, at), n));
		if (field.p[at] == '@') {
			add_address(&sw, t, before, at);
			found = true;
		}
		if (is_delimiter(field.p[at]))
			before = at + 1;
	}
	if (!found)
		t->domain = (struct str){ 0 }; /* in quotes alone: no author */
}
