#include "check/dkimcheck.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "core/dkimbody.h"
#include "core/dkimcover.h"
#include "core/dkimkey.h"
#include "core/dkimsig.h"
#include "core/dkimverdict.h"
#include "check/dkimverify.h"

/*
 * What the library is shown.
 *
 * Fields are kept until the end of the header, for h= may name any of them.  Then the signatures
 * are read strictly and those beyond max_signatures left out; of the other fields only those that a
 * sound signature covers go to the library.  So neither thousands of signatures nor thousands of
 * fields nor a field full of tags cost more than their reading, and what the library would read in
 * its own way it never sees.  A signature with a fault is shown only when another one covers it,
 * and gets no key.  The body passes through; keys are asked for at its end.
 */

/* Stands for NUL, at which the library would stop reading: a signature over such a field fails. */
enum { UNSIGNABLE = 0xff };

struct dkim_lib {
	struct dkim_conf conf;
	struct dkimverify_lib *verify;
};

struct field {
	struct field *prev, *next;
	struct str name; /* without blanks at its end */
	struct str value;
	struct str text;             /* all of it, folds as CRLF */
	struct signature *signature; /* examined */
	bool is_signature, covered;
};

struct signature {
	struct dkim_signature known;
	size_t number; /* the library's */
};

struct dkim_run {
	struct arena *arena;
	struct dkim_lib *lib;
	const char *id;
	struct field *first, *last;
	size_t signature_fields;      /* in the header */
	struct signature *signatures; /* examined, from the top */
	size_t count;
	struct dkimverify *verify; /* NULL: there is nothing to verify */
	struct dkimbody body;
	enum res err;        /* first failure of our own: nothing passes */
	struct ev_dkim lost; /* for all signatures, without memory for a list */
};

enum res
dkimcheck_lib_open(const struct dkim_conf *conf, struct dkim_lib **ret_lib)
{
	struct dkim_lib *lib = calloc(1, sizeof *lib);
	enum res r;

	if (lib == NULL)
		return RES_NOMEM;
	lib->conf = *conf;
	if ((r = dkimverify_lib_open(&lib->verify)) != RES_OK) {
		free(lib);
		return r;
	}
	*ret_lib = lib;
	return RES_OK;
}

void
dkimcheck_lib_close(struct dkim_lib *lib)
{
	if (lib != NULL)
		dkimverify_lib_close(lib->verify);
	free(lib);
}

enum res
dkimcheck_begin(struct dkim_lib *lib, struct arena *a, const char *id, struct dkim_run **ret_run)
{
	struct dkim_run *run = arena_new(a, struct dkim_run);

	if (run == NULL || (run->id = arena_str(a, str_from(id)).p) == NULL)
		return RES_NOMEM;
	run->arena = a;
	run->lib = lib;
	*ret_run = run;
	return RES_OK;
}

static void
keep_error(struct dkim_run *run, enum res r)
{
	if (run->err == RES_OK)
		run->err = r;
}

/* "Name:value" with each fold as CRLF. */
static struct str
wire_text(struct arena *a, struct str name, struct str value)
{
	struct buf b = buf_in(a, name.len + 1 + 2 * value.len);

	buf_put(&b, name);
	buf_putc(&b, ':');
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] == '\n' && (i == 0 || value.p[i - 1] != '\r'))
			buf_putc(&b, '\r');
		buf_putc(&b, value.p[i] != '\0' ? value.p[i] : (char)UNSIGNABLE);
	}
	return b.err == RES_OK ? buf_str(&b) : (struct str){ 0 };
}

static enum res
add_field(struct dkim_run *run, struct str name, struct str value, bool is_signature)
{
	struct field *f = arena_new(run->arena, struct field);

	while (value.len > 0 && (value.p[value.len - 1] == '\n' || value.p[value.len - 1] == '\r'))
		value.len--;
	if (f == NULL || (f->text = wire_text(run->arena, name, value)).p == NULL)
		return RES_NOMEM;
	f->name = str_first(f->text, str_trim(name).len);
	f->value = str_skip(f->text, name.len + 1);
	f->is_signature = is_signature;
	f->prev = run->last;
	if (run->last != NULL)
		run->last->next = f;
	else
		run->first = f;
	run->last = f;
	return RES_OK;
}

