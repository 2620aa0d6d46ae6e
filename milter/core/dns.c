#include "core/dns.h"

#include <assert.h>

#include "core/domain.h"

static const char *const status_words[] = {
	[DNS_FOUND] = "found",
	[DNS_NODATA] = "nodata",
	[DNS_NXDOMAIN] = "nxdomain",
	[DNS_FAILED] = "servfail",
	[DNS_REFUSED] = "refused",
	[DNS_TIMEOUT] = "timeout",
	[DNS_CANCELLED] = "cancelled",
};
static_assert(sizeof status_words / sizeof *status_words == DNS_STATUS_COUNT, "a word each");

static const struct {
	enum dns_type type;
	const char *word;
} types[] = {
	{ DNS_A, "A" },
	{ DNS_NS, "NS" },
	{ DNS_CNAME, "CNAME" },
	{ DNS_SOA, "SOA" },
	{ DNS_PTR, "PTR" },
	{ DNS_MX, "MX" },
	{ DNS_TXT, "TXT" },
	{ DNS_AAAA, "AAAA" },
};

const char *
dns_status_word(enum dns_status status)
{
	return (unsigned)status < DNS_STATUS_COUNT ? status_words[status] : "?";
}

const char *
dns_type_word(enum dns_type type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type)
			return types[i].word;
	return "?";
}

enum res
dns_type_from_word(struct str word, enum dns_type *ret_type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_eq_nocase(word, str_from(types[i].word))) {
			*ret_type = types[i].type;
			return RES_OK;
		}
	return RES_SYNTAX;
}

bool
dns_is_temporary(enum dns_status status)
{
	return status != DNS_FOUND && status != DNS_NODATA && status != DNS_NXDOMAIN;
}

bool
dns_question_eq(const struct dns_question *a, const struct dns_question *b)
{
	return a->type == b->type && str_eq_nocase(a->name, b->name);
}

/* SipHash-1-3: fast, and made so that who does not know the key cannot choose what collides. */
struct sip {
	uint64_t v[4];
};

static uint64_t
rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void
sip_round(struct sip *s)
{
	s->v[0] += s->v[1];
	s->v[2] += s->v[3];
	s->v[1] = rotate(s->v[1], 13) ^ s->v[0];
	s->v[3] = rotate(s->v[3], 16) ^ s->v[2];
	s->v[0] = rotate(s->v[0], 32);
	s->v[2] += s->v[1];
	s->v[0] += s->v[3];
	s->v[1] = rotate(s->v[1], 17) ^ s->v[2];
	s->v[3] = rotate(s->v[3], 21) ^ s->v[0];
	s->v[2] = rotate(s->v[2], 32);
}

static void
sip_word(struct sip *s, uint64_t word)
{
	s->v[3] ^= word;
	sip_round(s);
	s->v[0] ^= word;
}

uint64_t
dns_question_hash(const struct dns_question *q, uint64_t seed)
{
	struct sip s = { { seed ^ 0x736f6d6570736575, ~seed ^ 0x646f72616e646f6d,
	    seed ^ 0x6c7967656e657261, ~seed ^ 0x7465646279746573 } }; /* the key is seed, ~seed */
	uint64_t word = 0;

	for (size_t i = 0; i < q->name.len; i++) {
		word = word << 8 | (unsigned char)ascii_lower(q->name.p[i]);
		if (i % 8 == 7)
			sip_word(&s, word);
	}
	sip_word(&s, word); /* the rest; what stands above it is already in the state */
	sip_word(&s, (uint64_t)q->name.len << 16 | (uint64_t)q->type);
	s.v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

bool
dns_name_can_be_asked(struct str name)
{
	struct str rest = name;

	if (name.len == 0 || name.len > DOMAIN_MAX || name.p[name.len - 1] == '.' ||
	    str_has(name, '\0'))
		return false;
	while (rest.len > 0) {
		struct str label = str_cut(&rest, '.');

		if (label.len == 0 || label.len > DOMAIN_LABEL_MAX)
			return false;
	}
	return true;
}

enum res
dns_answer_copy(struct arena *a, const struct dns_answer *ans, struct dns_answer *ret_copy)
{
	struct dns_record *records;

	if ((records = arena_array(a, ans->count, sizeof *records)) == NULL)
		return RES_NOMEM;
	for (size_t i = 0; i < ans->count; i++) {
		records[i] = ans->records[i];
		if ((records[i].text = arena_str(a, ans->records[i].text)).p == NULL)
			return RES_NOMEM;
	}
	*ret_copy = *ans;
	ret_copy->records = records;
	return RES_OK;
}
