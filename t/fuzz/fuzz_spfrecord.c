/* Any octets as an SPF record: parsed, its targets expanded, printed for libspf2.  What comes out
 * must keep the promises of the headers; the sanitizers see the rest. */
#include <stdlib.h>

#include "base/arena.h"
#include "core/spfcanon.h"
#include "core/spfmacro.h"
#include "core/spfrecord.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hold(bool promise)
{
	if (!promise)
		abort();
}

static bool
lies_in(struct str part, struct str whole)
{
	return part.len == 0 || (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

static void
check_faults(const struct spf_record *rec, struct str text)
{
	for (size_t i = 0; i < rec->fault_count; i++) {
		const struct spf_fault *f = &rec->faults[i];

		hold(lies_in(f->text, text) && f->at >= 1 && f->at <= text.len + 1 &&
		    f->sentence.len > 0);
		for (size_t k = 0; k < f->sentence.len; k++)
			hold(f->sentence.p[k] >= ' ' && f->sentence.p[k] <= '~');
	}
}

static void
check_targets(const struct spf_record *rec, const struct spf_facts *facts, struct arena *a)
{
	struct spf_macro m = { .facts = facts, .domain = facts->sender_domain };
	struct str name;

	for (size_t i = 0; i < rec->count; i++) {
		hold(lies_in(rec->terms[i].target, rec->text));
		if (rec->terms[i].target.len > 0 &&
		    spfmacro_domain(&m, rec->terms[i].target, a, &name) == RES_OK)
			hold(name.len <= 253);
	}
}

/* libspf2's own form of a record has 511 octets, a term at most 28. */
static void
check_canonical(const struct spf_record *rec, const struct spf_facts *facts)
{
	char mem[1024];
	struct buf out = buf_on(mem, sizeof mem);
	size_t terms = 0;

	spfcanon_print(&out, rec, 10, &facts->client);
	hold(out.err == RES_OK);
	for (size_t i = 0; i < out.len; i++)
		terms += mem[i] == ' ' && mem[i + 1] > ' ';
	hold(terms <= SPFRECORD_MAX_LOOKUPS + 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const clients[] = { "192.0.2.7", "2001:db8::7" };
	struct spf_facts facts = { .local = STR("a-b.c"),
		.sender_domain = STR("e.example"),
		.helo = STR("h.example") };
	struct arena *a = arena_open(0);
	char *copy = malloc(size + 6);
	struct str text = { copy, size + 6 };
	struct spf_record rec;

	if (a == NULL || copy == NULL)
		abort();
	for (size_t i = 0; i < text.len; i++) /* exact length, no NUL: the version first */
		copy[i] = i < 6 ? "v=spf1"[i] : (char)data[i - 6];
	hold(spfrecord_parse(a, text, &rec) == RES_OK);
	check_faults(&rec, text);
	for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
		ipaddr_parse(str_from(clients[i]), &facts.client);
		check_targets(&rec, &facts, a);
		check_canonical(&rec, &facts);
	}
	(void)spfmacro_valid(str_skip(text, 6), true);
	free(copy);
	arena_close(a);
	return 0;
}