void
dkimcheck_header(struct dkim_run *run, struct str name, struct str value)
{
	bool is_signature = str_eq_nocase(str_trim(name), STR("DKIM-Signature"));

	if (is_signature)
		run->signature_fields++;
	if (run->err == RES_OK || is_signature) /* its d= is worth knowing */
		keep_error(run, add_field(run, name, value, is_signature));
}

static int64_t
now_s(const struct dkim_run *run)
{
	return run->lib->conf.now_s > 0 ? run->lib->conf.now_s : (int64_t)time(NULL);
}

/* The first max_signatures of the header */
static enum res
read_signatures(struct dkim_run *run)
{
	size_t max = run->lib->conf.max_signatures;
	struct field *f;
	enum res r;

	max = run->signature_fields < max ? run->signature_fields : max;
	if ((run->signatures = arena_array(run->arena, max, sizeof *run->signatures)) == NULL)
		return RES_NOMEM;
	for (f = run->first; f != NULL && run->count < max; f = f->next) {
		struct signature *sig = &run->signatures[run->count];

		if (!f->is_signature)
			continue;
		r = dkimsig_read(run->arena, f->value, now_s(run), &sig->known.tags);
		if (r != RES_OK)
			return r;
		dkimverdict_fault(&sig->known, sig->known.tags.fault, sig->known.tags.detail);
		f->signature = sig;
		run->count++;
	}
	return RES_OK;
}

/* A signature that can be shown to the library as a field that another one covers */
static bool
is_readable(const struct signature *sig)
{
	return sig != NULL && sig->known.tags.fault != DKIM_FAULT_SYNTAX &&
	    sig->known.tags.fault != DKIM_FAULT_TAGS;
}

/* Marks the fields that sig covers. */
static enum res
cover_fields(struct dkim_run *run, struct dkim_signature *sig)
{
	enum res r = dkimcover_open(&sig->cover, run->arena, sig->tags.names);

	if (r != RES_OK)
		return r;
	for (struct field *f = run->last; f != NULL; f = f->prev) {
		if (!dkimcover_take(&sig->cover, f->name))
			continue;
		f->covered = true;
		if (f->is_signature && !is_readable(f->signature))
			dkimverdict_fault(sig, DKIM_FAULT_COVERS, (struct str){ 0 });
	}
	return RES_OK;
}

static bool
is_sound(const struct signature *sig)
{
	return sig->known.fault == DKIM_FAULT_NONE;
}

static bool
is_shown(const struct field *f)
{
	if (!f->is_signature)
		return f->covered;
	return is_readable(f->signature) && (f->covered || is_sound(f->signature));
}

static enum res
show_fields(struct dkim_run *run)
{
	struct dkimverify *v;
	size_t numbers = 0;
	enum res r = dkimverify_begin(run->lib->verify, run->arena, run->id, run->count, &v);

	for (struct field *f = run->first; r == RES_OK && f != NULL; f = f->next) {
		if (!is_shown(f))
			continue;
		if (f->is_signature)
			f->signature->number = numbers++;
		r = dkimverify_field(v, f->text);
	}
	if (r == RES_OK && (r = dkimverify_eoh(v)) == RES_OK)
		run->verify = v;
	return r;
}

static bool
any_sound(const struct dkim_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (is_sound(&run->signatures[i]))
			return true;
	return false;
}

void
dkimcheck_eoh(struct dkim_run *run)
{
	enum res r;

	if (run->signature_fields == 0)
		return;
	keep_error(run, read_signatures(run));
	r = run->err;
	for (size_t i = 0; i < run->count && r == RES_OK; i++)
		if (is_sound(&run->signatures[i]))
			r = cover_fields(run, &run->signatures[i].known);
	if (r == RES_OK && any_sound(run))
		r = show_fields(run);
	keep_error(run, r);
}

void
dkimcheck_body(struct dkim_run *run, struct str chunk)
{
	if (run->verify == NULL || run->err != RES_OK)
		return;
	dkimbody_feed(&run->body, chunk);
	if (!run->body.endless)
		keep_error(run, dkimverify_body(run->verify, chunk));
}

