#include "core/received_spf.h"

#include "core/domain.h"
#include "core/mailaddr.h"
#include "core/maillex.h"

/* RFC 7208 9.1 gives the comment to people, so it holds words of ours and names that were
 * checked, no more. */
static const char *const sentences[] = {
	[SPFRESULT_NONE] = "no SPF record",
	[SPFRESULT_NEUTRAL] = "the domain says nothing about this client",
	[SPFRESULT_PASS] = "the domain permits this client",
	[SPFRESULT_FAIL] = "the domain forbids this client",
	[SPFRESULT_SOFTFAIL] = "the domain does not expect this client",
	[SPFRESULT_TEMPERROR] = "the domain could not be asked",
	[SPFRESULT_PERMERROR] = "the SPF record cannot be used",
};

static void
put_comment(struct buf *out, struct str receiver, enum spf_result result)
{
	buf_puts(out, " (");
	if (domain_is_name(receiver)) {
		buf_put(out, receiver);
		buf_puts(out, ": ");
	}
	buf_puts(out, sentences[result]);
	buf_putc(out, ')');
}

/* dot-atom / quoted-string */
static void
put_value(struct buf *out, struct str value)
{
	if (maillex_is_dot_atom(value))
		buf_put(out, value);
	else
		maillex_quote(value, out);
}

/* One key-value-pair, after the first with ";" and a fold; nothing when the value cannot be
 * written. */
static void
put_pair(struct buf *out, size_t *pairs, const char *key, struct str value)
{
	if (value.p == NULL || value.len > RECEIVED_SPF_VALUE_MAX ||
	    !str_is_all(value, ascii_is_print))
		return;
	buf_puts(out, (*pairs)++ > 0 ? ";\n\t" : "\n\t");
	buf_puts(out, key);
	buf_putc(out, '=');
	put_value(out, value);
}

enum res
received_spf_out(struct buf *out, struct str receiver, const struct evidence *ev,
    const struct ipaddr *client, struct str mail_from, struct str helo)
{
	char mem[IPADDR_TEXT_MAX + 1];
	struct buf ip = buf_on(mem, sizeof mem);
	struct str sender = mailaddr_without_brackets(mail_from);
	size_t pairs = 0;

	ipaddr_print(&ip, client);
	buf_puts(out, spf_result_word(ev->spf.result));
	put_comment(out, receiver, ev->spf.result);
	put_pair(out, &pairs, "client-ip", buf_str(&ip));
	put_pair(out, &pairs, "envelope-from", sender.p != NULL ? sender : STR("")); /* <>: "" */
	put_pair(out, &pairs, "helo", helo);
	put_pair(out, &pairs, "receiver", receiver);
	put_pair(out, &pairs, "identity", ev->spf.from_helo ? STR("helo") : STR("mailfrom"));
	put_pair(out, &pairs, "mechanism", ev->spf.mechanism);
	put_pair(out, &pairs, "problem", ev->spf.problem);
	return out->err;
}
