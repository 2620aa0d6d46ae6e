/* dnsserver.h - a hostile DNS server on a loopback address, UDP and TCP, in a thread: for tests.
 * By name, the first label of a question chooses what it does; a number behind '-' is cut off:
 *	ok	answers (the number of the try is the last octet of the A record)
 *	nx nodata servfail bare refused		these answers; bare: SERVFAIL without question
 *	servfailfirst dropfirst droptwo drop late
 *	wrongid wrongq noise upper		something else before, or in, the right answer
 *	tc tcwrongid tchalf tcclose tcsilent tctc big		cut by UDP, then by TCP
 *	formerr formerrever chain loop comploop forward counts
 *	mut tcmut	an answer with octets changed, by the number, by UDP or TCP
 * TXT of any other name: the name in wire form. */
#ifndef SF_T_CHECK_DNSSERVER_H
#define SF_T_CHECK_DNSSERVER_H

#include <stdint.h>

enum dnsserver_mode { DNSSERVER_BY_NAME, DNSSERVER_REFUSES, DNSSERVER_FAILS, DNSSERVER_SILENT };

struct dnsserver;

/* port 0: any.  NULL: the address cannot be used. */
struct dnsserver *dnsserver_open(const char *address, uint16_t port, enum dnsserver_mode mode);
uint16_t dnsserver_port(const struct dnsserver *s);
void dnsserver_close(struct dnsserver *s);

#endif
