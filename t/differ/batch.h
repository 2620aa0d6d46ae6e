/* batch.h - one reader of ours behind standard input and output, for comparison with independent
 * programs.
 * A case is a line of fields, divided by tabs, each in hexadecimal digits ("-": not there); its
 * answer is a line of the same form. */
#ifndef SF_T_DIFFER_BATCH_H
#define SF_T_DIFFER_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum { BATCH_MAX_FIELDS = 16 };

struct batch_case {
	struct arena *arena;		/* of this case */
	struct str field[BATCH_MAX_FIELDS];	/* exact copies on the heap; .p == NULL: "-" */
	size_t count;
};

/* Append a field to the answer; of the view .p == NULL is "-". */
void batch_say(struct str text);
void batch_word(const char *word);	/* NULL: "-" */
void batch_number(uint64_t n);

void batch_spf(struct batch_case *c);		/* zone, client, HELO, MAIL FROM */
void batch_authres(struct batch_case *c);	/* the field's value */
void batch_from(struct batch_case *c);		/* values of the From fields */
void batch_dkim(struct batch_case *c);		/* zone, header, body; CRLF line ends */
void batch_dmarc(struct batch_case *c);		/* zone, author, SPF domain, DKIM domain */

#endif
