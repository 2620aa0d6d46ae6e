/* One function for each resinfo.  Each property has a check of its own, and what does not pass
 * leaves the property out: nothing that a sender wrote can break the field. */
#include "core/authres_out.h"

#include "core/authres.h"
#include "core/domain.h"
#include "core/maillex.h"

enum {
	LINE_MAX_OCTETS = 998, /* RFC 5322 2.1.1 */
	NAME_OCTETS = sizeof "Authentication-Results: " - 1,
	RESINFO_MAX = LINE_MAX_OCTETS, /* one stands on one line */
	LOCAL_PART_MAX = 64,           /* RFC 5321 4.5.3.1.1 */
	B_PREFIX_MAX = 8,              /* of b=, enough to tell signatures apart (RFC 6008 4) */
	DKIM_MAX = AUTHRES_MAX_RESINFO - 2, /* and spf=, dmarc=: what our reader reads */
};

/* " NAME=domain", or nothing when it is none */
static void
put_domain(struct buf *out, const char *name, struct str domain)
{
	if (!domain_is_name(domain))
		return;
	buf_puts(out, name);
	buf_put_lower(out, domain);
}

static void
put_result(struct buf *out, const char *method, const char *result)
{
	buf_puts(out, "\n\t");
	buf_puts(out, method);
	buf_puts(out, result);
}

static void
put_spf(struct buf *out, const struct ev_spf *spf)
{
	put_result(out, "spf=", spf_result_word(spf->result));
	if (!spf->from_helo)
		put_domain(out, " smtp.mailfrom=", spf->domain);
	else if (domain_labels(spf->domain) > 1) /* else no identity (RFC 7208 2.3) */
		put_domain(out, " smtp.helo=", spf->domain);
}

static void
put_dkim_algorithm(struct buf *out, struct str algorithm)
{
	/* RFC 6376 3.3, RFC 8463 3 */
	static const char *const known[] = { "rsa-sha1", "rsa-sha256", "ed25519-sha256" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_eq_nocase(algorithm, str_from(known[i]))) {
			buf_puts(out, " header.a=");
			buf_puts(out, known[i]);
		}
}

static bool
is_base64_octet(char c)
{
	return ascii_is_alnum(c) || str_has(STR("+/="), c);
}

/* Always quoted: "/" and "=" are not token characters (RFC 2045 5.1). */
static void
put_dkim_b(struct buf *out, struct str b)
{
	struct str prefix = str_first(b, B_PREFIX_MAX);

	if (prefix.len == 0 || !str_is_all(prefix, is_base64_octet))
		return;
	buf_puts(out, " header.b=\"");
	buf_put(out, prefix);
	buf_putc(out, '"');
}

/* Only when it says more than d= */
static void
put_dkim_identity(struct buf *out, struct str identity, struct str signer)
{
	size_t at = str_find_last(identity, '@');
	struct str local = str_first(identity, at), domain = str_skip(identity, at + 1);

	if (at == identity.len || !domain_is_name(domain) ||
	    (local.len == 0 && domain_eq(domain, signer)))
		return;
	buf_puts(out, " header.i=");
	if (local.len <= LOCAL_PART_MAX && maillex_is_dot_atom(local))
		buf_put(out, local);
	buf_putc(out, '@');
	buf_put_lower(out, domain);
}

static void
put_dkim(struct buf *out, const struct ev_dkim *sig)
{
	put_result(out, "dkim=", dkim_result_word(sig->result));
	put_domain(out, " header.d=", sig->domain);
	if (domain_is_name(sig->selector)) {
		buf_puts(out, " header.s=");
		buf_put(out, sig->selector);
	}
	put_dkim_algorithm(out, sig->algorithm);
	put_dkim_b(out, sig->b_prefix);
	put_dkim_identity(out, sig->identity, sig->domain);
}

static void
put_dmarc(struct buf *out, const struct ev_dmarc *dmarc, const char *disposition)
{
	const char *policy = dmarc->have_policy ? enforcement_word(dmarc->policy) : NULL;

	put_result(out, "dmarc=", dmarc_result_word(dmarc->result));
	if (policy != NULL) {
		buf_puts(out, " (p=");
		buf_puts(out, policy);
		buf_puts(out, " dis=");
		buf_puts(out, disposition);
		buf_putc(out, ')');
	}
	if (dmarc->author == AUTHOR_ONE)
		put_domain(out, " header.from=", dmarc->author_domain);
	if (policy != NULL) {
		buf_puts(out, " policy.dmarc=");
		buf_puts(out, policy);
	}
}

/* As many signatures as leave room for what follows them. */
static void
put_signatures(struct buf *out, const struct evidence *ev, size_t reserved)
{
	if (ev->dkim_count == 0)
		buf_puts(out, ";\n\tdkim=none");
	for (size_t i = 0; i < ev->dkim_count && i < DKIM_MAX; i++) {
		char mem[RESINFO_MAX];
		struct buf resinfo = buf_on(mem, sizeof mem);

		put_dkim(&resinfo, &ev->dkim[i]);
		if (out->err != RES_OK || out->cap - out->len <= resinfo.len + 1 + reserved)
			return;
		buf_putc(out, ';');
		buf_put(out, buf_str(&resinfo));
	}
}

enum res
authres_out(struct buf *out, struct str authserv_id, const struct evidence *ev,
    const char *disposition)
{
	char mem[RESINFO_MAX];
	struct buf dmarc = buf_on(mem, sizeof mem);
	size_t start = out->len;

	authres_out_value(out, authserv_id);
	if (out->err == RES_OK && out->len - start + NAME_OCTETS + 1 > LINE_MAX_OCTETS)
		out->err = RES_LIMIT;
	buf_putc(out, ';');
	put_spf(out, &ev->spf);
	if (!ev->envelope_only)
		put_dmarc(&dmarc, &ev->dmarc, disposition);
	if (ev->dkim_examined)
		put_signatures(out, ev, dmarc.len + 1);
	if (dmarc.len > 0)
		buf_putc(out, ';');
	buf_put(out, buf_str(&dmarc));
	return out->err;
}

/* Of ASCII only: who reads the field need not know UTF-8. */
static bool
is_token(struct str value)
{
	return value.len > 0 && str_is_all(value, ascii_is_7bit) &&
	    str_is_all(value, maillex_is_token);
}

void
authres_out_value(struct buf *out, struct str value)
{
	if (is_token(value))
		buf_put(out, value);
	else
		maillex_quote(value, out);
}