/* For all that are sound so far. */
static void
fault_all(struct dkim_run *run, enum dkim_fault f)
{
	for (size_t i = 0; i < run->count; i++)
		dkimverdict_fault(&run->signatures[i].known, f, (struct str){ 0 });
}

static void
ask_key(struct dkim_run *run, struct lookups *l, struct signature *sig)
{
	struct dkim_signature *k = &sig->known;
	struct dns_question q;
	enum res r = dkimsig_key_question(run->arena, &k->tags, &q);

	if (r == RES_OK)
		r = dkimkey_read(run->arena, lookups_get(l, LOOKUPS_REST, &q), &k->tags, &k->key);
	if (r != RES_OK) {
		keep_error(run, r);
		return;
	}
	dkimverdict_fault(k, k->key.fault, k->key.detail);
	if (k->key.p.len > DKIMVERIFY_MAX_P)
		dkimverdict_fault(k, DKIM_FAULT_KEY_LONG, (struct str){ 0 });
	if (is_sound(sig))
		dkimverify_key(run->verify, sig->number, &k->key);
}

static void
judge(struct dkim_run *run, struct signature *sig)
{
	struct dkim_signature *k = &sig->known;
	struct buf error = buf_in(run->arena, 16);
	int number;
	enum dkim_fault f = dkimverify_outcome(run->verify, sig->number, &k->bits, &number);

	buf_putu(&error, (unsigned)number);
	dkimverdict_fault(k, f, buf_str(&error));
	dkimverdict_object(k, &run->body, &run->lib->conf.rules);
}

static void
verify(struct dkim_run *run, struct lookups *l)
{
	dkimcheck_body(run, dkimbody_missing_end(&run->body));
	if (run->body.endless)
		fault_all(run, DKIM_FAULT_ENDLESS);
	for (size_t i = 0; i < run->count && run->err == RES_OK; i++)
		if (is_sound(&run->signatures[i]))
			ask_key(run, l, &run->signatures[i]);
	if (run->err == RES_OK && any_sound(run))
		keep_error(run, dkimverify_end(run->verify));
	for (size_t i = 0; i < run->count && run->err == RES_OK; i++)
		if (is_sound(&run->signatures[i]))
			judge(run, &run->signatures[i]);
}

static enum res
write_list(struct dkim_run *run, struct ev_dkim **ret_list)
{
	struct ev_dkim *list = arena_array(run->arena, run->count, sizeof *list);
	enum res r = list != NULL ? RES_OK : RES_NOMEM;

	for (size_t i = 0; i < run->count && r == RES_OK; i++) {
		size_t left = i + 1 == run->count ? run->signature_fields - run->count : 0;

		r = dkimverdict_write(run->arena, &run->signatures[i].known, &run->body, left,
		    &list[i]);
	}
	if (r == RES_OK)
		*ret_list = list;
	return r;
}

/* A failure of our own: all that could still have passed is temperror. */
static void
give_up(struct dkim_run *run, struct ev_dkim **ret_list, size_t *ret_count)
{
	fault_all(run, DKIM_FAULT_OURS);
	*ret_count = run->count;
	if (run->count > 0 && write_list(run, ret_list) == RES_OK)
		return;
	run->lost = (struct ev_dkim){ .result = dkimfault_result(DKIM_FAULT_OURS) };
	*ret_list = &run->lost;
	*ret_count = run->signature_fields > 0 ? 1 : 0;
}

void
dkimcheck_end(struct dkim_run *run, struct lookups *l, struct ev_dkim **ret_list, size_t *ret_count)
{
	if (run->verify != NULL)
		verify(run, l);
	*ret_list = NULL;
	*ret_count = run->count;
	if (run->err == RES_OK && run->count > 0)
		keep_error(run, write_list(run, ret_list));
	if (run->err != RES_OK)
		give_up(run, ret_list, ret_count);
}

enum res
dkimcheck_key_question(struct arena *a, struct str value, struct dns_question *ret_q)
{
	struct dkimsig sig;
	enum res r = dkimsig_read(a, value, 0, &sig);

	return r == RES_OK ? dkimsig_key_question(a, &sig, ret_q) : r;
}
