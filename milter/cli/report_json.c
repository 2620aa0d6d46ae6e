#include <jansson.h>

#include "cli/report.h"
#include "core/reply.h"

/* Text that may hold a stranger's octets: what is no UTF-8 becomes \xHH. */
static json_t *
text(struct str s)
{
	json_t *j;
	char escaped[4096];
	struct buf b = buf_on(escaped, sizeof escaped);
	static const char hex[] = "0123456789abcdef";

	if (s.p == NULL)
		return json_null();
	if ((j = json_stringn(s.p, s.len)) != NULL)
		return j;
	for (size_t i = 0; i < s.len && b.len + 5 < sizeof escaped; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ascii_is_graph(s.p[i]) || c == ' ') {
			buf_putc(&b, s.p[i]);
			continue;
		}
		buf_puts(&b, "\\x");
		buf_putc(&b, hex[c >> 4]);
		buf_putc(&b, hex[c & 15]);
	}
	return json_stringn(escaped, b.len);
}

static json_t *
word(const char *w)
{
	return text(str_from(w));
}

static json_t *
tenths(unsigned n)
{
	return json_real(n / 10.0);
}

static json_t *
texts(const struct str *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, text(list[i]));
	return array;
}

static json_t *
spf_object(const struct ev_spf *spf)
{
	json_t *o = json_object();

	json_object_set_new(o, "result", word(spf_result_word(spf->result)));
	json_object_set_new(o, "identity", word(spf->from_helo ? "helo" : "mailfrom"));
	json_object_set_new(o, "domain", text(spf->domain));
	json_object_set_new(o, "mechanism", text(spf->mechanism));
	json_object_set_new(o, "path", texts(spf->path, spf->path_len));
	json_object_set_new(o, "open", json_boolean(spf->open));
	json_object_set_new(o, "explanation", text(spf->explanation));
	json_object_set_new(o, "problem", text(spf->problem));
	json_object_set_new(o, "lookups", json_integer(spf->lookups));
	json_object_set_new(o, "void_lookups", json_integer(spf->void_lookups));
	json_object_set_new(o, "enforcement", word(enforcement_word(spf->enforcement)));
	json_object_set_new(o, "posture", word(posture_word(spf->posture)));
	return o;
}

static json_t *
dkim_object(const struct ev_dkim *d)
{
	json_t *o = json_object();

	json_object_set_new(o, "result", word(dkim_result_word(d->result)));
	json_object_set_new(o, "domain", text(d->domain));
	json_object_set_new(o, "selector", text(d->selector));
	json_object_set_new(o, "identity", text(d->identity));
	json_object_set_new(o, "algorithm", text(d->algorithm));
	json_object_set_new(o, "bits", json_integer(d->bits));
	json_object_set_new(o, "aligned", json_boolean(d->aligned));
	json_object_set_new(o, "problem", text(d->problem));
	return o;
}

static json_t *
dkim_array(const struct evidence *ev)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ev->dkim_count; i++)
		json_array_append_new(array, dkim_object(&ev->dkim[i]));
	return array;
}

static json_t *
alignment_object(const struct ev_dmarc *d)
{
	json_t *o = json_object();

	json_object_set_new(o, "spf", json_boolean(d->aligned_spf));
	json_object_set_new(o, "dkim", json_boolean(d->aligned_dkim));
	return o;
}

static json_t *
dmarc_object(const struct ev_dmarc *d)
{
	bool found = d->have_policy;
	json_t *o = json_object();

	json_object_set_new(o, "result", word(dmarc_result_word(d->result)));
	json_object_set_new(o, "author", word(author_kind_word(d->author)));
	json_object_set_new(o, "author_domain", text(d->author_domain));
	json_object_set_new(o, "org_domain", text(d->org_domain));
	json_object_set_new(o, "policy", word(found ? enforcement_word(d->policy) : NULL));
	json_object_set_new(o, "policy_domain", text(d->policy_domain));
	json_object_set_new(o, "policy_tag", word(policy_tag_word(d->tag)));
	json_object_set_new(o, "testing", found ? json_boolean(d->testing) : json_null());
	json_object_set_new(o, "alignment", alignment_object(d));
	json_object_set_new(o, "record", text(d->record));
	json_object_set_new(o, "problem", text(d->problem));
	json_object_set_new(o, "queries", texts(d->queries, d->query_count));
	return o;
}

