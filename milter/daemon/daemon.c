#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "check/log.h"
#include "check/ports.h"
#include "daemon/listen.h"
#include "daemon/mlfi.h"
#include "daemon/runtime.h"

/*
 * How signals reach us.  libmilter has a thread that waits for SIGHUP, SIGTERM and SIGINT and then
 * ends the process's service at once, open sessions and all; mlfi.c keeps that thread from hearing
 * them.  Every thread blocks these signals but the main one, which has handlers for them.  The
 * handlers take a note and wake the main thread, which alone acts.
 */

enum {
	MAX_DESCRIPTORS = 16384,
	LAST_WORDS_MS = 100, /* libmilter sends an answer after the message's last callback */
};

static const int signals[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT };

/* The signal handler's flags and its eventfd: the one writable global (with mlfi.c's pointer). */
static struct {
	volatile sig_atomic_t stop, reload;
	atomic_bool ended; /* libmilter's thread has */
	int wake;
} noted;

struct server {
	const struct daemon_options *options;
	struct runtime *rt;
	char *socket;   /* as it was at the start: a reload does not move it */
	char *pid_file; /* NULL: none */
	int listener;
	int ready_pipe;   /* the parent waits here; -1 in the foreground */
	int null;         /* /dev/null, opened before a chroot hides it; goes with ready_pipe */
	pthread_t thread; /* runs smfi_main() */
};

static void
wake_main(void)
{
	uint64_t one = 1;

	(void)!write(noted.wake, &one, sizeof one); /* a full counter wakes as well */
}

static void
on_signal(int sig)
{
	int saved = errno;

	if (sig == SIGTERM || sig == SIGINT)
		noted.stop = 1;
	else
		noted.reload = 1;
	wake_main();
	errno = saved;
}

static void
block_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&set, signals[i]);
	pthread_sigmask(how, &set, NULL);
}

static void
install_handlers(void)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
}

static int
complain(int code, const char *what, const char *detail)
{
	fprintf(stderr, "softfail-milter: %s%s\n", what, detail);
	return code;
}

/* As faults of the configuration are told: key, value, what is wrong and the cure. */
static int
complain_of(int code, const char *key, struct str value, const char *cure, const char *detail)
{
	fprintf(stderr, "softfail-milter: %s: \"%.*s\": %s: %s\n", key, STR_ARG(value), cure,
	    detail);
	return code;
}

static void
raise_descriptor_limit(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) != 0 || rl.rlim_cur >= MAX_DESCRIPTORS)
		return;
	rl.rlim_cur = rl.rlim_max < MAX_DESCRIPTORS ? rl.rlim_max : MAX_DESCRIPTORS;
	setrlimit(RLIMIT_NOFILE, &rl);
}

/* In the child: returns 0 with the write end; in the parent: waits for the child's word and exits
 * with it. */
