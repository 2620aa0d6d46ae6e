#include "daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The path of a unix socket, NULL for inet and inet6.  conf.h promises the form. */
static const char *
unix_path(const char *socket_spec)
{
	struct str s = str_from(socket_spec);

	if (str_starts_nocase(s, STR("unix:")))
		return s.p + sizeof "unix:" - 1;
	if (str_starts_nocase(s, STR("local:")))
		return s.p + sizeof "local:" - 1;
	return s.len > 0 && s.p[0] == '/' ? s.p : NULL;
}

static enum res
refuse(const struct conf *c, struct buf *why, const char *what, const char *detail)
{
	buf_puts(why, "socket: \"");
	buf_put(why, c->socket);
	buf_puts(why, "\": ");
	buf_puts(why, what);
	buf_puts(why, detail);
	return RES_PERM;
}

static enum res
check_unix(const struct conf *c, const char *path, struct buf *why)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, rc;

	if (strlen(path) >= sizeof sun.sun_path)
		return refuse(c, why, "the path is too long for a unix socket; choose a shorter one", "");
	strcpy(sun.sun_path, path);
	if (lstat(path, &st) != 0)
		return RES_OK;		/* nothing there; a missing folder shows when it is opened */
	if (!S_ISSOCK(st.st_mode))
		return refuse(c, why, "something that is no socket is there; move it away, or choose another path", "");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = fd >= 0 ? connect(fd, (const struct sockaddr *)&sun, sizeof sun) : -1;
	if (fd >= 0)
		close(fd);
	if (rc == 0)
		return refuse(c, why, "another process serves it (a second softfail-milter?); stop that one, or choose "
		    "another path", "");
	return RES_OK;			/* stale: libmilter replaces it */
}

static enum res
try_bind(const struct conf *c, const struct addrinfo *ai, struct buf *why)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, error = 0;

	if (fd < 0)
		return refuse(c, why, "no socket of this kind: ", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, 1) != 0)
		error = errno;
	close(fd);
	if (error == 0)
		return RES_OK;
	return refuse(c, why, error == EADDRINUSE ? "another process listens there (a second softfail-milter?); stop "
	    "that one, or choose another port: " : "cannot listen there; choose an address of this host: ",
	    strerror(error));
}

/* inet:PORT@HOST, inet6:PORT@HOST; without a host, any address. */
static enum res
check_inet(const struct conf *c, struct buf *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *list;
	struct str rest = c->socket, kind = str_cut(&rest, ':'), port = str_cut(&rest, '@');
	char port_text[16];
	struct buf p = buf_on(port_text, sizeof port_text);
	enum res r;
	int rc;

	hints.ai_family = str_eq_nocase(kind, STR("inet6")) ? AF_INET6 : AF_INET;
	buf_put(&p, port);
	rc = getaddrinfo(rest.len > 0 ? rest.p : NULL, port_text, &hints, &list);
	if (rc != 0)
		return refuse(c, why, "no such host; write an address: ", gai_strerror(rc));
	r = try_bind(c, list, why);
	freeaddrinfo(list);
	return r;
}

enum res
listen_check(const struct conf *c, struct buf *why)
{
	const char *path = unix_path(c->socket.p);

	return path != NULL ? check_unix(c, path, why) : check_inet(c, why);
}

enum res
listen_set_owner(const struct conf *c, uid_t uid, gid_t gid, struct buf *why)
{
	const char *path = unix_path(c->socket.p);
	const struct group *gr;

	if (path == NULL)
		return RES_OK;
	if (c->socket_group.len > 0) {
		gr = getgrnam(c->socket_group.p);
		if (gr == NULL)
			return refuse(c, why, "no such group; create it, or change socket_group: ", c->socket_group.p);
		gid = gr->gr_gid;
	}
	if (chown(path, uid, gid) != 0)
		return refuse(c, why, "cannot give it to its user and group; start as root, or leave socket_group out: ",
		    strerror(errno));
	if (chmod(path, (mode_t)c->socket_mode) != 0)
		return refuse(c, why, "cannot set socket_mode: ", strerror(errno));
	return RES_OK;
}

/*
 * How the door is closed.  libmilter has no word for "no new connections", and when its listening
 * socket is shut it aborts every session.  So its descriptor is made to mean another listening
 * socket, without a name that an MTA could know.  libmilter's poll still waits on the old one, which
 * therefore stays open: a connection of our own wakes it, and it finds nothing to accept. */
static int
nameless_listener(void)
{
	struct sockaddr_un unnamed = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	/* Bound without a path: Linux chooses an abstract name (unix(7), "Autobind"). */
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&unnamed, sizeof unnamed.sun_family) == 0 &&
	    listen(fd, 1) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

void
listen_wake(int listener)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof addr;
	int fd;

	if (getsockname(listener, (struct sockaddr *)&addr, &len) != 0)
		return;
	fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!connect(fd, (const struct sockaddr *)&addr, len);
	close(fd);
}

int
listen_close_door(const char *socket_spec, int listener)
{
	const char *path = unix_path(socket_spec);
	int old = fcntl(listener, F_DUPFD_CLOEXEC, 0), fd = nameless_listener();

	if (old >= 0 && fd >= 0 && dup3(fd, listener, O_CLOEXEC) == listener)
		listen_wake(old);
	if (path != NULL)
		unlink(path);
	if (old >= 0)
		close(old);
	return fd;
}
