/* reply.h - SMTP replies: code, enhanced code, text.  RFC 5321 4.2, RFC 3463, RFC 7372. */
#ifndef SF_CORE_REPLY_H
#define SF_CORE_REPLY_H

enum reply_id {
	REPLY_NONE,
	REPLY_SHUTTING_DOWN,   /* a MAIL after SIGTERM */
	REPLY_TOO_MANY_FORGED, /* more fields to remove than any honest message has */
	REPLY_COUNT
};

struct reply {
	unsigned code;        /* 0: no reply of ours */
	const char *enhanced; /* its first digit is that of code, or Postfix ends the session */
	const char *text;     /* printable ASCII, no '%', under 980 octets */
};

const struct reply *reply_get(enum reply_id id);

#endif
