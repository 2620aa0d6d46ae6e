#include "check/conf_faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_FAULTS = 16 };

void
conf_faults_open(struct conf_faults *f)
{
	*f = (struct conf_faults){ .arena = arena_open(0) };
	f->nomem = f->arena == NULL;
}

void
conf_faults_close(struct conf_faults *f)
{
	arena_close(f->arena);
	*f = (struct conf_faults){ 0 };
}

static bool
make_room(struct conf_faults *f)
{
	size_t cap = f->cap > 0 ? 2 * f->cap : FIRST_FAULTS;
	struct str *list;

	if (f->count < f->cap)
		return true;
	if (f->nomem || (list = arena_array(f->arena, cap, sizeof *list)) == NULL)
		return false;
	if (f->count > 0)
		memcpy(list, f->list, f->count * sizeof *list);
	f->list = list;
	f->cap = cap;
	return true;
}

void
conf_fault(struct conf_faults *f, struct str file, unsigned line, const char *format, ...)
{
	char text[CONF_FAULT_MAX + 1], place[16] = "";
	struct str copy = { 0 };
	int n;
	va_list ap;

	if (line > 0)
		snprintf(place, sizeof place, ":%u", line);
	n = snprintf(text, sizeof text, "%.*s%s: ", STR_ARG(file), place);
	if (n > 0 && (size_t)n < sizeof text) {
		va_start(ap, format);
		vsnprintf(text + n, sizeof text - (size_t)n, format, ap);
		va_end(ap);
	}
	if (make_room(f))
		copy = arena_str(f->arena, str_from(text));
	if (copy.p != NULL)
		f->list[f->count++] = copy;
	else
		f->nomem = true;
}
