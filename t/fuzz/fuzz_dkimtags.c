/* Tag lists, DKIM-Signature fields and DKIM key records. */
#include "t/fuzz/fuzz.h"

#include "core/dkimcover.h"
#include "core/dkimkey.h"
#include "core/dkimsig.h"
#include "core/dkimtags.h"

/* Views stay within the text. */
static void
check_tags(struct str text)
{
	struct dkimtags tags;

	if (dkimtags_read(text, &tags) != RES_OK)
		return;
	fuzz_holds(tags.count > 0 && tags.count <= DKIMTAGS_MAX);
	for (size_t i = 0; i < tags.count; i++) {
		struct str v = tags.tag[i].value, n = tags.tag[i].name;

		fuzz_holds(n.len > 0 && n.p >= text.p && n.p + n.len <= text.p + text.len);
		fuzz_holds(v.p >= text.p && v.p + v.len <= text.p + text.len);
		fuzz_holds(str_trim(v).len == v.len);
	}
}

/* A signature without a fault has all that the verification takes for granted. */
static void
check_sig(struct arena *a, struct str text)
{
	struct dkimsig sig;
	struct dns_question q;
	struct dkimcover c;

	if (dkimsig_read(a, text, 1788256800, &sig) != RES_OK || sig.fault != DKIM_FAULT_NONE)
		return;
	fuzz_holds(
	    sig.kind != DKIM_ALGORITHM_UNKNOWN && sig.domain.len > 0 && sig.selector.len > 0);
	fuzz_holds(dkimtags_has_item(sig.names, STR("From")));
	fuzz_holds(sig.identity.len > 0 && sig.b_prefix.len > 0);
	fuzz_holds(dkimsig_key_question(a, &sig, &q) == RES_OK);
	fuzz_holds(dkimcover_open(&c, a, sig.names) == RES_OK && dkimcover_take(&c, STR("fROM")));
}

static void
check_key(struct arena *a, struct str text)
{
	struct dkimsig sig = { .kind = DKIM_RSA_SHA256 };
	struct dns_record record = { .text = text };
	struct dns_answer ans = { .status = DNS_FOUND, .records = &record, .count = 1 };
	struct dkimkey key;

	if (dkimkey_read(a, &ans, &sig, &key) == RES_OK && key.fault == DKIM_FAULT_NONE)
		fuzz_holds(key.p.len > 0 && key.type != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *a = arena_open(0);

	check_tags(text);
	check_sig(a, text);
	check_key(a, text);
	arena_close(a);
	return 0;
}
