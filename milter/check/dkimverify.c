#include "check/dkimverify.h"

#include <stdint.h>
#include <stdlib.h>

#include <opendkim/dkim.h>

#include "base/buf.h"

/* The library compares t= and x= with the system's clock, whatever DKIM_OPTS_FIXEDTIME says, and
 * refuses to verify at all when it does not like them.  Time is judged in core/dkimsig.c; so the
 * library gets a drift of 31 years.  Not more: it computes t= minus drift without sign, and DKIM is
 * younger than 2001. */
static const uint64_t drift_s = 990000000;

struct dkimverify_lib {
	DKIM_LIB *dkim;
};

struct dkimverify {
	DKIM *dkim;
	const struct dkimkey **keys; /* by number; NULL: ignored */
	size_t max;
	DKIM_SIGINFO **sigs; /* the library's, in the order of the fields */
	size_t count;
};

/* The library takes writable memory everywhere and copies or only reads it. */
static unsigned char *
lend(const char *p)
{
	return (unsigned char *)(uintptr_t)p;
}

static size_t
number_of(const struct dkimverify *v, const DKIM_SIGINFO *sig)
{
	size_t i = 0;

	while (i < v->count && v->sigs[i] != sig)
		i++;
	return i;
}

/* The library's only question for a key, from dkim_eom: it gets what is needed and nothing to
 * misread. */
static DKIM_CBSTAT
key_lookup(DKIM *dkim, DKIM_SIGINFO *sig, unsigned char *mem, size_t cap)
{
	const struct dkimverify *v = dkim_get_user_context(dkim);
	size_t i = number_of(v, sig);
	struct buf b = buf_on((char *)mem, cap);

	if (i >= v->count || v->keys[i] == NULL)
		return DKIM_CBSTAT_NOTFOUND;
	buf_puts(&b, "v=DKIM1; k=");
	buf_puts(&b, v->keys[i]->type);
	buf_puts(&b, "; p=");
	buf_put(&b, v->keys[i]->p);
	return b.err == RES_OK ? DKIM_CBSTAT_CONTINUE : DKIM_CBSTAT_ERROR;
}

static bool
set_option(DKIM_LIB *dkim, dkim_opts_t which, const void *value, size_t size)
{
	void *lent = (void *)(uintptr_t)value;

	return dkim_options(dkim, DKIM_OP_SETOPT, which, lent, size) == DKIM_STAT_OK;
}

/* DELAYSIGPROC: no key before dkim_eom.  BADSIGHANDLES: every DKIM-Signature field has its place in
 * the list, and a From that the library cannot parse is no reason to give up. */
static bool
set_options(DKIM_LIB *dkim)
{
	static const unsigned int flags = DKIM_LIBFLAGS_DELAYSIGPROC | DKIM_LIBFLAGS_BADSIGHANDLES;
	static const unsigned int min_bits = 0; /* judged by us, as policy */

	return set_option(dkim, DKIM_OPTS_FLAGS, &flags, sizeof flags) &&
	    set_option(dkim, DKIM_OPTS_MINKEYBITS, &min_bits, sizeof min_bits) &&
	    set_option(dkim, DKIM_OPTS_CLOCKDRIFT, &drift_s, sizeof drift_s) &&
	    dkim_set_key_lookup(dkim, key_lookup) == DKIM_STAT_OK;
}

enum res
dkimverify_lib_open(struct dkimverify_lib **ret_lib)
{
	struct dkimverify_lib *lib = calloc(1, sizeof *lib);

	if (lib == NULL)
		return RES_NOMEM;
	lib->dkim = dkim_init(NULL, NULL);
	if (lib->dkim == NULL || !set_options(lib->dkim)) {
		dkimverify_lib_close(lib);
		return RES_NOMEM;
	}
	*ret_lib = lib;
	return RES_OK;
}

void
dkimverify_lib_close(struct dkimverify_lib *lib)
{
	if (lib != NULL && lib->dkim != NULL)
		dkim_close(lib->dkim);
	free(lib);
}

static void
close_handle(void *arg)
{
	dkim_free(arg);
}

enum res
dkimverify_begin(struct dkimverify_lib *lib, struct arena *a, const char *id, size_t max_signatures,
    struct dkimverify **ret_v)
{
	struct dkimverify *v = arena_new(a, struct dkimverify);
	DKIM_STAT status;

