/* Whole DMARC cases of RFC 9989 from dmarc.table, whose first lines explain it: verdict and
 * questions, with and without prefetch; and that libopendmarc never judges otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/mailaddr.h"
#include "check/dmarccheck.h"
#include "check/dmarcfence.h"
#include "check/dns_text.h"
#include "t/tap.h"

enum {
	MAX_ZONE = 4000,
	MAX_FROM = 4,
	MAX_DKIM = 16,
	MAX_COMMON = 16,
	MAX_TEXT = 2000,
	MIN_CASES = 60
};

struct row {
	struct str name;
	struct buf zone;
	struct str from[MAX_FROM];
	size_t from_count;
	struct ev_spf spf;
	struct ev_dkim dkim[MAX_DKIM];
	size_t dkim_count;
	struct str want, dkims, problem, ask;
	bool is_common, broken;
};

struct table {
	struct arena *arena;
	struct row common[MAX_COMMON];
	size_t common_count, cases, opinions;
};

/* The table */

static void
use_common(const struct table *t, struct row *row, struct str name)
{
	for (size_t i = 0; i < t->common_count; i++)
		if (str_eq(t->common[i].name, name)) {
			buf_put(&row->zone, buf_str(&t->common[i].zone));
			return;
		}
	row->broken = true;
}

static void
read_spf(struct row *row, struct str value)
{
	struct str word = str_cut(&value, ' ');

	row->broken |= spf_result_from_word(word, &row->spf.result) != RES_OK;
	row->spf.domain = str_cut(&value, ' ');
	row->spf.from_helo = str_eq(value, STR("helo"));
}

static void
read_dkim(struct row *row, struct str value)
{
	struct ev_dkim *d = &row->dkim[row->dkim_count];

	if (row->dkim_count == MAX_DKIM ||
	    dkim_result_from_word(str_cut(&value, ' '), &d->result) != RES_OK) {
		row->broken = true;
		return;
	}
	row->dkim_count++;
	d->domain = value;
}

static void
read_line(const struct table *t, struct row *row, struct str line)
{
	struct str value = line, word = str_cut(&value, ' ');

	if (str_eq(word, STR("case")) || str_eq(word, STR("common"))) {
		row->is_common = str_eq(word, STR("common"));
		row->name = value;
	} else if (str_eq(word, STR("use"))) {
		use_common(t, row, value);
	} else if (str_eq(word, STR("zone"))) {
		buf_put(&row->zone, value);
		buf_puts(&row->zone, "\n");
	} else if (str_eq(word, STR("from")) && row->from_count < MAX_FROM) {
		row->from[row->from_count++] = value;
	} else if (str_eq(word, STR("spf"))) {
		read_spf(row, value);
	} else if (str_eq(word, STR("dkim"))) {
		read_dkim(row, value);
	} else if (str_eq(word, STR("want"))) {
		row->want = value;
	} else if (str_eq(word, STR("dkims"))) {
		row->dkims = value;
	} else if (str_eq(word, STR("problem"))) {
		row->problem = value;
	} else if (str_eq(word, STR("ask"))) {
		row->ask = value;
	} else {
		row->broken = true;
	}
}

/* The block at the beginning of *rest; false: none is left. */
static bool
read_block(struct table *t, struct str *rest, struct row *ret_row)
{
	struct row row = { .zone = buf_in(t->arena, MAX_ZONE) };
	struct str line;

	while (rest->len > 0) {
		line = str_cut(rest, '\n');
		if (line.len == 0 && row.name.len > 0)
			break;
		if (line.len > 0 && line.p[0] != '#')
			read_line(t, &row, line);
	}
	row.broken |= row.zone.err != RES_OK;
	*ret_row = row;
	return row.name.len > 0;
}

/* A port in front of the zone that writes down what it is asked. */

struct recorder {
	struct dns_port zone;
	struct buf asked;
};

static void
record_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct recorder *rec = self;
	struct str prefix = STR("_dmarc.");
	bool dmarc = q->type == DNS_TXT && str_starts_nocase(q->name, prefix);

	if (rec->asked.len > 0)
		buf_putc(&rec->asked, ' ');
	buf_put(&rec->asked, dmarc ? str_skip(q->name, prefix.len) : q->name);
	if (!dmarc) {
		buf_putc(&rec->asked, '/');
		buf_puts(&rec->asked, dns_type_word(q->type));
	}
	dns_ask(&rec->zone, q, done, arg);
}

