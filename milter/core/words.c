#include "core/words.h"

#include <assert.h>

#define WORDS(table, count) static_assert(sizeof table / sizeof *table == (count), "a word each")

static const char *const spf_words[] = {
	[SPFRESULT_NONE] = "none",
	[SPFRESULT_NEUTRAL] = "neutral",
	[SPFRESULT_PASS] = "pass",
	[SPFRESULT_FAIL] = "fail",
	[SPFRESULT_SOFTFAIL] = "softfail",
	[SPFRESULT_TEMPERROR] = "temperror",
	[SPFRESULT_PERMERROR] = "permerror",
};
WORDS(spf_words, SPFRESULT_COUNT);

static const char *const posture_words[] = {
	[POSTURE_UNKNOWN] = NULL,
	[POSTURE_NONE] = "none",
	[POSTURE_FAIL] = "-all",
	[POSTURE_SOFTFAIL] = "~all",
	[POSTURE_NEUTRAL] = "?all",
	[POSTURE_PASS] = "+all",
};
WORDS(posture_words, POSTURE_COUNT);

static const char *const enforcement_words[] = {
	[ENFORCE_UNKNOWN] = NULL,
	[ENFORCE_NODMARC] = "nodmarc",
	[ENFORCE_NONE] = "none",
	[ENFORCE_QUARANTINE] = "quarantine",
	[ENFORCE_REJECT] = "reject",
};
WORDS(enforcement_words, ENFORCE_COUNT);

static const char *const dkim_words[] = {
	[DKIM_RESULT_PASS] = "pass",
	[DKIM_RESULT_TEMPERROR] = "temperror",
	[DKIM_RESULT_POLICY] = "policy",
	[DKIM_RESULT_NEUTRAL] = "neutral",
	[DKIM_RESULT_FAIL] = "fail",
	[DKIM_RESULT_PERMERROR] = "permerror",
	[DKIM_RESULT_NONE] = "none",
};
WORDS(dkim_words, DKIM_RESULT_COUNT);

static const char *const dmarc_words[] = {
	[DMARC_RESULT_NONE] = "none",
	[DMARC_RESULT_PASS] = "pass",
	[DMARC_RESULT_FAIL] = "fail",
	[DMARC_RESULT_TEMPERROR] = "temperror",
	[DMARC_RESULT_PERMERROR] = "permerror",
};
WORDS(dmarc_words, DMARC_RESULT_COUNT);

static const char *const author_words[] = {
	[AUTHOR_ONE] = "one",
	[AUTHOR_SEVERAL] = "several",
	[AUTHOR_REPEATED] = "repeated",
	[AUTHOR_BROKEN] = "broken",
};
WORDS(author_words, AUTHOR_COUNT);

static const char *const tag_words[] = {
	[TAG_UNKNOWN] = NULL,
	[TAG_P] = "p",
	[TAG_SP] = "sp",
	[TAG_NP] = "np",
	[TAG_DEFAULT_NONE] = "default-none",
};
WORDS(tag_words, TAG_COUNT);

static const char *const skipped_words[] = {
	[SKIPPED_NO] = NULL,
	[SKIPPED_TRUSTED_HOST] = "trusted-host",
	[SKIPPED_AUTHENTICATED] = "authenticated",
	[SKIPPED_NO_ADDRESS] = "no-address",
	[SKIPPED_ABORTED] = "aborted",
	[SKIPPED_FAILED] = "failed",
};
WORDS(skipped_words, SKIPPED_COUNT);

const char *
spf_result_word(enum spf_result r)
{
	return spf_words[r];
}

const char *
posture_word(enum posture p)
{
	return posture_words[p];
}

const char *
enforcement_word(enum enforcement e)
{
	return enforcement_words[e];
}

const char *
dkim_result_word(enum dkim_result r)
{
	return dkim_words[r];
}

const char *
dmarc_result_word(enum dmarc_result r)
{
	return dmarc_words[r];
}

const char *
author_kind_word(enum author_kind k)
{
	return author_words[k];
}

const char *
policy_tag_word(enum policy_tag t)
{
	return tag_words[t];
}

const char *
skipped_word(enum skipped s)
{
	return skipped_words[s];
}

/* Position of word in a table of n words, or n. */
static size_t
word_index(const char *const *words, size_t n, struct str word)
{
	size_t i = 0;

	while (i < n && (words[i] == NULL || !str_eq(word, str_from(words[i]))))
		i++;
	return i;
}

enum res
spf_result_from_word(struct str word, enum spf_result *ret_result)
{
	size_t i = word_index(spf_words, SPFRESULT_COUNT, word);

	if (i == SPFRESULT_COUNT)
		return RES_SYNTAX;
	*ret_result = (enum spf_result)i;
	return RES_OK;
}

enum res
dkim_result_from_word(struct str word, enum dkim_result *ret_result)
{
	size_t i = word_index(dkim_words, DKIM_RESULT_COUNT, word);

	if (i == DKIM_RESULT_COUNT)
		return RES_SYNTAX;
	*ret_result = (enum dkim_result)i;
	return RES_OK;
}
