/* mailsweep.h - the addresses that a reader may see in a From field that breaks the syntax. */
#ifndef SF_CORE_MAILSWEEP_H
#define SF_CORE_MAILSWEEP_H

#include "base/str.h"
#include "core/mailtally.h"

/* Adds every address-like text of the field: what surrounds each "@" outside comments that are
 * closed, and outside quoted strings that are closed and part of a display name or a local part.  A
 * domain that readers may delimit in different ways counts as one that is no DNS name.  An address
 * in quotes alone gives no domain. */
void mailsweep(struct mailtally *t, struct str field);

#endif
