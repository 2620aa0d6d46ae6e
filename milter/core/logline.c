#include "core/logline.h"

#include <assert.h>

static struct logfield *
add(struct logline *line, const char *key, enum logfield_kind kind)
{
	struct logfield *f = &line->fields[line->count++];

	assert(line->count <= LOGLINE_MAX_FIELDS);
	*f = (struct logfield){ .key = key, .kind = kind };
	return f;
}

static void
add_str(struct logline *line, const char *key, struct str value)
{
	add(line, key, LOGFIELD_WORD)->word = value;
}

/* NULL: not there */
static void
add_word(struct logline *line, const char *key, const char *word)
{
	add_str(line, key, str_from(word));
}

static void
add_number(struct logline *line, const char *key, uint64_t number)
{
	add(line, key, LOGFIELD_NUMBER)->number = number;
}

static void
add_tenths(struct logline *line, const char *key, uint64_t tenths)
{
	add(line, key, LOGFIELD_TENTHS)->number = tenths;
}

static void
add_spf(struct logline *line, const struct ev_spf *spf)
{
	add_word(line, "spf", spf_result_word(spf->result));
	add_word(line, "spf_id", spf->from_helo ? "helo" : "mailfrom");
	add_str(line, "spf_domain", spf->domain);
	add_word(line, "spf_all", posture_word(spf->posture));
	add_word(line, "spf_open", spf->open ? "yes" : "no");
	add_word(line, "enforcement", enforcement_word(spf->enforcement));
}

/* What a pass rests on */
static const char *
dmarc_by_word(const struct ev_dmarc *dmarc)
{
	static const char *const words[2][2] = { { NULL, "spf" }, { "dkim", "dkim,spf" } };

	if (dmarc->result != DMARC_RESULT_PASS)
		return NULL;
	return words[dmarc->aligned_dkim][dmarc->aligned_spf];
}

static void
add_dmarc(struct logline *line, const struct evidence *ev)
{
	const struct ev_dmarc *dmarc = &ev->dmarc;

	add_word(line, "dkim", dkim_result_word(evidence_dkim_best(ev)));
	add_word(line, "dmarc", dmarc_result_word(dmarc->result));
	add_word(line, "dmarc_by", dmarc_by_word(dmarc));
	add_word(line, "author", author_kind_word(dmarc->author));
	add_word(line, "policy", dmarc->have_policy ? enforcement_word(dmarc->policy) : NULL);
}

static void
add_score(struct logline *line, const struct score *score, const struct decision *decision)
{
	struct logfield *reasons;

	add_tenths(line, "score", score->tenths);
	reasons = add(line, "reason", LOGFIELD_WORDS);
	for (size_t i = 0; i < score->reason_count; i++)
		reasons->words[i] = str_from(score_token_word(score->reasons[i].token));
	reasons->word_count = score->reason_count;
	add_word(line, "action", action_word(decision->action));
}
static_assert((int)SCORE_MAX_REASONS <= (int)LOGLINE_MAX_WORDS, "a word each");

static void
add_client(struct logline *line, const struct logline_client *client)
{
	struct buf addr = buf_on(line->client, sizeof line->client);
	bool null_sender = client->mail_from.p != NULL && client->mail_from.len == 0;

	ipaddr_print(&addr, &client->addr);
	add_str(line, "client", buf_str(&addr));
	add_str(line, "helo", client->helo);
	add_str(line, "mailfrom", null_sender ? STR("<>") : client->mail_from);
}

void
logline_message(struct logline *line, struct str queue_id, const struct evidence *ev,
    const struct score *score, const struct decision *decision, const struct logline_client *client)
{
	line->event = LOGLINE_MESSAGE;
	line->queue_id = queue_id;
	line->count = 0;
	if (ev->skipped != SKIPPED_NO) {
		add_word(line, "skipped", skipped_word(ev->skipped));
		add_client(line, client);
		if (decision != NULL && decision->action > ACTION_TAG)
			add_word(line, "action", action_word(decision->action));
		return;
	}
	add_spf(line, &ev->spf);
	add_dmarc(line, ev);
	add_score(line, score, decision);
	add_number(line, "dns", ev->dns.queries);
	add_number(line, "ms", ev->dns.ms);
	add_client(line, client);
	add_str(line, "header_from", ev->dmarc.author_domain);
}

void
logline_stats(struct logline *line, unsigned secs, const struct tally_row *row)
{
	line->event = LOGLINE_STATS;
	line->queue_id = (struct str){ 0 };
	line->count = 0;
	add_number(line, "secs", secs);
	add_str(line, "domain", row->domain);
	add_word(line, "policy", enforcement_word(row->policy));
	add_word(line, "spf_all", posture_word(row->spf_all));
	add_number(line, "msgs", row->msgs);
	add_number(line, "spf_pass", row->spf_pass);
	add_number(line, "spf_softfail", row->spf_softfail);
	add_number(line, "spf_fail", row->spf_fail);
	add_number(line, "spf_other", row->spf_other);
	add_number(line, "dkim_pass", row->dkim_pass);
	add_number(line, "dmarc_pass", row->dmarc_pass);
	add_number(line, "dmarc_fail", row->dmarc_fail);
	add_number(line, "enforced", row->enforced);
	add_tenths(line, "score_sum", row->score_tenths);
}

static void
put_words(struct buf *out, const struct logfield *f)
{
	for (size_t i = 0; i < f->word_count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		buf_put(out, f->words[i]);
	}
}

static void
put_field(struct buf *out, const struct logfield *f)
{
	size_t begin;

	buf_puts(out, f->key);
	buf_putc(out, '=');
	begin = out->len;
	switch (f->kind) {
	case LOGFIELD_WORD:
		logline_value(out, f->word);
		break;
	case LOGFIELD_WORDS:
		put_words(out, f);
		break;
	case LOGFIELD_NUMBER:
		buf_putu(out, f->number);
		break;
	case LOGFIELD_TENTHS:
		buf_put_tenths(out, f->number);
		break;
	}
	if (out->len == begin)
		buf_putc(out, '-');
}

enum res
logline_text(struct buf *out, const struct logline *line)
{
	if (line->event == LOGLINE_STATS)
		buf_puts(out, "stats");
	else if (line->queue_id.len == 0)
		buf_puts(out, "NOQUEUE:");
	else {
		logline_value(out, line->queue_id);
		buf_putc(out, ':');
	}
	for (size_t i = 0; i < line->count; i++) {
		buf_putc(out, ' ');
		put_field(out, &line->fields[i]);
	}
	return out->err;
}

void
logline_value(struct buf *out, struct str value)
{
	size_t begin = out->len;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.p[i];
		bool plain = ascii_is_graph(c) && c != '\\';

		if (out->len - begin + (plain ? 1 : BUF_ESCAPED_OCTETS) > LOGLINE_VALUE_MAX)
			return; /* an escape is never cut */
		(plain ? buf_putc : buf_put_escaped)(out, c);
	}
}
