/* The rows are in conf.table, which says how they are written. */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/conf.h"
#include "t/tap.h"

enum { TEXT_MAX = 1 << 16, LINE_LEN = 4096 };

/* libconfig 1.5 loses the texts that it has read when a syntax error comes. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

/* One row: files to write, and what reading "test.conf" gives. */
struct row {
	char name[LINE_LEN];
	char want[TEXT_MAX];
	char got[TEXT_MAX];
};

static void
append(char *text, const char *more)
{
	size_t len = strlen(text);

	if (len + strlen(more) < TEXT_MAX)
		strcpy(text + len, more);
}

static void
append_faults(char *text, const char *label, struct conf_faults *f)
{
	for (size_t i = 0; i < f->count; i++) {
		append(text, label);
		append(text, f->list[i].p);
		append(text, "\n");
	}
	conf_faults_close(f);
}

/* What softfail-milter -t and -n would print. */
static void
read_it(struct row *row, const char *file)
{
	struct conf_faults faults, warnings;
	struct conf *c;
	char *printed = NULL;
	size_t len;
	FILE *out = open_memstream(&printed, &len);

	conf_faults_open(&faults);
	conf_faults_open(&warnings);
	if (conf_read(file, &faults, &warnings, &c) == RES_OK) {
		conf_print(out, c, true);
		conf_close(c);
	}
	fclose(out);
	append(row->got, printed);
	free(printed);
	append_faults(row->got, "", &faults);
	append_faults(row->got, "warning: ", &warnings);
}

static void
finish_row(struct row *row)
{
	if (row->name[0] == '\0')
		return;
	row->got[0] = '\0';
	read_it(row, "test.conf");
	tap_eq_text(row->got, row->want, "%s", row->name);
	row->name[0] = row->want[0] = '\0';
}

/* "<0xHH>" of the table as that octet: for what an editor would not keep. */
static void
put_octets(FILE *out, const char *line)
{
	unsigned octet;

	while (*line != '\0') {
		if (strncmp(line, "<0x", 3) == 0 && sscanf(line, "<0x%2x>", &octet) == 1) {
			putc((int)octet, out);
			line += strlen("<0x00>");
		} else
			putc(*line++, out);
	}
}

static void
run_rows(FILE *table, struct row *row)
{
	char line[LINE_LEN];
	FILE *out = NULL;
	bool wanted = false;

	while (fgets(line, sizeof line, table) != NULL) {
		if (strncmp(line, "== ", 3) == 0) {
			finish_row(row);
			strcpy(row->name, strtok(line + 3, "\n"));
			out = fopen("test.conf", "w");
			wanted = false;
		} else if (strncmp(line, "++ ", 3) == 0) {
			fclose(out);
			out = fopen(strtok(line + 3, "\n"), "w");
		} else if (strcmp(line, "--\n") == 0) {
			fclose(out);
			wanted = true;
		} else if (row->name[0] != '\0') {
			if (!wanted)
				put_octets(out, line);
			else if (strcmp(line, "\n") != 0)
				append(row->want, line);
		}
	}
	finish_row(row);
}

static void
test_places(struct row *row)
{
	row->got[0] = '\0';
	read_it(row, "none.conf");
	tap_eq_text(row->got,
	    "none.conf: cannot be read: No such file or directory; name a file that can\n",
	    "a file that is not there");
	row->got[0] = '\0';
	read_it(row, "folder");
	tap_eq_text(row->got, "folder: cannot be read: Is a directory; name a file that can\n",
	    "a folder");
	row->got[0] = '\0';
	read_it(row, "folder/in.conf");
	tap_eq_text(row->got, "folder/part.inc:1: dns.attempts: 0 is out of range; use 1 to 10\n",
	    "an included file is named from the folder of FILE");
}

static void
write_file(const char *name, const char *text)
{
	FILE *out = fopen(name, "w");

	fputs(text, out);
	fclose(out);
}

/* Far longer than anything that anybody writes, and still no harm */
static void
test_long(struct row *row)
{
	FILE *out = fopen("long.conf", "w");

	for (unsigned i = 0; i <= 1 << 20; i++)
		putc('\n', out);
	fclose(out);
	row->got[0] = '\0';
	read_it(row, "long.conf");
	tap_eq_text(row->got, "long.conf: is longer than 1048576 octets; shorten it\n",
	    "a file without end");
}

int
main(void)
{
	struct row *row = calloc(1, sizeof *row);
	const char *srcdir = getenv("SRCDIR");
	char path[LINE_LEN], folder[] = "/tmp/test_conf.XXXXXX", command[LINE_LEN];
	FILE *table;

	snprintf(path, sizeof path, "%s/t/check/conf.table", srcdir != NULL ? srcdir : ".");
	table = fopen(path, "r");
	if (!tap_ok(table != NULL && row != NULL, "conf.table is there") ||
	    mkdtemp(folder) == NULL ||
	    chdir(folder) != 0 || mkdir("folder", 0700) != 0 || mkfifo("pipe", 0600) != 0)
		return 1;
	write_file("folder/in.conf", "@include \"part.inc\"\n");
	write_file("folder/part.inc", "dns: { attempts = 0; };\n");
	run_rows(table, row);
	fclose(table);
	test_places(row);
	test_long(row);
	free(row);
	snprintf(command, sizeof command, "rm -r %s", folder);
	if (chdir("/") != 0 || system(command) != 0)
		return 1;
	return tap_done();
}
