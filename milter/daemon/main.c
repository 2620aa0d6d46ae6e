/* softfail-milter: options and exit codes; the rest is daemon.c. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "check/conf.h"
#include "check/versions.h"
#include "daemon/daemon.h"
#include "daemon/mlfi.h"

#define DEFAULT_FILE SYSCONFDIR "/softfail-milter.conf"

enum mode { MODE_RUN, MODE_TEST, MODE_PRINT, MODE_PRINT_CHANGED, MODE_VERSION };

struct options {
	enum mode mode;
	const char *file; /* NULL: DEFAULT_FILE, which need not be there */
	bool foreground;
};

static const char usage[] = "usage: softfail-milter [-c FILE] [-f] [-t] [-T] [-n] [-V]\n"
			    "  -c FILE  configuration (" DEFAULT_FILE ")\n"
			    "  -f       stay in the foreground, log to stderr\n"
			    "  -t       check the configuration and exit\n"
			    "  -T       print the configuration in force, defaults included\n"
			    "  -n       print what differs from the defaults\n"
			    "  -V       print versions\n";

static int
read_options(int argc, char **argv, struct options *ret_options)
{
	struct options o = { 0 };
	int c;

	while ((c = getopt(argc, argv, "c:ftTnVh")) != -1)
		switch (c) {
		case 'c':
			o.file = optarg;
			break;
		case 'f':
			o.foreground = true;
			break;
		case 't':
			o.mode = MODE_TEST;
			break;
		case 'T':
			o.mode = MODE_PRINT;
			break;
		case 'n':
			o.mode = MODE_PRINT_CHANGED;
			break;
		case 'V':
			o.mode = MODE_VERSION;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(EX_OK);
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	if (optind < argc) {
		fprintf(stderr, "softfail-milter: unexpected argument: %s\n%s", argv[optind],
		    usage);
		return EX_USAGE;
	}
	*ret_options = o;
	return EX_OK;
}

static void
print_faults(const struct conf_faults *f, const char *label)
{
	for (size_t i = 0; i < f->count; i++)
		fprintf(stderr, "%s%.*s\n", label, STR_ARG(f->list[i]));
}

static int
read_conf(const char *file, struct conf **ret_conf)
{
	struct conf_faults faults, warnings;
	enum res r;

	conf_faults_open(&faults);
	conf_faults_open(&warnings);
	r = conf_read(file, &faults, &warnings, ret_conf);
	print_faults(&faults, "");
	print_faults(&warnings, "warning: ");
	conf_faults_close(&faults);
	conf_faults_close(&warnings);
	return r == RES_OK ? EX_OK : r == RES_NOMEM ? EX_OSERR : EX_CONFIG;
}

static void
print_versions(const char *prefix)
{
	unsigned major, minor, patch;

	mlfi_version(&major, &minor, &patch);
	printf("%ssoftfail-milter %s\n%slibmilter %u.%u.%u\n", prefix, PACKAGE_VERSION, prefix,
	    major, minor, patch);
	versions_print(stdout, prefix);
}

static int
run(const struct options *o, const char *file)
{
	struct daemon_options d = { .conf_file = file, .foreground = o->foreground };
	struct conf *conf;
	int code = read_conf(file, &conf);

	if (code != EX_OK)
		return code;
	if (o->mode == MODE_RUN)
		return daemon_run(conf, &d);
	if (o->mode != MODE_TEST) {
		print_versions("# ");
		if (conf_print(stdout, conf, o->mode == MODE_PRINT_CHANGED) != RES_OK)
			code = EX_OSERR;
	}
	conf_close(conf);
	return code;
}

int
main(int argc, char **argv)
{
	struct options o;
	char absolute[PATH_MAX];
	const char *file;
	int code = read_options(argc, argv, &o);

	if (code != EX_OK)
		return code;
	if (o.mode == MODE_VERSION) {
		print_versions("");
		return EX_OK;
	}
	file = o.file != NULL ? o.file : access(DEFAULT_FILE, F_OK) == 0 ? DEFAULT_FILE : NULL;
	if (o.mode == MODE_RUN && file != NULL && realpath(file, absolute) != NULL)
		file = absolute; /* a reload happens in another folder */
	return run(&o, file);
}
