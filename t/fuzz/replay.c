/* Runs a fuzz entry on files, and on all files of folders, given as arguments.  TAP: one check a
 * file; what goes wrong ends the program. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "t/fuzz/fuzz.h"

enum { INPUT_MAX = 1 << 20 };

static void
replay_file(const char *path, unsigned *files)
{
	FILE *f = fopen(path, "rb");
	uint8_t *all = malloc(INPUT_MAX), *exact;
	size_t n;

	if (f == NULL || all == NULL) {
		printf("Bail out! %s cannot be read\n", path);
		exit(1);
	}
	n = fread(all, 1, INPUT_MAX, f);
	fclose(f);
	if ((exact = malloc(n > 0 ? n : 1)) == NULL)
		abort();
	memcpy(exact, all, n);		/* so that a sanitizer sees the first octet read too far */
	free(all);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	printf("ok %u - %s\n", ++*files, path);
}

static void
replay(const char *path, unsigned *files)
{
	struct stat st;
	struct dirent **names = NULL;
	int n;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		replay_file(path, files);
		return;
	}
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			replay_file(file, files);
		free(names[i]);
	}
	free(names);
}

int
main(int argc, char **argv)
{
	unsigned files = 0;

	for (int i = 1; i < argc; i++)
		replay(argv[i], &files);
	printf("1..%u\n", files);
	return files > 0 ? 0 : 1;
}
