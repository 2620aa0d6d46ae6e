#include "core/score.h"

#include <assert.h>
#include <stdio.h>

static const struct score_conf defaults = {
	.maximum = 100,
	.spf = {
		/*                  nodmarc none quarantine reject dmarc-pass */
		[ROW_OPEN] =      {      15,  15,        19,    25,         0 },
		[ROW_SOFTFAIL] =  {       7,   7,        15,    25,         0 },
		[ROW_FAIL] =      {      10,  10,        19,    30,         3 },
		[ROW_PERMERROR] = {       3,   3,         5,     5,         0 },
	},
	.dmarc = {
		[SCORE_DMARC_QUARANTINE] = 19,
		[SCORE_DMARC_REJECT] = 30,
		[SCORE_UNPROVEN_QUARANTINE] = 10,
		[SCORE_UNPROVEN_REJECT] = 20,
		[SCORE_BROKEN] = 30,
		[SCORE_SEVERAL] = 30,
		[SCORE_REPEATED] = 55,
	},
};

static const char *const column_words[] = {
	[COLUMN_NODMARC] = "nodmarc",
	[COLUMN_NONE] = "none",
	[COLUMN_QUARANTINE] = "quarantine",
	[COLUMN_REJECT] = "reject",
	[COLUMN_DMARC_PASS] = "dmarc-pass",
};
static_assert(sizeof column_words / sizeof *column_words == COLUMN_COUNT, "a word each");

static const char *const column_keys[] = {
	[COLUMN_NODMARC] = "nodmarc",
	[COLUMN_NONE] = "none",
	[COLUMN_QUARANTINE] = "quarantine",
	[COLUMN_REJECT] = "reject",
	[COLUMN_DMARC_PASS] = "dmarc_pass",
};
static_assert(sizeof column_keys / sizeof *column_keys == COLUMN_COUNT, "a key each");

static const char *const row_keys[] = {
	[ROW_OPEN] = "open",
	[ROW_SOFTFAIL] = "softfail",
	[ROW_FAIL] = "fail",
	[ROW_PERMERROR] = "permerror",
};
static_assert(sizeof row_keys / sizeof *row_keys == ROW_COUNT, "a key each");

static const char *const dmarc_keys[] = {
	[SCORE_DMARC_QUARANTINE] = "quarantine",
	[SCORE_DMARC_REJECT] = "reject",
	[SCORE_UNPROVEN_QUARANTINE] = "unproven_quarantine",
	[SCORE_UNPROVEN_REJECT] = "unproven_reject",
	[SCORE_BROKEN] = "broken",
	[SCORE_SEVERAL] = "several",
	[SCORE_REPEATED] = "repeated",
};
static_assert(sizeof dmarc_keys / sizeof *dmarc_keys == SCORE_DMARC_COUNT, "a key each");

static const char *const token_words[] = {
	[TOKEN_SOFTFAIL_ADVISORY] = "softfail-advisory",
	[TOKEN_SOFTFAIL_ENFORCED] = "softfail-enforced",
	[TOKEN_SOFTFAIL_FORGIVEN] = "softfail-forgiven",
	[TOKEN_HARDFAIL_ADVISORY] = "hardfail-advisory",
	[TOKEN_HARDFAIL_ENFORCED] = "hardfail-enforced",
	[TOKEN_HARDFAIL_FORGIVEN] = "hardfail-forgiven",
	[TOKEN_OPEN_PASS] = "open-pass",
	[TOKEN_SPF_PERMERROR] = "spf-permerror",
	[TOKEN_DMARC_QUARANTINE] = "dmarc-quarantine",
	[TOKEN_DMARC_REJECT] = "dmarc-reject",
	[TOKEN_DMARC_UNPROVEN] = "dmarc-unproven",
	[TOKEN_FROM_BROKEN] = "from-broken",
	[TOKEN_FROM_SEVERAL] = "from-several",
	[TOKEN_FROM_REPEATED] = "from-repeated",
};
static_assert(sizeof token_words / sizeof *token_words == TOKEN_COUNT, "a word each");

