/* trace.c - see cut.h. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sweep/cut.h"

#define TASKS_MAX 256
#define NO_CALL   UINT64_MAX
#define OPTIONS                                                                                              \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE |          \
		PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL)
#define SYSCALL_STOP (SIGTRAP | 0x80)

/* One thread that is followed. */
struct task {
	pid_t pid, group; /* of a thread: the process that it is in; 0: this place is free */
	bool seen;        /* it is in a call whose end matters */
	bool changed;     /* `before` is put back at the end */
	enum how how;     /* what happens to the call that it is in */
	int error;
	struct user_regs_struct before;
};

struct tracer {
	const struct plan *plan;
	struct task tasks[TASKS_MAX];
	unsigned long counts[CALLS_MAX]; /* points of each call so far */
	struct hurry hurry;
	pid_t first;
	int status; /* of the first */
	char program[PATH_MAX];
	bool done;    /* what was planned has happened */
	bool killing; /* whoever comes is killed too */
};

static pid_t group_of(pid_t pid)
{
	char path[64], line[256];
	int group = pid;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "Tgid: %d", &group) == 1)
			break;
	if (f)
		fclose(f);
	return group;
}

static struct task *task_of(struct tracer *t, pid_t pid)
{
	struct task *free_place = NULL;
	for (size_t i = 0; i < TASKS_MAX; i++) {
		if (t->tasks[i].pid == pid)
			return &t->tasks[i];
		if (!t->tasks[i].pid && !free_place)
			free_place = &t->tasks[i];
	}
	if (!free_place)
		abort();
	*free_place = (struct task){ .pid = pid, .group = group_of(pid) };
	return free_place;
}

/* ---- what is planned ---- */

static void kill_all(struct tracer *t)
{
	t->killing = true;
	for (size_t i = 0; i < TASKS_MAX; i++)
		if (t->tasks[i].pid)
			kill(t->tasks[i].group, SIGKILL);
}

static void prove(struct tracer *t, const struct call *c, unsigned long count, const char *where)
{
	t->done = true;
	if (t->plan->proof) {
		fprintf(t->plan->proof, "%s %lu %s\n", c->name, count, where);
		fflush(t->plan->proof);
	}
}

/* A disk that is full, or can only be read, fails what writes; who starts and ends processes does not notice.
 */
static bool can_fail_so(const struct plan *p, const struct call *c)
{
	if (c->kind == CALL_EXEC || c->kind == CALL_FORK || c->kind == CALL_KILL)
		return false;
	return (p->error != ENOSPC && p->error != EDQUOT) ||
	       (strncmp(c->name, "unlink", 6) != 0 && strcmp(c->name, "rmdir") != 0 &&
		       strstr(c->name, "sync") == NULL && strstr(c->name, "chmod") == NULL &&
		       strstr(c->name, "chown") == NULL);
}

static bool is_planned(const struct tracer *t, const struct call *c, unsigned long count)
{
	const struct plan *p = t->plan;
	if (p->call == c && (p->every || p->at == count))
		return true;
	return p->on && t->done && can_fail_so(p, c);
}

static void shorten(const struct call *c, struct user_regs_struct *r)
{
	unsigned long long *size = c->size == 3 ? &r->rdx : c->size == 4 ? &r->r10 : &r->r8;
	if (*size > 1)
		*size /= 2;
}

static void begin_plan(struct tracer *t, struct task *task, const struct call *c, struct user_regs_struct *r)
{
	task->how = t->plan->how;
	task->error = t->plan->error;
	task->changed = true;
	if (task->how == HOW_SHORT)
		shorten(c, r);
	else if (task->how != HOW_AFTER)
		r->orig_rax = NO_CALL;
	ptrace(PTRACE_SETREGS, task->pid, NULL, r);
	if (task->how == HOW_BEFORE)
		kill_all(t);
	if (task->how == HOW_ALONE)
		kill(task->group, SIGKILL);
}

/* ---- stops ---- */

