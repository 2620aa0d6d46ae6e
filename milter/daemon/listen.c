#include "daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
refuse_key(struct buf *why, const char *key, struct str value, const char *what, const char *detail)
{
	buf_puts(why, key);
	buf_puts(why, ": \"");
	buf_put(why, value);
	buf_puts(why, "\": ");
	buf_puts(why, what);
	buf_puts(why, detail);
	return RES_PERM;
}

static enum res
refuse(const struct conf *c, struct buf *why, const char *what, const char *detail)
{
	return refuse_key(why, "socket", c->socket, what, detail);
}

static enum res
check_unix(const struct conf *c, const char *path, struct buf *why)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, rc;

	if (strlen(path) >= sizeof sun.sun_path)
		return refuse(c, why,
		    "the path is too long for a unix socket; choose a shorter one", "");
	strcpy(sun.sun_path, path);
	if (lstat(path, &st) != 0)
		return RES_OK; /* nothing there; a missing folder shows when it is opened */
	if (!S_ISSOCK(st.st_mode))
		return refuse(c, why,
		    "something that is no socket is there; move it away, or choose another path",
		    "");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = fd >= 0 ? connect(fd, (const struct sockaddr *)&sun, sizeof sun) : -1;
	if (fd >= 0)
		close(fd);
	if (rc == 0)
		return refuse(c, why,
		    "another process serves it (a second softfail-milter?); stop that one, or "
		    "choose another path",
		    "");
	return RES_OK; /* stale: libmilter replaces it */
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
	return refuse(c, why,
	    error == EADDRINUSE ? "another process listens there (a second softfail-milter?); stop "
				  "that one, or choose another port: " :
				  "cannot listen there; choose an address of this host: ",
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
			return refuse_key(why, "socket_group", c->socket_group,
			    "create it, or change the key: ", "no such group");
		gid = gr->gr_gid;
	}
	if (chown(path, uid, gid) != 0)
		return refuse(c, why,
		    "cannot give it to its user and group; start as root, or leave socket_group "
		    "out: ",
		    strerror(errno));
	if (chmod(path, (mode_t)c->socket_mode) != 0)
		return refuse(c, why, "cannot set socket_mode: ", strerror(errno));
	return RES_OK;
}

int
listen_find(void)
{
	int one = 1;

	for (int fd = 0; fd < 256; fd++) {
		int listens = 0;
		socklen_t len = sizeof listens;

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 || !listens)
			continue;
		/* Of a unix socket it is refused, and not needed. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		return fd;
	}
	return -1;
}

/*
 * How the door is closed.  libmilter has no word for "no new connections", and when its listening
 * socket is shut it aborts every session.  So its descriptor is made to mean a pipe that nothing
 * comes out of, and the socket, which is ours alone now, is shut.  To end libmilter the pipe is
 * hung up: its thread need not wait for its poll(2) to time out, nor smfi_stop() for that thread
 * (5 s).  A poll looks its descriptors up again whenever it is woken, but is woken only by what
 * they meant when it was called: hence the second shutdown.
 */
void
listen_close_door(const char *socket_spec, int listener, struct listen_door *door)
{
	const char *path = unix_path(socket_spec);
	int fds[2];

	*door = (struct listen_door){ fcntl(listener, F_DUPFD_CLOEXEC, 0), -1 };
	if (door->socket >= 0 && pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0) {
		door->pipe = fds[1];
		if (dup3(fds[0], listener, O_CLOEXEC) == listener)
			shutdown(door->socket, SHUT_RDWR);
		else {
			close(fds[1]);
			door->pipe = -1;
		}
		close(fds[0]);
	}
	if (path != NULL)
		unlink(path);
}

bool
listen_hang_up(const struct listen_door *door)
{
	if (door->pipe >= 0) {
		close(door->pipe);
		shutdown(door->socket, SHUT_RDWR);
	}
	if (door->socket >= 0)
		close(door->socket);
	return door->pipe >= 0;
}