static unsigned log_lines;		/* of the log port, which has no memory of its own */

static void
count_line(void *self, enum log_level level, struct str text)
{
	(void)self;
	(void)level;
	log_lines++;
	tap_note("log: %.*s", STR_ARG(text));
}

/* One case */

static const char *
or_dash(const char *word)
{
	return word != NULL ? word : "-";
}

static struct str
print_verdict(struct arena *a, const struct ev_dmarc *d)
{
	struct buf b = buf_in(a, MAX_TEXT);
	struct str none = STR("-");

	buf_puts(&b, dmarc_result_word(d->result));
	buf_putc(&b, ' ');
	buf_puts(&b, d->have_policy ? enforcement_word(d->policy) : "-");
	buf_putc(&b, ' ');
	buf_puts(&b, or_dash(policy_tag_word(d->tag)));
	buf_putc(&b, ' ');
	buf_put(&b, d->policy_domain.len > 0 ? d->policy_domain : none);
	buf_putc(&b, ' ');
	buf_put(&b, d->org_domain.len > 0 ? d->org_domain : none);
	buf_puts(&b, d->aligned_spf ? d->aligned_dkim ? " spf,dkim" : " spf" :
	    d->aligned_dkim ? " dkim" : " -");
	return buf_str(&b);
}

static struct str
print_flags(struct arena *a, const struct evidence *ev)
{
	struct buf b = buf_in(a, MAX_TEXT);

	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		buf_puts(&b, ev->dkim[i].aligned ? "yes" : "no");
	}
	return buf_str(&b);
}

/* The TXT names of the evidence, as the table writes them. */
static struct str
print_queries(struct arena *a, const struct ev_dmarc *d)
{
	struct buf b = buf_in(a, MAX_TEXT);

	for (size_t i = 0; i < d->query_count; i++) {
		if (i > 0)
			buf_putc(&b, ' ');
		buf_put(&b, str_skip(d->queries[i], STR("_dmarc.").len));
	}
	return b.len > 0 ? buf_str(&b) : STR("-");
}

/* The expected questions without those for existence. */
static struct str
txt_only(struct arena *a, struct str ask)
{
	struct buf b = buf_in(a, MAX_TEXT);

	while (ask.len > 0) {
		struct str name = str_cut(&ask, ' ');

		if (str_find(name, '/') < name.len)
			continue;
		if (b.len > 0)
			buf_putc(&b, ' ');
		buf_put(&b, name);
	}
	return buf_str(&b);
}

static bool
holds(struct str text, struct str part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (str_eq(str_first(str_skip(text, i), part.len), part))
			return true;
	return false;
}

static void
judge(struct arena *a, const struct row *row, struct recorder *rec, bool prefetch,
    struct evidence *ev)
{
	struct dns_port port = { record_ask, NULL, rec };
	struct clock_port clock = clock_system();
	struct lookups_conf conf = { 1000, prefetch, 200 };
	struct log_port log = { count_line, NULL };
	struct lookups *l = lookups_open(&port, &clock, &conf);
	const bool cut[MAX_FROM] = { false };
	struct dmarc_author policy;
	struct author author;

	if (l == NULL ||
	    mailaddr_author_of_fields(a, row->from, cut, row->from_count, &author) != RES_OK)
		abort();
	if (author.kind == AUTHOR_ONE)
		lookups_plan_walk(l, author.domain);
	lookups_start(l);
	dmarccheck_author(l, a, &author, &policy);
	dmarccheck_judge(l, a, &policy, ev, &log);
	ev->dns = lookups_counts(l);
	lookups_close(l);
}

