/* grow PARSER SHAPE|all N...: runs one parser on hostile inputs of N octets, once each, so that the
 * work it does for N and for 2N can be compared: valgrind --tool=callgrind
 * --toggle-collect=grow_measure --dump-after=grow_measure (test_linear.py does it).  Each run is a
 * line of output.  "grow" alone lists the parsers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/authres.h"
#include "core/dkimsig.h"
#include "core/dkimtags.h"
#include "core/dmarcrecord.h"
#include "core/domain.h"
#include "core/edits.h"
#include "core/headers.h"
#include "core/mailaddr.h"
#include "core/spfcanon.h"
#include "core/spfmacro.h"
#include "core/spfrecord.h"

static const struct str id = { "mx.example.net", 14 };

static void
run_from(struct arena *a, struct str input)
{
	struct author author;

	if (mailaddr_author(a, input, &author) != RES_OK)
		abort();
}

static void
run_envelope(struct arena *a, struct str input)
{
	struct envelope env;

	if (mailaddr_envelope(a, input, &env) != RES_OK)
		abort();
}

static void
run_authres(struct arena *a, struct str input)
{
	struct authres field;

	if (authres_parse(a, input, &field) == RES_NOMEM)
		abort();
}

static void
run_claims(struct arena *a, struct str input)
{
	(void)a;
	(void)authres_claims_id(input, &id, 1);
}

/* A field for each line of the input */
static void
read_lines(struct headers *h, struct arena *a, struct str input)
{
	headers_open(h, a, input.len, input.len, NULL, 0);
	while (input.len > 0) {
		struct str value = str_cut(&input, '\n'), name = str_cut(&value, ':');

		if (headers_add(h, name, value) != RES_OK)
			abort();
	}
}

static void
run_headers(struct arena *a, struct str input)
{
	struct headers h;

	read_lines(&h, a, input);
}

static void
run_removal(struct arena *a, struct str input)
{
	static const struct str score[EDITS_SCORE_FIELDS] = { { "X-Score", 7 }, { "X-Level", 7 },
		{ "X-Reason", 8 } };
	const struct edits_rules rules = { .authserv_ids = &id, .authserv_id_count = 1,
	    .score_fields = score, .received_spf = true };
	struct edits e = {0};
	struct headers h;

	read_lines(&h, a, input);
	if (edits_remove_forged(&e, a, &h, &rules) != RES_OK)
		abort();
}

static const struct spf_facts facts = {
	.client = { .family = IP_V4, .octets = { 192, 0, 2, 7 } },
	.local = { "a-b.c-d", 7 },
	.sender_domain = { "e.example", 9 },
	.helo = { "h.example", 9 },
};

static void
run_spfrecord(struct arena *a, struct str input)
{
	struct buf text = buf_in(a, input.len + 7), canonical = buf_in(a, 1024);
	struct spf_record rec;

	if (!str_starts_nocase(input, STR("v=spf1")))
		buf_puts(&text, "v=spf1 ");
	buf_put(&text, input);
	if (spfrecord_parse(a, buf_str(&text), &rec) != RES_OK)
		abort();
	spfcanon_print(&canonical, &rec, 10, &facts.client);
}

static void
run_spfmacro(struct arena *a, struct str input)
{
	const struct spf_macro m = { .facts = &facts, .domain = facts.sender_domain };
	struct str name;

	(void)spfmacro_valid(input, true);
	(void)spfmacro_ends_domain(input);
	(void)spfmacro_domain(&m, input, a, &name);
}

static void
run_dmarcrecord(struct arena *a, struct str input)
{
	struct dmarc_record rec;

	if (dmarcrecord_parse(a, input, &rec) == RES_NOMEM)
		abort();
}

