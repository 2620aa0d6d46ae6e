#include "check/conf_types.h"

#include "check/conf.h"
#include "check/conf_keys.h"

enum { ELEMENT_TEXT_MAX = 128 }; /* of an address, its prefix or port, and zone */

struct array {
	void *list;
	size_t count;
};

struct element { /* one type of element */
	size_t size;
	bool (*read)(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s,
	    void *element);
	void (*print)(struct buf *out, const void *element);
};

/* Each element that is wrong has its own fault; the list holds those that are right. */
static bool
read_array(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s,
    const struct element *of, struct array *ret_array)
{
	int n = config_setting_length(s);
	struct array array = { 0 };
	char *list;

	if (config_setting_type(s) != CONFIG_TYPE_ARRAY &&
	    config_setting_type(s) != CONFIG_TYPE_LIST)
		return conf_refuse(r, "is no array");
	if (n > k->max)
		return conf_refuse(r, "is too long");
	if ((list = arena_array(r->arena, (size_t)n, of->size)) == NULL)
		r->nomem = true;
	for (int i = 0; i < n && list != NULL; i++) {
		const config_setting_t *element = config_setting_get_elem(s, (unsigned)i);

		if (of->read(r, k, element, list + array.count * of->size))
			array.count++;
		else
			conf_value_refused(r, k, element);
	}
	array.list = list;
	*ret_array = array;
	return true;
}

/* "[ 1, 2 ]" or "[]" */
static void
print_array(struct buf *out, const struct element *of, const void *list, size_t count)
{
	buf_puts(out, "[");
	for (size_t i = 0; i < count; i++) {
		buf_puts(out, i > 0 ? ", " : " ");
		of->print(out, (const char *)list + i * of->size);
	}
	buf_puts(out, count > 0 ? " ]" : "]");
}

static void
allow_array(struct buf *out, const struct conf_key *k, const char *elements)
{
	buf_puts(out, "an array [ ] of up to ");
	buf_putu(out, (unsigned long)k->max);
	buf_putc(out, ' ');
	buf_puts(out, elements);
}

static bool
read_text(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *element)
{
	return conf_read_text(r, k, s, element);
}

static void
print_text(struct buf *out, const void *element)
{
	conf_print_quoted(out, *(const struct str *)element);
}

static const struct element text_element = { sizeof(struct str), read_text, print_text };

static bool
read_texts(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *field)
{
	struct array a;

	if (!read_array(r, k, s, &text_element, &a))
		return false;
	*(struct conf_strs *)field = (struct conf_strs){ a.list, a.count };
	return true;
}

static void
print_texts(struct buf *out, const struct conf_key *k, const void *field)
{
	const struct conf_strs *texts = field;

	(void)k;
	print_array(out, &text_element, texts->list, texts->count);
}

static void
allow_texts(struct buf *out, const struct conf_key *k)
{
	allow_array(out, k, k->form->use);
}

const struct conf_type conf_type_texts = { read_texts, print_texts, allow_texts };

static void
put_net(struct buf *out, const struct ipnet *net)
{
	buf_putc(out, '"');
	ipaddr_print(out, &net->addr);
	if (net->prefix != ipaddr_bits(net->addr.family)) {
		buf_putc(out, '/');
		buf_putu(out, net->prefix);
	}
	buf_putc(out, '"');
}

/* The network that was likely meant by an address with a prefix length. */
static bool
refuse_low_bits(struct conf_reader *r, struct str text)
{
	struct buf out = buf_in(r->arena, ELEMENT_TEXT_MAX);
	struct ipnet net;
	uint32_t prefix;

	conf_refuse(r, "has bits below its prefix length");
	if (ipaddr_parse_as_written(str_cut(&text, '/'), &net.addr) == RES_OK &&
	    str_to_u32(text, ipaddr_bits(net.addr.family), &prefix) == RES_OK) {
		net.prefix = prefix;
		net.addr = ipaddr_mask(&net.addr, prefix);
		put_net(&out, &net);
		r->cure = buf_str(&out);
	}
	return false;
}

static bool
read_net(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *element)
{
	struct str text = str_from(config_setting_get_string(s));

	(void)k;
	switch (ipnet_parse(text, element)) {
	case RES_OK:
		return true;
	case RES_PERM:
		return refuse_low_bits(r, text);
	default:
		return conf_refuse(r, "is no network");
	}
}

static void
print_net(struct buf *out, const void *element)
{
	put_net(out, element);
}

static const struct element net_element = { sizeof(struct ipnet), read_net, print_net };

static bool
read_nets(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s, void *field)
{
	struct array a;

	if (!read_array(r, k, s, &net_element, &a))
		return false;
	*(struct conf_nets *)field = (struct conf_nets){ a.list, a.count };
	return true;
}

static void
print_nets(struct buf *out, const struct conf_key *k, const void *field)
{
	const struct conf_nets *nets = field;

	(void)k;
	print_array(out, &net_element, nets->list, nets->count);
}

static void
allow_nets(struct buf *out, const struct conf_key *k)
{
	allow_array(out, k, "networks like \"192.0.2.0/24\", \"2001:db8::/32\" or \"192.0.2.7\"");
}

const struct conf_type conf_type_nets = { read_nets, print_nets, allow_nets };

static bool
read_server(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s,
    void *element)
{
	(void)k;
	return dns_server_parse(str_from(config_setting_get_string(s)), element) == RES_OK ||
	    conf_refuse(r, "is no address of a DNS server");
}

static void
print_server(struct buf *out, const void *element)
{
	const struct dns_server *server = element;
	bool brackets = server->addr.family == IP_V6 && server->port != DNS_SERVER_PORT;

	buf_puts(out, brackets ? "\"[" : "\"");
	ipaddr_print(out, &server->addr);
	if (server->scope > 0) {
		buf_putc(out, '%');
		buf_putu(out, server->scope);
	}
	buf_puts(out, brackets ? "]" : "");
	if (server->port != DNS_SERVER_PORT) {
		buf_putc(out, ':');
		buf_putu(out, server->port);
	}
	buf_putc(out, '"');
}

static const struct element server_element = { sizeof(struct dns_server), read_server,
	print_server };

static bool
read_servers(struct conf_reader *r, const struct conf_key *k, const config_setting_t *s,
    void *field)
{
	struct array a;

	if (!read_array(r, k, s, &server_element, &a))
		return false;
	*(struct conf_servers *)field = (struct conf_servers){ a.list, a.count };
	return true;
}

static void
print_servers(struct buf *out, const struct conf_key *k, const void *field)
{
	const struct conf_servers *servers = field;

	(void)k;
	print_array(out, &server_element, servers->list, servers->count);
}

static void
allow_servers(struct buf *out, const struct conf_key *k)
{
	allow_array(out, k,
	    "addresses like \"192.0.2.53\", \"127.0.0.1:5353\" or \"[2001:db8::53]:5353\"");
}

const struct conf_type conf_type_servers = { read_servers, print_servers, allow_servers };
