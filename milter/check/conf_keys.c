#include "check/conf_keys.h"

#include "core/domain.h"
#include "core/tally.h"
#include "check/conf.h"

enum {
	NEAR_SLIPS = 3,          /* more of them make another word */
	NAME_MAX_OCTETS = 64,    /* of a name compared; bounds the table on the stack */
	MAX_ARRAY = 10000,       /* elements: a list that is walked for each message */
	MAX_PATH_OCTETS = 4095,  /* PATH_MAX of Linux, without the NUL */
	MAX_SOCKET_OCTETS = 112, /* "unix:" and sun_path of unix(7), without the NUL */
};

#define FIELD(name) offsetof(struct conf, name)

/* Type, form, min and max */
#define BOOL &conf_type_bool, NULL, 0, 1
#define WHOLE(min, max) &conf_type_whole, NULL, min, max
#define OCTAL(max) &conf_type_octal, NULL, 0, max
#define TENTHS(max) &conf_type_tenths, NULL, 0, max
#define TEXT(form, max) &conf_type_text, &conf_form_##form, 0, max
#define TEXTS(form) &conf_type_texts, &conf_form_##form, 0, MAX_ARRAY
#define NETS &conf_type_nets, NULL, 0, MAX_ARRAY
#define SERVERS(max) &conf_type_servers, NULL, 0, max
#define WORD(form) &conf_type_word, &conf_form_##form, 0, 0

/* No weight is more than the highest score: 10.0. */
#define WEIGHT(name, field, fallback, meaning)                                                   \
	{                                                                                        \
		"score.weights." name, FIELD(score.field), TENTHS(100), fallback, false, meaning \
	}
#define SPF_WEIGHTS(name, row, nodmarc, none, quarantine, reject, pass, what)                  \
	WEIGHT(name ".nodmarc", spf[row][COLUMN_NODMARC], nodmarc,                             \
	    what "; its domain has no DMARC record"),                                          \
	    WEIGHT(name ".none", spf[row][COLUMN_NONE], none, what "; its domain has p=none"), \
	    WEIGHT(name ".quarantine", spf[row][COLUMN_QUARANTINE], quarantine,                \
		what "; its domain has p=quarantine"),                                         \
	    WEIGHT(name ".reject", spf[row][COLUMN_REJECT], reject,                            \
		what "; its domain has p=reject"),                                             \
	    WEIGHT(name ".dmarc_pass", spf[row][COLUMN_DMARC_PASS], pass,                      \
		what "; but the message passes DMARC")

