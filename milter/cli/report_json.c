#include "cli/report.h"

#include <stdlib.h>

#include <jansson.h>

#include "base/buf.h"
#include "core/reply.h"

/* An object or array under construction becomes NULL at the first failure and stays so; a value
 * that is NULL is one.  So a report without memory is no report, not one with holes. */
static void
drop_if(bool failed, json_t **container)
{
	if (failed) {
		json_decref(*container);
		*container = NULL;
	}
}

static void
set(json_t **object, const char *key, json_t *value)
{
	drop_if(json_object_set_new(*object, key, value) != 0, object);
}

static void
append(json_t **array, json_t *value)
{
	drop_if(json_array_append_new(*array, value) != 0, array);
}

/* What is no UTF-8, with all that is not printable ASCII as \xHH. */
static json_t *
escaped(struct str s)
{
	size_t cap = BUF_ESCAPED_OCTETS * s.len + 1;
	char *mem = malloc(cap);
	struct buf b;
	json_t *j;

	if (mem == NULL)
		return NULL;
	b = buf_on(mem, cap);
	buf_put_visible(&b, s);
	j = json_stringn(b.p, b.len);
	free(mem);
	return j;
}

/* Text that may hold a stranger's octets. */
static json_t *
text(struct str s)
{
	json_t *j;

	if (s.p == NULL)
		return json_null();
	j = json_stringn(s.p, s.len);
	return j != NULL ? j : escaped(s);
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
		append(&array, text(list[i]));
	return array;
}

static json_t *
spf_object(const struct ev_spf *spf)
{
	json_t *o = json_object();

	set(&o, "result", word(spf_result_word(spf->result)));
	set(&o, "identity", word(spf->from_helo ? "helo" : "mailfrom"));
	set(&o, "domain", text(spf->domain));
	set(&o, "mechanism", text(spf->mechanism));
	set(&o, "path", texts(spf->path, spf->path_len));
	set(&o, "open", json_boolean(spf->open));
	set(&o, "explanation", text(spf->explanation));
	set(&o, "problem", text(spf->problem));
	set(&o, "lookups", json_integer(spf->lookups));
	set(&o, "void_lookups", json_integer(spf->void_lookups));
	set(&o, "enforcement", word(enforcement_word(spf->enforcement)));
	set(&o, "posture", word(posture_word(spf->posture)));
	return o;
}

static json_t *
dkim_object(const struct ev_dkim *d)
{
	json_t *o = json_object();

	set(&o, "result", word(dkim_result_word(d->result)));
	set(&o, "domain", text(d->domain));
	set(&o, "selector", text(d->selector));
	set(&o, "identity", text(d->identity));
	set(&o, "algorithm", text(d->algorithm));
	set(&o, "bits", json_integer(d->bits));
	set(&o, "aligned", json_boolean(d->aligned));
	set(&o, "problem", text(d->problem));
	return o;
}

static json_t *
dkim_array(const struct evidence *ev)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ev->dkim_count; i++)
		append(&array, dkim_object(&ev->dkim[i]));
	return array;
}

static json_t *
alignment_object(const struct ev_dmarc *d)
{
	json_t *o = json_object();

	set(&o, "spf", json_boolean(d->aligned_spf));
	set(&o, "dkim", json_boolean(d->aligned_dkim));
	return o;
}

static json_t *
dmarc_object(const struct ev_dmarc *d)
{
	bool found = d->have_policy;
	json_t *o = json_object();

	set(&o, "result", word(dmarc_result_word(d->result)));
	set(&o, "author", word(author_kind_word(d->author)));
	set(&o, "author_domain", text(d->author_domain));
	set(&o, "org_domain", text(d->org_domain));
	set(&o, "policy", word(found ? enforcement_word(d->policy) : NULL));
	set(&o, "policy_domain", text(d->policy_domain));
	set(&o, "policy_tag", word(policy_tag_word(d->tag)));
	set(&o, "testing", found ? json_boolean(d->testing) : json_null());
	set(&o, "alignment", alignment_object(d));
	set(&o, "record", text(d->record));
	set(&o, "problem", text(d->problem));
	set(&o, "queries", texts(d->queries, d->query_count));
	return o;
}

static json_t *
score_object(const struct score *s)
{
	json_t *o = json_object(), *reasons = json_array();

	for (size_t i = 0; i < s->reason_count; i++) {
		json_t *r = json_object();

		set(&r, "token", word(score_token_word(s->reasons[i].token)));
		set(&r, "weight", tenths(s->reasons[i].tenths));
		append(&reasons, r);
	}
	set(&o, "value", tenths(s->tenths));
	set(&o, "level", json_integer(score_level(s->tenths)));
	set(&o, "column", word(s->have_column ? score_column_word(s->column) : NULL));
	set(&o, "reasons", reasons);
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
	set(&o, "code", json_integer(r->code));
	set(&o, "enhanced", word(r->enhanced));
	set(&o, "text", word(r->text));
	return o;
}

static json_t *
added_array(const struct edits *e)
{
	json_t *array = json_array();

	for (size_t i = 0; i < e->add_count; i++) {
		json_t *o = json_object();

		set(&o, "name", text(e->add[i].name));
		set(&o, "index", json_integer((json_int_t)i));
		set(&o, "value", text(e->add[i].value));
		append(&array, o);
	}
	return array;
}

static json_t *
removed_array(const struct edits *e)
{
	json_t *array = json_array();

	for (size_t i = 0; i < e->remove_count; i++) {
		json_t *o = json_object();

		set(&o, "name", text(e->remove[i].name));
		set(&o, "index", json_integer(e->remove[i].index));
		append(&array, o);
	}
	return array;
}

static json_t *
dns_object(const struct ev_dns *d)
{
	json_t *o = json_object();

	set(&o, "queries", json_integer(d->queries));
	set(&o, "cache_hits", json_integer(d->cache_hits));
	set(&o, "ms", json_integer(d->ms));
	return o;
}

static json_t *
report_object(const struct report *r)
{
	const struct message *m = r->message;
	const struct evidence *ev = &m->ev;
	bool evaluated = ev->skipped == SKIPPED_NO, have_message = evaluated && !ev->envelope_only;
	json_t *o = json_object();

	set(&o, "skipped", word(skipped_word(r->skipped)));
	set(&o, "spf", evaluated ? spf_object(&ev->spf) : json_null());
	set(&o, "dkim", evaluated && !have_message ? json_null() : dkim_array(ev));
	set(&o, "dmarc", have_message ? dmarc_object(&ev->dmarc) : json_null());
	set(&o, "arc", json_null());
	set(&o, "score", score_object(&m->score));
	set(&o, "disposition", word(disposition_word(m->decision.disposition)));
	set(&o, "action", word(action_word(m->decision.action)));
	set(&o, "reply", reply_object(m->decision.reply));
	set(&o, "add_headers", added_array(&m->edits));
	set(&o, "remove_headers", removed_array(&m->edits));
	set(&o, "dns", dns_object(&ev->dns));
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
