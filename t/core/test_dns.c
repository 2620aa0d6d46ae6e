#include "core/dns.h"

#include <string.h>

#include "t/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define L10 "abcdefghij"
#define L63 L10 L10 L10 L10 L10 L10 "abc"
#define NAME_253 L63 "." L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a"

static void
test_words(void)
{
	static const struct { enum dns_type type; const char *word; } types[] = {
		{ DNS_A, "A" }, { DNS_NS, "NS" }, { DNS_CNAME, "CNAME" }, { DNS_SOA, "SOA" },
		{ DNS_PTR, "PTR" }, { DNS_MX, "MX" }, { DNS_TXT, "TXT" }, { DNS_AAAA, "AAAA" },
	};
	static const struct {
		enum dns_status status;
		const char *word;
		bool temporary;
	} statuses[] = {
		{ DNS_FOUND, "found", false }, { DNS_NODATA, "nodata", false },
		{ DNS_NXDOMAIN, "nxdomain", false },
		{ DNS_FAILED, "servfail", true }, { DNS_REFUSED, "refused", true },
		{ DNS_TIMEOUT, "timeout", true }, { DNS_CANCELLED, "cancelled", true },
	};
	enum dns_type type;

	for (size_t i = 0; i < COUNT(types); i++) {
		tap_eq_text(dns_type_word(types[i].type), types[i].word, "word of type %s",
		    types[i].word);
		type = 0;
		tap_eq_res(dns_type_from_word(tap_exact(types[i].word), &type), RES_OK, "type %s",
		    types[i].word);
		tap_eq_int(type, types[i].type, "1035 3.2.2: value of %s", types[i].word);
	}
	tap_eq_int((long long)COUNT(statuses), DNS_STATUS_COUNT, "every status has its row");
	for (size_t i = 0; i < COUNT(statuses); i++) {
		tap_eq_text(dns_status_word(statuses[i].status), statuses[i].word, "status %s",
		    statuses[i].word);
		tap_eq_int(dns_is_temporary(statuses[i].status), statuses[i].temporary,
		    "%s: temporary",
		    statuses[i].word);
	}
	tap_eq_res(dns_type_from_word(tap_exact("aaaa"), &type), RES_OK, "types without case");
	tap_eq_res(dns_type_from_word(tap_exact("SPF"), &type), RES_SYNTAX,
	    "7208 3.1: no type SPF");
	tap_eq_res(dns_type_from_word(tap_exact(""), &type), RES_SYNTAX, "no word");
	tap_eq_text(dns_type_word((enum dns_type)99), "?", "another type");
	tap_eq_text(dns_status_word(DNS_STATUS_COUNT), "?", "another status");
}

