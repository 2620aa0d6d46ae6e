#include "core/reply.h"

#include <assert.h>

static const struct reply replies[] = {
	[REPLY_NONE] = { 0, "", "" },
	[REPLY_SHUTTING_DOWN] = { 421, "4.3.2", "Service is shutting down, try again" },
	[REPLY_TOO_MANY_FORGED] = { 550, "5.7.1",
	    "Too many header fields that claim to be this host's own" },
};
static_assert(sizeof replies / sizeof *replies == REPLY_COUNT, "a reply each");

const struct reply *
reply_get(enum reply_id id)
{
	return &replies[id];
}
