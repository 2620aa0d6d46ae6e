/* listen.h - the daemon's socket before, while and after libmilter has it: clear errors,
 * permissions, closing the door. */
#ifndef SF_DAEMON_LISTEN_H
#define SF_DAEMON_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/result.h"
#include "check/conf.h"

/* Whether the socket of the configuration can be opened: a unix socket in use, a path that is no
 * socket, a folder that is not there, an address in use or not ours.  RES_PERM: why says what is
 * wrong and the cure. */
enum res listen_check(const struct conf *c, struct buf *why);

/* Mode and owner of a unix socket; uid (uid_t)-1: unchanged.  RES_PERM with why. */
enum res listen_set_owner(const struct conf *c, uid_t uid, gid_t gid, struct buf *why);

struct listen_door {
	int socket; /* the listening socket, shut; -1 */
	int pipe;   /* what hangs up libmilter's wait; -1 */
};

/* The listening descriptor: libmilter keeps it to itself, and it is the only one of the process.
 * Accepted sockets inherit TCP_NODELAY from it, without which each answer waits 40 ms.
 * -1: none. */
int listen_find(void);

/* No new connection from here on; libmilter and its open sessions go on.  Without descriptors the
 * door stays open, and who comes in is refused at MAIL. */
void listen_close_door(const char *socket, int listener, struct listen_door *door);

/* Ends libmilter's thread, and the sessions still open.  The end of door.  false: the door could
 * not be closed, so mlfi_stop() must end it; after true it must not, libmilter's locks are gone. */
bool listen_hang_up(const struct listen_door *door);

#endif
