/* The public RFC 7208 suite (203 cases of the openspf project), each with the plan switched on and
 * off.  The file is not part of the tree: SPF_SUITE names it, else it is looked for in ../shared
 * beside the source tree. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check/lookups.h"
#include "check/spfcheck.h"
#include "t/tap.h"

enum { LINE_ROOM = 1 << 20, CASES = 203, MAX_RECORDS = 64, MAX_CNAMES = 8 };

struct answer_room {
	struct dns_record records[MAX_RECORDS];
	size_t count;
	char text[MAX_RECORDS][2048];
};

/* A dns port on the "zone" object of a row.  It answers inside ask. */
static const json_t *
find_owner(const json_t *zone, struct str name)
{
	const char *key;
	json_t *value, *object;

	memcpy(&object, &zone, sizeof object); /* jansson's iteration wants it writable */
	json_object_foreach(object, key,
	    value) if (str_eq_nocase(str_from(key), name)) return value;
	return NULL;
}

static void
add_text(struct answer_room *room, struct str text)
{
	char *to = room->text[room->count];
	struct str have = room->records[room->count].text;

	if (have.len + text.len > sizeof room->text[0])
		abort();
	if (text.len > 0)
		memcpy(to + have.len, text.p, text.len);
	room->records[room->count].text = (struct str){ to, have.len + text.len };
}

static struct str
json_text(const json_t *s)
{
	struct str text = { json_string_value(s), json_string_length(s) };

	return text;
}

static void
add_record(struct answer_room *room, enum dns_type type, const json_t *rdata)
{
	struct dns_record *rec = &room->records[room->count];

	*rec = (struct dns_record){ .text = { room->text[room->count], 0 } };
	if (type == DNS_A || type == DNS_AAAA) {
		if (ipaddr_parse_as_written(json_text(rdata), &rec->addr) != RES_OK)
			abort();
	} else if (type == DNS_TXT && json_is_array(rdata)) {
		for (size_t i = 0; i < json_array_size(rdata); i++)
			add_text(room, json_text(json_array_get(rdata, i)));
	} else if (type == DNS_MX) {
		rec->preference = (uint16_t)json_integer_value(json_array_get(rdata, 0));
		add_text(room, json_text(json_array_get(rdata, 1)));
	} else {
		add_text(room, json_text(rdata));
	}
	if (type != DNS_TXT && rec->text.len > 0 && rec->text.p[rec->text.len - 1] == '.')
		rec->text.len--;
	if (++room->count == MAX_RECORDS)
		abort();
}

/* The lines of one owner: its records of this type, its alias, or that it fails. */
static enum dns_status
read_owner(const json_t *lines, enum dns_type type, struct answer_room *room,
    const json_t **ret_alias)
{
	bool fails = false, all_fails = false;

	for (size_t i = 0; i < json_array_size(lines); i++) {
		const json_t *line = json_array_get(lines, i), *rdata = json_array_get(line, 1);
		const char *word = json_string_value(json_array_get(line, 0));

		if (strcmp(word, "TIMEOUT") == 0)
			all_fails = true;
		else if (strcasecmp(word, "CNAME") == 0)
			*ret_alias = rdata;
		else if (strcasecmp(word, dns_type_word(type)) != 0)
			continue;
		else if (json_is_string(rdata) && strcmp(json_string_value(rdata), "TIMEOUT") == 0)
			fails = true;
		else
			add_record(room, type, rdata);
	}
	if (fails || (all_fails && room->count == 0))
		return DNS_TIMEOUT;
	return room->count > 0 ? DNS_FOUND : DNS_NODATA;
}

static enum dns_status
resolve(const json_t *zone, const struct dns_question *q, struct answer_room *room)
{
	struct str name = q->name;
	const json_t *lines;

	for (int i = 0; i < MAX_CNAMES; i++) {
		const json_t *alias = NULL;
		enum dns_status status;

		if (str_starts_nocase(name, STR("error.")))
			return DNS_FAILED;
		if (!dns_name_can_be_asked(name) || (lines = find_owner(zone, name)) == NULL)
			return DNS_NXDOMAIN;
		status = read_owner(lines, q->type, room, &alias);
		if (alias == NULL || status == DNS_FOUND)
			return status;
		name = json_text(alias);
	}
	return DNS_FAILED;
}

static void
zone_ask(void *self, const struct dns_question *q, dns_done *done, void *arg)
{
	struct answer_room *room = calloc(1, sizeof *room);
	struct dns_answer ans = { .ttl_s = 300 };

	if (room == NULL)
		abort();
	ans.status = resolve(self, q, room);
	if (ans.status == DNS_FOUND) {
		ans.records = room->records;
		ans.count = room->count;
	}
	done(arg, &ans);
	free(room);
}

