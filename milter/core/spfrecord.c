#include "core/spfrecord.h"

#include <assert.h>

#include "core/spfmacro.h"

enum {
	FAULT_SHOWN = 60, /* octets of the offending text in a sentence */
	SENTENCE_MAX = 4 * FAULT_SHOWN + 160,
};

struct parser {
	struct arena *arena;
	struct str text; /* the whole record */
	struct spf_record rec;
	struct spf_term *terms;
	struct spf_fault *faults;
	bool nomem;
};

/* A mechanism behind its name: what its argument may be. */
struct mech_row {
	const char *name;
	enum spf_mech mech;
	bool (*argument)(struct parser *p, struct str arg, struct spf_term *term);
};

static const struct str version = { "v=spf1", 6 };

static bool
is_spf_record(struct str text)
{
	return str_starts_nocase(text, version) &&
	    (text.len == version.len || text.p[version.len] == ' ');
}

enum res
spfrecord_select(const struct dns_answer *ans, struct str *ret_text)
{
	const struct dns_record *found = NULL;

	for (size_t i = 0; i < ans->count; i++) {
		if (!is_spf_record(ans->records[i].text))
			continue;
		if (found != NULL)
			return RES_PERM;
		found = &ans->records[i];
	}
	if (found == NULL)
		return RES_NONE;
	*ret_text = found->text;
	return RES_OK;
}

static void
put_shown(struct buf *out, struct str text)
{
	buf_put_visible(out, str_first(text, FAULT_SHOWN));
	if (text.len > FAULT_SHOWN)
		buf_puts(out, "...");
}

/* Note what is wrong with bad, a part of the record.  Always false: a rule can end with it. */
static bool
fault(struct parser *p, struct str bad, const char *what)
{
	struct buf out;
	struct spf_fault f = { .text = bad };

	if (p->rec.fault_count == SPFRECORD_MAX_FAULTS)
		return false;
	f.at = (size_t)(bad.p - p->text.p) + 1;
	out = buf_in(p->arena, SENTENCE_MAX);
	buf_puts(&out, what);
	buf_puts(&out, bad.len > 0 ? ": \"" : " ");
	put_shown(&out, bad);
	buf_puts(&out, bad.len > 0 ? "\" at octet " : "at octet ");
	buf_putu(&out, f.at);
	if (out.err != RES_OK) {
		p->nomem = true;
		return false;
	}
	f.sentence = buf_str(&out);
	p->faults[p->rec.fault_count++] = f;
	return false;
}

static bool
domain_spec(struct parser *p, struct str text, struct str *ret_target)
{
	size_t valid = spfmacro_valid(text, false);

	if (text.len == 0)
		return fault(p, text, "missing domain");
	if (valid < text.len)
		return fault(p, str_skip(text, valid), "no valid macro");
	if (text.len > SPFMACRO_MAX_TEXT)
		return fault(p, text, "a longer domain than this program reads");
	if (!spfmacro_ends_domain(text))
		return fault(p, text, "the domain does not end in a top-level name or a macro");
	*ret_target = text;
	return true;
}

/* ip4-cidr-length, ip6-cidr-length: a number without leading zeros, up to max */
static bool
prefix_length(struct parser *p, struct str digits, unsigned max, unsigned *ret_prefix)
{
	uint32_t n;

	if (str_to_u32(digits, max, &n) != RES_OK || (digits.len > 1 && digits.p[0] == '0'))
		return fault(p, digits, "no valid prefix length");
	*ret_prefix = n;
	return true;
}

/* Cut "/digits", with that many slashes, off the end of *text.  A domain-spec never ends so. */
static bool
cut_prefix(struct str *text, size_t slashes, struct str *ret_digits)
{
	size_t at = text->len;

	while (at > 0 && ascii_is_digit(text->p[at - 1]))
		at--;
	if (at == text->len || at < slashes)
		return false;
	for (size_t i = 1; i <= slashes; i++)
		if (text->p[at - i] != '/')
			return false;
	*ret_digits = str_skip(*text, at);
	text->len = at - slashes;
	return true;
}

