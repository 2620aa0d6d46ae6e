#include "daemon/mlfi.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "session/session.h"
#include "daemon/listen.h"

/*
 * What is asked of the MTA.  MAIL is answered, for only an answered step makes Postfix hand over
 * what it has collected, and so DNS questions start half a dialogue before DATA; DATA is answered
 * because the queue id comes with it.  All else goes without reply where the MTA can do that: a
 * message then costs a third of the time.  Values come with their leading blanks (LEADSPC), as they
 * were signed; what we write brings its own.
 */
enum {
	STEPS_NO_REPLY =
	    SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY,
	STEPS = STEPS_NO_REPLY | SMFIP_NORCPT | SMFIP_NOUNKNOWN | SMFIP_HDR_LEADSPC,
	ACTIONS = SMFIF_ADDHDRS | SMFIF_CHGHDRS,
};

/* libmilter's private pointer of one connection. */
struct connection {
	struct snapshot *snapshot;
	struct session *session; /* NULL: no memory for it */
	unsigned long steps;     /* granted by the MTA */
	bool counted;            /* a message of it is counted as in progress */
};

/* Set once, before the first callback, and then only read: libmilter's callbacks carry no pointer
 * of ours. */
static struct runtime *runtime;

static struct connection *
connection_open(SMFICTX *ctx, unsigned long steps)
{
	struct connection *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->snapshot = runtime_hold(runtime);
	c->steps = steps;
	if (smfi_setpriv(ctx, c) != MI_SUCCESS) {
		snapshot_drop(c->snapshot);
		free(c);
		return NULL;
	}
	return c;
}

/* The connection's session; made here when no connect callback came (no address is known then). */
static struct session *
connection_session(SMFICTX *ctx, const struct ipaddr *client)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c == NULL && (c = connection_open(ctx, 0)) == NULL)
		return NULL;
	if (c->session == NULL)
		c->session = session_open(snapshot_services(c->snapshot), client);
	return c->session;
}

static void
message_done(struct connection *c)
{
	if (c->counted)
		runtime_message_ends(runtime);
	c->counted = false;
}

/* The answer to a step that is not asked a reply for, when the MTA granted that. */
static sfsistat
carry_on(SMFICTX *ctx, unsigned long no_reply_step)
{
	const struct connection *c = smfi_getpriv(ctx);

	return c != NULL && (c->steps & no_reply_step) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static void
set_reply(SMFICTX *ctx, enum reply_id id)
{
	const struct reply *r = reply_get(id);
	char code[4] = { (char)('0' + r->code / 100), (char)('0' + r->code / 10 % 10),
		(char)('0' + r->code % 10), 0 };
	char enhanced[16], text[512];
	struct buf e = buf_on(enhanced, sizeof enhanced), t = buf_on(text, sizeof text);

	buf_puts(&e, r->enhanced);
	buf_puts(&t, r->text);
	if (r->code != 0 && e.err == RES_OK && t.err == RES_OK)
		smfi_setreply(ctx, code, enhanced, text);
}

static sfsistat
mlfi_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2,
    unsigned long f3, unsigned long *ret_actions, unsigned long *ret_steps, unsigned long *ret_f2,
    unsigned long *ret_f3)
{
	char at_mail[] = "j i {auth_authen}", at_end[] = "j i";
	struct connection *c;
	unsigned long want = STEPS;

	(void)f2;
	(void)f3;
	if ((actions & ACTIONS) != ACTIONS) {
		runtime_log(runtime, LOG_LEVEL_WARNING,
		    "an MTA that lets no milter change header fields was refused");
		return SMFIS_REJECT; /* of the negotiation: it does what it does without one */
	}
	if ((c = connection_open(ctx, steps & want)) == NULL)
		return SMFIS_REJECT;
	if (snapshot_services(c->snapshot)->dkim == NULL)
		want |= SMFIP_NOBODY;
	if ((actions & SMFIF_SETSYMLIST) != 0) {
		smfi_setsymlist(ctx, SMFIM_ENVFROM, at_mail);
		smfi_setsymlist(ctx, SMFIM_EOM, at_end);
	}
	*ret_actions = ACTIONS | (actions & SMFIF_SETSYMLIST);
	*ret_steps = steps & want;
	*ret_f2 = 0;
	*ret_f3 = 0;
	return SMFIS_CONTINUE;
}