static void enter(struct tracer *t, struct task *task)
{
	char where[PATH_MAX];
	struct user_regs_struct r;
	if (ptrace(PTRACE_GETREGS, task->pid, NULL, &r) < 0)
		return;
	task->before = r;
	task->how = HOW_NOT;
	task->seen = true;
	task->changed = hurry_enter(&t->hurry, task->pid, &r);
	if (task->changed)
		ptrace(PTRACE_SETREGS, task->pid, NULL, &r);
	const struct call *c = call_of(task->before.orig_rax);
	if (!*t->program || !c || !call_counts(c, task->pid, &task->before, t->plan->below, where))
		return;
	unsigned long count = ++t->counts[c->number];
	if (t->plan->points)
		fprintf(t->plan->points, "%s %lu %d %s\n", c->name, count, task->pid, where);
	if (!is_planned(t, c, count))
		return;
	if (!t->done || t->plan->every)
		prove(t, c, count, where);
	begin_plan(t, task, c, &r);
}

static void leave(struct tracer *t, struct task *task)
{
	struct user_regs_struct r;
	task->seen = false;
	if (ptrace(PTRACE_GETREGS, task->pid, NULL, &r) < 0)
		return;
	hurry_leave(&t->hurry, task->pid, &r);
	if (task->changed) {
		unsigned long long result = r.rax;
		if (task->how == HOW_FAIL)
			result = (unsigned long long)-task->error;
		if (task->how == HOW_LIE)
			result = 0;
		r = task->before;
		r.rax = result;
		ptrace(PTRACE_SETREGS, task->pid, NULL, &r);
	}
	if (task->how == HOW_AFTER)
		kill_all(t);
}

/* The same program goes on under another name too: the installer keeps a copy of itself. */
static bool is_followed(struct tracer *t, pid_t pid)
{
	char link[64], path[PATH_MAX] = "";
	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	if (readlink(link, path, sizeof path - 1) < 0)
		return false;
	if (!*t->program)
		strcpy(t->program, path);
	return strcmp(path, t->program) == 0 || strstr(path, "/waybill/installer/");
}

/* Says how the task goes on; false: it does not, here. */
static bool begin_program(struct tracer *t, struct task *task)
{
	if (task->how == HOW_AFTER)
		kill_all(t);
	task->changed = false;
	task->seen = false;
	task->how = HOW_NOT;
	if (is_followed(t, task->pid)) {
		hurry_begin(task->pid);
		return true;
	}
	ptrace(PTRACE_DETACH, task->pid, NULL, NULL);
	*task = (struct task){ 0 };
	return false;
}

static void stopped(struct tracer *t, struct task *task, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	if (event == PTRACE_EVENT_EXEC && !begin_program(t, task))
		return;
	if (event == PTRACE_EVENT_SECCOMP)
		enter(t, task);
	if (signal == SYSCALL_STOP && task->seen)
		leave(t, task);
	if (t->killing)
		kill(task->group, SIGKILL);
	bool ours = signal == SYSCALL_STOP || signal == SIGTRAP || event || signal == SIGSTOP;
	ptrace(task->seen ? PTRACE_SYSCALL : PTRACE_CONT, task->pid, NULL,
		(void *)(uintptr_t)(ours ? 0 : signal));
}

static void follow(struct tracer *t)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
		if (pid < 0)
			continue;
		struct task *task = task_of(t, pid);
		if (WIFSTOPPED(status)) {
			stopped(t, task, status);
			continue;
		}
		*task = (struct task){ 0 };
		if (pid == t->first)
			t->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static void be_program(const struct plan *p)
{
	raise(SIGSTOP);
	if (p->chroot && (chroot(p->chroot) < 0 || chdir("/") < 0))
		perror(p->chroot);
	else if (filter_begin())
		execv(p->argv[0], p->argv);
	perror(p->argv[0]);
	_exit(127);
}

/* Who stops and who looks take turns: on one processor that is several times faster than on two. */
static void stay_here(void)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one);
}

int trace_run(const struct plan *p)
{
	static struct tracer t;
	int status;
	t = (struct tracer){ .plan = p, .status = -1 };
	stay_here();
	t.first = fork();
	if (t.first < 0)
		return -1;
	if (t.first == 0)
		be_program(p);
	if (waitpid(t.first, &status, WUNTRACED) < 0 || ptrace(PTRACE_SEIZE, t.first, NULL, OPTIONS) < 0)
		return -1;
	kill(t.first, SIGCONT);
	follow(&t);
	return t.status;
}
