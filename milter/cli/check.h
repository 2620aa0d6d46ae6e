/* check.h - softfail check: one message through the code path of the milter. */
#ifndef SF_CLI_CHECK_H
#define SF_CLI_CHECK_H

/* argv[0] is "check".  Returns an exit code: 0, 1 (score reaches the threshold, when asked), 64,
 * 65, 75, 78. */
int check_main(int argc, char **argv);

#endif