const struct conf_key conf_keys[] = {
	{ "socket", FIELD(socket), TEXT(socket, MAX_SOCKET_OCTETS),
	    "\"unix:/run/softfail-milter/milter.sock\"", true, "where the MTA reaches the milter" },
	{ "socket_mode", FIELD(socket_mode), OCTAL(0777), "\"0660\"", true,
	    "permissions of a unix socket" },
	{ "socket_group", FIELD(socket_group), TEXT(account, 32), "\"\"", true,
	    "group of a unix socket, for the MTA to be in; empty: the user's" },
	{ "user", FIELD(user), TEXT(account, 32), "\"\"", true,
	    "account to run as; empty: the one that starts it" },
	{ "pid_file", FIELD(pid_file), TEXT(path, MAX_PATH_OCTETS), "\"\"", true,
	    "file for the number of the process; empty: none" },
	{ "umask", FIELD(umask), OCTAL(0777), "\"0007\"", true,
	    "permissions that no file made here gets" },
	{ "chroot", FIELD(chroot), TEXT(path, MAX_PATH_OCTETS), "\"\"", true,
	    "folder to be locked into after the start; empty: none" },
	/* A service manager kills what takes longer than some minutes. */
	{ "shutdown_timeout_s", FIELD(shutdown_timeout_s), WHOLE(0, 600), "20", false,
	    "seconds that messages in progress get at the end" },
	{ "authserv_id", FIELD(authserv_id), TEXT(id, DOMAIN_MAX), "\"\"", false,
	    "name in our Authentication-Results; empty: the MTA's own name" },
	{ "own_authserv_ids", FIELD(own_authserv_ids), TEXTS(own_id), "[]", false,
	    "further ids of this site: outside mail that bears one loses that field" },
	{ "trusted_hosts", FIELD(trusted_hosts), NETS, "[ \"127.0.0.0/8\", \"::1\" ]", false,
	    "clients whose mail is accepted at MAIL: nothing is looked at or touched" },
	{ "skip_authenticated", FIELD(skip_authenticated), BOOL, "true", false,
	    "mail submitted with SASL is not evaluated; forged fields are removed all the same" },
	/* Honest mail stays under 200 fields and 64 kB; Postfix itself keeps 100 kB of header. */
	{ "max_headers", FIELD(max_headers), WHOLE(50, 100000), "1000", false,
	    "fields kept of a message; more are counted, and those that matter still noted" },
	{ "max_header_bytes", FIELD(max_header_bytes), WHOLE(16384, 16777216), "262144", false,
	    "octets of header kept of a message" },

	{ "dns.servers", FIELD(dns_servers), SERVERS(8), "[]", false,
	    "recursive servers, \"127.0.0.1:5353\" with a port; empty: those of resolv.conf" },
	{ "dns.timeout_ms", FIELD(dns_timeout_ms), WHOLE(100, 30000), "2000", false,
	    "milliseconds until the next server is tried" },
	{ "dns.attempts", FIELD(dns_attempts), WHOLE(1, 10), "3", false,
	    "tries of one question over all servers" },
	/* Postfix waits 300 s for the end of a message. */
	{ "dns.deadline_ms", FIELD(dns_deadline_ms), WHOLE(100, 240000), "20000", false,
	    "milliseconds that one message may wait for DNS" },
	{ "dns.cache_entries", FIELD(dns_cache_entries), WHOLE(0, 1000000), "10000", false,
	    "answers kept in memory; 0: none" },
	/* RFC 8767 4: no answer is worth keeping for more than days. */
	{ "dns.cache_max_ttl", FIELD(dns_cache_max_ttl), WHOLE(0, 604800), "86400", false,
	    "seconds that an answer is kept at most" },
	{ "dns.prefetch", FIELD(dns_prefetch), BOOL, "true", false,
	    "ask early and side by side; the verdict is the same without" },

	{ "spf.received_spf", FIELD(spf_received_spf), BOOL, "false", false,
	    "write Received-SPF too (RFC 7208 9.1)" },
	{ "spf.void_lookups", FIELD(spf_void_lookups), WHOLE(0, 10), "2", false,
	    "lookups without an answer before a record is a permerror (RFC 7208 4.6.4)" },

	{ "dkim.source", FIELD(dkim_source), WORD(source), "\"verify\"", false,
	    "verify signatures here, believe an upstream filter's results, or neither" },
	{ "dkim.trusted_authserv_ids", FIELD(dkim_trusted_authserv_ids), TEXTS(trusted_id), "[]",
	    false, "upstream: whose Authentication-Results are believed at the top of the header" },
	{ "dkim.max_signatures", FIELD(dkim_max_signatures), WHOLE(1, 50), "10", false,
	    "signatures of a message that are verified" },
	/* RFC 8301 3.2: never under 1024; all up to 4096 must do. */
	{ "dkim.minimum_key_bits", FIELD(dkim_minimum_key_bits), WHOLE(1024, 4096), "1024", false,
	    "a signature by a smaller RSA key does not pass" },
	{ "dkim.accept_partial_body", FIELD(dkim_accept_partial_body), BOOL, "false", false,
	    "a signature that leaves the end of the body out (l=) may pass; anyone can add to it" },

	/* Longer names would not leave a field's line to its value. */
	{ "score.prefix", FIELD(score_prefix), TEXT(prefix, 60), "\"X-SPF-DMARC\"", false,
	    "how the fields -Score, -Level and -Reason begin" },
	{ "score.maximum", FIELD(score.maximum), TENTHS(100), "10.0", false, "no score is higher" },
	SPF_WEIGHTS("open", ROW_OPEN, "1.5", "1.5", "1.9", "2.5", "0.0",
	    "SPF pass by a record open to nearly anyone"),
	SPF_WEIGHTS("softfail", ROW_SOFTFAIL, "0.7", "0.7", "1.5", "2.5", "0.0", "SPF softfail"),
	SPF_WEIGHTS("fail", ROW_FAIL, "1.0", "1.0", "1.9", "3.0", "0.3", "SPF fail"),
	SPF_WEIGHTS("permerror", ROW_PERMERROR, "0.3", "0.3", "0.5", "0.5", "0.0", "SPF permerror"),
	WEIGHT("dmarc.quarantine", dmarc[SCORE_DMARC_QUARANTINE], "1.9",
	    "DMARC fails under p=quarantine"),
	WEIGHT("dmarc.reject", dmarc[SCORE_DMARC_REJECT], "3.0", "DMARC fails under p=reject"),
	WEIGHT("dmarc.unproven_quarantine", dmarc[SCORE_UNPROVEN_QUARANTINE], "1.0",
	    "DMARC temperror under p=quarantine; SPF weighs nothing then"),
	WEIGHT("dmarc.unproven_reject", dmarc[SCORE_UNPROVEN_REJECT], "2.0",
	    "DMARC temperror under p=reject; SPF weighs nothing then"),
	WEIGHT("dmarc.broken", dmarc[SCORE_BROKEN], "3.0", "From says no author domain"),
	WEIGHT("dmarc.several", dmarc[SCORE_SEVERAL], "3.0",
	    "one From with several author domains"),
	WEIGHT("dmarc.repeated", dmarc[SCORE_REPEATED], "5.5",
	    "From fields that contradict each other"),

	{ "stats.interval", FIELD(stats_interval), WHOLE(1, 86400), "3600", false,
	    "seconds between the statistics in the log" },
	{ "stats.top", FIELD(stats_top), WHOLE(0, TALLY_MAX_DOMAINS), "20", false,
	    "author domains with a line of their own there" },

	{ "log.target", FIELD(log_target), WORD(target), "\"syslog\"", false,
	    "where the log goes" },
	{ "log.facility", FIELD(log_facility), WORD(facility), "\"mail\"", false,
	    "under which name, in syslog" },
	{ "log.format", FIELD(log_format), WORD(format), "\"text\"", false,
	    "key=value, or one JSON object a line" },
	{ "log.level", FIELD(log_level), WORD(level), "\"info\"", false,
	    "the least grave that is written" },
};
const size_t conf_key_count = sizeof conf_keys / sizeof *conf_keys;

