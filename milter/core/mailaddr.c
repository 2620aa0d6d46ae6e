/* A From field that keeps the syntax of RFC 5322 and 6854 is read by its grammar: one function for
 * each rule, no way back, because what follows a phrase tells what the phrase was ("@" an address,
 * "<" a display name, ":" the name of a group).  A field that breaks the syntax is swept
 * (mailsweep.h): it has an author only when every address that some reader may find in it names the
 * same domain. */
#include "core/mailaddr.h"

#include "core/domain.h"
#include "core/maillex.h"
#include "core/mailsweep.h"
#include "core/mailtally.h"

struct parser {
	struct maillex lx;
	struct mailtally *tally;
	const char *why; /* what breaks the syntax; set once, at the first error */
};

static enum res
breaks(struct parser *ps, const char *why)
{
	ps->why = why;
	return RES_SYNTAX;
}

/* The words in front of "@", "<" or ":". */
struct phrase {
	struct str text;    /* from the first word to the last */
	bool is_phrase;     /* phrase, obs-phrase: begins with a word (RFC 5322 3.2.5, 4.1) */
	bool is_local_part; /* words with single dots between (3.4.1, 4.4) */
};

/* word *(word / "." / CFWS), or nothing.  Blanks and comments behind it are taken too. */
static enum res
parse_phrase(struct parser *ps, struct phrase *ret_phrase)
{
	struct phrase ph = { .text = str_first(ps->lx.rest, 0), .is_local_part = true };
	const char *start = ps->lx.rest.p;
	bool after_word = false;

	for (;;) {
		struct str word = maillex_run(&ps->lx, maillex_is_atext);
		bool dot = word.len == 0 && maillex_char(&ps->lx, '.');

		if (word.len == 0 && !dot && maillex_quoted(&ps->lx, &word) == RES_SYNTAX)
			return breaks(ps, "From: a quote is not closed");
		if (word.len == 0 && !dot)
			break;
		if (ph.text.len == 0)
			ph.is_phrase = !dot;
		ph.is_local_part &= dot == after_word;
		after_word = !dot;
		ph.text.len = (size_t)(ps->lx.rest.p - start);
		if (maillex_cfws(&ps->lx) != RES_OK)
			return breaks(ps, "From: a comment is not closed");
	}
	ph.is_local_part &= after_word;
	*ret_phrase = ph;
	return RES_OK;
}

static enum res
skip_cfws(struct parser *ps)
{
	if (maillex_cfws(&ps->lx) != RES_OK)
		return breaks(ps, "From: a comment is not closed");
	return RES_OK;
}

/* domain, with the blanks and comments around it */
static enum res
parse_domain(struct parser *ps, struct buf *text)
{
	enum res r;

	if ((r = skip_cfws(ps)) != RES_OK)
		return r;
	if (maillex_domain(&ps->lx, text) != RES_OK)
		return breaks(ps, "From: no domain follows \"@\"");
	return skip_cfws(ps);
}

/* The rest of addr-spec = local-part "@" domain, behind the local part */
static enum res
parse_at_domain(struct parser *ps, const struct phrase *local)
{
	char mem[DOMAIN_TEXT_MAX + 2]; /* a longer one is no name */
	struct buf text = buf_on(mem, sizeof mem);
	enum res r;

	if (!maillex_char(&ps->lx, '@'))
		return breaks(ps, "From: an address without \"@\"");
	if (!local->is_local_part)
		return breaks(ps, "From: what stands before \"@\" is no local part");
	if ((r = parse_domain(ps, &text)) != RES_OK)
		return r;
	mailtally_add(ps->tally, local->text, text.err == RES_OK ? buf_str(&text) : STR(""));
	return RES_OK;
}

/* obs-route = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain]) ":" (RFC 5322 4.4: accepted and
 * ignored) */
static enum res
parse_route(struct parser *ps)
{
	do {
		char mem[DOMAIN_TEXT_MAX + 2]; /* a longer one is no name */
		struct buf ignored = buf_on(mem, sizeof mem);
		enum res r;

		if ((r = skip_cfws(ps)) != RES_OK)
			return r;
		if (maillex_char(&ps->lx, '@') && (r = parse_domain(ps, &ignored)) != RES_OK)
			return r;
	} while (maillex_char(&ps->lx, ','));
	if (!maillex_char(&ps->lx, ':'))
		return breaks(ps, "From: a route without its \":\"");
	return skip_cfws(ps);
}

/* angle-addr, obs-angle-addr = "<" [obs-route] addr-spec ">" */
static enum res
parse_angle_addr(struct parser *ps)
{
	struct phrase local;
	char first;
	enum res r;

	maillex_char(&ps->lx, '<');
	if ((r = skip_cfws(ps)) != RES_OK)
		return r;
	first = maillex_peek(&ps->lx);
	if ((first == '@' || first == ',') && (r = parse_route(ps)) != RES_OK)
		return r;
	if ((r = parse_phrase(ps, &local)) != RES_OK || (r = parse_at_domain(ps, &local)) != RES_OK)
		return r;
	if (!maillex_char(&ps->lx, '>'))
		return breaks(ps, "From: a \">\" is missing");
	return skip_cfws(ps);
}

