/* prompt.c - see prompt.h. No signal handler: while the echo is off, signals that would end us are held back
 * and only noticed; they arrive when the terminal is as it was.
 */
#include "keys/prompt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "keys/secret.h"
#include "manifest/base/scope.h"

struct terminal {
	bool silent;
	struct termios before;
	sigset_t mask; /* as it was */
	int signals;   /* readable when a signal waits; -1 if not on a terminal */
};

/* The order matters: a signal that waited ends the process in the last line. */
static void restore(struct terminal *t)
{
	if (!t->silent)
		return;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
	close(t->signals);
	sigprocmask(SIG_SETMASK, &t->mask, NULL);
}

static bool hold_signals(struct terminal *t, struct err *e)
{
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGQUIT);
	SCOPED_FD int fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_sys(e, "hold back signals while a passphrase is typed");
	if (sigprocmask(SIG_BLOCK, &ends, &t->mask) < 0)
		return err_sys(e, "hold back signals while a passphrase is typed");
	t->signals = fd_take(&fd);
	return true;
}

/* On a terminal the echo is off until restore(); elsewhere nothing happens. */
static bool silence(struct terminal *t, struct err *e)
{
	if (tcgetattr(STDIN_FILENO, &t->before) < 0)
		return true;
	if (!hold_signals(t, e))
		return false;
	t->silent = true;
	struct termios quiet = t->before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) < 0)
		return err_sys(e, "turn off the echo of the terminal");
	return true;
}

/* One byte, no more: what follows the line belongs to whoever reads standard input next. */
static bool next_byte(int signals, char *c, bool *end, struct err *e)
{
	struct pollfd either[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	ssize_t n;
	do {
		if (poll(either, COUNT_OF(either), -1) < 0)
			n = -1;
		else if (either[0].revents)
			return err_set(e, ERR_SYSTEM, "interrupted");
		else
			n = read(STDIN_FILENO, c, 1);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return err_sys(e, "read standard input");
	*end = n == 0;
	return true;
}

/* Like minisign, a CR before the end of the line is not part of the passphrase. */
static bool read_line(int signals, char *to, size_t room, struct err *e)
{
	size_t len = 0;
	bool end = false;
	for (char c = 0; next_byte(signals, &c, &end, e); to[len++] = c) {
		if (end && len == 0)
			return err_set(e, ERR_USAGE, "standard input ended before a passphrase");
		if (end || c == '\n') {
			len -= len && to[len - 1] == '\r';
			to[len] = '\0';
			return true;
		}
		if (c == '\0')
			return err_set(e, ERR_USAGE, "has a NUL byte");
		if (len + 1 == room)
			return err_set(e, ERR_USAGE, "is longer than %zu bytes", room - 1);
	}
	return false;
}

static bool ask(
	const struct terminal *t, const char *what, const char *more, char *to, size_t room, struct err *e)
{
	if (t->silent)
		fprintf(stderr, "Passphrase for %s%s: ", what, more);
	return read_line(t->signals, to, room, e);
}

static bool ask_again(const struct terminal *t, const char *what, const char *first, struct err *e)
{
	char second[PASSPHRASE_ROOM];
	bool read = ask(t, what, ", once more", second, sizeof second, e);
	bool same = read && strcmp(first, second) == 0;
	explicit_bzero(second, sizeof second);
	if (read && !same)
		err_set(e, ERR_USAGE, "the two that were typed differ");
	return same;
}

bool prompt_passphrase(const char *what, bool twice, char *to, size_t room, struct err *e)
{
	SCOPED(restore) struct terminal t = { .signals = -1 };
	if (silence(&t, e) && ask(&t, what, "", to, room, e) &&
		(!twice || !t.silent || ask_again(&t, what, to, e)))
		return true;
	explicit_bzero(to, room);
	return err_in(e, "passphrase for %s", what);
}
