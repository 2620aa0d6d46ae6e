#include "core/dkimverdict.h"

#include "base/buf.h"

enum {
	DETAIL_MAX = 64,                            /* of a sender's words within a sentence */
	PROBLEM_MAX = 512 + DKIMCOVER_UNSIGNED_MAX, /* the longest sentence has 100 octets */
};

struct witness { /* what an objection may look at */
	const struct dkim_signature *sig;
	const struct dkimbody *body;
	const struct dkim_rules *rules;
};

void
dkimverdict_fault(struct dkim_signature *sig, enum dkim_fault f, struct str detail)
{
	if (sig->fault == DKIM_FAULT_NONE && f != DKIM_FAULT_NONE) {
		sig->fault = f;
		sig->detail = str_first(detail, DETAIL_MAX);
	}
}

/* libopendkim loses count of such a line: its hash covers less than it seems to. */
static bool
has_bare_lf(const struct witness *w)
{
	return w->body->bare_lf;
}

static bool
is_sha1(const struct witness *w)
{
	return w->sig->tags.kind == DKIM_RSA_SHA1; /* RFC 8301 3.1 */
}

static bool
has_short_key(const struct witness *w)
{
	return w->sig->tags.kind != DKIM_ED25519_SHA256 &&
	    w->sig->bits < w->rules->minimum_key_bits; /* RFC 8301 3.2 */
}

static bool
ends_before(const struct dkimbody *body, const struct dkimsig *tags)
{
	return tags->has_length && body->canonical[tags->relaxed_body] > tags->length;
}

static bool
covers_body_in_part(const struct witness *w)
{
	const struct dkimsig *tags = &w->sig->tags;

	return !w->rules->accept_partial_body && ends_before(w->body, tags);
}

static bool
is_below_strict_key(const struct witness *w)
{
	return w->sig->key.strict && dkimsig_is_below(&w->sig->tags); /* RFC 6376 3.6.1 */
}

static const struct {
	bool (*holds)(const struct witness *w);
	enum dkim_fault fault;
} objections[] = {
	{ has_bare_lf, DKIM_FAULT_BARE_LF },
	{ is_sha1, DKIM_FAULT_SHA1 },
	{ has_short_key, DKIM_FAULT_BITS },
	{ covers_body_in_part, DKIM_FAULT_LENGTH },
	{ is_below_strict_key, DKIM_FAULT_SUBDOMAIN },
};

void
dkimverdict_object(struct dkim_signature *sig, const struct dkimbody *body,
    const struct dkim_rules *rules)
{
	const struct witness w = { sig, body, rules };

	for (size_t i = 0; i < sizeof objections / sizeof *objections; i++)
		if (sig->fault == DKIM_FAULT_NONE && objections[i].holds(&w))
			dkimverdict_fault(sig, objections[i].fault, (struct str){ 0 });
}

/* One sentence after another */
static void
begin_note(struct buf *b, const char *text)
{
	if (b->len > 0)
		buf_puts(b, "; ");
	buf_puts(b, text);
}

static void
write_fault(struct buf *b, const struct dkim_signature *sig)
{
	char number[16];
	struct buf bits = buf_on(number, sizeof number);

	buf_putu(&bits, sig->bits);
	dkimfault_write(b, sig->fault,
	    sig->fault == DKIM_FAULT_BITS ? buf_str(&bits) : sig->detail);
}

/* What a signature that verifies does not say for (RFC 6376 8.15); a bare CR the library drops in
 * relaxed form. */
static void
write_gaps(struct buf *b, const struct dkim_signature *sig, const struct dkimbody *body)
{
	char mem[DKIMCOVER_UNSIGNED_MAX + 1];
	struct buf fields = buf_on(mem, sizeof mem);

	dkimcover_write_unsigned(&sig->cover, &fields);
	if (fields.len > 0) {
		begin_note(b, "not signed, perhaps added later: ");
		buf_put(b, buf_str(&fields));
	}
	if (sig->fault == DKIM_FAULT_NONE && ends_before(body, &sig->tags))
		begin_note(b, "the body goes on after l=");
	if (body->bare_cr && sig->tags.relaxed_body)
		begin_note(b, "bare CRs of the body are not signed");
}

static void
write_left(struct buf *b, size_t left)
{
	if (left == 0)
		return;
	begin_note(b, "");
	buf_putu(b, left);
	buf_puts(b, left == 1 ? " more signature was" : " more signatures were");
	buf_puts(b, " not examined");
}

enum res
dkimverdict_write(struct arena *a, const struct dkim_signature *sig, const struct dkimbody *body,
    size_t left, struct ev_dkim *ret_ev)
{
	char mem[PROBLEM_MAX + 1];
	struct buf b = buf_on(mem, sizeof mem);
	struct ev_dkim ev = {
		.result = dkimfault_result(sig->fault),
		.domain = sig->tags.domain,
		.selector = sig->tags.selector,
		.identity = sig->tags.identity,
		.algorithm = sig->tags.algorithm,
		.b_prefix = sig->tags.b_prefix,
		.bits = sig->bits,
	};

	write_fault(&b, sig);
	if (sig->key.testing)
		begin_note(&b, "the key is for tests (t=y)");
	if (ev.result == DKIM_RESULT_PASS || ev.result == DKIM_RESULT_POLICY)
		write_gaps(&b, sig, body);
	write_left(&b, left);
	if (b.err != RES_OK)
		return b.err;
	if (b.len > 0 && (ev.problem = arena_str(a, buf_str(&b))).p == NULL)
		return RES_NOMEM;
	*ret_ev = ev;
	return RES_OK;
}
