/* run.c - see run.h. */
#include "installer/host/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/base/surroundings.h"

#define SECONDS_STANDARD 30
#define LIMIT_STANDARD   ((size_t)16 * 1024 * 1024)
#define PIECE            65536
#define ROUNDS_AFTER     16 /* pieces in the largest pipe that a user may have */
#define TRIES_MAX        1000
#define TRY_MICROSECONDS 2000
#define NOT_FOUND        127
#define NOT_ALLOWED      126

void ran_end(struct ran *r)
{
	text_end(&r->out);
	text_end(&r->err);
}

static bool become(const struct run *what)
{
	const struct passwd *user = getpwuid(what->uid);
	if (!what->as_user || (geteuid() == what->uid && geteuid() != 0))
		return true;
	if ((user ? initgroups(user->pw_name, what->gid) : setgroups(1, &what->gid)) < 0)
		return false;
	return setgid(what->gid) == 0 && setuid(what->uid) == 0;
}

/* Between fork and exec: the child never returns. It ends with who runs it: what a killed worker had begun
 * does not go on while somebody else undoes the act. What it left behind by then lives on.
 */
static void be_program(const struct run *what, int out, int err)
{
	int empty = open("/dev/null", O_RDWR);
	out = what->leaves ? empty : out;
	err = what->leaves ? empty : err;
	surroundings_give();
	setsid();
	if (empty < 0 || dup2(empty, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 || !become(what) ||
		chdir(what->cwd ? what->cwd : "/") < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		_exit(NOT_ALLOWED);
	if (what->env)
		environ = (char **)(void *)(uintptr_t)what->env;
	execvp(what->argv[0], (char *const *)(void *)(uintptr_t)what->argv);
	_exit(errno == ENOENT ? NOT_FOUND : NOT_ALLOWED);
}

struct running {
	pid_t pid;
	int pipes[2]; /* its standard output and error */
	bool ended;
	int status;
};

static bool start(const struct run *what, struct running *r, struct err *e)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
		scope_close(&out[0]);
		scope_close(&out[1]);
		return err_sys(e, "make a pipe for %s", what->argv[0]);
	}
	r->pid = fork();
	if (r->pid == 0)
		be_program(what, out[1], err[1]);
	int why = errno;
	scope_close(&out[1]);
	scope_close(&err[1]);
	r->pipes[0] = out[0];
	r->pipes[1] = err[0];
	errno = why;
	return r->pid > 0 || err_sys(e, "start %s", what->argv[0]);
}

/* What is in the pipe now. Forgets the pipe at its end. */
static void drain(int *pipe, struct text *to, size_t limit, bool *truncated)
{
	char piece[PIECE];
	ssize_t n = read(*pipe, piece, sizeof piece);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		scope_close(pipe);
		*pipe = -1;
		return;
	}
	size_t fits = limit - to->len < (size_t)n ? limit - to->len : (size_t)n;
	text_add(to, piece, fits);
	*truncated = *truncated || fits < (size_t)n;
}

static void wait_for_end(struct running *r)
{
	if (!r->ended && waitpid(r->pid, &r->status, WNOHANG) == r->pid)
		r->ended = true;
}

/* Reads until the program is over and has said all, or the deadline came. A child that keeps a pipe open, or
 * even fills it, does not hold us: what is there when the program ends is read, no more is waited for. */
static void listen_to(const struct run *what, struct running *r, struct ran *out)
{
	unsigned seconds = what->seconds ? what->seconds : SECONDS_STANDARD;
	size_t limit = what->limit ? what->limit : LIMIT_STANDARD;
	unsigned rounds = 0;
	struct timespec begun;
	clock_now(&begun);
	for (bool over = false; !over;) {
		struct pollfd fds[] = { { r->pipes[0], POLLIN, 0 }, { r->pipes[1], POLLIN, 0 } };
		wait_for_end(r);
		bool was_ended = r->ended;
		int some = poll(fds, 2, was_ended ? 0 : 20);
		if (fds[0].revents)
			drain(&r->pipes[0], &out->out, limit, &out->truncated);
		if (fds[1].revents)
			drain(&r->pipes[1], &out->err, limit, &out->truncated);
		out->late = !was_ended && seconds_since(&begun) > seconds;
		over = out->late || (was_ended && (some <= 0 || ++rounds > ROUNDS_AFTER));
	}
}

/* Ends every child of this process: the program's orphans have become ours. */
static void end_children(void)
{
	SCOPED(scope_dir) DIR *proc = opendir("/proc");
	char path[64], line[512];
	for (const struct dirent *d; proc && (d = readdir(proc)) != NULL;) {
		int parent = 0;
		long pid = strtol(d->d_name, NULL, 10);
		snprintf(path, sizeof path, "/proc/%ld/stat", pid);
		FILE *f = pid > 0 ? fopen(path, "re") : NULL;
		const char *after = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
		if (after && sscanf(after, ") %*c %d", &parent) == 1 && parent == getpid())
			kill((pid_t)pid, SIGKILL);
		if (f)
			fclose(f);
	}
}

static void close_pipes(struct running *r)
{
	scope_close(&r->pipes[0]);
	scope_close(&r->pipes[1]);
}

static void end_all(struct running *r)
{
	kill(-r->pid, SIGKILL);
	if (!r->ended)
		r->ended = waitpid(r->pid, &r->status, 0) == r->pid;
	/* who is ended leaves us its own children: never wait for one that may still run */
	for (int tries = 0; tries < TRIES_MAX;) {
		pid_t over = waitpid(-1, NULL, WNOHANG);
		if (over < 0)
			break;
		if (over == 0) {
			end_children();
			usleep(TRY_MICROSECONDS);
			tries++;
		}
	}
	close_pipes(r);
}

bool run_program(const struct run *what, struct ran *out, struct err *e)
{
	struct running r = { .pid = -1, .pipes = { -1, -1 } };
	int before = 0;
	*out = (struct ran){ 0 };
	prctl(PR_GET_CHILD_SUBREAPER, &before);
	prctl(PR_SET_CHILD_SUBREAPER, !what->leaves);
	bool good = start(what, &r, e);
	if (good) {
		listen_to(what, &r, out);
		if (what->leaves && r.ended)
			close_pipes(&r);
		else
			end_all(&r);
		out->status = WIFSIGNALED(r.status) ? 128 + WTERMSIG(r.status) : WEXITSTATUS(r.status);
	} else {
		close_pipes(&r);
	}
	prctl(PR_SET_CHILD_SUBREAPER, (unsigned long)before);
	return good;
}
