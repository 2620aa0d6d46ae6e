/* dkimcase.h - a message that is signed, changed and examined: what the DKIM tests share. */
#ifndef SF_T_CHECK_DKIMCASE_H
#define SF_T_CHECK_DKIMCASE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "check/dkimcheck.h"

#define DKIMCASE_NOW 1788256800		/* 2026-09-01 10:00 UTC */
#define DKIMCASE_TAGS                                                                              \
	"v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=From:To:Subject:Date"

enum { DKIMCASE_MAX_FIELDS = 64 };

struct dkimcase_field {
	struct str name, value;		/* as the MTA shows them */
};

struct dkimcase {			/* all texts in the arena */
	struct arena *arena;
	struct dkimcase_field fields[DKIMCASE_MAX_FIELDS];
	size_t count;
	struct str body;
};

/* The message of dkim.table, without a signature. */
void dkimcase_open(struct dkimcase *c, struct arena *a);

/* At the place from the top, 0 first. */
void dkimcase_insert(struct dkimcase *c, size_t place, struct str name, struct str value);

/* The fields as on the wire. */
struct str dkimcase_header(const struct dkimcase *c);

/* Signs it as it is with a key of that kind, made once a program; the signature becomes the topmost
 * field. */
void dkimcase_sign(struct dkimcase *c, const char *kind, const char *tags);
const char *dkimcase_public(const char *kind);
void dkimcase_free_keys(void);

/* A zone with one TXT line for each record ("a // b"), or "!SERVFAIL", or nothing for "none". */
struct str dkimcase_zone(struct arena *a, const char *name, struct str records);

/* The whole examination, the body in pieces of chunk octets (0: in one), in the case's arena. */
void dkimcase_examine(const struct dkimcase *c, const struct dkim_conf *conf, struct str zone,
    size_t chunk, struct ev_dkim **ret_list, size_t *ret_count);

/* In an arena of its own, perhaps too small; the body in one piece.  *ret_count 0: not even a
 * run. */
void dkimcase_examine_in(const struct dkimcase *c, struct arena *a, const struct dkim_conf *conf,
    struct str zone, struct ev_dkim **ret_list, size_t *ret_count);

#endif