static const enum score_token row_tokens[ROW_COUNT][COLUMN_COUNT] = {
	[ROW_OPEN] = { TOKEN_OPEN_PASS, TOKEN_OPEN_PASS, TOKEN_OPEN_PASS, TOKEN_OPEN_PASS,
	    TOKEN_OPEN_PASS },
	[ROW_SOFTFAIL] = { TOKEN_SOFTFAIL_ADVISORY, TOKEN_SOFTFAIL_ADVISORY,
	    TOKEN_SOFTFAIL_ENFORCED, TOKEN_SOFTFAIL_ENFORCED, TOKEN_SOFTFAIL_FORGIVEN },
	[ROW_FAIL] = { TOKEN_HARDFAIL_ADVISORY, TOKEN_HARDFAIL_ADVISORY, TOKEN_HARDFAIL_ENFORCED,
	    TOKEN_HARDFAIL_ENFORCED, TOKEN_HARDFAIL_FORGIVEN },
	[ROW_PERMERROR] = { TOKEN_SPF_PERMERROR, TOKEN_SPF_PERMERROR, TOKEN_SPF_PERMERROR,
	    TOKEN_SPF_PERMERROR, TOKEN_SPF_PERMERROR },
};

static const enum score_token dmarc_tokens[] = {
	[SCORE_DMARC_QUARANTINE] = TOKEN_DMARC_QUARANTINE,
	[SCORE_DMARC_REJECT] = TOKEN_DMARC_REJECT,
	[SCORE_UNPROVEN_QUARANTINE] = TOKEN_DMARC_UNPROVEN,
	[SCORE_UNPROVEN_REJECT] = TOKEN_DMARC_UNPROVEN,
	[SCORE_BROKEN] = TOKEN_FROM_BROKEN,
	[SCORE_SEVERAL] = TOKEN_FROM_SEVERAL,
	[SCORE_REPEATED] = TOKEN_FROM_REPEATED,
};
static_assert(sizeof dmarc_tokens / sizeof *dmarc_tokens == SCORE_DMARC_COUNT, "a token each");

const struct score_conf *
score_defaults(void)
{
	return &defaults;
}

static enum score_column
column_of(const struct evidence *ev)
{
	static const enum score_column by_enforcement[] = {
		[ENFORCE_UNKNOWN] = COLUMN_NODMARC, /* the look-up failed and nothing was found */
		[ENFORCE_NODMARC] = COLUMN_NODMARC,
		[ENFORCE_NONE] = COLUMN_NONE,
		[ENFORCE_QUARANTINE] = COLUMN_QUARANTINE,
		[ENFORCE_REJECT] = COLUMN_REJECT,
	};
	static_assert(sizeof by_enforcement / sizeof *by_enforcement == ENFORCE_COUNT,
	    "a column each");

	if (evidence_dmarc_pass_counts(ev))
		return COLUMN_DMARC_PASS;
	return by_enforcement[ev->spf.enforcement];
}

/* The row of an SPF result; ROW_COUNT: one that weighs nothing (neutral is none, RFC 7208 8.2). */
static enum score_row
row_of(const struct ev_spf *spf)
{
	switch (spf->result) {
	case SPFRESULT_PASS:
		return spf->open ? ROW_OPEN : ROW_COUNT;
	case SPFRESULT_SOFTFAIL:
		return ROW_SOFTFAIL;
	case SPFRESULT_FAIL:
		return ROW_FAIL;
	case SPFRESULT_PERMERROR:
		return ROW_PERMERROR;
	default:
		return ROW_COUNT;
	}
}

