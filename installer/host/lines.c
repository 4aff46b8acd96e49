/* lines.c - see lines.h. */
#include "installer/host/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/base/surroundings.h"

#define SECONDS  60
#define ERR_MOST ((size_t)4096)
#define CHUNK    ((size_t)64 * 1024)
#define NO_SUCH  127

/* ---- splitting ---- */

static void hold(struct lines *l, const char *bytes, size_t len)
{
	size_t room = l->longest - l->held.len;
	l->open = true;
	l->cut |= len > room;
	text_add(&l->held, bytes, len < room ? len : room);
}

static bool give(struct lines *l, struct err *e)
{
	bool ok = l->visit(l->ctx, text_str(&l->held), l->held.len, l->cut, e);
	text_clear(&l->held);
	l->open = l->cut = false;
	return ok;
}

bool lines_add(struct lines *l, const char *bytes, size_t len, struct err *e)
{
	while (len > 0) {
		const char *feed = memchr(bytes, '\n', len);
		size_t part = feed ? (size_t)(feed - bytes) : len;
		hold(l, bytes, part);
		if (!feed)
			return true;
		if (!give(l, e))
			return false;
		bytes += part + 1;
		len -= part + 1;
	}
	return true;
}

bool lines_finish(struct lines *l, struct err *e)
{
	return !l->open || give(l, e);
}

void lines_end(struct lines *l)
{
	text_end(&l->held);
}

/* ---- a program ---- */

struct running {
	pid_t pid;
	int out, err; /* -1 once they ended */
	struct timespec start;
	double seconds;
	char *room; /* CHUNK bytes */
};

static void running_end(struct running *r)
{
	scope_close(&r->out);
	scope_close(&r->err);
	free(r->room);
}

/* In the child: only calls that are safe after fork(2). A session of its own, so that all of it can be ended.
 */
static _Noreturn void become(const struct run_lines *what, int nothing, int out, int err)
{
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	surroundings_give();
	if (chdir("/") == 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
		dup2(err, STDERR_FILENO) >= 0)
		execvpe(what->argv[0], (char *const *)(uintptr_t)what->argv,
			what->env ? (char *const *)(uintptr_t)what->env : environ);
	_exit(NO_SUCH);
}

static bool new_pipe(int *from, int *to)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	*from = ends[0];
	*to = ends[1];
	return true;
}

static bool start(const struct run_lines *what, struct running *r, struct err *e)
{
	SCOPED_FD int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC), out = -1, err = -1;
	if (nothing < 0 || !new_pipe(&r->out, &out) || !new_pipe(&r->err, &err))
		return err_sys(e, "a pipe");
	clock_now(&r->start);
	r->pid = fork();
	if (r->pid == 0)
		become(what, nothing, out, err);
	return r->pid > 0 || err_sys(e, "fork");
}

/* One read of what is ready; *fd is closed at its end. */
static bool drain(struct running *r, int *fd, struct lines *to, struct text *tail, struct err *e)
{
	ssize_t n = read(*fd, r->room, CHUNK);
	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0) {
		scope_close(fd);
		*fd = -1;
		return true;
	}
	if (to)
		return lines_add(to, r->room, (size_t)n, e);
	size_t room = ERR_MOST - tail->len;
	text_add(tail, r->room, (size_t)n < room ? (size_t)n : room);
	return true;
}

/* Until both pipes ended, or the deadline. */
static bool follow(struct running *r, struct lines *l, struct ran_lines *out, struct err *e)
{
	while (r->out >= 0 || r->err >= 0) {
		struct pollfd fds[] = { { r->out, POLLIN, 0 }, { r->err, POLLIN, 0 } };
		double left = r->seconds - seconds_since(&r->start);
		out->late = left <= 0;
		if (out->late)
			return true;
		if (poll(fds, 2, (int)(left * 1000) + 1) < 0 && errno != EINTR)
			return err_sys(e, "poll");
		if (fds[0].revents && !drain(r, &r->out, l, NULL, e))
			return false;
		if (fds[1].revents && !drain(r, &r->err, NULL, &out->err, e))
			return false;
	}
	return true;
}

/* True once it is over; it stays there to be waited for, so that its number is no other process's yet. */
static bool is_over(const struct running *r)
{
	siginfo_t info = { 0 };
	return waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

/* It closed its output but may still run: the deadline holds for that, too. Nothing of its session is left.
 */
static int finish(struct running *r, bool now, bool *late)
{
	int status = 0;
	while (!now && !is_over(r)) {
		*late = now = seconds_since(&r->start) > r->seconds;
		poll(NULL, 0, 2);
	}
	kill(-r->pid, SIGKILL);
	if (now)
		kill(r->pid, SIGKILL);
	while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR) {
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool run_lines(const struct run_lines *what, struct ran_lines *out, struct err *e)
{
	*out = (struct ran_lines){ 0 };
	SCOPED(running_end) struct running r = { .out = -1, .err = -1 };
	SCOPED(lines_end) struct lines l = { what->longest, what->visit, what->ctx, { 0 }, false, false };
	r.room = mem_new(CHUNK, 1);
	r.seconds = what->seconds ? what->seconds : SECONDS;
	if (!start(what, &r, e))
		return err_in(e, "%s", what->argv[0]);
	bool ok = follow(&r, &l, out, e) && lines_finish(&l, e);
	out->status = finish(&r, !ok || out->late, &out->late);
	return ok;
}

void ran_lines_end(struct ran_lines *r)
{
	text_end(&r->err);
}
