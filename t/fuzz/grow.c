/* grow PARSER SHAPE N: runs one parser once on a hostile input of N octets, so that the work it
 * does for N and for 2N can be compared (valgrind --tool=callgrind).  "grow" alone lists parsers
 * and shapes, one pair a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/authres.h"
#include "core/headers.h"
#include "core/mailaddr.h"

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
run_headers(struct arena *a, struct str input)
{
	struct headers h;

	headers_open(&h, a, input.len, input.len, NULL, 0);
	while (input.len > 0) {
		struct str value = str_cut(&input, '\n'), name = str_cut(&value, ':');

		if (headers_add(&h, name, value) != RES_OK)
			abort();
	}
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

static int
list(void)
{
	for (size_t p = 0; p < sizeof parsers / sizeof *parsers; p++)
		for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
			printf("%s %s\n", parsers[p].name, shapes[s].name);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct parser *parser = NULL;
	const struct shape *shape = NULL;
	struct arena *a = arena_open(0);
	struct str input;

	if (argc == 1) {
		arena_close(a);
		return list();
	}
	for (size_t i = 0; argc == 4 && i < sizeof parsers / sizeof *parsers; i++)
		if (strcmp(argv[1], parsers[i].name) == 0)
			parser = &parsers[i];
	for (size_t i = 0; argc == 4 && i < sizeof shapes / sizeof *shapes; i++)
		if (strcmp(argv[2], shapes[i].name) == 0)
			shape = &shapes[i];
	if (parser == NULL || shape == NULL) {
		fprintf(stderr, "usage: grow [PARSER SHAPE N]\n");
		return 64;
	}
	input = grow(shape, strtoul(argv[3], NULL, 10));
	parser->run(a, input);
	free((void *)(uintptr_t)input.p);
	arena_close(a);
	return 0;
}
