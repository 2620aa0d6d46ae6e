#include "t/check/dnsmsg.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/dns.h"

void
dnsmsg_put(struct dnsmsg *m, const void *p, size_t n)
{
	if (n > sizeof m->octets - m->len)
		abort();
	memcpy(m->octets + m->len, p, n);
	m->len += n;
}

static void
put16(struct dnsmsg *m, unsigned v)
{
	uint8_t o[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	dnsmsg_put(m, o, sizeof o);
}

static void
put_hex(struct dnsmsg *m, const char *hex)
{
	for (unsigned v; sscanf(hex, "%2x", &v) == 1; hex += 2) {
		uint8_t o = (uint8_t)v;

		dnsmsg_put(m, &o, 1);
		if (hex[1] == '\0')
			break;
	}
}

static void
put_name(struct dnsmsg *m, const char *text)
{
	struct str rest = str_from(text);

	if (strncmp(text, "hex:", 4) == 0) {
		put_hex(m, text + 4);
		return;
	}
	if (strcmp(text, "@") == 0) {
		put16(m, 0xc00c);
		return;
	}
	while (rest.len > 0) {
		struct str label = str_cut(&rest, '.');
		uint8_t n = (uint8_t)label.len;

		if (n > 0) {
			dnsmsg_put(m, &n, 1);
			dnsmsg_put(m, label.p, label.len);
		}
	}
	dnsmsg_put(m, "", 1);
}

void
dnsmsg_begin(struct dnsmsg *m, unsigned id, unsigned flags, const char *name, unsigned type)
{
	m->len = 0;
	put16(m, id);
	put16(m, flags);
	put16(m, name != NULL);
	put16(m, 0);
	put16(m, 0);
	put16(m, 0);
	if (name == NULL)
		return;
	put_name(m, name);
	put16(m, type);
	put16(m, 1);
}

void
dnsmsg_reply(struct dnsmsg *m, const uint8_t *query, size_t n, unsigned flags)
{
	m->len = 0;
	dnsmsg_put(m, query, 2);
	put16(m, flags);
	put16(m, 1);
	put16(m, 0);
	put16(m, 0);
	put16(m, 0);
	dnsmsg_put(m, query + 12, n);
}

static void
put_strings(struct dnsmsg *m, const char *text)
{
	struct str rest = str_from(text);

	do {
		struct str s = str_cut(&rest, '|');
		uint8_t n = (uint8_t)s.len;

		dnsmsg_put(m, &n, 1);
		dnsmsg_put(m, s.p, s.len);
	} while (rest.len > 0);
}

static void
put_data(struct dnsmsg *m, unsigned type, char *data)
{
	char *word[3] = { strtok(data, " "), strtok(NULL, " "), strtok(NULL, " ") };
	uint8_t addr[16];

	if (word[0] == NULL) {
		put_hex(m, "");
	} else if (strncmp(word[0], "hex:", 4) == 0) {
		put_hex(m, word[0] + 4);
	} else if (type == DNS_A || type == DNS_AAAA) {
		inet_pton(type == DNS_A ? AF_INET : AF_INET6, word[0], addr);
		dnsmsg_put(m, addr, type == DNS_A ? 4 : 16);
	} else if (type == DNS_MX) {
		put16(m, (unsigned)atoi(word[0]));
		put_name(m, word[1]);
	} else if (type == DNS_TXT) {
		put_strings(m, word[0]);
	} else {
		put_name(m, word[0]);
	}
	if (type == DNS_SOA && word[2] != NULL) {
		unsigned long minimum = strtoul(word[2], NULL, 10);

		put_name(m, word[1]);
		dnsmsg_put(m, (uint8_t[16]){0}, 16);
		put16(m, (unsigned)(minimum >> 16));
		put16(m, (unsigned)minimum & 0xffff);
	}
}

static void
add_line(struct dnsmsg *m, int section, const char *line)
{
	char owner[512], word[32], data[1024] = "";
	unsigned type, class = 1;
	unsigned long ttl;
	enum dns_type known;
	char *slash;
	size_t at;
	uint8_t *count = m->octets + 6 + 2 * section;

	if (sscanf(line, "%511s %31s %lu %1023[^\n]", owner, word, &ttl, data) < 3)
		abort();
	if ((slash = strchr(word, '/')) != NULL) {
		*slash = '\0';
		class = (unsigned)atoi(slash + 1);
	}
	if (dns_type_from_word(str_from(word), &known) == RES_OK)
		type = known;
	else
		type = (unsigned)atoi(word);
	put_name(m, owner);
	put16(m, type);
	put16(m, class);
	put16(m, (unsigned)(ttl >> 16));
	put16(m, (unsigned)ttl & 0xffff);
	at = m->len;
	put16(m, 0);
	put_data(m, type, data);
	m->octets[at] = (uint8_t)((m->len - at - 2) >> 8);
	m->octets[at + 1] = (uint8_t)(m->len - at - 2);
	if (++count[1] == 0)
		count[0]++;
}

void
dnsmsg_add(struct dnsmsg *m, int section, const char *lines)
{
	while (*lines != '\0') {
		add_line(m, section, lines);
		lines += strcspn(lines, "\n");
		lines += *lines == '\n';
	}
}
