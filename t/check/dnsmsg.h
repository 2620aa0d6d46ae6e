/* dnsmsg.h - DNS messages for tests, right or wrong ones, from a line of text for each record. */
#ifndef SF_T_CHECK_DNSMSG_H
#define SF_T_CHECK_DNSMSG_H

#include <stddef.h>
#include <stdint.h>

enum { DNSMSG_MAX = 65535 };

enum { DNSMSG_ANSWER, DNSMSG_AUTHORITY, DNSMSG_ADDITIONAL };

struct dnsmsg {
	size_t len;
	uint8_t octets[DNSMSG_MAX];
};

/* A header with this id and flags, and the question.  name NULL: no question section. */
void dnsmsg_begin(struct dnsmsg *m, unsigned id, unsigned flags, const char *name, unsigned type);

/* The same with the question of a query: n octets behind its header. */
void dnsmsg_reply(struct dnsmsg *m, const uint8_t *query, size_t n, unsigned flags);

/* Lines "OWNER TYPE[/CLASS] TTL DATA" added to the section and counted.
 *	OWNER	a name; "@" is a pointer to the question's, "." the root; hex:..
 *	TYPE	a word or a number
 *	DATA	A, AAAA: an address; MX: number and name; TXT: strings with '|' between
 *		them; SOA: two names and the minimum; else a name; any type: hex:.. */
void dnsmsg_add(struct dnsmsg *m, int section, const char *lines);

/* Raw octets at the end, not counted anywhere. */
void dnsmsg_put(struct dnsmsg *m, const void *p, size_t n);

#endif
