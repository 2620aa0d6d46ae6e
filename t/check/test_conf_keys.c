#include "check/conf_keys.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/conf.h"
#include "t/tap.h"

#define KEYS_END (conf_keys + conf_key_count)
#define EACH_KEY(k) const struct conf_key *k = conf_keys; k < KEYS_END; k++

struct printed {			/* what a function has written */
	FILE *out;
	char *text;
	size_t len;
};

static void
begin(struct printed *p)
{
	p->out = open_memstream(&p->text, &p->len);
}

static struct str
end(struct printed *p)
{
	fclose(p->out);
	return (struct str){ p->text, p->len };
}

/* The configuration in text, which must be right. */
static struct conf *
read_text(struct str text, const char *what)
{
	struct conf_faults faults, warnings;
	char name[] = "/tmp/test_conf_keys.XXXXXX";
	int fd = mkstemp(name);
	struct conf *c = NULL;

	conf_faults_open(&faults);
	conf_faults_open(&warnings);
	if (tap_ok(fd != -1 && write(fd, text.p, text.len) == (ssize_t)text.len, "%s: written",
	    what)) {
		tap_eq_res(conf_read(name, &faults, &warnings, &c), RES_OK,
		    "%s: is read without a fault", what);
		tap_eq_int((long long)warnings.count, 0, "%s: is not odd", what);
	}
	for (size_t i = 0; i < faults.count; i++)
		tap_note("%s", faults.list[i].p);
	conf_faults_close(&warnings);
	conf_faults_close(&faults);
	close(fd);
	unlink(name);
	return c;
}

static struct str
print(struct printed *p, const struct conf *c, bool only_changed)
{
	begin(p);
	tap_eq_res(conf_print(p->out, c, only_changed), RES_OK, "printed");
	return end(p);
}

/* -T of what text gives is wanted, and -T read back is the same. */
static void
prints(struct str text, struct str want, const char *what)
{
	struct printed p;
	struct conf *c = read_text(text, what);

	if (c == NULL)
		return;
	tap_eq_str(print(&p, c, false), want, "%s: prints as it should", what);
	free(p.text);
	conf_close(c);
}

static void
test_rows(void)
{
	char mem[4096];

	for (EACH_KEY(k)) {
		struct buf allowed = buf_on(mem, sizeof mem);

		k->type->allow(&allowed, k);
		tap_ok(allowed.err == RES_OK && allowed.len > 0, "%s: says what it takes", k->name);
		tap_ok(k->min >= 0 && k->max >= k->min, "%s: a range with a sense", k->name);
		tap_ok(strlen(k->meaning) < 100 && ascii_is_graph(k->meaning[0]) &&
		    k->meaning[strlen(k->meaning) - 1] != '.', "%s: one line of meaning", k->name);
		tap_ok(conf_key_find(str_from(k->name)) == k, "%s: its name is its own", k->name);
	}
}

static struct str
group_of(const struct conf_key *k)
{
	struct str name = str_from(k->name);
	size_t dot = str_find_last(name, '.');

	return str_first(name, dot < name.len ? dot : 0);
}

/* A group that is left and entered again would be printed twice, and libconfig refuses that. */
static void
test_groups(void)
{
	for (EACH_KEY(k))
		for (const struct conf_key *later = k + 1; later < KEYS_END; later++)
			if (str_eq(group_of(k), group_of(later)) &&
			    !str_eq(group_of(later - 1), group_of(k)) &&
			    !str_starts_nocase(group_of(later - 1), group_of(k)))
				tap_ok(false, "%s: stands with its group", later->name);
	tap_ok(conf_key_is_group(STR("score.weights")) && conf_key_is_group(STR("dns")),
	    "groups are known");
	tap_ok(!conf_key_is_group(STR("score.weight")) && !conf_key_is_group(STR("socket")) &&
	    !conf_key_is_group(STR("")), "and nothing else is one");
}

static void
test_defaults(void)
{
	struct conf_faults faults, warnings;
	struct printed all, changed;
	struct conf *c;
	char mem[4096];

	conf_faults_open(&faults);
	conf_faults_open(&warnings);
	if (!tap_eq_res(conf_read(NULL, &faults, &warnings, &c), RES_OK, "the defaults are read"))
		return;
	tap_eq_int((long long)warnings.count, 0, "the defaults are not odd");
	for (EACH_KEY(k)) {
		struct buf value = buf_on(mem, sizeof mem);

		conf_value_print(&value, k, c);
		tap_eq_str(buf_str(&value), str_from(k->fallback),
		    "%s: its default is printed as it is written",
		    k->name);
	}
	tap_ok(memcmp(&c->score, score_defaults(), sizeof c->score) == 0,
	    "the weights are score.md's");
	tap_ok(!c->log_target_set, "no file, no log.target");
	tap_eq_str(print(&changed, c, true), STR(""),
	    "-n: the defaults do not differ from themselves");
	print(&all, c, false);
	prints((struct str){ all.text, all.len }, (struct str){ all.text, all.len },
	    "-T, read back");
	free(all.text);
	free(changed.text);
	conf_close(c);
	conf_faults_close(&warnings);
	conf_faults_close(&faults);
}

