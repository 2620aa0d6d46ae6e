#include "core/dmarcrecord.h"

#include "base/buf.h"

enum {
	QUOTE_MAX = 40, /* octets of a stranger's text that a problem shows */
	PROBLEM_MAX = 4 * QUOTE_MAX,
};

struct reading {
	struct arena *arena;
	struct dmarc_record *rec;
	unsigned seen;      /* bit i: tags[i] has been met */
	bool policy_broken; /* p, sp or np is there and not valid */
	enum res err;
};

/* Problems */

static void
put_quoted(struct buf *b, struct str s)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < s.len && i < QUOTE_MAX; i++)
		buf_putc(b, ascii_is_print(s.p[i]) ? s.p[i] : '?');
	buf_puts(b, s.len > QUOTE_MAX ? "...\"" : "\"");
}

/* BEFORE "QUOTE" AFTER.  The first problem stays. */
static void
problem(struct reading *rd, const char *before, struct str quote, const char *after)
{
	struct buf b;

	if (rd->rec->problem.p != NULL)
		return;
	b = buf_in(rd->arena, PROBLEM_MAX);
	buf_puts(&b, before);
	if (quote.p != NULL)
		put_quoted(&b, quote);
	buf_puts(&b, after);
	if (b.err == RES_OK)
		rd->rec->problem = buf_str(&b);
	else
		rd->err = b.err;
}

/* Values.  Each returns whether the value is valid, and leaves the record alone when it is not. */

static bool
one_of(struct str value, const char *letters, char *ret_letter)
{
	char c = value.len == 1 ? ascii_lower(value.p[0]) : '\0';

	if (!str_has(str_from(letters), c))
		return false;
	*ret_letter = c;
	return true;
}

/* dmarc-request = "none" / "quarantine" / "reject" */
static bool
take_request(struct str value, enum enforcement *ret_policy)
{
	for (enum enforcement e = ENFORCE_NONE; e <= ENFORCE_REJECT; e++)
		if (str_eq_nocase(value, str_from(enforcement_word(e)))) {
			*ret_policy = e;
			return true;
		}
	return false;
}

static bool
take_p(struct reading *rd, struct str value)
{
	return take_request(value, &rd->rec->p);
}

static bool
take_sp(struct reading *rd, struct str value)
{
	return take_request(value, &rd->rec->sp);
}

static bool
take_np(struct reading *rd, struct str value)
{
	return take_request(value, &rd->rec->np);
}

static bool
take_psd(struct reading *rd, struct str value)
{
	return one_of(value, "ynu", &rd->rec->psd);
}

static bool
take_flag(struct str value, const char *yes_no, bool *ret_flag)
{
	char c;

	if (!one_of(value, yes_no, &c))
		return false;
	*ret_flag = c == yes_no[0];
	return true;
}

static bool
take_t(struct reading *rd, struct str value)
{
	return take_flag(value, "yn", &rd->rec->testing);
}

static bool
take_adkim(struct reading *rd, struct str value)
{
	return take_flag(value, "sr", &rd->rec->strict_dkim);
}

static bool
take_aspf(struct reading *rd, struct str value)
{
	return take_flag(value, "sr", &rd->rec->strict_spf);
}

/* RFC 3986 2; no "!" ";" "," here */
static bool
is_uri_octet(char c)
{
	return ascii_is_alnum(c) || str_has(STR("-._~:/?#[]@$&'()*+=%"), c);
}

static bool
is_scheme_octet(char c)
{
	return ascii_is_alnum(c) || str_has(STR("+-."), c);
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), RFC 3986 3.1 */
static bool
is_scheme(struct str s)
{
	return s.len > 0 && ascii_is_alpha(s.p[0]) && str_is_all(s, is_scheme_octet);
}

/* A URI whose scheme may be unknown to us.  mailto: names an address (RFC 6068 2). */
static bool
is_uri(struct str uri)
{
	struct str rest = uri, scheme = str_cut(&rest, ':');
	size_t at = str_find(rest, '@');

	if (!is_scheme(scheme) || rest.len == 0 || !str_is_all(rest, is_uri_octet))
		return false;
	return !str_eq_nocase(scheme, STR("mailto")) || (at > 0 && at + 1 < rest.len);
}

/* URIs with commas between; "!" and a size behind one is obsolete and dropped (C.4).  One valid
 * one is enough. */
static bool
has_uri(struct str list)
{
	while (list.len > 0) {
		struct str uri = str_trim(str_cut(&list, ','));

		if (is_uri(str_first(uri, str_find(uri, '!'))))
			return true;
	}
	return false;
}

static bool
take_rua(struct reading *rd, struct str value)
{
	rd->rec->rua = value;
	return has_uri(value);
}

static bool
take_ruf(struct reading *rd, struct str value)
{
	rd->rec->ruf = value;
	return has_uri(value);
}

/* fo = ("0" / "1" / "d" / "s") *(":" ...); 0 and 1 exclude each other (4.7) */
static bool
take_fo(struct reading *rd, struct str value)
{
	struct str rest = value;
	bool zero = false, one = false;
	char c;

	do {
		if (!one_of(str_trim(str_cut(&rest, ':')), "01ds", &c))
			return false;
		zero |= c == '0';
		one |= c == '1';
	} while (rest.len > 0);
	if (zero && one)
		return false;
	rd->rec->fo = value;
	return true;
}

