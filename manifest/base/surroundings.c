/* surroundings.c - see surroundings.h. */
#include "manifest/base/surroundings.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "manifest/base/scope.h"
#include "manifest/base/text.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#define FIRST_OWN      3
#define FDS_STANDARD   1024
#define UMASK_STANDARD 022
#define FDS_MAX        65536 /* looked at where close_range(2) is missing */

/* ---- the environment ---- */

/* An ordinary user's places; root's are fixed. */
static const char *const places[] = { "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME" };

/* His manager's runtime directory and bus, which a su(1) or a timer does not say. */
static bool set_manager(void)
{
	char dir[64], bus[96];
	snprintf(dir, sizeof dir, "/run/user/%u", geteuid());
	snprintf(bus, sizeof bus, "unix:path=%s/bus", dir);
	return setenv("XDG_RUNTIME_DIR", dir, 1) == 0 && setenv("DBUS_SESSION_BUS_ADDRESS", bus, 1) == 0;
}

static bool set_user(char *const values[COUNT_OF(places)])
{
	for (size_t i = 0; i < COUNT_OF(places); i++)
		if (values[i] && setenv(places[i], values[i], 1) < 0)
			return false;
	return set_manager();
}

static char *copy_of(const char *name)
{
	const char *value = name ? getenv(name) : NULL;
	return value ? mem_copy(value, strlen(value)) : NULL;
}

static bool set_environment(const char *counts)
{
	SCOPED_TEXT char *counted = copy_of(counts);
	char *values[COUNT_OF(places)];
	for (size_t i = 0; i < COUNT_OF(places); i++)
		values[i] = copy_of(places[i]);
	bool good = clearenv() == 0 && setenv("PATH", SURROUNDINGS_PATH, 1) == 0 &&
		    setenv("LC_ALL", "C.UTF-8", 1) == 0 && (!counted || setenv(counts, counted, 1) == 0) &&
		    (geteuid() == 0 || set_user(values));
	for (size_t i = 0; i < COUNT_OF(places); i++)
		free(values[i]);
	return good;
}

/* ---- descriptors ---- */

/* O_PATH: neither read nor written, as when it was closed. */
static bool fill_standard(void)
{
	for (int fd = open("/", O_PATH | O_DIRECTORY); fd >= 0; fd = dup(fd))
		if (fd >= FIRST_OWN)
			return close(fd) == 0;
	return false;
}

static void keep_inherited(void)
{
	if (syscall(SYS_close_range, FIRST_OWN, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (int fd = FIRST_OWN; fd < FDS_MAX; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* ---- signals ---- */

static bool may_stay_ignored(int signal)
{
	return signal == SIGHUP || signal == SIGINT || signal == SIGQUIT;
}

/* What cannot be asked is not changed: two signals are nobody's, some are the C library's. */
static void set_signals(void)
{
	struct sigaction now;
	sigset_t none;
	for (int i = 1; i <= SIGRTMAX; i++)
		if (!may_stay_ignored(i) && sigaction(i, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
			signal(i, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN); /* a limit of sizes is an error of what is written, not the end of an act */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* More than so many are for who asks for them: select(2) knows no more. */
static void lower_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > FDS_STANDARD) {
		limit.rlim_cur = FDS_STANDARD;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void surroundings_give(void)
{
	sigset_t none;
	for (int i = 1; i <= SIGRTMAX; i++)
		signal(i, SIG_DFL);
	umask(UMASK_STANDARD);
	lower_limit();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

bool surroundings_begin(const char *counts, struct err *e)
{
	set_signals();
	if (!fill_standard())
		return err_sys(e, "open descriptors 0, 1 and 2");
	keep_inherited();
	return set_environment(counts) || err_sys(e, "set the environment");
}