/* The tag list, and the whole text as each kind of value */
static void
run_dkimtags(struct arena *a, struct str input)
{
	struct dkimtags tags;
	struct str text;
	size_t octets;

	(void)dkimtags_read(input, &tags);
	(void)dkimtags_has_item(input, STR("nothing"));
	(void)dkimtags_base64(input, &octets);
	(void)dkimtags_squeeze(a, input);
	(void)dkimtags_unquote(a, input, &text);
}

static void
run_dkimsig(struct arena *a, struct str input)
{
	struct dkimsig sig;

	if (dkimsig_read(a, input, 1788256800, &sig) == RES_NOMEM)
		abort();
}

static void
run_domain(struct arena *a, struct str input)
{
	struct str name;

	if (domain_from_text(a, input, &name) == RES_NOMEM)
		abort();
}

static const struct parser {
	const char *name;
	void (*run)(struct arena *a, struct str input);
} parsers[] = {
	{ "from", run_from },
	{ "envelope", run_envelope },
	{ "authres", run_authres },
	{ "claims", run_claims },
	{ "headers", run_headers },
	{ "removal", run_removal },
	{ "spfrecord", run_spfrecord },
	{ "spfmacro", run_spfmacro },
	{ "dmarcrecord", run_dmarcrecord },
	{ "dkimtags", run_dkimtags },
	{ "dkimsig", run_dkimsig },
	{ "domain", run_domain },
};

/* begin once, part over and over */
static const struct shape {
	const char *name, *begin, *part;
} shapes[] = {
	{ "open-comments", "", "(" },
	{ "comments", "", "(a)" },
	{ "nested", "(", "((a)" },
	{ "comment-at", "", "@(" },
	{ "quotes", "", "\"" },
	{ "quote-at", "", "\"@" },
	{ "quoted-at", "", "\"a@b\"" },
	{ "quoted-members", "", "\"a@b\"," },
	{ "words", "a@b", " a" },
	{ "escaped-quotes", "", "\\\"" },
	{ "quoted-escapes", "\"", "\\\"" },
	{ "backslashes", "", "\\" },
	{ "angles", "", "<" },
	{ "angle-at", "", "<a@b>" },
	{ "ats", "", "@" },
	{ "addresses", "", "a@b," },
	{ "idn", "", "a@\xc3\xa9," },
	{ "names", "", "a@b " },
	{ "commas", "", "a,a," },
	{ "groups", "", ":;" },
	{ "group", "a:", "a@b,;" },
	{ "route", "<", "@a," },
	{ "dots", "", "." },
	{ "dotted", "a@", "a." },
	{ "dot-comments", "a@b", "(a)." },
	{ "literals", "", "[" },
	{ "folds", "", "\n " },
	{ "blanks", "a@b", " " },
	{ "encoded-words", "", "=?=?" },
	{ "encoded-b", "a@b ", "=?x?b?" },
	{ "nul", "", "\"\x01(" },
	{ "eight-bit", "", "\xff" },
	{ "semicolons", "x", ";;;;" },
	{ "resinfos", "x", ";spf=pass" },
	{ "unregistered", "x", ";x=y" },
	{ "props", "x;spf=pass", " smtp.a=b" },
	{ "other-props", "x;spf=pass", " a.b=c" },
	{ "pairs", "x", ";a=b a=b" },
	{ "prop-comments", "x;spf=pass", "(a)a.b=(a)c" },
	{ "open-in-props", "x;spf=pass", " a.b=(" },
	{ "id-marks", "", "mx\x01(" },
	{ "id-dots", "", "mx . " },
	{ "lines", "", "A: b\n" },
	{ "name-per-line", "", "X-Some-Long-Name-To-Compare: b\n" },
	{ "forged-lines", "", "Authentication-Results: mx.example.net; spf=pass\n" },
	{ "score-lines", "", "X-Score: 1\n" },
	{ "forged-lies", "", "Authentication-Results: (mx\nReceived-SPF: x\n" },
	{ "spf-terms", "v=spf1", " a:b.example/24//64" },
	{ "spf-nets", "v=spf1", " ip4:192.0.2.0/24" },
	{ "spf-faults", "v=spf1", " ip4:x" },
	{ "spf-modifiers", "v=spf1", " a=%{d}" },
	{ "spf-blanks", "v=spf1", " " },
	{ "macros", "v=spf1 exists:", "%{l1r-}." },
	{ "macro-delimiters", "v=spf1 exists:%{d", ".-+,/_=" },
	{ "macro-digits", "v=spf1 exists:%{d", "9" },
	{ "percents", "", "%" },
	{ "open-macros", "", "%{" },
	{ "dmarc-tags", "v=DMARC1", ";p=none" },
	{ "dmarc-bad", "v=DMARC1", ";p=x;sp=y" },
	{ "dmarc-uris", "v=DMARC1;p=none;rua=", "mailto:a@b.example," },
	{ "dmarc-no-uris", "v=DMARC1;p=x;rua=", "mailto:@," },
	{ "dmarc-unknown", "v=DMARC1", ";a=b" },
	{ "tags", "", "a=b;" },
	{ "equals", "", "=" },
	{ "dkim-names", "v=1; a=rsa-sha256; d=a.example; s=s; bh=AAAA; b=AAAA; h=", "from:" },
	{ "dkim-signature", "v=1; a=rsa-sha256; d=a.example; s=s; bh=AAAA; h=from; b=", "AA\n " },
	{ "base64", "", "AAAA" },
	{ "escapes", "", "=3D" },
	{ "a-labels", "a@", "xn--a-ecp." },
	{ "u-labels", "a@", "\xc3\xa9." },
};

