#include "core/dkimsig.h"

#include "base/buf.h"
#include "core/dkimtags.h"
#include "core/domain.h"

enum {
	B_PREFIX = 8,                       /* RFC 6008: enough to tell signatures apart */
	IDENTITY_MAX = 64 + 1 + DOMAIN_MAX, /* RFC 5321 4.5.3.1.1 */
	NUMBER_DIGITS = 12,                 /* t=, x= (3.5); no body needs more for l= */
	NAMES_MAX_OCTETS = 4000,            /* the library keeps 4,095 of h= and drops the rest */
};

struct reader { /* one field being read */
	struct arena *arena;
	struct dkimsig *sig;
	enum res err; /* RES_NOMEM */
};

static const struct {
	const char *word;
	enum dkim_algorithm kind;
} algorithms[] = {
	{ "rsa-sha1", DKIM_RSA_SHA1 },
	{ "rsa-sha256", DKIM_RSA_SHA256 },
	{ "ed25519-sha256", DKIM_ED25519_SHA256 },
};

static void
set_fault(struct dkimsig *sig, enum dkim_fault f, struct str detail)
{
	if (sig->fault == DKIM_FAULT_NONE && f != DKIM_FAULT_NONE) {
		sig->fault = f;
		sig->detail = detail;
	}
}

/* sig-v-tag = "1" */
static enum dkim_fault
read_v(struct reader *rd, struct str value)
{
	(void)rd;
	return str_eq(value, STR("1")) ? DKIM_FAULT_NONE : DKIM_FAULT_VERSION;
}

/* sig-a-tag-alg = sig-a-tag-k "-" sig-a-tag-h */
static enum dkim_fault
read_a(struct reader *rd, struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((!ascii_is_alnum(value.p[i]) && value.p[i] != '-') || i == DOMAIN_LABEL_MAX)
			return DKIM_FAULT_VALUE;
	rd->sig->algorithm = value;
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		if (str_eq_nocase(value, str_from(algorithms[i].word))) {
			rd->sig->algorithm = str_from(algorithms[i].word);
			rd->sig->kind = algorithms[i].kind;
			return DKIM_FAULT_NONE;
		}
	}
	return DKIM_FAULT_ALGORITHM;
}

static enum dkim_fault
read_b(struct reader *rd, struct str value)
{
	struct str b = dkimtags_squeeze(rd->arena, value);
	size_t octets;

	if (b.p == NULL)
		rd->err = RES_NOMEM;
	if (b.len > 0)
		rd->sig->b_prefix = str_first(b, B_PREFIX);
	if (dkimtags_base64(value, &octets) != RES_OK || octets == 0)
		return DKIM_FAULT_VALUE;
	return DKIM_FAULT_NONE;
}

static enum dkim_fault
read_bh(struct reader *rd, struct str value)
{
	size_t octets;

	(void)rd;
	if (dkimtags_base64(value, &octets) != RES_OK || octets == 0)
		return DKIM_FAULT_VALUE;
	return DKIM_FAULT_NONE;
}

/* d= is the name that DMARC compares: lower case, nothing but a name */
static enum dkim_fault
read_d(struct reader *rd, struct str value)
{
	enum res r = RES_SYNTAX;

	if (domain_is_name(value))
		r = domain_from_text(rd->arena, value, &rd->sig->domain);
	if (r == RES_NOMEM)
		rd->err = r;
	return r == RES_OK ? DKIM_FAULT_NONE : DKIM_FAULT_VALUE;
}

/* selector = sub-domain *( "." sub-domain ) */
static enum dkim_fault
read_s(struct reader *rd, struct str value)
{
	if (!domain_is_name(value))
		return DKIM_FAULT_VALUE;
	rd->sig->selector = value;
	return DKIM_FAULT_NONE;
}

/* hdr-name = field-name, but no ";" (2.10).  The library reads names of printable ASCII only. */
static bool
is_field_name(struct str name)
{
	return name.len > 0 && str_is_all(name, ascii_is_graph);
}

