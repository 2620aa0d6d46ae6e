#include "core/dkimkey.h"

#include "core/dkimtags.h"

enum { ED25519_OCTETS = 32 }; /* RFC 8032 5.1.5 */

struct needs { /* what an algorithm asks of its key */
	const char *type, *hash;
	size_t octets; /* of p=; 0: any number */
};

static const struct needs needs[] = {
	[DKIM_ALGORITHM_UNKNOWN] = { "", "", 0 },
	[DKIM_RSA_SHA1] = { "rsa", "sha1", 0 },
	[DKIM_RSA_SHA256] = { "rsa", "sha256", 0 },
	[DKIM_ED25519_SHA256] = { "ed25519", "sha256", ED25519_OCTETS },
};

/* key-v-tag: DKIM1, and the first of all tags, when there is one */
static bool
version_ok(const struct dkimtags *tags)
{
	struct str v = dkimtags_get(tags, "v");

	return v.p == NULL || (str_eq(v, STR("DKIM1")) && v.p == tags->tag[0].value.p);
}

/* Without the tag everything is allowed. */
static bool
allows(const struct dkimtags *tags, const char *name, const char *item)
{
	struct str list = dkimtags_get(tags, name);

	return list.p == NULL || dkimtags_has_item(list, str_from(item));
}

static bool
has_flag(const struct dkimtags *tags, const char *flag)
{
	return dkimtags_has_item(dkimtags_get(tags, "t"), str_from(flag));
}

static bool
type_ok(const struct dkimtags *tags, const char *type)
{
	struct str k = dkimtags_get(tags, "k");

	return str_eq_nocase(k.p != NULL ? k : STR("rsa"), str_from(type));
}

static enum dkim_fault
judge_p(struct str p, const struct needs *need)
{
	size_t octets;

	if (p.p == NULL)
		return DKIM_FAULT_KEY_MISSING;
	if (p.len == 0)
		return DKIM_FAULT_KEY_REVOKED;
	if (dkimtags_base64(p, &octets) != RES_OK || (need->octets > 0 && octets != need->octets))
		return DKIM_FAULT_KEY_BROKEN;
	return DKIM_FAULT_NONE;
}

static enum dkim_fault
judge(const struct dkimtags *tags, const struct needs *need)
{
	if (tags->twice.p != NULL)
		return DKIM_FAULT_KEY_TWICE;
	if (!version_ok(tags))
		return DKIM_FAULT_KEY_VERSION;
	if (!type_ok(tags, need->type))
		return DKIM_FAULT_KEY_TYPE;
	if (!allows(tags, "h", need->hash))
		return DKIM_FAULT_KEY_HASH;
	if (!allows(tags, "s", "*") && !allows(tags, "s", "email"))
		return DKIM_FAULT_KEY_SERVICE;
	return judge_p(dkimtags_get(tags, "p"), need);
}

static enum res
read_record(struct arena *a, struct str record, const struct needs *need, struct dkimkey *ret_key)
{
	struct dkimkey key = { .type = need->type };
	struct dkimtags tags;

	if (dkimtags_read(record, &tags) != RES_OK) {
		ret_key->fault = DKIM_FAULT_KEY_SYNTAX;
		return RES_OK;
	}
	key.fault = judge(&tags, need);
	key.detail = tags.twice;
	key.testing = has_flag(&tags, "y");
	key.strict = has_flag(&tags, "s");
	key.p = dkimtags_squeeze(a, dkimtags_get(&tags, "p"));
	if (key.p.p == NULL)
		return RES_NOMEM;
	*ret_key = key;
	return RES_OK;
}

enum res
dkimkey_read(struct arena *a, const struct dns_answer *ans, const struct dkimsig *sig,
    struct dkimkey *ret_key)
{
	struct dkimkey none = { 0 };

	if (dns_is_temporary(ans->status)) {
		none.fault = DKIM_FAULT_KEY_UNKNOWN;
		none.detail = str_from(dns_status_word(ans->status));
	} else if (ans->count == 0) {
		none.fault = DKIM_FAULT_KEY_NONE;
	} else if (ans->count > 1) {
		none.fault = DKIM_FAULT_KEY_TWO; /* 3.6.2.2: which one is undefined */
	}
	*ret_key = none;
	if (none.fault != DKIM_FAULT_NONE)
		return RES_OK;
	return read_record(a, ans->records[0].text, &needs[sig->kind], ret_key);
}