/* [ ip4-cidr-length ] [ "/" ip6-cidr-length ], cut off *arg */
static bool
dual_prefix(struct parser *p, struct str *arg, struct spf_term *term)
{
	struct str digits;

	term->prefix4 = 32;
	term->prefix6 = 128;
	if (cut_prefix(arg, 2, &digits) && !prefix_length(p, digits, 128, &term->prefix6))
		return false;
	if (cut_prefix(arg, 1, &digits) && !prefix_length(p, digits, 32, &term->prefix4))
		return false;
	return true;
}

static bool
no_argument(struct parser *p, struct str arg, struct spf_term *term)
{
	(void)term;
	return arg.len == 0 || fault(p, arg, "an argument where none is allowed");
}

static bool
required_target(struct parser *p, struct str arg, struct spf_term *term)
{
	if (arg.len == 0 || arg.p[0] != ':')
		return fault(p, term->text, "missing domain");
	return domain_spec(p, str_skip(arg, 1), &term->target);
}

static bool
optional_target(struct parser *p, struct str arg, struct spf_term *term)
{
	return arg.len == 0 || required_target(p, arg, term);
}

static bool
target_and_prefix(struct parser *p, struct str arg, struct spf_term *term)
{
	return dual_prefix(p, &arg, term) && optional_target(p, arg, term);
}

static bool
network(struct parser *p, struct str arg, struct spf_term *term)
{
	enum ip_family family = term->mech == SPF_MECH_IP4 ? IP_V4 : IP_V6;
	struct str rest = str_skip(arg, 1), address = str_cut(&rest, '/');

	if (arg.len == 0 || arg.p[0] != ':')
		return fault(p, term->text, "missing address");
	if (ipaddr_parse_as_written(address, &term->net.addr) != RES_OK ||
	    term->net.addr.family != family)
		return fault(p, address.len > 0 ? address : term->text, "no valid address");
	term->net.prefix = ipaddr_bits(family);
	if (address.len == arg.len - 1)
		return true;
	return prefix_length(p, rest, term->net.prefix, &term->net.prefix);
}

static const struct mech_row mechs[] = {
	{ "all", SPF_MECH_ALL, no_argument },
	{ "include", SPF_MECH_INCLUDE, required_target },
	{ "a", SPF_MECH_A, target_and_prefix },
	{ "mx", SPF_MECH_MX, target_and_prefix },
	{ "ptr", SPF_MECH_PTR, optional_target },
	{ "ip4", SPF_MECH_IP4, network },
	{ "ip6", SPF_MECH_IP6, network },
	{ "exists", SPF_MECH_EXISTS, required_target },
};
static_assert(sizeof mechs / sizeof *mechs == SPF_MECH_COUNT, "a row each");