/* mailbox = name-addr / addr-spec, its words being read already */
static enum res
parse_mailbox(struct parser *ps, const struct phrase *words)
{
	if (maillex_peek(&ps->lx) != '<')
		return parse_at_domain(ps, words);
	if (words->text.len > 0 && !words->is_phrase)
		return breaks(ps, "From: a display name begins with a dot");
	return parse_angle_addr(ps);
}

/* Where a list goes on or ends, there may be nothing at all: obs-mbox-list, obs-addr-list,
 * obs-group-list */
static bool
at_empty_member(const struct parser *ps, char end)
{
	char c = maillex_peek(&ps->lx);

	return ps->lx.rest.len == 0 || c == ',' || (end != '\0' && c == end);
}

/* The rest of group = display-name ":" [group-list] ";" (RFC 6854 2.1: also in From) */
static enum res
parse_group(struct parser *ps, const struct phrase *name)
{
	struct phrase words;
	enum res r;

	if (!name->is_phrase)
		return breaks(ps, "From: a group without a name");
	do {
		maillex_char(&ps->lx, ps->lx.rest.p[0]); /* the ":" or "," */
		if ((r = skip_cfws(ps)) != RES_OK)
			return r;
		if (!at_empty_member(ps, ';') &&
		    ((r = parse_phrase(ps, &words)) != RES_OK ||
			(r = parse_mailbox(ps, &words)) != RES_OK))
			return r;
	} while (maillex_peek(&ps->lx) == ',');
	if (!maillex_char(&ps->lx, ';'))
		return breaks(ps, "From: a group is not closed");
	return skip_cfws(ps);
}

/* from = mailbox-list / address-list (RFC 6854 2.1), empty members included (RFC 5322 4.4) */
static enum res
parse_address_list(struct parser *ps)
{
	struct phrase words;
	bool is_group;
	enum res r;

	do {
		if ((r = skip_cfws(ps)) != RES_OK)
			return r;
		if (at_empty_member(ps, '\0'))
			continue;
		if ((r = parse_phrase(ps, &words)) != RES_OK)
			return r;
		is_group = maillex_peek(&ps->lx) == ':';
		if ((r = is_group ? parse_group(ps, &words) : parse_mailbox(ps, &words)) != RES_OK)
			return r;
	} while (maillex_char(&ps->lx, ','));
	return ps->lx.rest.len == 0 ? RES_OK : breaks(ps, "From: text after an address");
}

/* from, of clean text only */
static enum res
parse_from(struct parser *ps)
{
	if (maillex_clean_len(ps->lx.rest) < ps->lx.rest.len)
		return breaks(ps, "From: control characters, or 8-bit text that is not UTF-8");
	return parse_address_list(ps);
}

/* The verdict on what the grammar (syntax is NULL) or the sweep has found. */
static struct author
judge(const struct mailtally *t, const char *syntax)
{
	struct author author = { .kind = AUTHOR_BROKEN };
	const char *why = syntax;

	if (mailtally_is_one(t)) {
		author.kind = AUTHOR_ONE;
		author.domain = t->domain;
	} else if (syntax == NULL && t->addresses > 1) {
		author.kind = AUTHOR_SEVERAL;
		why = t->unusable != NULL ? t->unusable : "From: mailboxes of several domains";
	} else if (syntax == NULL) {
		why = t->unusable != NULL ? t->unusable : "From: no address";
	}
	author.problem = str_from(why);
	return author;
}

enum res
mailaddr_author(struct arena *a, struct str value, struct author *ret_author)
{
	struct mailtally tally = { .arena = a };
	struct parser ps = { .lx = { value }, .tally = &tally };

	if (parse_from(&ps) != RES_OK) {
		tally = (struct mailtally){ .arena = a, .no_memory = tally.no_memory };
		mailsweep(&tally, value);
	}
	if (tally.no_memory)
		return RES_NOMEM;
	*ret_author = judge(&tally, ps.why);
	return RES_OK;
}

/* One of several fields, or the only one: what is cut cannot be read. */
static enum res
author_of_field(struct arena *a, struct str value, bool cut, struct author *ret_author)
{
	if (!cut)
		return mailaddr_author(a, value, ret_author);
	*ret_author =
	    (struct author){ .kind = AUTHOR_BROKEN, .problem = STR("From: too long to be read") };
	return RES_OK;
}

enum res
mailaddr_author_of_fields(struct arena *a, const struct str *values, const bool *cut, size_t n,
    struct author *ret_author)
{
	struct author first = { .kind = AUTHOR_BROKEN, .problem = STR("no From field") };
	bool same = true;
	enum res r;

	for (size_t i = 0; i < n; i++) {
		struct author next;

		if ((r = author_of_field(a, values[i], cut[i], &next)) != RES_OK)
			return r;
		if (i == 0)
			first = next;
		same &= next.kind == AUTHOR_ONE && domain_eq(next.domain, first.domain);
	}
	if (n > 1)
		first = (struct author){ .kind = same ? AUTHOR_BROKEN : AUTHOR_REPEATED,
			.problem = same ? STR("more than one From field (RFC 5322 3.6)") :
					  STR("From fields that do not all name the same domain "
					      "(RFC 5322 3.6)") };
	*ret_author = first;
	return RES_OK;
}
