#include "core/dkimcover.h"

#include <stdlib.h>

#include "core/dkimtags.h"

/* Names that a message has at most once, in the order in which they are told.  Expected: a reader
 * acts on it and signers sign it, so also a first one may have been added.  Of the others many
 * honest messages have one that is not signed.  Unless: with that field signed, the signer saw this
 * one too, and left it out as many do. */
static const struct single {
	const char *name;
	bool expected;
	const char *unless;
} singles[] = {
	{ "From", true, NULL },
	{ "Sender", true, NULL },
	{ "Reply-To", true, NULL },
	{ "To", true, NULL },
	{ "Cc", false, NULL },
	{ "Subject", true, NULL },
	{ "Date", true, NULL },
	{ "Message-ID", false, NULL },
	{ "In-Reply-To", false, NULL },
	{ "References", false, NULL },
	{ "MIME-Version", false, NULL },
	{ "Content-Type", true, "MIME-Version" },
	{ "Content-Transfer-Encoding", true, "MIME-Version" },
};

enum { SINGLES = sizeof singles / sizeof *singles };

struct covered {
	struct str name;
	const struct single *single; /* NULL: may stand any number of times */
	size_t listed;               /* how often in h= */
	size_t seen;                 /* fields of the header so far */
};

static int
compare(const void *a, const void *b)
{
	const struct covered *x = a, *y = b;

	return str_cmp_nocase(x->name, y->name);
}

/* Equal names, which stand together, become one. */
static size_t
join_equal(struct covered *names, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (n == 0 || compare(&names[n - 1], &names[i]) != 0) {
			names[n++] = names[i];
			continue;
		}
		names[n - 1].listed += names[i].listed;
		if (names[i].single != NULL)
			names[n - 1].single = names[i].single;
	}
	return n;
}

enum res
dkimcover_open(struct dkimcover *c, struct arena *a, struct str names)
{
	struct str rest = names, name;
	size_t n = 0, max = SINGLES;

	while (dkimtags_next_item(&rest, &name))
		max++;
	if ((c->names = arena_array(a, max, sizeof *c->names)) == NULL)
		return RES_NOMEM;
	for (; n < SINGLES; n++) {
		c->names[n].name = str_from(singles[n].name);
		c->names[n].single = &singles[n];
	}
	for (rest = names; dkimtags_next_item(&rest, &name); n++)
		c->names[n] = (struct covered){ .name = name, .listed = 1 };
	qsort(c->names, n, sizeof *c->names, compare);
	c->count = join_equal(c->names, n);
	return RES_OK;
}

static struct covered *
find(const struct dkimcover *c, struct str name)
{
	struct covered key = { .name = name };

	return bsearch(&key, c->names, c->count, sizeof *c->names, compare);
}

bool
dkimcover_take(struct dkimcover *c, struct str name)
{
	struct covered *e = find(c, name);

	return e != NULL && ++e->seen <= e->listed;
}

static bool
is_signed(const struct dkimcover *c, const char *name)
{
	const struct covered *e = find(c, str_from(name));

	return e != NULL && e->listed > 0 && e->seen > 0;
}

/* Whether an unsigned field of this name is worth telling. */
static bool
may_be_added(const struct dkimcover *c, const struct covered *e)
{
	const struct single *s = e->single;

	return e->seen > 1 || (s->expected && (s->unless == NULL || !is_signed(c, s->unless)));
}

static void
write_one(const struct dkimcover *c, const struct covered *e, struct buf *out)
{
	size_t unsigned_fields = e->seen > e->listed ? e->seen - e->listed : 0;

	if (unsigned_fields == 0 || !may_be_added(c, e))
		return;
	if (out->len > 0)
		buf_puts(out, ", ");
	buf_puts(out, e->single->name);
	buf_puts(out, " (");
	buf_putu(out, unsigned_fields);
	buf_puts(out, " of ");
	buf_putu(out, e->seen);
	buf_putc(out, ')');
}

void
dkimcover_write_unsigned(const struct dkimcover *c, struct buf *out)
{
	for (size_t s = 0; s < SINGLES; s++)
		for (size_t i = 0; i < c->count; i++)
			if (c->names[i].single == &singles[s])
				write_one(c, &c->names[i], out);
}