/* libopendmarc on every combination of what may pass under the policy and modes of this row. */
static void
second_opinion(struct table *t, const struct row *row, const struct evidence *ev)
{
	struct fence_case fc = { .author_domain = ev->dmarc.author_domain,
		.policy = ev->dmarc.policy };
	enum enforcement policy = ENFORCE_UNKNOWN;
	enum dmarc_result result = DMARC_RESULT_NONE;
	unsigned differ = 0;

	tap_ok(!ev->dmarc.disputed, "libopendmarc agrees: %.*s", STR_ARG(row->name));
	if (!ev->dmarc.have_policy)
		return;
	for (unsigned bits = 0; bits < 16; bits++) {
		bool pass = (bits & 3) != 0;

		fc.aligned_dkim = (bits & 1) != 0;
		fc.aligned_spf = (bits & 2) != 0;
		fc.strict_dkim = (bits & 4) != 0;
		fc.strict_spf = (bits & 8) != 0;
		differ += dmarcfence_judge(&fc, &result, &policy) != RES_OK ||
		    result != (pass ? DMARC_RESULT_PASS : DMARC_RESULT_FAIL) ||
		    (!pass && policy != fc.policy);
	}
	tap_eq_int(differ, 0, "nor on another set of identifiers: %.*s", STR_ARG(row->name));
	t->opinions++;
}

static void
check_verdict(struct arena *a, const struct row *row, const struct evidence *ev, const char *how)
{
	struct str problem = ev->dmarc.problem;

	tap_eq_str(print_verdict(a, &ev->dmarc), row->want, "%.*s (%s)", STR_ARG(row->name), how);
	if (row->dkims.len > 0)
		tap_eq_str(
		    print_flags(a, ev), row->dkims, "aligned flags: %.*s", STR_ARG(row->name));
	if (row->problem.len > 0 && !(str_eq(row->problem, STR("-")) ? problem.p == NULL :
	    holds(problem, row->problem)))
		tap_eq_str(problem, row->problem, "problem: %.*s", STR_ARG(row->name));
	tap_eq_str(print_queries(a, &ev->dmarc), txt_only(a, row->ask), "queries: %.*s",
	    STR_ARG(row->name));
}

static void
run_case(struct table *t, const struct row *row)
{
	struct arena *a = arena_open(0);
	struct buf err = buf_in(a, MAX_TEXT);
	struct recorder rec = { .asked = buf_in(a, MAX_TEXT) };

	t->cases++;
	if (!tap_ok(!row->broken && row->want.len > 0 && row->ask.len > 0 &&
	    dns_text_open(buf_str(&row->zone), "zone", &err, &rec.zone) == RES_OK,
	    "a case that can be read: %.*s %.*s", STR_ARG(row->name), STR_ARG(buf_str(&err)))) {
		arena_close(a);
		return;
	}
	for (int prefetch = 0; prefetch < 2; prefetch++) {
		struct evidence ev = { .spf = row->spf, .dkim_count = row->dkim_count };
		struct ev_dkim dkim[MAX_DKIM];

		memcpy(dkim, row->dkim, sizeof dkim);
		ev.dkim = dkim;
		judge(a, row, &rec, prefetch != 0, &ev);
		check_verdict(a, row, &ev, prefetch ? "prefetch" : "no prefetch");
		if (prefetch)
			break;
		tap_eq_str(rec.asked.len > 0 ? buf_str(&rec.asked) : STR("-"), row->ask,
		    "asked: %.*s", STR_ARG(row->name));
		second_opinion(t, row, &ev);
	}
	dns_close(&rec.zone);
	arena_close(a);
}

static struct str
read_file(struct arena *a)
{
	const char *top = getenv("SRCDIR");
	struct buf path = buf_in(a, 4096);
	char *text = arena_alloc(a, 1 << 20);
	size_t n;
	FILE *f;

	buf_puts(&path, top != NULL ? top : ".");
	buf_puts(&path, "/t/rfc/dmarc.table");
	if (text == NULL || path.err != RES_OK || (f = fopen(path.p, "r")) == NULL)
		return (struct str){0};
	n = fread(text, 1, 1 << 20, f);
	fclose(f);
	return (struct str){ text, n };
}

int
main(void)
{
	struct table t = { .arena = arena_open(0) };
	struct str rest = read_file(t.arena);
	struct row row;

	tap_ok(rest.len > 0, "t/rfc/dmarc.table is there");
	while (read_block(&t, &rest, &row)) {
		if (!row.is_common)
			run_case(&t, &row);
		else if (t.common_count < MAX_COMMON)
			t.common[t.common_count++] = row;
	}
	tap_ok(t.cases >= MIN_CASES, "%zu cases", t.cases);
	tap_ok(t.opinions >= MIN_CASES / 2, "libopendmarc was asked in %zu", t.opinions);
	tap_eq_int(log_lines, 0, "and no difference was logged");
	arena_close(t.arena);
	return tap_done();
}