static int
into_background(struct server *sv)
{
	int fds[2];
	pid_t pid;
	unsigned char code = EX_OSERR;

	sv->ready_pipe = -1;
	if (sv->options->foreground)
		return EX_OK;
	sv->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (sv->null < 0 || pipe2(fds, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return complain(EX_OSERR, "cannot go into the background: ", strerror(errno));
	if (pid > 0) {
		close(fds[1]);
		if (read(fds[0], &code, 1) != 1)
			code = EX_SOFTWARE;
		_exit(code);
	}
	close(fds[0]);
	setsid();
	sv->ready_pipe = fds[1];
	return EX_OK;
}

/* Tells the waiting parent; from then on nobody reads our stderr. */
static void
report_ready(struct server *sv, int code)
{
	unsigned char octet = (unsigned char)code;

	if (sv->ready_pipe < 0)
		return;
	if (write(sv->ready_pipe, &octet, 1) != 1)
		return;
	close(sv->ready_pipe);
	sv->ready_pipe = -1;
	for (int fd = 0; code == EX_OK && fd < 3; fd++)
		dup2(sv->null, fd);
	close(sv->null);
}

/* Only one that was written here is removed at the end: another daemon's may be in its place. */
static int
write_pid_file(struct server *sv, const struct conf *c)
{
	FILE *f;

	if (c->pid_file.len == 0)
		return EX_OK;
	f = fopen(c->pid_file.p, "we");
	if (f == NULL || fprintf(f, "%ld\n", (long)getpid()) < 0 || fclose(f) != 0)
		return complain_of(EX_CANTCREAT, "pid_file", c->pid_file,
		    "cannot be written; create its folder, or change the key", strerror(errno));
	sv->pid_file = strdup(c->pid_file.p);
	return sv->pid_file != NULL ? EX_OK : complain(EX_OSERR, "no memory", "");
}

static int
drop_privileges(const struct conf *c, const struct passwd *pw, bool foreground)
{
	if (c->chroot.len > 0 && (chroot(c->chroot.p) != 0 || chdir("/") != 0))
		return complain_of(EX_NOPERM, "chroot", c->chroot,
		    "cannot change to it; create it and start as root, or leave the key out",
		    strerror(errno));
	if (c->chroot.len == 0 && !foreground && chdir("/") != 0) /* hold nobody's file system */
		return complain(EX_OSERR, "cannot change to the root folder: ", strerror(errno));
	if (pw == NULL || geteuid() == pw->pw_uid) /* systemd has seen to it already */
		return EX_OK;
	if (initgroups(pw->pw_name, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 ||
	    setuid(pw->pw_uid) != 0)
		return complain_of(EX_NOPERM, "user", c->user,
		    "cannot become it; start as root, or leave the key out", strerror(errno));
	return EX_OK;
}

/* Opens the socket while still privileged, so errors are early and clear. */
static int
open_socket(struct server *sv, const struct conf *c, const struct passwd *pw)
{
	char text[1024];
	struct buf why = buf_on(text, sizeof text);

	if (listen_check(c, &why) != RES_OK)
		return complain(EX_UNAVAILABLE, text, "");
	if (mlfi_open(sv->socket, &sv->listener) != RES_OK)
		return complain_of(EX_CANTCREAT, "socket", c->socket,
		    "cannot be opened; create its folder, or change the key",
		    "libmilter's log says why");
	if (listen_set_owner(c, pw != NULL ? pw->pw_uid : (uid_t)-1,
		pw != NULL ? pw->pw_gid : (gid_t)-1, &why) != RES_OK)
		return complain(EX_NOPERM, text, "");
	return EX_OK;
}

static void *
serve(void *arg)
{
	mlfi_serve(arg);
	atomic_store(&noted.ended, true);
	wake_main();
	return NULL;
}

/* Everything up to the open socket and the dropped privileges; conf is only read. */
static int
prepare(struct server *sv, const struct conf *c)
{
	const struct passwd *pw = NULL;
	int code;

	if (c->user.len > 0 && (pw = getpwnam(c->user.p)) == NULL)
		return complain_of(EX_NOUSER, "user", c->user, "create it, or change the key",
		    "no such user");
	sv->socket = strdup(c->socket.p);
	if (sv->socket == NULL)
		return complain(EX_OSERR, "no memory", "");
	umask((mode_t)c->umask);
	raise_descriptor_limit();
	if ((code = open_socket(sv, c, pw)) != EX_OK || (code = write_pid_file(sv, c)) != EX_OK)
		return code;
	return drop_privileges(c, pw, sv->options->foreground);
}

static int
begin_service(struct server *sv, struct conf *conf)
{
	static const char cannot_start[] = "cannot start: no memory, descriptors or threads";

	block_signals(SIG_BLOCK); /* before any thread is made: they all inherit it */
	noted.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	install_handlers();
	if (runtime_open(conf, sv->options->foreground, &sv->rt) != RES_OK)
		return complain(EX_OSERR, cannot_start, "");
	if (noted.wake < 0 || pthread_create(&sv->thread, NULL, serve, sv->rt) != 0) {
		runtime_close(sv->rt);
		return complain(EX_OSERR, cannot_start, "");
	}
	block_signals(SIG_UNBLOCK);
	return EX_OK;
}

static int64_t
now_s(void)
{
	const struct clock_port clock = clock_system();

	return clock_monotonic_ms(&clock) / 1000;
}

/* Until told to stop (true), or until libmilter ended by itself (false). */
static bool
main_loop(struct server *sv)
{
	int64_t written = now_s();

	while (!noted.stop && !atomic_load(&noted.ended)) {
		struct pollfd pfd = { .fd = noted.wake, .events = POLLIN };
		int64_t due = written + runtime_conf_int(sv->rt, RUNTIME_STATS_INTERVAL) - now_s();
		uint64_t count;

		if (due > 0 && poll(&pfd, 1, (int)due * 1000) > 0 &&
		    read(noted.wake, &count, sizeof count) < 0)
			continue;
		if (noted.reload) {
			noted.reload = 0;
			runtime_reload(sv->rt, sv->options->conf_file);
		}
		if (now_s() - written >= runtime_conf_int(sv->rt, RUNTIME_STATS_INTERVAL)) {
			runtime_write_stats(sv->rt);
			written = now_s();
		}
	}
	return noted.stop;
}

/* No new connection; open messages get their time; then libmilter ends. */
static void
stop_service(struct server *sv)
{
	struct listen_door door;
	unsigned left;

	listen_close_door(sv->socket, sv->listener, &door);
	left = runtime_drain(sv->rt, runtime_conf_int(sv->rt, RUNTIME_SHUTDOWN_TIMEOUT));
	if (left > 0)
		runtime_log(sv->rt, LOG_LEVEL_WARNING,
		    "stopping with %u messages in progress: the MTA will offer them again", left);
	poll(NULL, 0, LAST_WORDS_MS);
	if (!listen_hang_up(&door))
		mlfi_stop();
	pthread_join(sv->thread, NULL);
}

static void
server_free(struct server *sv)
{
	if (sv->pid_file != NULL)
		unlink(sv->pid_file);
	free(sv->pid_file);
	free(sv->socket);
}

int
daemon_run(struct conf *conf, const struct daemon_options *options)
{
	struct server sv = { .options = options, .listener = -1, .ready_pipe = -1 };
	bool asked;
	int code = into_background(&sv);

	if (code == EX_OK && (code = prepare(&sv, conf)) != EX_OK)
		conf_close(conf);
	if (code != EX_OK || (code = begin_service(&sv, conf)) != EX_OK) {
		report_ready(&sv, code);
		server_free(&sv);
		return code;
	}
	report_ready(&sv, EX_OK);
	runtime_log_start(sv.rt, sv.socket);
	asked = main_loop(&sv);
	if (asked)
		stop_service(&sv);
	else
		runtime_log(sv.rt, LOG_LEVEL_ERROR,
		    "libmilter ended by itself: see its own log lines above");
	runtime_write_stats(sv.rt);
	runtime_log(sv.rt, LOG_LEVEL_INFO, "stopped");
	runtime_close(sv.rt);
	server_free(&sv);
	return asked ? EX_OK : EX_SOFTWARE;
}
