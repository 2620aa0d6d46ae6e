#include "daemon/snapshot.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "check/dns_cache.h"
#include "check/dns_stub.h"
#include "check/log.h"

enum { DNS_MAX_IN_FLIGHT = 2000 }; /* each may hold dns.attempts descriptors */

/* Transport and cache, shared by snapshots whose dns keys are the same. */
struct shared_dns {
	atomic_uint holders; /* snapshots */
	struct dns_port net, cache;
};

struct snapshot {
	atomic_uint holders; /* connections, and the runtime while it is current */
	struct conf *conf;
	struct shared_dns *dns;
	struct dkim_lib *dkim;
	struct log *log;
	struct log_port log_port;
	struct services services;
};

static void
shared_dns_drop(struct shared_dns *dns)
{
	if (dns == NULL || atomic_fetch_sub(&dns->holders, 1) > 1)
		return;
	dns_close(&dns->cache); /* in this order: dns_cache.h */
	dns_close(&dns->net);
	free(dns);
}

static struct shared_dns *
shared_dns_open(const struct conf *c, const struct clock_port *clock)
{
	struct dns_stub_conf stub = services_dns_conf(c);
	struct dns_cache_conf cache = {
		.entries = (size_t)c->dns_cache_entries,
		.max_ttl_s = (uint32_t)c->dns_cache_max_ttl,
	};
	struct shared_dns *dns = calloc(1, sizeof *dns);

	if (dns == NULL)
		return NULL;
	atomic_init(&dns->holders, 1);
	stub.max_in_flight = DNS_MAX_IN_FLIGHT;
	if (dns_stub_open(&stub, &dns->net) != RES_OK ||
	    dns_cache_open(&dns->net, clock, &cache, &dns->cache) != RES_OK) {
		shared_dns_drop(dns);
		return NULL;
	}
	return dns;
}

static void
note_dns_change(void *arg, const char *key, bool needs_restart)
{
	(void)needs_restart;
	if (str_starts_nocase(str_from(key), STR("dns.")))
		*(bool *)arg = true;
}

/* The old snapshot's ports where the keys did not change, else new ones. */
static struct shared_dns *
shared_dns_for(const struct snapshot *old, const struct conf *conf, const struct clock_port *clock)
{
	bool changed = false;

	if (old == NULL || conf_compare(old->conf, conf, note_dns_change, &changed) != RES_OK ||
	    changed)
		return shared_dns_open(conf, clock);
	atomic_fetch_add(&old->dns->holders, 1);
	return old->dns;
}

static void
snapshot_close(struct snapshot *sn)
{
	shared_dns_drop(sn->dns);
	if (sn->dkim != NULL)
		dkimcheck_lib_close(sn->dkim);
	if (sn->log != NULL)
		log_close(sn->log);
	conf_close(sn->conf);
	free(sn);
}

static bool
snapshot_fill(struct snapshot *sn, const struct snapshot_base *base, const struct snapshot *old)
{
	const struct conf *c = sn->conf;
	struct dkim_conf dkim = services_dkim_conf(c);

	sn->log = log_open(c, base->force_stderr && !c->log_target_set, &base->clock);
	if (sn->log == NULL || (sn->dns = shared_dns_for(old, c, &base->clock)) == NULL)
		return false;
	sn->log_port = log_port(sn->log);
	if (c->dkim_source == DKIM_SOURCE_VERIFY && dkimcheck_lib_open(&dkim, &sn->dkim) != RES_OK)
		return false;
	sn->services = (struct services){
		.conf = c,
		.dns = &sn->dns->cache,
		.dkim = sn->dkim,
		.clock = &base->clock,
		.log = &sn->log_port,
		.stats = base->stats,
		.host_name = str_from(base->host_name),
	};
	return services_name_fields(&sn->services, c->arena) == RES_OK;
}

struct snapshot *
snapshot_open(const struct snapshot_base *base, const struct snapshot *old, struct conf *conf)
{
	struct snapshot *sn = calloc(1, sizeof *sn);

	if (sn == NULL) {
		conf_close(conf);
		return NULL;
	}
	atomic_init(&sn->holders, 1);
	sn->conf = conf;
	if (!snapshot_fill(sn, base, old)) {
		snapshot_close(sn);
		return NULL;
	}
	return sn;
}

void
snapshot_hold(struct snapshot *sn)
{
	atomic_fetch_add(&sn->holders, 1);
}

void
snapshot_drop(struct snapshot *sn)
{
	if (atomic_fetch_sub(&sn->holders, 1) == 1)
		snapshot_close(sn);
}

bool
snapshot_is_shared(const struct snapshot *sn)
{
	return atomic_load(&sn->holders) > 1;
}

const struct services *
snapshot_services(const struct snapshot *sn)
{
	return &sn->services;
}