static struct ev_spf
run_case(const json_t *row, json_t *zone, struct arena *a, bool prefetch)
{
	const struct dns_port port = { zone_ask, NULL, zone };
	const struct clock_port clock = clock_system();
	const struct lookups_conf conf = { .deadline_ms = 20000,
		.prefetch = prefetch,
		.max_questions = 200 };
	struct lookups *l = lookups_open(&port, &clock, &conf);
	struct spf_request rq = { .receiver = STR("unknown"),
		.now_s = 1700000000,
		.void_limit = 2 };
	struct spf_facts facts;
	struct ev_spf ev;

	rq.helo = json_text(json_object_get(row, "helo"));
	if (l == NULL ||
	    ipaddr_parse(json_text(json_object_get(row, "ip")), &rq.client) != RES_OK ||
	    mailaddr_envelope(a, json_text(json_object_get(row, "mailfrom")), &rq.mail_from) !=
		RES_OK)
		abort();
	if (mailaddr_helo(a, rq.helo, &rq.helo_domain) != RES_OK)
		rq.helo_domain = (struct str){ 0 };
	if (spfcheck_facts(&rq, &facts) == RES_OK)
		lookups_plan_spf(l, &facts);
	lookups_start(l);
	spfcheck_run(&rq, l, a, &ev);
	lookups_close(l);
	return ev;
}

static bool
is_expected(const json_t *row, const char *word)
{
	const json_t *expect = json_object_get(row, "expect");

	for (size_t i = 0; i < json_array_size(expect); i++)
		if (strcmp(json_string_value(json_array_get(expect, i)), word) == 0)
			return true;
	return false;
}

static bool
explains(const json_t *row, const struct ev_spf *ev)
{
	const json_t *want = json_object_get(row, "explanation");

	if (want == NULL || ev->result != SPFRESULT_FAIL)
		return true;
	if (strcmp(json_string_value(want), "DEFAULT") == 0)
		return ev->explanation.p == NULL;
	return str_eq(ev->explanation, json_text(want));
}

/* Zones have thousands of octets, so a row's comes in as it is; two evaluations must agree in
 * everything. */
static bool
check_case(const json_t *row)
{
	struct arena *a = arena_open(0);
	struct ev_spf on = run_case(row, json_object_get(row, "zone"), a, true);
	struct ev_spf off = run_case(row, json_object_get(row, "zone"), a, false);
	const char *word = spf_result_word(off.result);
	bool right = is_expected(row, word) && explains(row, &off);
	bool differ = str_starts_nocase(off.problem, STR("two evaluations"));
	bool same = on.result == off.result && str_eq(on.explanation, off.explanation) &&
	    on.lookups == off.lookups && on.void_lookups == off.void_lookups;

	tap_ok(right && same && !differ, "%s: %s (%s)",
	    json_string_value(json_object_get(row, "section")),
	    json_string_value(json_object_get(row, "id")),
	    json_string_value(json_object_get(row, "spec")));
	if (!right || !same || differ)
		tap_note("  got %s, with the plan %s; explanation \"%.*s\"; problem \"%.*s\"", word,
		    spf_result_word(on.result), STR_ARG(off.explanation), STR_ARG(off.problem));
	arena_close(a);
	return right;
}

static FILE *
open_suite(void)
{
	const char *named = getenv("SPF_SUITE"), *top = getenv("SRCDIR");
	char path[4096];

	if (named != NULL)
		return fopen(named, "r");
	snprintf(path, sizeof path, "%s/../shared/spf_rfc7208.jsonl", top != NULL ? top : ".");
	return fopen(path, "r");
}

int
main(void)
{
	FILE *f = open_suite();
	char *line = malloc(LINE_ROOM);
	int cases = 0, right = 0;

	if (f == NULL || line == NULL) {
		free(line);
		return tap_skip_all("spf_rfc7208.jsonl is not here: name it in SPF_SUITE");
	}
	while (fgets(line, LINE_ROOM, f) != NULL) {
		json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);

		if (row == NULL) {
			tap_ok(false, "line %d is JSON", cases + 1);
			continue;
		}
		cases++;
		right += check_case(row);
		json_decref(row);
	}
	fclose(f);
	free(line);
	tap_eq_int(cases, CASES, "the suite is whole");
	tap_note("%d of %d right", right, cases);
	return tap_done();
}
