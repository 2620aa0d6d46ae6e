/* Makes what is derived from the table of keys: etc/softfail-milter.conf, or with the argument
 * "manual" the list in man/softfail-milter.conf.5. */
#include <stdio.h>
#include <string.h>

#include "check/conf.h"

int
main(int argc, char **argv)
{
	if (argc == 1)
		conf_print_sample(stdout);
	else if (argc == 2 && strcmp(argv[1], "manual") == 0)
		conf_print_manual(stdout);
	else
		return 64;
	return fflush(stdout) == 0 ? 0 : 74;
}