static const struct tag {
	const char *name;
	bool (*take)(struct reading *rd, struct str value);
	bool policy; /* an invalid value calls for the rule of 4.10.1 */
	const char *fault;
} tags[] = {
	{ "p", take_p, true, " is no policy of p" },
	{ "sp", take_sp, true, " is no policy of sp" },
	{ "np", take_np, true, " is no policy of np" },
	{ "psd", take_psd, false, " is no value of psd: u is taken" },
	{ "t", take_t, false, " is no value of t: n is taken" },
	{ "adkim", take_adkim, false, " is no value of adkim: r is taken" },
	{ "aspf", take_aspf, false, " is no value of aspf: r is taken" },
	{ "rua", take_rua, false, " in rua holds no valid URI" },
	{ "ruf", take_ruf, false, " in ruf holds no valid URI" },
	{ "fo", take_fo, false, " is no value of fo: 0 is taken" },
};

/* The record */

static void
take_tag(struct reading *rd, struct str name, struct str value)
{
	for (unsigned i = 0; i < sizeof tags / sizeof *tags; i++) {
		if (!str_eq_nocase(name, str_from(tags[i].name)))
			continue;
		if ((rd->seen & 1u << i) != 0) {
			problem(rd, "tag ", name, " stands twice: the first counts");
		} else if (!tags[i].take(rd, value)) {
			problem(rd, "", value, tags[i].fault);
			rd->policy_broken |= tags[i].policy;
		}
		rd->seen |= 1u << i;
		return;
	}
}

/* dmarc-tag = 1*ALPHA equals 1*dmarc-value.  What is none is ignored. */
static void
read_tag(struct reading *rd, struct str text)
{
	size_t at = str_find(text, '=');

	if (at == 0 || at == text.len)
		problem(rd, "", text, " is no tag=value");
	else
		take_tag(rd, str_trim(str_first(text, at)), str_trim(str_skip(text, at + 1)));
}

/* dmarc-version = "v" equals %s"DMARC1": the name is without case, the value is not; no blank
 * before. */
static bool
is_version(struct str text)
{
	struct str rest = text, name = str_cut(&rest, '=');

	return name.len > 0 && !ascii_is_blank(name.p[0]) &&
	    str_eq_nocase(str_trim(name), STR("v")) && str_eq(str_trim(rest), STR("DMARC1"));
}

/* Without a valid p, or with a broken sp or np: p=none if somebody wants reports, else nothing
 * (4.10.1). */
static void
settle_policy(struct reading *rd)
{
	struct dmarc_record *rec = rd->rec;

	if (rec->p != ENFORCE_UNKNOWN && !rd->policy_broken)
		return;
	problem(rd, "there is no tag p", (struct str){ 0 }, "");
	rec->p = ENFORCE_NONE;
	rec->sp = rec->np = ENFORCE_UNKNOWN;
	rec->p_by_default = true;
	rec->usable = has_uri(rec->rua);
}

enum res
dmarcrecord_parse(struct arena *a, struct str text, struct dmarc_record *ret_record)
{
	struct dmarc_record rec = { .text = text, .usable = true, .psd = 'u' };
	struct reading rd = { .arena = a, .rec = &rec };
	struct str rest = text;

	if (!is_version(str_cut(&rest, ';')))
		return RES_NONE;
	while (rest.len > 0) {
		struct str tag = str_trim(str_cut(&rest, ';'));

		if (tag.len > 0 || rest.len > 0) /* a last ";" is no tag */
			read_tag(&rd, tag);
	}
	settle_policy(&rd);
	if (rd.err != RES_OK)
		return rd.err;
	*ret_record = rec;
	return RES_OK;
}

/* The policy */

static struct dmarc_policy
policy_before_t(const struct dmarc_record *rec, bool own, enum existence existence)
{
	struct dmarc_policy yes, no;

	if (existence == EXISTENCE_UNKNOWN) {
		yes = policy_before_t(rec, own, EXISTENCE_YES);
		no = policy_before_t(rec, own, EXISTENCE_NO);
		return no.policy > yes.policy ? no : yes;
	}
	if (!own && existence == EXISTENCE_NO && rec->np != ENFORCE_UNKNOWN)
		return (struct dmarc_policy){ rec->np, TAG_NP };
	if (!own && rec->sp != ENFORCE_UNKNOWN)
		return (struct dmarc_policy){ rec->sp, TAG_SP };
	return (struct dmarc_policy){ rec->p, rec->p_by_default ? TAG_DEFAULT_NONE : TAG_P };
}

struct dmarc_policy
dmarcrecord_policy(const struct dmarc_record *rec, bool own, enum existence existence)
{
	struct dmarc_policy dp = policy_before_t(rec, own, existence);

	if (rec->testing && dp.policy > ENFORCE_NONE)
		dp.policy--; /* one step weaker (4.7, t) */
	return dp;
}

bool
dmarcrecord_needs_existence(const struct dmarc_record *rec, bool own)
{
	return policy_before_t(rec, own, EXISTENCE_YES).policy !=
	    policy_before_t(rec, own, EXISTENCE_NO).policy;
}
