/* batch SUBJECT: cases from standard input, one a line, to answers (batch.h).  The subjects' own
 * comments say what the fields of an answer are. */
#include "t/differ/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static const struct subject {
	const char *name;
	void (*run)(struct batch_case *c);
} subjects[] = {
	{ "spf", batch_spf },
	{ "authres", batch_authres },
	{ "from", batch_from },
	{ "dkim", batch_dkim },
	{ "dmarc", batch_dmarc },
};

void
batch_say(struct str text)
{
	if (text.p == NULL)
		putchar('-');
	for (size_t i = 0; i < text.len; i++)
		printf("%02x", (unsigned char)text.p[i]);
	putchar('\t');
}

void
batch_word(const char *word)
{
	batch_say(word != NULL ? str_from(word) : (struct str){0});
}

void
batch_number(uint64_t n)
{
	char mem[24];
	struct buf b = buf_on(mem, sizeof mem);

	buf_putu(&b, n);
	batch_say(buf_str(&b));
}

static int
digit(char c)
{
	return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly as long as it is, so that a sanitizer sees the first octet read too far. */
static struct str
unhex(struct arena *a, struct str hex)
{
	size_t n = hex.len / 2;
	char *copy;

	if (str_eq(hex, STR("-")))
		return (struct str){0};
	if ((copy = malloc(n > 0 ? n : 1)) == NULL || arena_defer(a, free, copy) != RES_OK)
		abort();
	for (size_t i = 0; i < n; i++)
		copy[i] = (char)(digit(hex.p[2 * i]) << 4 | digit(hex.p[2 * i + 1]));
	return (struct str){ copy, n };
}

static void
run_line(const struct subject *subject, struct str line)
{
	struct batch_case c = { .arena = arena_open(0) };

	if (c.arena == NULL)
		abort();
	while (line.len > 0 && c.count < BATCH_MAX_FIELDS)
		c.field[c.count++] = unhex(c.arena, str_cut(&line, '\t'));
	subject->run(&c);
	putchar('\n');
	arena_close(c.arena);
}

int
main(int argc, char **argv)
{
	const struct subject *subject = NULL;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	for (size_t i = 0; argc == 2 && i < sizeof subjects / sizeof *subjects; i++)
		if (strcmp(argv[1], subjects[i].name) == 0)
			subject = &subjects[i];
	if (subject == NULL) {
		fprintf(stderr, "usage: batch SUBJECT\n");
		return 64;
	}
	while ((n = getline(&line, &room, stdin)) > 0)
		run_line(subject, (struct str){ line, (size_t)(line[n - 1] == '\n' ? n - 1 : n) });
	free(line);
	return fflush(stdout) == 0 ? 0 : 1;
}
