/* dkimcheck.h - DKIM of one message (RFC 6376, 8301, 8463), verified by libopendkim; keys through
 * lookups.  Header fields and body chunks are fed as they come: the body is never kept. */
#ifndef SF_CHECK_DKIMCHECK_H
#define SF_CHECK_DKIMCHECK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"
#include "core/dkimverdict.h"
#include "core/dns.h"
#include "core/evidence.h"
#include "check/lookups.h"

struct dkim_conf {
	unsigned max_signatures; /* examined, from the top */
	struct dkim_rules rules;
	int64_t now_s; /* > 0: the fixed clock of softfail check --time */
};

struct dkim_lib; /* one for a configuration, shared by all threads */
struct dkim_run; /* one message */

/* conf is copied.  RES_NOMEM. */
enum res dkimcheck_lib_open(const struct dkim_conf *conf, struct dkim_lib **ret_lib);
void dkimcheck_lib_close(struct dkim_lib *lib);

/* The run is closed with the arena, before which lib must not be closed.  RES_NOMEM. */
enum res dkimcheck_begin(struct dkim_lib *lib, struct arena *a, const char *id,
    struct dkim_run **ret_run);

/* A field as the MTA showed it: value with its leading blank, folds as LF or CRLF.  Errors are kept
 * in the run and make its results temperror. */
void dkimcheck_header(struct dkim_run *run, struct str name, struct str value);
void dkimcheck_eoh(struct dkim_run *run);
/* The body as on the wire: CRLF line ends, cut anywhere.  A last line without one gets it. */
void dkimcheck_body(struct dkim_run *run, struct str chunk);

/* End of message: asks for the keys, verifies; one ev_dkim a signature examined, in header order,
 * in the arena given at begin.  The results are those of core/dkimfault.h.  `problem` of one that
 * verifies names the fields it does not cover though it should, and a key for tests; that of the
 * last says how many signatures were left.  aligned is left false.  A failure of our own gives
 * temperror signatures, never an error; with no memory at all one without d= stands for them. */
void dkimcheck_end(struct dkim_run *run, struct lookups *l, struct ev_dkim **ret_list,
    size_t *ret_count);

/* The key question of a DKIM-Signature field's value, for asking early.  RES_NONE: it has a fault,
 * no key will be asked for; RES_NOMEM. */
enum res dkimcheck_key_question(struct arena *a, struct str value, struct dns_question *ret_q);

#endif
