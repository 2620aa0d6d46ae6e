/* dns_stub.h - the network's dns port: questions to the configured recursive servers.
 * One thread of its own does all of it.  A question is tried at one server after the other; each
 * try has its own socket and stays open until the question ends, so that a late answer to an early
 * try counts.  The next try comes after timeout_ms, or at once when a server refuses, fails or is
 * not there.  When attempts are used up, those that are open may answer until deadline_ms.
 * Messages are dns_wire's matter. */
#ifndef SF_CHECK_DNS_STUB_H
#define SF_CHECK_DNS_STUB_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "check/dns_resolvconf.h"
#include "check/ports.h"

struct dns_stub_conf {
	const struct dns_server *servers; /* in order of preference; copied */
	size_t server_count;              /* 0: those of resolv.conf, followed as it changes */
	const char *resolvconf;           /* NULL: /etc/resolv.conf; copied */
	unsigned attempts;                /* tries of one question over all servers, at least 1 */
	int timeout_ms;                   /* from one try to the next */
	int deadline_ms;      /* from ask to the end of the question, whatever happens */
	size_t max_in_flight; /* questions open at a time, at least 1; each holds up to
			       * attempts descriptors */
};

struct dns_stub_counts {
	uint64_t questions; /* asked of the network */
	uint64_t tries;     /* sockets' worth of asking */
	uint64_t overload;  /* turned away: max_in_flight were open, or no memory */
};

/* The port's ask answers inside ask only what needs no network: a name that cannot be asked does
 * not exist (NXDOMAIN), and a question too many, or one without memory, is FAILED.  All else is
 * answered on the port's thread, with no lock held:
 *   FOUND, NODATA, NXDOMAIN  by the first try that got an answer
 *   FAILED     a server said SERVFAIL or nonsense, or none was there, and no other did better
 *   REFUSED    every server refused
 *   TIMEOUT    the deadline came while nobody had answered
 *   CANCELLED  by close, which must not be called from inside a done
 * *ret_port is good until dns_close().  RES_NOMEM: no memory, descriptors or thread. */
enum res dns_stub_open(const struct dns_stub_conf *conf, struct dns_port *ret_port);

/* What a port of dns_stub_open did so far.  Any thread. */
void dns_stub_counts(const struct dns_port *port, struct dns_stub_counts *ret_counts);

#endif
