#include "core/dkimbody.h"

enum { SIMPLE, RELAXED, CANONS };

/* CRLF: an empty line counts only when another one follows that is not. */
static void
end_line(struct dkimbody *b)
{
	for (int i = 0; i < CANONS; i++) {
		if (b->line[i] == 0) {
			b->empty_lines[i]++;
			continue;
		}
		b->canonical[i] += 2 * b->empty_lines[i] + b->line[i] + 2;
		b->empty_lines[i] = 0;
		b->line[i] = 0;
	}
	b->word = 0;
	b->blanks = false;
}

/* Relaxed: blanks within a line are one, those at its end none. */
static void
octet(struct dkimbody *b, char c)
{
	b->line[SIMPLE]++;
	if (c == ' ' || c == '\t') {
		b->blanks = true;
		b->word = 0;
		return;
	}
	if (++b->word > DKIMBODY_MAX_WORD)
		b->endless = true;
	b->line[RELAXED] += b->blanks ? 2 : 1;
	b->blanks = false;
}

static void
feed_one(struct dkimbody *b, char c)
{
	if (b->last == '\r' && c == '\n') {
		end_line(b);
	} else {
		if (b->last == '\r') {
			b->bare_cr = true;
			octet(b, '\r');
		}
		if (c == '\n')
			b->bare_lf = true;
		if (c != '\r')
			octet(b, c);
	}
	b->last = c;
}

void
dkimbody_feed(struct dkimbody *b, struct str chunk)
{
	for (size_t i = 0; i < chunk.len; i++)
		feed_one(b, chunk.p[i]);
}

struct str
dkimbody_missing_end(const struct dkimbody *b)
{
	bool begun = b->line[SIMPLE] > 0 || b->last == '\r';

	if (!begun)
		return (struct str){ 0 };
	return b->last == '\r' ? STR("\n") : STR("\r\n");
}