static struct ipaddr
address_of(const struct sockaddr *sa)
{
	const void *p = sa;

	if (sa != NULL && sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = p;

		return ipaddr_v4((const uint8_t *)&in->sin_addr);
	}
	if (sa != NULL && sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = p;

		return ipaddr_v6(in6->sin6_addr.s6_addr);
	}
	return (struct ipaddr){ .family = IP_NONE };
}

static sfsistat
mlfi_connect(SMFICTX *ctx, char *host, struct sockaddr *sa)
{
	struct ipaddr client = address_of(sa);

	(void)host;
	connection_session(ctx, &client);
	return carry_on(ctx, SMFIP_NR_CONN);
}

static sfsistat
mlfi_helo(SMFICTX *ctx, char *name)
{
	struct ipaddr unknown = { .family = IP_NONE };
	struct session *s = connection_session(ctx, &unknown);

	if (s != NULL)
		session_helo(s, str_from(name));
	return carry_on(ctx, SMFIP_NR_HELO);
}

/* No session, no memory: forged fields could not be removed, so the mail has to come again. */
static sfsistat
without_session(void)
{
	return SMFIS_TEMPFAIL;
}

static struct str
macro(SMFICTX *ctx, const char *name)
{
	char writable[32];
	struct buf b = buf_on(writable, sizeof writable);

	buf_puts(&b, name); /* libmilter's prototype wants it writable */
	return str_from(smfi_getsymval(ctx, writable));
}

static sfsistat
begin_message(SMFICTX *ctx, struct connection *c, struct str mail_from, enum skipped skip)
{
	enum res r;

	if (!runtime_message_begins(runtime)) {
		set_reply(ctx, REPLY_SHUTTING_DOWN);
		return SMFIS_TEMPFAIL;
	}
	c->counted = true;
	r = session_mail(c->session, mail_from, skip);
	if (r == RES_OK) {
		session_queue_id(c->session, macro(ctx, "i"));
		return SMFIS_CONTINUE;
	}
	message_done(c);
	return r == RES_NONE ? SMFIS_ACCEPT : without_session();
}

static sfsistat
mlfi_mail(SMFICTX *ctx, char **args)
{
	struct ipaddr unknown = { .family = IP_NONE };
	struct session *s = connection_session(ctx, &unknown);
	struct connection *c = smfi_getpriv(ctx);

	if (s == NULL)
		return without_session();
	message_done(c); /* after an own reject no abort comes, only the next MAIL */
	return begin_message(ctx, c, str_from(args[0]),
	    session_skips(s, macro(ctx, "{auth_authen}").len > 0));
}

static sfsistat
mlfi_data(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c != NULL && c->session != NULL)
		session_queue_id(c->session, macro(ctx, "i"));
	return SMFIS_CONTINUE;
}

static sfsistat
mlfi_header(SMFICTX *ctx, char *name, char *value)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c != NULL && c->session != NULL)
		session_header(c->session, str_from(name), str_from(value),
		    (c->steps & SMFIP_HDR_LEADSPC) == 0);
	return carry_on(ctx, SMFIP_NR_HDR);
}

static sfsistat
mlfi_eoh(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c != NULL && c->session != NULL)
		session_eoh(c->session);
	return carry_on(ctx, SMFIP_NR_EOH);
}

static sfsistat
mlfi_body(SMFICTX *ctx, unsigned char *chunk, size_t len)
{
	struct connection *c = smfi_getpriv(ctx);
	const void *p = chunk;

	if (c != NULL && c->session != NULL)
		session_body(c->session, (struct str){ p, len });
	return carry_on(ctx, SMFIP_NR_BODY);
}

/* libmilter wants writable text; ours comes from an arena with a NUL behind it, so this only takes
 * const away. */
static char *
writable(struct str s)
{
	union {
		const char *read;
		char *write;
	} p = { .read = s.p };

	return p.write;
}

/* Adds one field on top.  With LEADSPC the value brings its own blank. */
static enum res
insert(SMFICTX *ctx, const struct edit_add *add, bool with_blank)
{
	char *value = malloc(add->value.len + 2);
	struct buf b;
	int rc;

	if (value == NULL)
		return RES_NOMEM;
	b = buf_on(value, add->value.len + 2);
	buf_puts(&b, with_blank ? " " : "");
	buf_put(&b, add->value);
	rc = b.err == RES_OK ? smfi_insheader(ctx, 0, writable(add->name), value) : MI_FAILURE;
	free(value);
	return rc == MI_SUCCESS ? RES_OK : RES_TEMP;
}