/* qualifier = "+" / "-" / "?" / "~" */
static enum spf_result
qualifier(struct str *rest)
{
	static const struct {
		char c;
		enum spf_result result;
	} rows[] = {
		{ '+', SPFRESULT_PASS },
		{ '-', SPFRESULT_FAIL },
		{ '?', SPFRESULT_NEUTRAL },
		{ '~', SPFRESULT_SOFTFAIL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rest->len > 0 && rest->p[0] == rows[i].c) {
			*rest = str_skip(*rest, 1);
			return rows[i].result;
		}
	return SPFRESULT_PASS;
}

/* directive = [ qualifier ] mechanism */
static void
directive(struct parser *p, struct str text)
{
	struct spf_term term = { .text = text };
	struct str rest = text, name;
	size_t colon, slash;

	term.result = qualifier(&rest);
	colon = str_find(rest, ':');
	slash = str_find(rest, '/');
	name = str_first(rest, colon < slash ? colon : slash);
	for (size_t i = 0; i < SPF_MECH_COUNT; i++) {
		if (!str_eq_nocase(name, str_from(mechs[i].name)))
			continue;
		term.mech = mechs[i].mech;
		if (mechs[i].argument(p, str_skip(rest, name.len), &term))
			p->terms[p->rec.count++] = term;
		return;
	}
	fault(p, text, "unknown mechanism");
}

static bool
is_name_octet(char c)
{
	return ascii_is_alnum(c) || str_has(STR("-_."), c);
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ): its length, if "=" follows; else 0 */
static size_t
modifier_name(struct str text)
{
	size_t n = str_span(text, is_name_octet);

	if (n == 0 || !ascii_is_alpha(text.p[0]))
		return 0;
	return n < text.len && text.p[n] == '=' ? n : 0;
}

/* redirect, explanation: once each (6); the others only need to be macro-strings */
static void
modifier(struct parser *p, struct str text, size_t name_len)
{
	struct {
		const char *name;
		struct spf_modifier *where;
	} known[] = {
		{ "redirect", &p->rec.redirect },
		{ "exp", &p->rec.exp },
	};
	struct str name = str_first(text, name_len), value = str_skip(text, name_len + 1);
	size_t valid;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!str_eq_nocase(name, str_from(known[i].name)))
			continue;
		if (known[i].where->text.p != NULL)
			fault(p, text, "a modifier that is there twice");
		else if (domain_spec(p, value, &known[i].where->target))
			known[i].where->text = text;
		return;
	}
	if ((valid = spfmacro_valid(value, false)) < value.len)
		fault(p, str_skip(value, valid), "no valid macro");
}

static void
one_term(struct parser *p, struct str text)
{
	size_t n = str_span(text, ascii_is_graph);

	if (n < text.len)
		fault(p, str_skip(text, n), "a character that is not printable ASCII");
	else if ((n = modifier_name(text)) > 0)
		modifier(p, text, n);
	else
		directive(p, text);
}

/* Upper bound of the terms in text: one in front, and one behind each blank at most. */
static size_t
term_bound(struct str text)
{
	size_t n = 1;

	for (size_t i = 0; i + 1 < text.len && n < SPFRECORD_MAX_TERMS; i++)
		n += text.p[i] == ' ' && text.p[i + 1] != ' ';
	return n;
}

static void
parse_terms(struct parser *p)
{
	struct str rest = str_skip(p->text, version.len);
	size_t seen = 0;

	while (rest.len > 0 && p->rec.fault_count < SPFRECORD_MAX_FAULTS) {
		struct str term = str_cut(&rest, ' ');

		if (term.len == 0)
			continue;
		if (seen++ == SPFRECORD_MAX_TERMS) {
			fault(p, term, "more terms than this program reads");
			return;
		}
		one_term(p, term);
	}
}

enum res
spfrecord_parse(struct arena *a, struct str text, struct spf_record *ret_record)
{
	struct parser p = { .arena = a, .text = text, .rec = { .text = text } };

	p.terms = arena_array(a, term_bound(text), sizeof *p.terms);
	p.faults = arena_array(a, SPFRECORD_MAX_FAULTS, sizeof *p.faults);
	if (p.terms == NULL || p.faults == NULL)
		return RES_NOMEM;
	parse_terms(&p);
	if (p.nomem)
		return RES_NOMEM;
	p.rec.terms = p.terms;
	p.rec.faults = p.faults;
	for (size_t i = p.rec.count; i > 0; i--)
		if (p.terms[i - 1].mech == SPF_MECH_ALL)
			p.rec.all = &p.terms[i - 1];
	*ret_record = p.rec;
	return RES_OK;
}

unsigned
spfrecord_prefix(const struct spf_term *term, enum ip_family family)
{
	return family == IP_V6 ? term->prefix6 : term->prefix4;
}