static void
test_weights(void)
{
	char name[100];

	for (enum score_row r = 0; r < ROW_COUNT; r++)
		for (enum score_column c = 0; c < COLUMN_COUNT; c++) {
			const struct conf_key *k;

			snprintf(name, sizeof name, "score.weights.%s.%s", score_row_key(r),
			    score_column_key(c));
			k = conf_key_find(str_from(name));
			tap_ok(k != NULL && k->field == offsetof(struct conf, score) +
			    offsetof(struct score_conf, spf) +
			    ((size_t)r * COLUMN_COUNT + (size_t)c) * sizeof(unsigned),
			    "%s is that cell of the table", name);
		}
	for (enum score_dmarc d = 0; d < SCORE_DMARC_COUNT; d++) {
		const struct conf_key *k;

		snprintf(name, sizeof name, "score.weights.dmarc.%s", score_dmarc_key(d));
		k = conf_key_find(str_from(name));
		tap_ok(k != NULL && k->field == offsetof(struct conf, score) +
		    offsetof(struct score_conf, dmarc) + d * sizeof(unsigned), "%s is that weight",
		    name);
	}
}

/* Take away the '#' in front of each key. */
static struct str
uncomment(struct str sample, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < sample.len; i++)
		if (sample.p[i] != '#' || i + 1 == sample.len || ascii_is_blank(sample.p[i + 1]) ||
		    (i > 0 && sample.p[i - 1] != '\n' && sample.p[i - 1] != '\t'))
			to[n++] = sample.p[i];
	return (struct str){ to, n };
}

static void
test_sample(void)
{
	struct printed sample, want;
	struct conf *c;
	char *text;

	begin(&sample);
	conf_print_sample(sample.out);
	end(&sample);
	text = malloc(sample.len + 1);
	if ((c = read_text((struct str){ sample.text, sample.len }, "the sample file")) == NULL ||
	    text == NULL)
		return;
	tap_eq_str(print(&want, c, true), STR(""), "the sample file changes nothing");
	free(want.text);
	print(&want, c, false);
	conf_close(c);
	prints(uncomment((struct str){ sample.text, sample.len }, text),
	    (struct str){ want.text, want.len },
	    "the sample file with every key uncommented");
	tap_ok(strstr(text, "log: {") != NULL && strstr(text, "\n\ttarget = ") != NULL,
	    "they were uncommented");
	free(want.text);
	free(sample.text);
	free(text);
}

static void
test_shipped(void)
{
	const char *srcdir = getenv("SRCDIR");
	struct printed sample, shipped;
	char path[4096];
	FILE *in;
	int c;

	begin(&sample);
	conf_print_sample(sample.out);
	end(&sample);
	begin(&shipped);
	snprintf(path, sizeof path, "%s/etc/softfail-milter.conf", srcdir != NULL ? srcdir : ".");
	if (tap_ok((in = fopen(path, "r")) != NULL, "etc/softfail-milter.conf is there")) {
		while ((c = getc(in)) != EOF)
			putc(c, shipped.out);
		fclose(in);
	}
	tap_eq_str(end(&shipped), (struct str){ sample.text, sample.len },
	    "etc/softfail-milter.conf is what the table says (t/conf_sample makes it)");
	free(shipped.text);
	free(sample.text);
}

static void
test_manual(void)
{
	struct printed p;
	size_t items = 0;

	begin(&p);
	conf_print_manual(p.out);
	end(&p);
	for (const char *at = p.text; (at = strstr(at, "\n.It Cm ")) != NULL; at++)
		items++;
	tap_eq_int((long long)items, (long long)conf_key_count,
	    "the manual has an item for each key");
	free(p.text);
}

static void
note_key(void *arg, const char *key, bool needs_restart)
{
	FILE *out = arg;

	fprintf(out, "%s%s ", key, needs_restart ? "!" : "");
}

static void
test_compare(void)
{
	struct conf *a = read_text(STR("user = \"a\"; dns: { servers = [ \"::1\" ]; };"), "one");
	struct conf *b = read_text(STR("user = \"b\"; dns: { servers = [ \"0::1\" ]; }; stats: { "
	    "top = 3; };"), "other");
	struct printed p;

	begin(&p);
	if (a != NULL && b != NULL)
		tap_eq_res(conf_compare(a, b, note_key, p.out), RES_OK,
		    "two configurations are compared");
	tap_eq_str(end(&p), STR("user! stats.top "), "by value, not by how it is written");
	free(p.text);
	conf_close(a);
	conf_close(b);
}

static void
test_near(void)
{
	static const struct { const char *name, *near; } rows[] = {
		{ "socket", "socket" },
		{ "scoket", "socket" },
		{ "sockets", "socket" },
		{ "umaks", "umask" },
		{ "dns.timout_ms", "dns.timeout_ms" },
		{ "timeout_ms", "dns.timeout_ms" },
		{ "spf.timeout_ms", "dns.timeout_ms" },
		{ "score.weight", "score.weights" },
		{ "weights.softfail.reject", "score.weights.softfail.reject" },
		{ "u", "" },
		{ "something_else", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		tap_eq_str(conf_key_near(tap_exact(rows[i].name)), str_from(rows[i].near),
		    "near to \"%s\"",
		    rows[i].name);
	for (EACH_KEY(k))
		if (!str_eq(conf_key_near(str_from(k->name)), str_from(k->name)))
			tap_ok(false, "%s is nearest to itself", k->name);
}

int
main(void)
{
	test_rows();
	test_groups();
	test_defaults();
	test_weights();
	test_sample();
	test_shipped();
	test_manual();
	test_compare();
	test_near();
	return tap_done();
}
