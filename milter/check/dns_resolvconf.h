/* dns_resolvconf.h - which servers to ask: as the operator writes them, and as resolv.conf(5) does.
 * Reads one file; a struct dns_resolvconf is used by one thread. */
#ifndef SF_CHECK_DNS_RESOLVCONF_H
#define SF_CHECK_DNS_RESOLVCONF_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/str.h"
#include "core/ipaddr.h"

enum {
	DNS_SERVER_PORT = 53,
	DNS_RESOLVCONF_MAX_SERVERS = 3, /* MAXNS of resolv.conf(5) */
};

struct dns_server {
	struct ipaddr addr;
	uint16_t port;
	uint32_t scope; /* index of the interface of a link-local address, else 0 */
};

/* ADDRESS, ADDRESS:PORT for IPv4, [ADDRESS]:PORT or [ADDRESS] for IPv6; an IPv6 address may have
 * a %ZONE, the name or number of an interface.  RES_SYNTAX: none of these, port 0, or no such
 * interface. */
enum res dns_server_parse(struct str text, struct dns_server *ret_server);

/* What a resolv.conf says, looked at again as it changes. */
struct dns_resolvconf {
	const char *path;
	struct dns_server servers[DNS_RESOLVCONF_MAX_SERVERS];
	size_t count; /* at least 1 */
	int64_t next_look_ms;
	struct stat seen; /* of the file that servers came from; st_ino 0: of none */
};

/* Nothing is read yet: the server is 127.0.0.1.  The path must outlive rc. */
void dns_resolvconf_init(struct dns_resolvconf *rc, const char *path);

/* Call it before servers are used.  At most once a second by now_ms (a clock that never jumps)
 * the file is looked at, and read when it is another one or has changed.  The first three
 * nameservers count, lines that cannot be read are passed over; without any, or without file,
 * the server is 127.0.0.1.  A file that is there but cannot be opened (no descriptors) changes
 * nothing. */
void dns_resolvconf_refresh(struct dns_resolvconf *rc, int64_t now_ms);

#endif