static enum dkim_fault
read_h(struct reader *rd, struct str value)
{
	struct str rest = value, name;
	size_t n = 0;

	while (dkimtags_next_item(&rest, &name)) {
		if (!is_field_name(name))
			return DKIM_FAULT_VALUE;
		if (++n > DKIMSIG_MAX_NAMES || value.len > NAMES_MAX_OCTETS)
			return DKIM_FAULT_NAMES;
	}
	rd->sig->names = value;
	if (!dkimtags_has_item(value, STR("From")))
		return DKIM_FAULT_FROM_UNSIGNED; /* 3.5, 5.4 */
	return DKIM_FAULT_NONE;
}

/* sig-i-tag = [ Local-part ] "@" domain-name, in quoted-printable */
static enum dkim_fault
read_i(struct reader *rd, struct str value)
{
	struct str text;
	size_t at;
	enum res r = dkimtags_unquote(rd->arena, value, &text);

	if (r == RES_NOMEM)
		rd->err = r;
	if (r != RES_OK || text.len > IDENTITY_MAX)
		return DKIM_FAULT_VALUE;
	at = str_find_last(text, '@');
	if (!domain_is_name(str_skip(text, at + 1)))
		return DKIM_FAULT_VALUE;
	rd->sig->identity = text;
	return DKIM_FAULT_NONE;
}

static bool
is_canon(struct str word)
{
	return str_eq_nocase(word, STR("simple")) || str_eq_nocase(word, STR("relaxed"));
}

/* sig-c-tag-alg [ "/" sig-c-tag-alg ]: without a second one the body is simple */
static enum dkim_fault
read_c(struct reader *rd, struct str value)
{
	struct str body = value, header = str_cut(&body, '/');

	if (!is_canon(header) || (header.len < value.len && !is_canon(body)))
		return DKIM_FAULT_CANON;
	rd->sig->relaxed_body = str_eq_nocase(body, STR("relaxed"));
	return DKIM_FAULT_NONE;
}

/* Methods that are not known are ignored (3.5); one must be left. */
static enum dkim_fault
read_q(struct reader *rd, struct str value)
{
	(void)rd;
	return dkimtags_has_item(value, STR("dns/txt")) ? DKIM_FAULT_NONE : DKIM_FAULT_QUERY;
}

static enum dkim_fault
read_number(struct str value, bool *ret_has, uint64_t *ret_n)
{
	uint64_t n = 0;

	if (value.len == 0 || value.len > NUMBER_DIGITS)
		return DKIM_FAULT_VALUE;
	for (size_t i = 0; i < value.len; i++) {
		if (!ascii_is_digit(value.p[i]))
			return DKIM_FAULT_VALUE;
		n = n * 10 + (uint64_t)(value.p[i] - '0');
	}
	*ret_has = true;
	*ret_n = n;
	return DKIM_FAULT_NONE;
}

static enum dkim_fault
read_l(struct reader *rd, struct str value)
{
	return read_number(value, &rd->sig->has_length, &rd->sig->length);
}

static enum dkim_fault
read_t(struct reader *rd, struct str value)
{
	return read_number(value, &rd->sig->has_time, &rd->sig->time_s);
}

static enum dkim_fault
read_x(struct reader *rd, struct str value)
{
	return read_number(value, &rd->sig->has_expiry, &rd->sig->expiry_s);
}

/* In the order in which their faults are told. */
static const struct {
	const char *name;
	bool required;
	enum dkim_fault (*read)(struct reader *rd, struct str value);
} sig_tags[] = {
	{ "v", true, read_v },
	{ "d", true, read_d },
	{ "s", true, read_s },
	{ "a", true, read_a },
	{ "b", true, read_b },
	{ "bh", true, read_bh },
	{ "h", true, read_h },
	{ "i", false, read_i },
	{ "c", false, read_c },
	{ "q", false, read_q },
	{ "l", false, read_l },
	{ "t", false, read_t },
	{ "x", false, read_x },
};

