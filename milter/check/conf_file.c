#include "check/conf_file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void
complain_errno(struct buf *wrong)
{
	buf_puts(wrong, "cannot be read: ");
	buf_puts(wrong, strerror(errno));
	buf_puts(wrong, "; name a file that can");
}

/* Without waiting for the writer of a pipe, so that it can be looked at first. */
static int
open_plain(const char *path, struct buf *wrong)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1 || fstat(fd, &st) == -1)
		complain_errno(wrong);
	else if (!S_ISREG(st.st_mode))
		buf_puts(wrong, "is not a plain file; name one that is");
	else
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

static int
open_any(const char *path, struct buf *wrong)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		complain_errno(wrong);
	return fd;
}

/* Until the end, or until cap octets are there.  RES_PERM: errno says why. */
static enum res
read_all(int fd, char *p, size_t cap, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < cap) {
		if ((n = read(fd, p + len, cap - len)) > 0)
			len += (size_t)n;
		else if (n == -1 && errno == EINTR)
			n = 1;
	}
	*ret_len = len;
	return n == -1 ? RES_PERM : RES_OK;
}

static enum res
read_text(struct arena *a, int fd, struct buf *wrong, struct str *ret_text)
{
	char *p = arena_alloc(a, CONF_MAX_BYTES + 1);
	size_t len;

	if (p == NULL)
		return RES_NOMEM;
	if (read_all(fd, p, CONF_MAX_BYTES + 1, &len) != RES_OK) {
		complain_errno(wrong);
		return RES_PERM;
	}
	if (len > CONF_MAX_BYTES) {
		buf_puts(wrong, "is longer than ");
		buf_putu(wrong, CONF_MAX_BYTES);
		buf_puts(wrong, " octets; shorten it");
		return RES_PERM;
	}
	*ret_text = (struct str){ p, len };
	return RES_OK;
}

enum res
conf_file_read(struct arena *a, const char *path, bool plain, struct buf *wrong,
    struct str *ret_text)
{
	int fd = plain ? open_plain(path, wrong) : open_any(path, wrong);
	enum res r;

	if (fd == -1)
		return RES_PERM;
	r = read_text(a, fd, wrong, ret_text);
	close(fd);
	return r;
}