const struct conf_key *
conf_key_find(struct str name)
{
	for (size_t i = 0; i < conf_key_count; i++)
		if (str_eq(name, str_from(conf_keys[i].name)))
			return &conf_keys[i];
	return NULL;
}

bool
conf_key_is_group(struct str name)
{
	for (size_t i = 0; i < conf_key_count; i++) {
		struct str key = str_from(conf_keys[i].name);

		if (key.len > name.len && key.p[name.len] == '.' &&
		    str_eq(str_first(key, name.len), name))
			return true;
	}
	return false;
}

static unsigned
min_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters put in, left out, changed, or swapped with their neighbour to get from a to b.  row[i][j]
 * is the number for the first i letters of a and the first j of b; three rows are enough. */
static unsigned
slips(struct str a, struct str b)
{
	unsigned row[3][NAME_MAX_OCTETS + 1];

	a = str_first(a, NAME_MAX_OCTETS);
	b = str_first(b, NAME_MAX_OCTETS);
	for (unsigned j = 0; j <= b.len; j++)
		row[0][j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned *now = row[i % 3];
		const unsigned *before = row[(i + 2) % 3], *before_that = row[(i + 1) % 3];

		now[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			bool same = a.p[i - 1] == b.p[j - 1];

			now[j] = min_of(min_of(before[j], now[j - 1]) + 1, before[j - 1] + !same);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				now[j] = min_of(now[j], before_that[j - 2] + 1);
		}
	}
	return row[a.len % 3][b.len];
}

static struct str
without_groups(struct str name)
{
	size_t dot = str_find_last(name, '.');

	return dot < name.len ? str_skip(name, dot + 1) : name;
}

/* From name to key: outer groups left out are one slip, other groups are two. */
static unsigned
slips_of_names(struct str name, struct str key)
{
	unsigned best = slips(without_groups(name), without_groups(key)) + 2;

	for (struct str inner = key; inner.len > 0; (void)str_cut(&inner, '.'))
		best = min_of(best, slips(name, inner) + (inner.len < key.len));
	return best;
}

struct str
conf_key_near(struct str name)
{
	struct str best = { 0 };
	unsigned best_slips = min_of(NEAR_SLIPS, (unsigned)without_groups(name).len / 2) + 1;

	for (size_t i = 0; i < conf_key_count; i++) {
		struct str key = str_from(conf_keys[i].name), rest = key;

		while (rest.len > 0) { /* its outermost group, ..., itself */
			struct str upto;
			unsigned n;

			(void)str_cut(&rest, '.');
			upto = str_first(key, key.len - rest.len - (rest.len > 0));
			if ((n = slips_of_names(name, upto)) < best_slips) {
				best_slips = n;
				best = upto;
			}
		}
	}
	return best;
}