static void
read_tag(struct reader *rd, const struct dkimtags *tags, size_t which)
{
	const char *name = sig_tags[which].name;
	struct str value = dkimtags_get(tags, name);

	if (value.p != NULL)
		set_fault(rd->sig, sig_tags[which].read(rd, value), str_from(name));
	else if (sig_tags[which].required)
		set_fault(rd->sig, DKIM_FAULT_MISSING, str_from(name));
}

static struct str
identity_domain(const struct dkimsig *sig)
{
	return str_skip(sig->identity, str_find_last(sig->identity, '@') + 1);
}

/* i= by default is "@" and d= */
static void
complete_identity(struct reader *rd, bool given)
{
	struct dkimsig *sig = rd->sig;
	struct buf b;

	if (given || sig->domain.p == NULL)
		return;
	b = buf_in(rd->arena, sig->domain.len + 1);
	buf_putc(&b, '@');
	buf_put(&b, sig->domain);
	if (b.err != RES_OK)
		rd->err = b.err;
	else
		sig->identity = buf_str(&b);
}

/* What the tags say together (3.5) */
static enum dkim_fault
judge(const struct dkimsig *sig, int64_t now_s)
{
	uint64_t now = now_s > 0 ? (uint64_t)now_s : 0;

	if (sig->domain.p != NULL && sig->identity.p != NULL &&
	    !domain_is_at_or_below(identity_domain(sig), sig->domain))
		return DKIM_FAULT_OUTSIDE;
	if (sig->has_time && sig->has_expiry && sig->expiry_s <= sig->time_s)
		return DKIM_FAULT_TIME_ORDER;
	if (now > 0 && sig->has_expiry && now > sig->expiry_s)
		return DKIM_FAULT_EXPIRED;
	if (now > 0 && sig->has_time && sig->time_s > now + DKIMSIG_DRIFT_S)
		return DKIM_FAULT_FUTURE;
	return DKIM_FAULT_NONE;
}

enum res
dkimsig_read(struct arena *a, struct str value, int64_t now_s, struct dkimsig *ret_sig)
{
	struct dkimsig sig = { .fault = DKIM_FAULT_NONE };
	struct reader rd = { a, &sig, RES_OK };
	struct dkimtags tags;
	enum res r = dkimtags_read(value, &tags);

	if (r != RES_OK) {
		sig.fault = r == RES_LIMIT ? DKIM_FAULT_TAGS : DKIM_FAULT_SYNTAX;
	} else {
		if (tags.twice.p != NULL)
			set_fault(&sig, DKIM_FAULT_TWICE, tags.twice);
		for (size_t i = 0; i < sizeof sig_tags / sizeof *sig_tags; i++)
			read_tag(&rd, &tags, i);
		complete_identity(&rd, dkimtags_get(&tags, "i").p != NULL);
		set_fault(&sig, judge(&sig, now_s), (struct str){ 0 });
	}
	if (rd.err == RES_OK)
		*ret_sig = sig;
	return rd.err;
}

enum res
dkimsig_key_question(struct arena *a, const struct dkimsig *sig, struct dns_question *ret_q)
{
	struct str middle = STR("._domainkey.");
	struct buf b;

	if (sig->fault != DKIM_FAULT_NONE)
		return RES_NONE;
	b = buf_in(a, sig->selector.len + middle.len + sig->domain.len);
	buf_put(&b, sig->selector);
	buf_put(&b, middle);
	buf_put(&b, sig->domain);
	if (b.err == RES_OK)
		*ret_q = (struct dns_question){ buf_str(&b), DNS_TXT };
	return b.err;
}

bool
dkimsig_is_below(const struct dkimsig *sig)
{
	return !domain_eq(identity_domain(sig), sig->domain);
}
