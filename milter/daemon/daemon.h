/* daemon.h - start, reload, drain, stop. */
#ifndef SF_DAEMON_DAEMON_H
#define SF_DAEMON_DAEMON_H

#include <stdbool.h>

#include "check/conf.h"

struct daemon_options {
	const char *conf_file; /* absolute, for reload; NULL: none was read and none will be */
	bool foreground;
};

/* Takes over conf.  Serves until SIGTERM or SIGINT; SIGHUP and SIGUSR1 read the configuration
 * again.  Returns an exit code of sysexits.h; errors before the socket opens are on stderr. */
int daemon_run(struct conf *conf, const struct daemon_options *options);

#endif
