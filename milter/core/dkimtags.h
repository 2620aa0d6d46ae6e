/* dkimtags.h - tag lists of DKIM: "name=value; name=value" (RFC 6376 3.2), in signatures and in key
 * records.  Read strictly and without copying: names and values are views into the text, values
 * without blanks at their ends.  Blanks are SP, TAB and the CR, LF of a fold. */
#ifndef SF_CORE_DKIMTAGS_H
#define SF_CORE_DKIMTAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/str.h"

enum {
	/* A signature has about 12.  Bounds the search for a tag that stands twice, here and in the
	 * library, which looks through all tags of one initial letter. */
	DKIMTAGS_MAX = 64,
};

struct dkimtag {
	struct str name, value;
};

struct dkimtags {
	struct dkimtag tag[DKIMTAGS_MAX];
	size_t count;
	/* A name that stands twice, which voids the list (3.2); NULL: none.  Sought without case,
	 * though names have case: libopendkim takes "D" for "d". */
	struct str twice;
};

/* RES_SYNTAX: not a tag list, or none at all; RES_LIMIT: more than DKIMTAGS_MAX tags. */
enum res dkimtags_read(struct str text, struct dkimtags *ret_tags);

/* The value; .p == NULL: no such tag, while an empty value has .p != NULL. */
struct str dkimtags_get(const struct dkimtags *tags, const char *name);

/* Cut the next item off a list with colons, without blanks around it.  Items may be empty.  false:
 * no more; at the end *rest has .p == NULL. */
bool dkimtags_next_item(struct str *rest, struct str *ret_item);

/* One of the items, without case. */
bool dkimtags_has_item(struct str list, struct str item);

/* base64string (2.8), blanks anywhere: RES_OK with the number of octets it stands for.
 * RES_SYNTAX. */
enum res dkimtags_base64(struct str value, size_t *ret_octets);

/* Without any blank, in the arena.  .p == NULL: no memory. */
struct str dkimtags_squeeze(struct arena *a, struct str value);

/* dkim-quoted-printable (2.11) decoded, in the arena.  RES_SYNTAX, RES_NOMEM. */
enum res dkimtags_unquote(struct arena *a, struct str value, struct str *ret_text);

#endif
