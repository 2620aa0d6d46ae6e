#include "check/conf_forms.h"

#include <syslog.h>

#include "core/domain.h"
#include "core/ipaddr.h"
#include "check/conf.h"

enum { MAX_PORT = 65535 };

static bool
all_octets(struct str text, bool (*is_member)(char c))
{
	return text.len > 0 && str_is_all(text, is_member);
}

static bool
is_path_octet(char c)
{
	return (unsigned char)c >= ' ' && c != 127;
}

static bool
is_path(struct str text)
{
	return all_octets(text, is_path_octet) && text.p[0] == '/';
}

static bool
is_path_or_empty(struct str text)
{
	return text.len == 0 || is_path(text);
}

/* PORT@HOST; an address stands in brackets or not. */
static bool
is_port_at_host(struct str text, enum ip_family family)
{
	struct str host = text, port = str_cut(&host, '@');
	struct ipaddr addr;
	uint32_t n;

	if (str_to_u32(port, MAX_PORT, &n) != RES_OK || n == 0)
		return false;
	if (str_find(host, '[') == 0 && str_find(host, ']') == host.len - 1)
		host = str_first(str_skip(host, 1), host.len - 2);
	if (ipaddr_parse_as_written(host, &addr) == RES_OK)
		return addr.family == family;
	return domain_is_name(host);
}

static bool
is_socket(struct str text)
{
	struct str rest = text, kind = str_cut(&rest, ':');

	if (str_eq(kind, STR("unix")))
		return is_path(rest);
	if (str_eq(kind, STR("inet")))
		return is_port_at_host(rest, IP_V4);
	return str_eq(kind, STR("inet6")) && is_port_at_host(rest, IP_V6);
}

static bool
is_account_octet(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '_' || c == '-';
}

static bool
is_account_or_empty(struct str text)
{
	return text.len == 0 || (all_octets(text, is_account_octet) && text.p[0] != '-');
}

static bool
is_id_octet(char c)
{
	/* tspecials part words (RFC 2045 5.1); '*' would look like a pattern */
	return ascii_is_graph(c) && !str_has(STR("()<>@,;:\\\"/[]?=*"), c);
}

/* A final dot is no part of an id for those who compare. */
static bool
is_id(struct str text)
{
	return all_octets(text, is_id_octet) && text.p[text.len - 1] != '.';
}

static bool
is_id_or_empty(struct str text)
{
	return text.len == 0 || is_id(text);
}

static bool
is_own_id(struct str text)
{
	return str_starts_nocase(text, STR("*.")) ? domain_is_name(str_skip(text, 2)) : is_id(text);
}

static bool
is_prefix_octet(char c)
{
	return ascii_is_alnum(c) || c == '-';
}

static bool
is_prefix(struct str text)
{
	return all_octets(text, is_prefix_octet) && ascii_is_alpha(text.p[0]) &&
	    text.p[text.len - 1] != '-';
}

const struct conf_form conf_form_socket = { is_socket, "is no socket",
	"\"unix:/PATH\", \"inet:PORT@HOST\" or \"inet6:PORT@HOST\"", NULL };
const struct conf_form conf_form_account = { is_account_or_empty, "is no account",
	"a name of letters, digits, '.', '_', '-', or \"\"", NULL };
const struct conf_form conf_form_path = { is_path_or_empty, "is no absolute path",
	"a path that begins with '/', or \"\"", NULL };
const struct conf_form conf_form_id = { is_id_or_empty, "is no authserv-id",
	"a name like \"mx.example.net\", or \"\"", NULL };
const struct conf_form conf_form_trusted_id = { is_id, "is no authserv-id",
	"names like \"mx.example.net\"", NULL };
const struct conf_form conf_form_own_id = { is_own_id, "is no authserv-id",
	"names like \"mx.example.net\" or \"*.example.net\"", NULL };
const struct conf_form conf_form_prefix = { is_prefix, "cannot begin a field's name",
	"letters, digits and '-', a letter first, no '-' last", NULL };

const char *
conf_form_word(const struct conf_form *form, int value)
{
	const struct conf_word *w = form->words;

	while (w->value != value)
		w++;
	return w->word;
}

#define WORDS(name, ...)                                                             \
	static const struct conf_word name##_words[] = { __VA_ARGS__, { NULL, 0 } }; \
	const struct conf_form conf_form_##name = { .words = name##_words }

WORDS(source, { "verify", DKIM_SOURCE_VERIFY }, { "upstream", DKIM_SOURCE_UPSTREAM },
    { "off", DKIM_SOURCE_OFF });
WORDS(target, { "syslog", LOG_TARGET_SYSLOG }, { "stderr", LOG_TARGET_STDERR });
WORDS(facility, { "mail", LOG_MAIL }, { "daemon", LOG_DAEMON }, { "user", LOG_USER },
    { "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 }, { "local2", LOG_LOCAL2 },
    { "local3", LOG_LOCAL3 }, { "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
    { "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 });
WORDS(format, { "text", LOG_FORMAT_TEXT }, { "json", LOG_FORMAT_JSON });
WORDS(level, { "error", LOG_LEVEL_ERROR }, { "warning", LOG_LEVEL_WARNING },
    { "info", LOG_LEVEL_INFO }, { "debug", LOG_LEVEL_DEBUG });