/* The order is edits.h's: deletions as listed, then our own fields from the last to the first. */
static enum res
apply(SMFICTX *ctx, const struct edits *e, bool with_blank)
{
	for (size_t i = 0; i < e->remove_count; i++)
		if (smfi_chgheader(ctx, writable(e->remove[i].name), (int)e->remove[i].index,
			NULL) != MI_SUCCESS)
			return RES_TEMP;
	for (size_t i = e->add_count; i > 0; i--)
		if (insert(ctx, &e->add[i - 1], with_blank) != RES_OK)
			return RES_TEMP;
	return RES_OK;
}

static sfsistat
answer(SMFICTX *ctx, const struct decision *d)
{
	set_reply(ctx, d->reply);
	switch (d->action) {
	case ACTION_REJECT:
		return SMFIS_REJECT;
	case ACTION_TEMPFAIL:
		return SMFIS_TEMPFAIL;
	default:
		return SMFIS_CONTINUE;
	}
}

static sfsistat
mlfi_eom(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);
	sfsistat verdict = SMFIS_TEMPFAIL;
	bool applied = false;

	if (c == NULL || c->session == NULL)
		return without_session();
	session_queue_id(c->session, macro(ctx, "i")); /* an old MTA has no DATA step */
	if (session_eom(c->session, macro(ctx, "j")) == RES_OK) {
		const struct message *m = session_message(c->session);

		applied = apply(ctx, &m->edits, (c->steps & SMFIP_HDR_LEADSPC) != 0) == RES_OK;
		if (applied)
			verdict = answer(ctx, &m->decision);
	}
	session_end_message(c->session, applied);
	message_done(c);
	return verdict;
}

static sfsistat
mlfi_abort(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c == NULL)
		return SMFIS_CONTINUE;
	if (c->session != NULL)
		session_abort(c->session);
	message_done(c);
	return SMFIS_CONTINUE;
}

static sfsistat
mlfi_close(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c == NULL)
		return SMFIS_CONTINUE;
	smfi_setpriv(ctx, NULL);
	session_close(c->session);
	message_done(c);
	snapshot_drop(c->snapshot);
	free(c);
	return SMFIS_CONTINUE;
}

enum res
mlfi_open(const char *socket, int *ret_listener)
{
	static char name[] = "softfail-milter";
	struct smfiDesc desc = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = ACTIONS | SMFIF_SETSYMLIST,
		.xxfi_connect = mlfi_connect,
		.xxfi_helo = mlfi_helo,
		.xxfi_envfrom = mlfi_mail,
		.xxfi_header = mlfi_header,
		.xxfi_eoh = mlfi_eoh,
		.xxfi_body = mlfi_body,
		.xxfi_eom = mlfi_eom,
		.xxfi_abort = mlfi_abort,
		.xxfi_close = mlfi_close,
		.xxfi_data = mlfi_data,
		.xxfi_negotiate = mlfi_negotiate,
	};
	struct str path = str_from(socket);

	if (smfi_register(desc) != MI_SUCCESS || smfi_setconn(writable(path)) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS)
		return RES_TEMP;
	*ret_listener = listen_find();
	return RES_OK;
}

/*
 * libmilter's sigwait.  One of its threads waits for SIGHUP, SIGTERM and SIGINT, and then ends the
 * service at once.  The kernel gives a signal to a thread that does not block it before one in
 * sigwait, so daemon.c's handlers get them; but not while that thread has another signal pending: a
 * second one, close behind, would go to libmilter.  A shared library's call finds the program's
 * function before libc's, so libmilter waits here, for nothing.
 */
int
sigwait(const sigset_t *restrict set, int *restrict ret_signal)
{
	sigset_t all;

	(void)set;
	(void)ret_signal;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pause();
}

void
mlfi_serve(struct runtime *rt)
{
	runtime = rt;
	smfi_main();
}

void
mlfi_stop(void)
{
	smfi_stop();
}

void
mlfi_version(unsigned *ret_major, unsigned *ret_minor, unsigned *ret_patch)
{
	*ret_major = *ret_minor = *ret_patch = 0;
	smfi_version(ret_major, ret_minor, ret_patch);
}
