/* softfail: the operator's tool; each word is a file of its own. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/check.h"

static const struct {
	const char *word;
	int (*run)(int argc, char **argv);
	const char *meaning;
} words[] = {
	{ "check", check_main, "evaluate one message, and say what was found and why" },
};

static void
print_usage(FILE *out)
{
	fputs("usage: softfail WORD [options]\n", out);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		fprintf(out, "  %-8s %s\n", words[i].word, words[i].meaning);
	fputs("softfail WORD --help tells more; softfail(1) tells all\n", out);
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i].word) == 0)
			return words[i].run(argc - 1, argv + 1);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		print_usage(stdout);
		return EX_OK;
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		puts("softfail " PACKAGE_VERSION);
		return EX_OK;
	}
	if (*word != '\0')
		fprintf(stderr, "softfail: no such word: %s\n", word);
	print_usage(stderr);
	return EX_USAGE;
}
