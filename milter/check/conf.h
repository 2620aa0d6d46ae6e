/* conf.h - the configuration: one table of keys (conf_keys.c), from which come reading, checking,
 * printing (softfail-milter -T, -n), the shipped etc/softfail-milter.conf and the manual's list, so
 * they cannot drift.  A struct conf is immutable once read, and is freed as a whole. */
#ifndef SF_CHECK_CONF_H
#define SF_CHECK_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/ipaddr.h"
#include "core/score.h"
#include "check/conf_faults.h"
#include "check/dns_resolvconf.h" /* struct dns_server */
#include "check/ports.h"

struct conf_strs {
	const struct str *list; /* each with a NUL behind it */
	size_t count;
};

struct conf_nets {
	const struct ipnet *list;
	size_t count;
};

struct conf_servers {
	const struct dns_server *list;
	size_t count;
};

enum dkim_source { DKIM_SOURCE_VERIFY, DKIM_SOURCE_UPSTREAM, DKIM_SOURCE_OFF, DKIM_SOURCE_COUNT };
enum log_target { LOG_TARGET_SYSLOG, LOG_TARGET_STDERR, LOG_TARGET_COUNT };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON, LOG_FORMAT_COUNT };

/* Texts have a NUL behind them. */
struct conf {
	struct arena *arena; /* owner of all below */

	struct str socket;       /* unix:PATH, inet:PORT@HOST or inet6:PORT@HOST */
	int socket_mode;         /* permission bits of a unix socket */
	struct str socket_group; /* empty: the user's */
	struct str user;         /* empty: stay who we are */
	struct str pid_file;     /* empty: none */
	int umask;
	struct str chroot; /* empty: none */
	int shutdown_timeout_s;

	struct str authserv_id; /* empty: macro j, else the host's name */
	struct conf_strs own_authserv_ids;
	struct conf_nets trusted_hosts;
	bool skip_authenticated;
	int max_headers, max_header_bytes;

	struct conf_servers dns_servers; /* none: the system's */
	int dns_timeout_ms, dns_attempts, dns_deadline_ms;
	int dns_cache_entries, dns_cache_max_ttl; /* max_ttl in seconds */
	bool dns_prefetch;

	bool spf_received_spf;
	int spf_void_lookups;

	int dkim_source; /* enum dkim_source */
	struct conf_strs dkim_trusted_authserv_ids;
	int dkim_max_signatures, dkim_minimum_key_bits;
	bool dkim_accept_partial_body;

	struct str score_prefix;
	struct score_conf score;

	int stats_interval, stats_top; /* seconds; domains */

	int log_target, log_facility; /* enum log_target; LOG_* of syslog.h */
	bool log_target_set;          /* by the file: -f alone does not change it */
	int log_format, log_level;    /* enum log_format, enum log_level */
};

/* Reads FILE (NULL: all defaults).  All faults are reported, not only the first; a syntax error
 * ends libconfig's reading, so the values are not looked at then.  RES_PERM: faults has the list;
 * RES_NOMEM.  What is only odd (a weight table that is not monotone) goes to warnings and is no
 * fault.  Both lists are opened by the caller, with conf_faults_open(); the configuration is closed
 * with conf_close(). */
enum res conf_read(const char *file, struct conf_faults *faults, struct conf_faults *warnings,
    struct conf **ret_conf);
void conf_close(struct conf *c);

/* In a form that can be read back.  only_changed: what differs from the defaults (-n).  RES_NOMEM:
 * not all is printed. */
enum res conf_print(FILE *out, const struct conf *c, bool only_changed);

/* The shipped file: each key, commented out, with its default and one line of meaning. */
void conf_print_sample(FILE *out);
/* The manual's list of keys in mdoc, for man/softfail-milter.conf.5. */
void conf_print_manual(FILE *out);

/* Calls changed(arg, key, needs_restart) for each key whose value differs.  RES_NOMEM: not for
 * all. */
enum res conf_compare(const struct conf *old, const struct conf *new_conf,
    void (*changed)(void *arg, const char *key, bool needs_restart), void *arg);

#endif
