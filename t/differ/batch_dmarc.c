/* DMARC by check/dmarccheck: result, policy, tag, SPF aligned, DKIM aligned, problem. */
#include <stdlib.h>

#include "base/buf.h"
#include "check/dmarccheck.h"
#include "check/dns_text.h"
#include "core/words.h"
#include "t/differ/batch.h"

static void
judge(struct batch_case *c, struct lookups *l, struct evidence *ev)
{
	const struct author author = { .kind = AUTHOR_ONE, .domain = c->field[1] };
	struct dmarc_author policy;

	if (c->field[2].len > 0) {
		ev->spf.result = SPFRESULT_PASS;
		ev->spf.domain = c->field[2];
	}
	if (c->field[3].len > 0) {
		if ((ev->dkim = arena_new(c->arena, struct ev_dkim)) == NULL)
			abort();
		ev->dkim->result = DKIM_RESULT_PASS;
		ev->dkim->domain = c->field[3];
		ev->dkim_count = 1;
	}
	dmarccheck_author(l, c->arena, &author, &policy);
	dmarccheck_judge(l, c->arena, &policy, ev, NULL);
}

void
batch_dmarc(struct batch_case *c)
{
	static const struct lookups_conf conf = { .deadline_ms = 2000, .max_questions = 200 };
	const struct clock_port clock = clock_system();
	struct evidence ev = {0};
	struct dns_port dns;
	struct lookups *l;
	char mem[256];
	struct buf err = buf_on(mem, sizeof mem);

	if (dns_text_open(c->field[0], "zone", &err, &dns) != RES_OK ||
	    (l = lookups_open(&dns, &clock, &conf)) == NULL)
		abort();
	judge(c, l, &ev);
	batch_word(dmarc_result_word(ev.dmarc.result));
	batch_word(enforcement_word(ev.dmarc.policy));
	batch_word(policy_tag_word(ev.dmarc.tag));
	batch_number(ev.dmarc.aligned_spf);
	batch_number(ev.dmarc.aligned_dkim);
	batch_say(ev.dmarc.problem);
	lookups_close(l);
	dns_close(&dns);
}
