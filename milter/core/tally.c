#include "core/tally.h"

#include <assert.h>
#include <stdlib.h>

enum {
	FIRST_SLOTS = 64,       /* a power of two, as all later sizes */
	ARENA_LIMIT = 16 << 20, /* 10,000 rows and their names are 5 MB */
};

struct tally {
	struct arena *arena; /* owner of all below, and of itself */
	uint64_t seed;
	struct tally_row **slots; /* open addressing; at most half full */
	size_t slot_count, domains;
	struct tally_row unusable, other, all;
};

static void
set_slots(struct tally *t, struct tally_row **slots, size_t n)
{
	t->slots = slots;
	t->slot_count = n;
}

struct tally *
tally_open(uint64_t hash_seed)
{
	struct arena *a = arena_open(ARENA_LIMIT);
	struct tally *t = a != NULL ? arena_new(a, struct tally) : NULL;
	struct tally_row **slots = t != NULL ? arena_array(a, FIRST_SLOTS, sizeof *slots) : NULL;

	if (slots == NULL) {
		arena_close(a);
		return NULL;
	}
	t->arena = a;
	t->seed = hash_seed;
	set_slots(t, slots, FIRST_SLOTS);
	t->unusable.domain = STR("+unusable");
	t->other.domain = STR("+other");
	t->all.domain = STR("*");
	return t;
}

void
tally_close(struct tally *t)
{
	if (t != NULL)
		arena_close(t->arena);
}

/* FNV-1a from a seed that no sender knows.  Domains are lower case already. */
static uint64_t
hash(const struct tally *t, struct str domain)
{
	uint64_t h = 14695981039346656037u ^ t->seed;

	for (size_t i = 0; i < domain.len; i++)
		h = (h ^ (unsigned char)domain.p[i]) * 1099511628211u;
	return h ^ h >> 32;
}

/* The slot of domain, or the free one where it belongs. */
static struct tally_row **
find_slot(const struct tally *t, struct tally_row **slots, size_t n, struct str domain)
{
	size_t i = (size_t)hash(t, domain) & (n - 1);

	while (slots[i] != NULL && !str_eq(slots[i]->domain, domain))
		i = (i + 1) & (n - 1);
	return &slots[i];
}

static enum res
grow(struct tally *t)
{
	size_t n = 2 * t->slot_count;
	struct tally_row **slots = arena_array(t->arena, n, sizeof *slots);

	if (slots == NULL)
		return RES_NOMEM;
	for (size_t i = 0; i < t->slot_count; i++)
		if (t->slots[i] != NULL)
			*find_slot(t, slots, n, t->slots[i]->domain) = t->slots[i];
	set_slots(t, slots, n);
	return RES_OK;
}

/* A new row for domain; NULL when there is no room. */
static struct tally_row *
add_row(struct tally *t, struct str domain)
{
	struct tally_row *row;

	if (t->domains == TALLY_MAX_DOMAINS ||
	    (2 * (t->domains + 1) > t->slot_count && grow(t) != RES_OK))
		return NULL;
	if ((row = arena_new(t->arena, struct tally_row)) == NULL ||
	    (row->domain = arena_str(t->arena, domain)).p == NULL)
		return NULL;
	*find_slot(t, t->slots, t->slot_count, domain) = row;
	t->domains++;
	return row;
}

static struct tally_row *
row_of(struct tally *t, const struct ev_dmarc *dmarc)
{
	struct tally_row *row;

	if (dmarc->author != AUTHOR_ONE)
		return &t->unusable;
	row = *find_slot(t, t->slots, t->slot_count, dmarc->author_domain);
	if (row == NULL)
		row = add_row(t, dmarc->author_domain);
	return row != NULL ? row : &t->other;
}

static void
add_counts(struct tally_row *to, const struct tally_row *n)
{
	to->msgs += n->msgs;
	to->spf_pass += n->spf_pass;
	to->spf_softfail += n->spf_softfail;
	to->spf_fail += n->spf_fail;
	to->spf_other += n->spf_other;
	to->dkim_pass += n->dkim_pass;
	to->dmarc_pass += n->dmarc_pass;
	to->dmarc_fail += n->dmarc_fail;
	to->enforced += n->enforced;
	to->score_tenths += n->score_tenths;
}

static struct tally_row
counts_of(const struct evidence *ev, const struct score *score, const struct decision *decision)
{
	struct tally_row n = { .msgs = 1, .score_tenths = score->tenths };

	n.spf_pass = ev->spf.result == SPFRESULT_PASS;
	n.spf_softfail = ev->spf.result == SPFRESULT_SOFTFAIL;
	n.spf_fail = ev->spf.result == SPFRESULT_FAIL;
	n.spf_other = n.spf_pass + n.spf_softfail + n.spf_fail == 0;
	n.dkim_pass = evidence_dkim_best(ev) == DKIM_RESULT_PASS;
	n.dmarc_pass = ev->dmarc.result == DMARC_RESULT_PASS;
	n.dmarc_fail = ev->dmarc.result == DMARC_RESULT_FAIL;
	n.enforced = decision->disposition != DISPOSITION_NONE;
	return n;
}

/* Without a record, or with one that cannot be used, it has none. */
static bool
shows_posture(const struct ev_spf *spf)
{
	return spf->posture != POSTURE_UNKNOWN || spf->result == SPFRESULT_NONE ||
	    spf->result == SPFRESULT_PERMERROR;
}

/* What the domain was last seen to publish; a look-up that failed shows nothing. */
static void
note_posture(struct tally_row *row, const struct evidence *ev)
{
	const struct ev_dmarc *dmarc = &ev->dmarc;

	if (dmarc->have_policy)
		row->policy = dmarc->policy;
	else if (dmarc->result == DMARC_RESULT_NONE)
		row->policy = ENFORCE_UNKNOWN;
	if (shows_posture(&ev->spf) && str_eq_nocase(ev->spf.domain, row->domain))
		row->spf_all = ev->spf.posture;
}

void
tally_count(struct tally *t, const struct evidence *ev, const struct score *score,
    const struct decision *decision)
{
	struct tally_row *row = row_of(t, &ev->dmarc);
	struct tally_row n = counts_of(ev, score, decision);

	add_counts(row, &n);
	add_counts(&t->all, &n);
	if (row != &t->unusable && row != &t->other)
		note_posture(row, ev);
}

/* Most messages first, then by name */
static int
compare_rows(const void *a, const void *b)
{
	const struct tally_row *x = *(const struct tally_row *const *)a;
	const struct tally_row *y = *(const struct tally_row *const *)b;

	if (x->msgs != y->msgs)
		return x->msgs < y->msgs ? 1 : -1;
	return str_cmp(x->domain, y->domain);
}

/* The rows to the front of the slots, in order. */
static void
sort_rows(struct tally *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->slot_count; i++)
		if (t->slots[i] != NULL)
			t->slots[n++] = t->slots[i];
	assert(n == t->domains);
	qsort(t->slots, n, sizeof *t->slots, compare_rows);
}

void
tally_report(struct tally *t, unsigned top, void (*row)(void *arg, const struct tally_row *r),
    void *arg)
{
	const struct tally_row *sums[] = { &t->unusable, &t->other, &t->all };

	sort_rows(t);
	for (size_t i = 0; i < t->domains; i++) {
		if (i < top)
			row(arg, t->slots[i]);
		else
			add_counts(&t->other, t->slots[i]);
	}
	for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
		if (sums[i]->msgs > 0)
			row(arg, sums[i]);
}
