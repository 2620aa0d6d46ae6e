#include "session/services.h"

#include "base/buf.h"

struct dns_stub_conf
services_dns_conf(const struct conf *c)
{
	return (struct dns_stub_conf){
		.servers = c->dns_servers.list,
		.server_count = c->dns_servers.count,
		.timeout_ms = c->dns_timeout_ms,
		.attempts = (unsigned)c->dns_attempts,
		.deadline_ms = c->dns_deadline_ms,
	};
}

struct dkim_conf
services_dkim_conf(const struct conf *c)
{
	return (struct dkim_conf){
		.max_signatures = (unsigned)c->dkim_max_signatures,
		.rules.minimum_key_bits = (unsigned)c->dkim_minimum_key_bits,
		.rules.accept_partial_body = c->dkim_accept_partial_body,
	};
}

enum res
services_name_fields(struct services *sv, struct arena *a)
{
	static const char *const ends[EDITS_SCORE_FIELDS] = { "-Score", "-Level", "-Reason" };
	struct str prefix = sv->conf->score_prefix;

	for (size_t i = 0; i < EDITS_SCORE_FIELDS; i++) {
		struct buf name = buf_in(a, prefix.len + sizeof "-Reason");

		buf_put(&name, prefix);
		buf_puts(&name, ends[i]);
		if (name.err != RES_OK)
			return name.err;
		sv->score_fields[i] = buf_str(&name);
	}
	return RES_OK;
}
