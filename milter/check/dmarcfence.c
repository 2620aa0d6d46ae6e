#include "check/dmarcfence.h"

#include <opendmarc/dmarc.h>

#include "base/buf.h"
#include "core/domain.h"

enum { RECORD_MAX = 64 }; /* of the one shape we print */

/* The library takes writable text and leaves it alone. */
struct fence_text {
	char author[DOMAIN_MAX + 1], record[RECORD_MAX];
};

static enum res
print_case(const struct fence_case *fc, struct fence_text *text)
{
	struct buf author = buf_on(text->author, sizeof text->author);
	struct buf record = buf_on(text->record, sizeof text->record);

	buf_put(&author, fc->author_domain);
	buf_puts(&record, "v=DMARC1; p=");
	buf_puts(&record, enforcement_word(fc->policy));
	buf_puts(&record, fc->strict_dkim ? "; adkim=s" : "; adkim=r");
	buf_puts(&record, fc->strict_spf ? "; aspf=s" : "; aspf=r");
	return author.err != RES_OK ? author.err : record.err;
}

/* The record goes in before the results: they are compared by its modes. */
static int
tell(DMARC_POLICY_T *policy, const struct fence_case *fc, struct fence_text *text)
{
	u_char *author = (u_char *)text->author;
	u_char selector[] = "s";
	int status = opendmarc_policy_store_from_domain(policy, author);

	if (status == DMARC_PARSE_OKAY)
		status = opendmarc_policy_store_dmarc(policy, (u_char *)text->record, author, NULL);
	if (status == DMARC_PARSE_OKAY && fc->aligned_dkim)
		status = opendmarc_policy_store_dkim(policy, author, selector,
		    DMARC_POLICY_DKIM_OUTCOME_PASS, NULL);
	if (status == DMARC_PARSE_OKAY && fc->aligned_spf)
		status = opendmarc_policy_store_spf(policy, author, DMARC_POLICY_SPF_OUTCOME_PASS,
		    DMARC_POLICY_SPF_ORIGIN_MAILFROM, NULL);
	return status;
}

static const struct answer {
	int status;
	enum dmarc_result result;
	enum enforcement policy;
} answers[] = {
	{ DMARC_POLICY_PASS, DMARC_RESULT_PASS, ENFORCE_UNKNOWN },
	{ DMARC_POLICY_NONE, DMARC_RESULT_FAIL, ENFORCE_NONE },
	{ DMARC_POLICY_QUARANTINE, DMARC_RESULT_FAIL, ENFORCE_QUARANTINE },
	{ DMARC_POLICY_REJECT, DMARC_RESULT_FAIL, ENFORCE_REJECT },
};

static struct answer
translate(int status)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (answers[i].status == status)
			return answers[i];
	return (struct answer){ status, DMARC_RESULT_FAIL, ENFORCE_UNKNOWN };
}

enum res
dmarcfence_judge(const struct fence_case *fc, enum dmarc_result *ret_result,
    enum enforcement *ret_policy)
{
	u_char no_address[] = "";
	struct fence_text text;
	struct answer ans;
	DMARC_POLICY_T *policy;
	enum res r;
	int status;

	if ((r = print_case(fc, &text)) != RES_OK)
		return r;
	if ((policy = opendmarc_policy_connect_init(no_address, DMARC_POLICY_IP_TYPE_IPV4)) == NULL)
		return RES_NOMEM;
	if ((status = tell(policy, fc, &text)) == DMARC_PARSE_OKAY)
		status = opendmarc_get_policy_to_enforce(policy);
	(void)opendmarc_policy_connect_shutdown(policy);
	if (status == DMARC_PARSE_ERROR_NO_ALLOC)
		return RES_NOMEM;
	ans = translate(status);
	*ret_result = ans.result;
	*ret_policy = ans.policy;
	return RES_OK;
}