static void
test_questions(void)
{
	const struct { struct dns_question a, b; bool same; } rows[] = {
		{ { STR("example.org"), DNS_A }, { STR("EXAMPLE.org"), DNS_A }, true },
		{ { STR("example.org"), DNS_A }, { STR("example.org"), DNS_TXT }, false },
		{ { STR("example.org"), DNS_A }, { STR("example.orga"), DNS_A }, false },
		{ { STR("12345678"), DNS_A }, { STR("123456789"), DNS_A }, false },
		{ { STR("12345678"), DNS_A }, { STR("12345679"), DNS_A }, false },
		{ { STR("a\303\204.org"), DNS_A }, { STR("a\303\244.org"), DNS_A }, false },
		{ { STR("a\001"), DNS_A }, { STR("\001a"), DNS_A }, false },
		{ { STR(""), DNS_A }, { STR(""), DNS_A }, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_question a = rows[i].a, b = rows[i].b;

		a.name = tap_exact_str(a.name);
		b.name = tap_exact_str(b.name);
		tap_eq_int(dns_question_eq(&a, &b), rows[i].same, "4343: equal, row %zu", i);
		tap_eq_int(dns_question_hash(&a, 7) == dns_question_hash(&b, 7), rows[i].same,
		    "hash agrees, row %zu", i);
	}
	tap_ok(dns_question_hash(&rows[0].a, 7) != dns_question_hash(&rows[0].a, 8),
	    "the seed matters");
}

/* 4096 names that differ in one place must not crowd into few of 256 buckets. */
static void
test_hash_spreads(void)
{
	unsigned buckets[256] = {0}, worst = 0;
	char name[] = "000.example.org";
	struct dns_question q = { .type = DNS_TXT };

	for (unsigned i = 0; i < 4096; i++) {
		name[0] = (char)('0' + i % 16);
		name[1] = (char)('0' + i / 16 % 16);
		name[2] = (char)('0' + i / 256);
		q.name = str_from(name);
		buckets[dns_question_hash(&q, 1) % 256]++;
	}
	for (unsigned i = 0; i < 256; i++)
		worst = buckets[i] > worst ? buckets[i] : worst;
	tap_ok(worst < 48, "4096 names in 256 buckets: the fullest holds %u", worst);
}

static void
test_can_be_asked(void)
{
	const struct { struct str in; bool can; const char *rule; } rows[] = {
		{ STR("example.org"), true, "a name" },
		{ STR("a+b=c d\377.\\.example.org"), true, "any octet" },
		{ STR(L63 ".org"), true, "1035 2.3.4: label of 63" },
		{ STR(L63 "x.org"), false, "1035 2.3.4: label of 64" },
		{ STR(NAME_253), true, "1035 2.3.4: 253 in all" },
		{ STR(NAME_253 "b"), false, "1035 2.3.4: 254 in all" },
		{ STR(""), false, "nothing" },
		{ STR("."), false, "an empty label" },
		{ STR(".org"), false, "an empty label first" },
		{ STR("a..org"), false, "an empty label inside" },
		{ STR("org."), false, "an empty label last" },
		{ STR("a\0b.org"), false, "a NUL" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_eq_int(dns_name_can_be_asked(tap_exact_str(rows[i].in)), rows[i].can,
		    "can be asked: %s",
		    rows[i].rule);
}

static void
test_copy(void)
{
	struct arena *a = arena_open(0), *small;
	char text[] = "v=spf1 -all";
	struct dns_record records[2] = { { .text = { text, sizeof text - 1 } },
	    { .preference = 10 } };
	struct dns_answer ans = { DNS_FOUND, 300, true, records, 2 }, copy = {0};

	tap_eq_res(dns_answer_copy(a, &ans, &copy), RES_OK, "a copy");
	memset(text, 'x', sizeof text - 1);
	memset(&records[1], 0, sizeof records[1]);
	tap_eq_int(copy.status, DNS_FOUND, "copy: status");
	tap_eq_int(copy.ttl_s, 300, "copy: TTL");
	tap_ok(copy.cached && copy.count == 2, "copy: cached and count");
	tap_eq_str(copy.records[0].text, STR("v=spf1 -all"), "copy: the text is its own");
	tap_eq_int(copy.records[1].preference, 10, "copy: the records are its own");

	ans = (struct dns_answer){ DNS_NXDOMAIN, 60, false, NULL, 0 };
	tap_eq_res(dns_answer_copy(a, &ans, &copy), RES_OK, "a copy without records");
	tap_eq_int(copy.status, DNS_NXDOMAIN, "copy without records: status");

	ans = (struct dns_answer){ DNS_FOUND, 60, false, records, 2 };
	for (size_t limit = 1; limit < 2 * sizeof *records + 32; limit += 16) {
		small = arena_open(limit);
		copy.status = DNS_TIMEOUT;
		tap_eq_res(dns_answer_copy(small, &ans, &copy), RES_NOMEM,
		    "no memory at %zu octets", limit);
		tap_eq_int(copy.status, DNS_TIMEOUT, "no memory: nothing is written");
		arena_close(small);
	}
	arena_close(a);
}

int
main(void)
{
	test_words();
	test_questions();
	test_hash_spreads();
	test_can_be_asked();
	test_copy();
	return tap_done();
}
