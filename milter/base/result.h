/* result.h - what every function that can fail returns.  The return value is the error, always;
 * outputs are named ret_*, come last, and are written on RES_OK only. */
#ifndef SF_BASE_RESULT_H
#define SF_BASE_RESULT_H

enum res {
	RES_OK,
	RES_NONE,   /* an answer: there is no such thing (no record, no domain) */
	RES_TEMP,   /* not now; later it may work (DNS, a full queue) */
	RES_PERM,   /* the other side's fault; asking again does not help */
	RES_SYNTAX, /* text that breaks its grammar */
	RES_LIMIT,  /* more than a limit of ours, or of the standard, allows */
	RES_NOMEM,  /* our own fault: no memory */
	RES_COUNT
};

/* The lower-case word of r, for logs and tests: "ok", "none", ... */
const char *res_name(enum res r);

#endif
