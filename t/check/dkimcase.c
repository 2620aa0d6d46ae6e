#include "t/check/dkimcase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "check/dns_text.h"
#include "check/lookups.h"
#include "t/dkimsign.h"

enum { MAX_KEYS = 16, MAX_TEXT = 65536 };

static struct {
	const char *kind;
	struct dkimsign_key *key;
} keys[MAX_KEYS];

static const struct dkimsign_key *
key_of(const char *kind)
{
	size_t i = 0;

	while (i < MAX_KEYS && keys[i].kind != NULL && strcmp(keys[i].kind, kind) != 0)
		i++;
	if (i == MAX_KEYS)
		abort();
	if (keys[i].kind == NULL) {
		keys[i].kind = kind;
		if ((keys[i].key = dkimsign_key_new(kind)) == NULL)
			abort();
	}
	return keys[i].key;
}

const char *
dkimcase_public(const char *kind)
{
	return dkimsign_public(key_of(kind));
}

void
dkimcase_free_keys(void)
{
	for (size_t i = 0; i < MAX_KEYS; i++) {
		dkimsign_key_free(keys[i].key);
		keys[i].key = NULL;
		keys[i].kind = NULL;
	}
}

void
dkimcase_insert(struct dkimcase *c, size_t place, struct str name, struct str value)
{
	if (c->count == DKIMCASE_MAX_FIELDS || place > c->count)
		abort();
	memmove(&c->fields[place + 1], &c->fields[place], (c->count - place) * sizeof *c->fields);
	c->fields[place] = (struct dkimcase_field){ name, value };
	c->count++;
}

void
dkimcase_open(struct dkimcase *c, struct arena *a)
{
	*c = (struct dkimcase){ .arena = a };
	dkimcase_insert(c, 0, STR("From"), STR(" Joe <joe@example.org>"));
	dkimcase_insert(c, 1, STR("To"), STR(" ann@example.net"));
	dkimcase_insert(c, 2, STR("Subject"), STR(" A test,\r\n  folded"));
	dkimcase_insert(c, 3, STR("Date"), STR(" Tue, 01 Sep 2026 10:00:00 +0000"));
	dkimcase_insert(c, 4, STR("Message-ID"), STR(" <1@example.org>"));
	c->body = STR("Hello,\r\n\r\nblanks  and \t tabs \r\n\r\n");
}

struct str
dkimcase_header(const struct dkimcase *c)
{
	struct buf b = buf_in(c->arena, MAX_TEXT);

	for (size_t i = 0; i < c->count; i++) {
		buf_put(&b, c->fields[i].name);
		buf_putc(&b, ':');
		buf_put(&b, c->fields[i].value);
		buf_puts(&b, "\r\n");
	}
	return buf_str(&b);
}

void
dkimcase_sign(struct dkimcase *c, const char *kind, const char *tags)
{
	char *value = dkimsign(key_of(kind), tags, dkimcase_header(c), c->body);

	dkimcase_insert(c, 0, STR("DKIM-Signature"), arena_str(c->arena, str_from(value)));
	free(value);
}

static void
put_txt(struct buf *b, const char *name, struct str record)
{
	buf_puts(b, name);
	buf_puts(b, " TXT ");
	if (record.len > 0 && record.p[0] == '!') {
		buf_put(b, record);
	} else {
		buf_putc(b, '"');
		buf_put(b, record);
		buf_putc(b, '"');
	}
	buf_putc(b, '\n');
}

struct str
dkimcase_zone(struct arena *a, const char *name, struct str records)
{
	struct buf b = buf_in(a, MAX_TEXT);

	if (str_eq(records, STR("none")))
		return STR("elsewhere.example A 192.0.2.1\n");
	while (records.len > 0) {
		const char *at = memmem(records.p, records.len, " // ", 4);
		struct str one =
		    str_first(records, at != NULL ? (size_t)(at - records.p) : records.len);

		put_txt(&b, name, one);
		records = str_skip(records, one.len + 4);
	}
	return buf_str(&b);
}

static void
feed(const struct dkimcase *c, struct dkim_run *run, size_t chunk)
{
	struct str rest = c->body;

	for (size_t i = 0; i < c->count; i++)
		dkimcheck_header(run, c->fields[i].name, c->fields[i].value);
	dkimcheck_eoh(run);
	while (rest.len > 0) {
		struct str piece = str_first(rest, chunk > 0 ? chunk : rest.len);
		char *exact = malloc(piece.len); /* a sanitizer sees the first octet read too far */

		if (exact == NULL)
			abort();
		memcpy(exact, piece.p, piece.len);
		dkimcheck_body(run, (struct str){ exact, piece.len });
		free(exact);
		rest = str_skip(rest, piece.len);
	}
}

static void
close_lib(void *lib)
{
	dkimcheck_lib_close(lib);
}

static void
examine(const struct dkimcase *c, struct arena *a, const struct dkim_conf *conf, struct str zone,
    size_t chunk, struct ev_dkim **ret_list, size_t *ret_count)
{
	static const struct lookups_conf waiting = { .deadline_ms = 2000, .max_questions = 100 };
	char mem[256];
	struct buf err = buf_on(mem, sizeof mem);
	struct clock_port clock = clock_system();
	struct dns_port dns;
	struct dkim_lib *lib;
	struct dkim_run *run;
	struct lookups *l;

	if (dns_text_open(zone, "zone", &err, &dns) != RES_OK) {
		printf("Bail out! %s\n", mem);
		exit(1);
	}
	if ((l = lookups_open(&dns, &clock, &waiting)) == NULL ||
	    dkimcheck_lib_open(conf, &lib) != RES_OK)
		abort();
	lookups_start(l);
	*ret_count = 0;
	if (arena_defer(a, close_lib, lib) == RES_OK &&		/* after the handles of its runs */
	    dkimcheck_begin(lib, a, "test", &run) == RES_OK) {
		feed(c, run, chunk);
		dkimcheck_end(run, l, ret_list, ret_count);
	}
	lookups_close(l);
	dns_close(&dns);
}

void
dkimcase_examine(const struct dkimcase *c, const struct dkim_conf *conf, struct str zone,
    size_t chunk, struct ev_dkim **ret_list, size_t *ret_count)
{
	examine(c, c->arena, conf, zone, chunk, ret_list, ret_count);
}

void
dkimcase_examine_in(const struct dkimcase *c, struct arena *a, const struct dkim_conf *conf,
    struct str zone, struct ev_dkim **ret_list, size_t *ret_count)
{
	examine(c, a, conf, zone, 0, ret_list, ret_count);
}
