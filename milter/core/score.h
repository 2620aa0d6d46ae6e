/* score.h - evidence to points: what the authentication of a message should weigh with a spam
 * filter.  A sum of weights from one table, each with a reason token.  The column of the table is
 * chosen by the enforcement of the domain that SPF checked, so that softfail weighs little while a
 * domain is in transition and much when it enforces.  Weights are integer tenths.  Pure. */
#ifndef SF_CORE_SCORE_H
#define SF_CORE_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/evidence.h"

enum score_column {
	COLUMN_NODMARC,
	COLUMN_NONE,
	COLUMN_QUARANTINE,
	COLUMN_REJECT,
	COLUMN_DMARC_PASS,
	COLUMN_COUNT
};

enum score_row { ROW_OPEN, ROW_SOFTFAIL, ROW_FAIL, ROW_PERMERROR, ROW_COUNT };

enum score_dmarc {
	SCORE_DMARC_QUARANTINE,
	SCORE_DMARC_REJECT,
	SCORE_UNPROVEN_QUARANTINE, /* temperror, but a policy was found */
	SCORE_UNPROVEN_REJECT,
	SCORE_BROKEN, /* enum author_kind */
	SCORE_SEVERAL,
	SCORE_REPEATED,
	SCORE_DMARC_COUNT
};

struct score_conf { /* tenths */
	unsigned maximum;
	unsigned spf[ROW_COUNT][COLUMN_COUNT];
	unsigned dmarc[SCORE_DMARC_COUNT];
};

enum score_token { /* in the order of headers among equal weights */
	TOKEN_SOFTFAIL_ADVISORY,
	TOKEN_SOFTFAIL_ENFORCED,
	TOKEN_SOFTFAIL_FORGIVEN,
	TOKEN_HARDFAIL_ADVISORY,
	TOKEN_HARDFAIL_ENFORCED,
	TOKEN_HARDFAIL_FORGIVEN,
	TOKEN_OPEN_PASS,
	TOKEN_SPF_PERMERROR,
	TOKEN_DMARC_QUARANTINE,
	TOKEN_DMARC_REJECT,
	TOKEN_DMARC_UNPROVEN,
	TOKEN_FROM_BROKEN,
	TOKEN_FROM_SEVERAL,
	TOKEN_FROM_REPEATED,
	TOKEN_COUNT
};

struct score_reason {
	enum score_token token;
	unsigned tenths; /* never 0: reasons without weight are left out */
};

enum { SCORE_MAX_REASONS = 4 };

struct score {
	unsigned tenths;  /* 0 to maximum */
	bool have_column; /* false: nothing was evaluated */
	enum score_column column;
	struct score_reason reasons[SCORE_MAX_REASONS]; /* heaviest first */
	size_t reason_count;
};

/* The shipped table: the defaults of score.weights, softfail-headers(7). */
const struct score_conf *score_defaults(void);

struct score score_evaluate(const struct score_conf *conf, const struct evidence *ev);

/* Stars of the level header: one a whole point, at least one when the score is above zero. */
unsigned score_level(unsigned tenths);

/* "dmarc-pass", "nodmarc", ...; the fixed words of headers; the words of the configuration ("open",
 * "unproven_reject"). */
const char *score_column_word(enum score_column c);
const char *score_token_word(enum score_token t);
const char *score_row_key(enum score_row r);
const char *score_column_key(enum score_column c); /* "dmarc_pass" */
const char *score_dmarc_key(enum score_dmarc d);

/* What is odd about a table: not monotone along enforcement, or softfail above fail in a column.
 * Calls warn for each with a sentence that names the two keys. */
void score_check_monotone(const struct score_conf *conf,
    void (*warn)(void *arg, const char *sentence), void *arg);

#endif