static json_t *
score_object(const struct score *s)
{
	json_t *o = json_object(), *reasons = json_array();

	for (size_t i = 0; i < s->reason_count; i++) {
		json_t *r = json_object();

		json_object_set_new(r, "token", word(score_token_word(s->reasons[i].token)));
		json_object_set_new(r, "weight", tenths(s->reasons[i].tenths));
		json_array_append_new(reasons, r);
	}
	json_object_set_new(o, "value", tenths(s->tenths));
	json_object_set_new(o, "level", json_integer(score_level(s->tenths)));
	json_object_set_new(o, "column",
	    word(s->have_column ? score_column_word(s->column) : NULL));
	json_object_set_new(o, "reasons", reasons);
	return o;
}

static json_t *
reply_object(enum reply_id id)
{
	const struct reply *r = reply_get(id);
	json_t *o;

	if (r->code == 0)
		return json_null();
	o = json_object();
	json_object_set_new(o, "code", json_integer(r->code));
	json_object_set_new(o, "enhanced", word(r->enhanced));
	json_object_set_new(o, "text", word(r->text));
	return o;
}

static json_t *
added_array(const struct edits *e)
{
	json_t *array = json_array();

	for (size_t i = 0; i < e->add_count; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "name", text(e->add[i].name));
		json_object_set_new(o, "index", json_integer((json_int_t)i));
		json_object_set_new(o, "value", text(e->add[i].value));
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *
removed_array(const struct edits *e)
{
	json_t *array = json_array();

	for (size_t i = 0; i < e->remove_count; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "name", text(e->remove[i].name));
		json_object_set_new(o, "index", json_integer(e->remove[i].index));
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *
dns_object(const struct ev_dns *d)
{
	json_t *o = json_object();

	json_object_set_new(o, "queries", json_integer(d->queries));
	json_object_set_new(o, "cache_hits", json_integer(d->cache_hits));
	json_object_set_new(o, "ms", json_integer(d->ms));
	return o;
}

static json_t *
report_object(const struct report *r)
{
	const struct message *m = r->message;
	const struct evidence *ev = &m->ev;
	bool evaluated = ev->skipped == SKIPPED_NO, have_message = evaluated && !ev->envelope_only;
	json_t *o = json_object();

	json_object_set_new(o, "skipped", word(skipped_word(r->skipped)));
	json_object_set_new(o, "spf", evaluated ? spf_object(&ev->spf) : json_null());
	json_object_set_new(o, "dkim", evaluated && !have_message ? json_null() : dkim_array(ev));
	json_object_set_new(o, "dmarc", have_message ? dmarc_object(&ev->dmarc) : json_null());
	json_object_set_new(o, "arc", json_null());
	json_object_set_new(o, "score", score_object(&m->score));
	json_object_set_new(o, "disposition", word(disposition_word(m->decision.disposition)));
	json_object_set_new(o, "action", word(action_word(m->decision.action)));
	json_object_set_new(o, "reply", reply_object(m->decision.reply));
	json_object_set_new(o, "add_headers", added_array(&m->edits));
	json_object_set_new(o, "remove_headers", removed_array(&m->edits));
	json_object_set_new(o, "dns", dns_object(&ev->dns));
	return o;
}

enum res
report_json(FILE *out, const struct report *r)
{
	json_t *o = report_object(r);
	char *all = o != NULL ? json_dumps(o, JSON_REAL_PRECISION(6)) : NULL;
	enum res result = all == NULL ? RES_NOMEM : RES_OK;

	if (all != NULL && (fputs(all, out) == EOF || putc('\n', out) == EOF || fflush(out) == EOF))
		result = RES_TEMP;
	free(all);
	json_decref(o);
	return result;
}
