/* logline.h - the facts of one log line as key and value, in their order (manual
 * softfail-milter(8), "Log").  One list, two renderers: text here, JSON in check/log_json.h. */
#ifndef SF_CORE_LOGLINE_H
#define SF_CORE_LOGLINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"
#include "core/evidence.h"
#include "core/ipaddr.h"
#include "core/policy.h"
#include "core/score.h"
#include "core/tally.h"

enum logline_event { LOGLINE_MESSAGE, LOGLINE_STATS };

enum logfield_kind {
	LOGFIELD_WORD, /* ours or a stranger's; empty prints "-" (JSON null) */
	LOGFIELD_NUMBER,
	LOGFIELD_TENTHS, /* printed with one decimal */
	LOGFIELD_WORDS,  /* our own; "a,b" or "-" in text, an array in JSON */
};

enum {
	LOGLINE_MAX_FIELDS = 32,
	LOGLINE_MAX_WORDS = 8,
	LOGLINE_VALUE_MAX = 200, /* octets of a value as printed */
	LOGLINE_MAX = 4096,      /* all fields at their longest, and more */
};

struct logfield {
	const char *key;
	enum logfield_kind kind;
	struct str word;
	uint64_t number;
	struct str words[LOGLINE_MAX_WORDS];
	size_t word_count;
};

struct logline {
	enum logline_event event;
	struct str queue_id;                        /* message only; empty: NOQUEUE */
	struct logfield fields[LOGLINE_MAX_FIELDS]; /* views: not of its own text */
	size_t count;
	char client[IPADDR_TEXT_MAX + 1]; /* text of the client's address, for its field */
};

/* Who sent it: what a line ends with. */
struct logline_client {
	struct ipaddr addr;   /* IP_NONE: "-" */
	struct str helo;      /* as given; NULL: none */
	struct str mail_from; /* without brackets; empty: null sender; NULL: none */
};

/* A message that was evaluated, or skipped (ev->skipped).  score, decision may be NULL for a
 * skipped one; action=reject is added to a skipped one that was refused.  The line must not be
 * copied: a field shows the address in it. */
void logline_message(struct logline *line, struct str queue_id, const struct evidence *ev,
    const struct score *score, const struct decision *decision,
    const struct logline_client *client);

/* One domain's counts of the last secs seconds. */
void logline_stats(struct logline *line, unsigned secs, const struct tally_row *row);

/* "4XyZ12abc: spf=softfail ..." or "stats secs=3600 ...".  RES_LIMIT: out is smaller than
 * LOGLINE_MAX. */
enum res logline_text(struct buf *out, const struct logline *line);

/* A stranger's text as a value: every octet outside '!' to '~', and '\', as \xHH, in all at most
 * LOGLINE_VALUE_MAX octets as printed. */
void logline_value(struct buf *out, struct str value);

#endif
