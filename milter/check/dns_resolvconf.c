#include "check/dns_resolvconf.h"

#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

enum {
	LOOK_EVERY_MS = 1000,
	FILE_MAX = 65536, /* nobody has that many search domains */
};

static const struct dns_server localhost = { { IP_V4, { 127, 0, 0, 1 } }, DNS_SERVER_PORT, 0 };

/* RFC 4007 11.2: a name of an interface, or its number. */
static enum res
parse_zone(struct str zone, uint32_t *ret_scope)
{
	char name[IF_NAMESIZE];
	uint32_t index;

	if (str_to_u32(zone, INT32_MAX, &index) == RES_OK && index > 0) {
		*ret_scope = index;
		return RES_OK;
	}
	if (zone.len == 0 || zone.len >= sizeof name)
		return RES_SYNTAX;
	memcpy(name, zone.p, zone.len);
	name[zone.len] = '\0';
	if ((index = if_nametoindex(name)) == 0)
		return RES_SYNTAX;
	*ret_scope = index;
	return RES_OK;
}

static enum res
parse_port(struct str text, uint16_t *ret_port)
{
	uint32_t port;

	if (str_to_u32(text, UINT16_MAX, &port) != RES_OK || port == 0)
		return RES_SYNTAX;
	*ret_port = (uint16_t)port;
	return RES_OK;
}

/* ADDRESS or ADDRESS%ZONE */
static enum res
parse_address(struct str text, struct dns_server *server)
{
	bool has_zone = str_has(text, '%');
	struct str address = str_cut(&text, '%');
	enum res r = ipaddr_parse(address, &server->addr);

	if (r != RES_OK || !has_zone)
		return r;
	return server->addr.family == IP_V6 ? parse_zone(text, &server->scope) : RES_SYNTAX;
}

/* "[" ADDRESS "]" [ ":" PORT ] */
static enum res
parse_bracketed(struct str text, struct dns_server *server)
{
	struct str address, rest = str_skip(text, 1);

	if (!str_has(rest, ']'))
		return RES_SYNTAX;
	address = str_cut(&rest, ']');
	if (!str_has(address, ':'))
		return RES_SYNTAX; /* brackets are for IPv6 (RFC 3986 3.2.2) */
	if (rest.len > 0 &&
	    (rest.p[0] != ':' || parse_port(str_skip(rest, 1), &server->port) != RES_OK))
		return RES_SYNTAX;
	return parse_address(address, server);
}

enum res
dns_server_parse(struct str text, struct dns_server *ret_server)
{
	struct dns_server server = { .port = DNS_SERVER_PORT };
	size_t colon = str_find(text, ':');
	enum res r = RES_OK;

	if (text.len > 0 && text.p[0] == '[') {
		r = parse_bracketed(text, &server);
	} else {
		if (colon < text.len && colon == str_find_last(text, ':')) { /* more: IPv6 */
			r = parse_port(str_skip(text, colon + 1), &server.port);
			text = str_first(text, colon);
		}
		if (r == RES_OK)
			r = parse_address(text, &server);
	}
	if (r != RES_OK)
		return RES_SYNTAX;
	*ret_server = server;
	return RES_OK;
}

void
dns_resolvconf_init(struct dns_resolvconf *rc, const char *path)
{
	*rc = (struct dns_resolvconf){ .path = path,
		.servers = { localhost },
		.count = 1,
		.next_look_ms = INT64_MIN };
}

/* Cut the word up to a blank off *rest, blanks before it dropped. */
static struct str
cut_word(struct str *rest)
{
	struct str word = str_trim(*rest);
	size_t n = 0;

	while (n < word.len && !ascii_is_blank(word.p[n]))
		n++;
	*rest = str_skip(word, n);
	return str_first(word, n);
}

/* "nameserver" at the very beginning of the line, blanks, ADDRESS (resolv.conf(5)). */
static enum res
parse_line(struct str line, struct dns_server *ret_server)
{
	struct dns_server server = { .port = DNS_SERVER_PORT };
	enum res r;

	if (line.len == 0 || ascii_is_blank(line.p[0]) ||
	    !str_eq(cut_word(&line), STR("nameserver")))
		return RES_NONE;
	if ((r = parse_address(cut_word(&line), &server)) == RES_OK)
		*ret_server = server;
	return r;
}

static void
parse_file(struct dns_resolvconf *rc, struct str text)
{
	rc->count = 0;
	while (text.len > 0 && rc->count < DNS_RESOLVCONF_MAX_SERVERS)
		if (parse_line(str_cut(&text, '\n'), &rc->servers[rc->count]) == RES_OK)
			rc->count++;
	if (rc->count == 0)
		rc->servers[rc->count++] = localhost;
}

/* All of the file, as far as max octets.  RES_TEMP: it could not be read. */
static enum res
read_all(const char *path, char *mem, size_t max, struct str *ret_text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = -1;

	if (fd == -1)
		return RES_TEMP;
	while (len < max && (n = read(fd, mem + len, max - len)) > 0)
		len += (size_t)n;
	close(fd);
	if (n < 0)
		return RES_TEMP;
	*ret_text = (struct str){ mem, len };
	return RES_OK;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void
dns_resolvconf_refresh(struct dns_resolvconf *rc, int64_t now_ms)
{
	char mem[FILE_MAX];
	struct stat st;
	struct str text;

	if (now_ms < rc->next_look_ms)
		return;
	rc->next_look_ms = now_ms + LOOK_EVERY_MS;
	if (stat(rc->path, &st) != 0) {
		parse_file(rc, (struct str){ 0 });
		rc->seen = (struct stat){ 0 };
	} else if (!same_file(&st, &rc->seen) &&
	    read_all(rc->path, mem, sizeof mem, &text) == RES_OK) {
		parse_file(rc, text); /* a change between the two is seen at the next look */
		rc->seen = st;
	}
}