/* The weight that DMARC adds; SCORE_DMARC_COUNT: none. */
static enum score_dmarc
dmarc_part(const struct evidence *ev)
{
	const struct ev_dmarc *d = &ev->dmarc;

	if (ev->envelope_only)
		return SCORE_DMARC_COUNT;
	if (d->author != AUTHOR_ONE)
		return d->author == AUTHOR_BROKEN ? SCORE_BROKEN :
		    d->author == AUTHOR_SEVERAL   ? SCORE_SEVERAL :
						    SCORE_REPEATED;
	if (!d->have_policy || d->policy < ENFORCE_QUARANTINE)
		return SCORE_DMARC_COUNT;
	if (d->result == DMARC_RESULT_FAIL)
		return d->policy == ENFORCE_REJECT ? SCORE_DMARC_REJECT : SCORE_DMARC_QUARANTINE;
	if (d->result == DMARC_RESULT_TEMPERROR)
		return d->policy == ENFORCE_REJECT ? SCORE_UNPROVEN_REJECT :
						     SCORE_UNPROVEN_QUARANTINE;
	return SCORE_DMARC_COUNT;
}

/* Keeps the reasons sorted: heaviest first, equal ones in the order of the tokens. */
static void
add_reason(struct score *s, enum score_token token, unsigned tenths)
{
	size_t at = s->reason_count;

	if (tenths == 0)
		return;
	for (; at > 0; at--) {
		const struct score_reason *above = &s->reasons[at - 1];

		if (above->tenths > tenths || (above->tenths == tenths && above->token < token))
			break;
		s->reasons[at] = *above;
	}
	s->reasons[at] = (struct score_reason){ token, tenths };
	s->reason_count++;
	s->tenths += tenths;
}

struct score
score_evaluate(const struct score_conf *conf, const struct evidence *ev)
{
	struct score s = { 0 };
	enum score_dmarc dmarc;
	enum score_row row = row_of(&ev->spf);

	if (ev->skipped != SKIPPED_NO)
		return s;
	s.have_column = true;
	s.column = column_of(ev);
	dmarc = dmarc_part(ev);
	/* Of mail that could not be proven, and of From fields that contradict each other, the SPF
	 * part is left out. */
	if (dmarc == SCORE_UNPROVEN_QUARANTINE || dmarc == SCORE_UNPROVEN_REJECT ||
	    dmarc == SCORE_REPEATED)
		row = ROW_COUNT;
	if (row != ROW_COUNT)
		add_reason(&s, row_tokens[row][s.column], conf->spf[row][s.column]);
	if (dmarc != SCORE_DMARC_COUNT)
		add_reason(&s, dmarc_tokens[dmarc], conf->dmarc[dmarc]);
	if (s.tenths > conf->maximum)
		s.tenths = conf->maximum;
	return s;
}

unsigned
score_level(unsigned tenths)
{
	return tenths == 0 ? 0 : tenths < 10 ? 1 : tenths / 10;
}

const char *
score_column_word(enum score_column c)
{
	return column_words[c];
}

const char *
score_token_word(enum score_token t)
{
	return token_words[t];
}

const char *
score_row_key(enum score_row r)
{
	return row_keys[r];
}

const char *
score_column_key(enum score_column c)
{
	return column_keys[c];
}

const char *
score_dmarc_key(enum score_dmarc d)
{
	return dmarc_keys[d];
}

void
score_check_monotone(const struct score_conf *conf, void (*warn)(void *arg, const char *sentence),
    void *arg)
{
	char text[200];

	for (enum score_row r = 0; r < ROW_COUNT; r++)
		for (enum score_column c = COLUMN_NONE; c <= COLUMN_REJECT; c++) {
			if (conf->spf[r][c - 1] <= conf->spf[r][c])
				continue;
			snprintf(text, sizeof text,
			    "score.weights.%s: %s weighs more than %s, "
			    "though that one enforces more",
			    row_keys[r], column_keys[c - 1], column_keys[c]);
			warn(arg, text);
		}
	for (enum score_column c = 0; c < COLUMN_COUNT; c++) {
		if (conf->spf[ROW_SOFTFAIL][c] <= conf->spf[ROW_FAIL][c])
			continue;
		snprintf(text, sizeof text, "score.weights: softfail.%s weighs more than fail.%s",
		    column_keys[c], column_keys[c]);
		warn(arg, text);
	}
}
