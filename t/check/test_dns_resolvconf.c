#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/dns_resolvconf.h"
#include "t/tap.h"

static struct str
print_server(const struct dns_server *server, char *mem, size_t size)
{
	struct buf out = buf_on(mem, size);

	ipaddr_print(&out, &server->addr);
	if (server->scope > 0) {
		buf_putc(&out, '%');
		buf_putu(&out, server->scope);
	}
	buf_putc(&out, ' ');
	buf_putu(&out, server->port);
	return buf_str(&out);
}

static const struct { const char *in, *server; } servers[] = {
	{ "192.0.2.1", "192.0.2.1 53" },
	{ "127.0.0.1:5353", "127.0.0.1 5353" },
	{ "127.0.0.1:65535", "127.0.0.1 65535" },
	{ "::1", "::1 53" },
	{ "2001:db8::53", "2001:db8::53 53" },
	{ "[::1]", "::1 53" },
	{ "[::1]:5353", "::1 5353" },
	{ "::ffff:192.0.2.1", "192.0.2.1 53" },
	{ "fe80::1%7", "fe80::1%7 53" },
	{ "[fe80::1%7]:5353", "fe80::1%7 5353" },
	{ "fe80::1%lo", "fe80::1%1 53" },
	{ "fe80::1%", NULL },
	{ "fe80::1%0", NULL },
	{ "fe80::1%nosuchif", NULL },
	{ "fe80::1%averyveryverylonginterface", NULL },
	{ "192.0.2.1%7", NULL },
	{ "", NULL },
	{ "localhost", NULL },
	{ "192.0.2", NULL },
	{ "192.0.2.1:", NULL },
	{ "192.0.2.1:0", NULL },
	{ "192.0.2.1:65536", NULL },
	{ "192.0.2.1:53 ", NULL },
	{ ":53", NULL },
	{ "[192.0.2.1]:53", NULL },
	{ "[", NULL },
	{ "[]", NULL },
	{ "[::1", NULL },
	{ "[::1]53", NULL },
	{ "[::1]:", NULL },
	{ "[[::1]]", NULL },
};

static void
test_parse(void)
{
	for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
		struct dns_server server = { .port = 1 };
		bool good = servers[i].server != NULL;
		char mem[100];

		if (!tap_eq_res(dns_server_parse(tap_exact(servers[i].in), &server),
		    good ? RES_OK : RES_SYNTAX, "dns.servers \"%s\"", servers[i].in))
			continue;
		if (good)
			tap_eq_str(print_server(&server, mem, sizeof mem),
			    str_from(servers[i].server), "dns.servers \"%s\"", servers[i].in);
		else
			tap_ok(server.port == 1, "untouched by \"%s\"", servers[i].in);
	}
}

static const struct { const char *rule, *text, *servers; } files[] = {
	{ "one server", "nameserver 192.0.2.1\n", "192.0.2.1" },
	{ "last line without LF", "nameserver 192.0.2.1", "192.0.2.1" },
	{ "other keywords, comments, CR LF",
	    "# nameserver 192.0.2.9\r\n;nameserver 192.0.2.9\r\nsearch a.example\r\n"
	    "options edns0\r\nnameserver\t 192.0.2.1 \r\nnameserver 2001:db8::1 # mine\r\n",
	    "192.0.2.1 2001:db8::1" },
	{ "the first three", "nameserver ::1\nnameserver ::2\nnameserver ::3\nnameserver ::4\n",
	    "::1 ::2 ::3" },
	{ "a zone", "nameserver fe80::1%lo\nnameserver ::2\n", "fe80::1%1 ::2" },
	{ "a zone that is not there", "nameserver fe80::1%nosuchif\nnameserver ::2\n", "::2" },
	{ "not at the beginning of the line", " nameserver 192.0.2.9\n", "127.0.0.1" },
	{ "another keyword that begins so", "nameservers 192.0.2.9\n", "127.0.0.1" },
	{ "no address", "nameserver\nnameserver \nnameserver x\n", "127.0.0.1" },
	{ "a port is not resolv.conf's form", "nameserver 192.0.2.1:53\n", "127.0.0.1" },
	{ "an empty file", "", "127.0.0.1" },
};

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static void
check_servers(const struct dns_resolvconf *rc, const char *want, const char *rule)
{
	char mem[200], one[100];
	struct buf out = buf_on(mem, sizeof mem);

	for (size_t i = 0; i < rc->count; i++) {
		struct str s = print_server(&rc->servers[i], one, sizeof one);

		if (i > 0)
			buf_putc(&out, ' ');
		buf_put(&out, str_first(s, str_find(s, ' ')));
		if (rc->servers[i].port != 53)
			buf_puts(&out, ":?");
	}
	tap_eq_str(buf_str(&out), str_from(want), "resolv.conf(5): %s", rule);
}

static void
test_files(const char *path)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct dns_resolvconf rc;

		write_file(path, files[i].text);
		dns_resolvconf_init(&rc, path);
		dns_resolvconf_refresh(&rc, 0);
		check_servers(&rc, files[i].servers, files[i].rule);
	}
}

static void
test_changes(const char *path, const char *other)
{
	struct dns_resolvconf rc;

	unlink(path);
	dns_resolvconf_init(&rc, path);
	check_servers(&rc, "127.0.0.1", "before anything is read");
	dns_resolvconf_refresh(&rc, 5000);
	check_servers(&rc, "127.0.0.1", "no file");
	write_file(path, "nameserver 192.0.2.1\n");
	dns_resolvconf_refresh(&rc, 5999);
	check_servers(&rc, "127.0.0.1", "not looked at within a second");
	dns_resolvconf_refresh(&rc, 6000);
	check_servers(&rc, "192.0.2.1", "a file that appears");
	write_file(path, "nameserver 192.0.2.22\n");
	dns_resolvconf_refresh(&rc, 7000);
	check_servers(&rc, "192.0.2.22", "written anew, another size");
	write_file(other, "nameserver 192.0.2.33\n");
	utimensat(AT_FDCWD, other, (struct timespec[2]){ rc.seen.st_atim, rc.seen.st_mtim }, 0);
	rename(other, path);
	dns_resolvconf_refresh(&rc, 8000);
	check_servers(&rc, "192.0.2.33", "another file of the same size and time");
	unlink(path);
	if (mkdir(path, 0700) == 0) {
		dns_resolvconf_refresh(&rc, 9000);
		check_servers(&rc, "192.0.2.33", "what cannot be read changes nothing");
		rmdir(path);
	}
	dns_resolvconf_refresh(&rc, 10000);
	check_servers(&rc, "127.0.0.1", "a file that goes away");
}

int
main(void)
{
	char dir[] = "test_dns_resolvconf.XXXXXX", path[64], other[64];

	if (mkdtemp(dir) == NULL)
		return tap_skip_all("no place for a file");
	snprintf(path, sizeof path, "%s/resolv.conf", dir);
	snprintf(other, sizeof other, "%s/other", dir);
	test_parse();
	test_files(path);
	test_changes(path, other);
	rmdir(dir);
	return tap_done();
}