/* Lines whose names are all different and begin alike */
static void
number_lines(char *input, size_t n)
{
	unsigned counter = 0;

	for (size_t at = 0; at + 16 < n; at += 14) {
		char line[16];

		snprintf(line, sizeof line, "XXXX%08u:\n", counter++ * 2654435761U % 100000000U);
		memcpy(input + at, line, 14);
	}
}

static struct str
grow(const struct shape *shape, size_t n)
{
	char *input = malloc(n + 1);
	size_t begin = strlen(shape->begin), part = strlen(shape->part);

	if (input == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		input[i] = i < begin ? shape->begin[i] : shape->part[(i - begin) % part];
	if (strcmp(shape->name, "name-per-line") == 0)
		number_lines(input, n);
	return (struct str){ input, n };
}

/* What is counted.  Not static, for valgrind has to find it. */
void grow_measure(const struct parser *parser, struct arena *a, struct str input);

__attribute__((noinline)) void
grow_measure(const struct parser *parser, struct arena *a, struct str input)
{
	parser->run(a, input);
}

static void
run(const struct parser *parser, const struct shape *shape, const char *size)
{
	struct str input = grow(shape, strtoul(size, NULL, 10));
	struct arena *a = arena_open(0);

	if (a == NULL)
		abort();
	printf("%s %s %zu\n", parser->name, shape->name, input.len);
	grow_measure(parser, a, input);
	arena_close(a);
	free((void *)(uintptr_t)input.p);
}

static const struct parser *
find_parser(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof parsers / sizeof *parsers; i++)
		if (strcmp(name, parsers[i].name) == 0)
			return &parsers[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	const struct parser *parser = find_parser(argv[1]);

	for (size_t i = 0; argc == 1 && i < sizeof parsers / sizeof *parsers; i++)
		printf("%s\n", parsers[i].name);
	if (argc > 1 && (parser == NULL || argc < 4)) {
		fprintf(stderr, "usage: grow [PARSER SHAPE|all N...]\n");
		return 64;
	}
	for (size_t i = 0; argc > 1 && i < sizeof shapes / sizeof *shapes; i++)
		for (int n = 3; n < argc; n++)
			if (strcmp(argv[2], "all") == 0 || strcmp(argv[2], shapes[i].name) == 0)
				run(parser, &shapes[i], argv[n]);
	return 0;
}