	if (v == NULL || (v->keys = arena_array(a, max_signatures, sizeof *v->keys)) == NULL)
		return RES_NOMEM;
	v->max = max_signatures;
	v->dkim = dkim_verify(lib->dkim, lend(id), NULL, &status);
	if (v->dkim == NULL || arena_defer(a, close_handle, v->dkim) != RES_OK)
		return RES_NOMEM;
	dkim_set_user_context(v->dkim, v);
	*ret_v = v;
	return RES_OK;
}

static enum res
res_from_status(DKIM_STAT status)
{
	return status == DKIM_STAT_NORESOURCE || status == DKIM_STAT_INTERNAL ? RES_NOMEM : RES_OK;
}

enum res
dkimverify_field(struct dkimverify *v, struct str text)
{
	/* DKIM_STAT_SYNTAX: a name that no h= can name. */
	return res_from_status(dkim_header(v->dkim, lend(text.p), text.len));
}

enum res
dkimverify_eoh(struct dkimverify *v)
{
	DKIM_SIGINFO **sigs;
	int n;

	if (dkim_eoh(v->dkim) != DKIM_STAT_OK ||
	    dkim_getsiglist(v->dkim, &sigs, &n) != DKIM_STAT_OK || n < 0 || (size_t)n > v->max)
		return RES_NOMEM;
	v->sigs = sigs;
	v->count = (size_t)n;
	return RES_OK;
}

enum res
dkimverify_body(struct dkimverify *v, struct str chunk)
{
	if (chunk.len == 0)
		return RES_OK;
	return dkim_body(v->dkim, lend(chunk.p), chunk.len) == DKIM_STAT_OK ? RES_OK : RES_NOMEM;
}

void
dkimverify_key(struct dkimverify *v, size_t number, const struct dkimkey *key)
{
	if (number < v->max)
		v->keys[number] = key;
}

enum res
dkimverify_end(struct dkimverify *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->keys[i] == NULL)
			dkim_sig_ignore(v->sigs[i]);
	/* Its word on the message as a whole is of no use: each signature is asked. */
	return res_from_status(dkim_eom(v->dkim, NULL));
}

static const struct {
	DKIM_SIGERROR error;
	enum dkim_fault fault;
} errors[] = {
	{ DKIM_SIGERROR_BADSIG, DKIM_FAULT_SIGNATURE },
	{ DKIM_SIGERROR_TOOLARGE_L, DKIM_FAULT_BODY_SHORT },
	{ DKIM_SIGERROR_KEYDECODE, DKIM_FAULT_KEY_BROKEN },
	{ DKIM_SIGERROR_DNSSYNTAX, DKIM_FAULT_KEY_BROKEN },
	{ DKIM_SIGERROR_UNKNOWN, DKIM_FAULT_OURS }, /* it gave up half way */
};

static enum dkim_fault
fault_from_error(DKIM_SIGERROR error)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].error == error)
			return errors[i].fault;
	return DKIM_FAULT_REFUSED;
}

/* The flag PASSED speaks of the header alone and stays when the body hash is wrong: a pass needs
 * all three. */
enum dkim_fault
dkimverify_outcome(const struct dkimverify *v, size_t number, unsigned *ret_bits, int *ret_error)
{
	DKIM_SIGINFO *sig;
	bool passed;

	*ret_bits = 0;
	*ret_error = DKIM_SIGERROR_UNKNOWN;
	if (number >= v->count || v->keys[number] == NULL)
		return DKIM_FAULT_OURS;
	sig = v->sigs[number];
	passed = (dkim_sig_getflags(sig) & DKIM_SIGFLAG_PASSED) != 0;
	*ret_error = dkim_sig_geterror(sig);
	if (dkim_sig_getkeysize(sig, ret_bits) != DKIM_STAT_OK)
		*ret_bits = 0;
	if (passed && dkim_sig_getbh(sig) == DKIM_SIGBH_MISMATCH)
		return DKIM_FAULT_BODY;
	if (*ret_error != DKIM_SIGERROR_OK)
		return fault_from_error(*ret_error);
	if (!passed || dkim_sig_getbh(sig) != DKIM_SIGBH_MATCH)
		return DKIM_FAULT_OURS;
	return DKIM_FAULT_NONE;
}
