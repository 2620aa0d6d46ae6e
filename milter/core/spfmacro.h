/* spfmacro.h - SPF macros: syntax and expansion (RFC 7208 section 7, RFC 8616 4).  Pure. */
#ifndef SF_CORE_SPFMACRO_H
#define SF_CORE_SPFMACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/result.h"
#include "base/str.h"
#include "core/ipaddr.h"

enum {
	/* Octets of a text to expand, and of what a letter stands for (no SMTP command is longer,
	 * RFC 5321 4.5.3.1.4): together they bound the work that a stranger's record asks for. */
	SPFMACRO_MAX_TEXT = 512,
	SPFMACRO_MAX_VALUE = 512,
};

/* What the evaluation of one message's SPF starts from (RFC 7208 4.1). */
struct spf_facts {
	struct ipaddr client;
	struct str local;         /* of the sender, "postmaster" when there is none (4.3) */
	struct str sender_domain; /* A-labels: MAIL FROM, or HELO (null sender); %{o} */
	struct str helo;          /* as the client gave it; %{h} */
	struct str receiver;      /* %{r}, exp only: this host's name, or "unknown" */
	int64_t now_s;            /* %{t}, exp only */
};

struct spf_macro {
	const struct spf_facts *facts;
	struct str domain;    /* of the record; %{d} */
	struct str validated; /* %{p}: the client's validated name; "unknown" when empty */
	bool explanation;     /* blanks, %{c}, %{r} and %{t} are allowed */
};

/* Octets at the beginning of text that are a macro-string (12; with explanation an explain-string).
 * All of them: text is one. */
size_t spfmacro_valid(struct str text, bool explanation);

/* Whether text is a domain-spec, given that it is a macro-string: it ends in a macro, or in a dot
 * and a top label. */
bool spfmacro_ends_domain(struct str text);

/* Whether a macro with this letter (lower case) is in text. */
bool spfmacro_uses(struct str text, char letter);

/* Append the expansion of text.  RES_SYNTAX; RES_NONE: a local part that is not ASCII was to be
 * used (RFC 8616 4: such a term does not match); RES_LIMIT: out is full, or text or a value is
 * longer than above. */
enum res spfmacro_expand(const struct spf_macro *m, struct str text, struct buf *out);

/* The name that a domain-spec means: expanded, without final dot, cut from the left by labels to
 * 253 octets (7.3); it need not be a name that can be asked.  In the arena.  As above, and
 * RES_NOMEM. */
enum res spfmacro_domain(const struct spf_macro *m, struct str spec, struct arena *a,
    struct str *ret_name);

#endif
