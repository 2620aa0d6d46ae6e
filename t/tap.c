#include "t/tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct copy {
	struct copy *next;
	char *p;
};

/* One test program is one thread; the rule against writable globals is for what is installed. */
static struct copy *copies;
static unsigned checks, failures;

static bool report(bool holds, const char *name, va_list ap) __attribute__((format(printf, 2, 0)));

static bool
report(bool holds, const char *name, va_list ap)
{
	char text[1024];

	checks++;
	if (!holds)
		failures++;
	printf("%s %u - ", holds ? "ok" : "not ok", checks);
	vsnprintf(text, sizeof text, name, ap);
	for (const char *c = text; *c != '\0'; c++)		/* '#' would begin a TAP directive */
		putchar(*c == '#' || (unsigned char)*c < ' ' ? '?' : *c);
	putchar('\n');
	return holds;
}

static void
print_octets(const char *label, struct str s)
{
	printf("#   %s: \"", label);
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] >= ' ' && s.p[i] <= '~')
			putchar(s.p[i]);
		else
			printf("\\x%02x", (unsigned)(unsigned char)s.p[i]);
	puts("\"");
}

bool
tap_ok(bool holds, const char *name, ...)
{
	va_list ap;

	va_start(ap, name);
	report(holds, name, ap);
	va_end(ap);
	return holds;
}

bool
tap_eq_int(long long got, long long want, const char *name, ...)
{
	va_list ap;

	va_start(ap, name);
	report(got == want, name, ap);
	va_end(ap);
	if (got != want)
		printf("#   got: %lld\n#   want: %lld\n", got, want);
	return got == want;
}

static bool report_same(struct str got, struct str want, const char *name, va_list ap)
    __attribute__((format(printf, 3, 0)));

static bool
report_same(struct str got, struct str want, const char *name, va_list ap)
{
	bool same = report(str_eq(got, want), name, ap);

	if (!same) {
		print_octets("got", got);
		print_octets("want", want);
	}
	return same;
}

bool
tap_eq_str(struct str got, struct str want, const char *name, ...)
{
	va_list ap;
	bool same;

	va_start(ap, name);
	same = report_same(got, want, name, ap);
	va_end(ap);
	return same;
}

bool
tap_eq_text(const char *got, const char *want, const char *name, ...)
{
	va_list ap;
	bool same;

	va_start(ap, name);
	same = report_same(str_from(got), str_from(want), name, ap);
	va_end(ap);
	return same;
}

bool
tap_eq_res(enum res got, enum res want, const char *name, ...)
{
	va_list ap;

	va_start(ap, name);
	report(got == want, name, ap);
	va_end(ap);
	if (got != want)
		printf("#   got: %s\n#   want: %s\n", res_name(got), res_name(want));
	return got == want;
}

struct str
tap_exact(const char *text)
{
	return tap_exact_str(str_from(text));
}

struct str
tap_exact_str(struct str s)
{
	struct copy *c = malloc(sizeof *c);
	char *p = malloc(s.len > 0 ? s.len : 1);

	if (c == NULL || p == NULL)
		abort();
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	*c = (struct copy){ copies, p };
	copies = c;
	return (struct str){ p, s.len };
}

void
tap_note(const char *text, ...)
{
	va_list ap;

	fputs("# ", stdout);
	va_start(ap, text);
	vprintf(text, ap);
	va_end(ap);
	putchar('\n');
}

int
tap_skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return 0;
}

int
tap_done(void)
{
	while (copies != NULL) {
		struct copy *c = copies;

		copies = c->next;
		free(c->p);
		free(c);
	}
	printf("1..%u\n", checks);
	return failures > 0 ? 1 : 0;
}
