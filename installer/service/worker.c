/* worker.c - see worker.h. The two processes share the lock: it is held until both have let go of it, so the
 * one that only watches lets go at once.
 */
#include "installer/service/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "installer/host/run.h"
#include "installer/result.h"
#include "installer/service/steps.h"
#include "installer/service/watchdog.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

#define PIECE 4096

void worker_log(uint64_t act, struct text *out)
{
	text_printf(out, "acts/%06llu.log", (unsigned long long)act);
}

/* ---- the worker ---- */

/* A scope of its own: what ends the login that this came from does not end it. Without systemd a session of
 * its own has to do. */
static void leave_login(const struct transaction *t)
{
	SCOPED(ran_end) struct ran ran = { 0 };
	SCOPED(text_end) struct text name = { 0 };
	SCOPED(text_end) struct text pid = { 0 };
	struct err why = { 0 };
	text_puts(&name, "waybill-");
	for (const char *p = text_str(&t->node.application); *p; p++)
		text_byte(&name, *p == '@' ? ':' : *p);
	text_printf(&name, "-%llu.scope", (unsigned long long)t->act.number);
	text_printf(&pid, "%d", getpid());
	const char *argv[] = { "busctl", geteuid() == 0 ? "--system" : "--user", "--quiet", "call",
		"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
		"StartTransientUnit", "ssa(sv)a(sa(sv))", text_str(&name), "fail", "2", "PIDs", "au", "1",
		text_str(&pid), "CollectMode", "s", "inactive-or-failed", "0", NULL };
	struct run run = { .argv = argv, .seconds = 10 };
	bool done = run_program(&run, &ran, &why) && ran.status == 0;
	const char *said = ran.status == 127 ? "no busctl" : text_str(&ran.err);
	if (!done)
		say(t->request->json,
			"this act stays in the control group of the session that began it: %.*s",
			(int)strcspn(said, "\n"), said);
}

static bool be_worker(struct transaction *t, int out, int log, struct err *e)
{
	SCOPED_FD int empty = open("/dev/null", O_RDONLY | O_CLOEXEC);
	setsid();
	if (empty < 0 || dup2(empty, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		dup2(log, STDERR_FILENO) < 0)
		return err_sys(e, "begin to work alone");
	leave_login(t);
	return true;
}

/* ---- who watches ---- */

struct watch_of {
	pid_t worker;
	int out, log;
	struct text said; /* the result: told when the worker has ended, whole or not at all */
	int status;
	bool ended;
};

/* Reads what is there; false at the end. */
static bool collect(int from, struct text *to)
{
	char piece[PIECE];
	ssize_t n;
	while ((n = read(from, piece, sizeof piece)) > 0)
		text_add(to, piece, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void pass_log(int from)
{
	SCOPED(text_end) struct text piece = { 0 };
	collect(from, &piece);
	fwrite(text_str(&piece), 1, piece.len, stderr);
	fflush(stderr);
}

/* What asks this process to stop asks the worker: it undoes and says so. A line that is gone asks nobody. */
static void pass_signals(const struct watch_of *w)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	for (int came; (came = sigtimedwait(&set, NULL, &(struct timespec){ 0, 0 })) > 0;)
		kill(w->worker, came);
}

static void watch_worker(struct watch_of *w)
{
	for (bool open = true; open || !w->ended;) {
		struct pollfd fd = { w->out, POLLIN, 0 };
		if (!w->ended && waitpid(w->worker, &w->status, WNOHANG) == w->worker)
			w->ended = true;
		poll(&fd, open, w->ended ? 0 : 50);
		pass_signals(w);
		pass_log(w->log);
		open = open && collect(w->out, &w->said) && !w->ended;
	}
	pass_log(w->log);
}

/* Killed between the outcome and the last words: the record has them. */
static bool say_committed(struct transaction *t, const struct act *act, struct err *e)
{
	say(t->request->json, "%s: act %llu is committed", e->text, (unsigned long long)act->number);
	*e = (struct err){ 0 };
	watchdog_disarm(&t->node, act);
	t->act = *act;
	result_print(t, true, t->request->json);
	judge_record(t);
	return true;
}

#define TRIES 600

/* The timer may have come first: then it is waited for, and what it did is read. */
static bool begin_again(struct transaction *t, uint64_t *recovered, struct err *e)
{
	for (int tries = 0; tries < TRIES; tries++) {
		*e = (struct err){ 0 };
		if (node_lock(&t->node, e))
			return transaction_begin(t, recovered, e);
		if (e->kind != ERR_REFUSED)
			return false;
		nanosleep(&(struct timespec){ 0, 500000000 }, NULL);
	}
	return false;
}

/* Killed from outside: its act is undone here and now, unless that had an outcome already. */
static bool take_over(struct transaction *t, int signal, struct err *e)
{
	uint64_t recovered;
	struct err why = { 0 };
	ledger_end(&t->ledger);
	free(t->stored.items);
	t->stored = (struct stored_list){ 0 };
	t->recording = false;
	err_set(e, ERR_SYSTEM, "the process at work was killed (%s)", strsignal(signal));
	if (!begin_again(t, &recovered, &why)) {
		e->kind = why.kind;
		return err_in(e, "not undone (%s)", why.text);
	}
	const struct act *act = ledger_act(&t->ledger, t->act.number);
	if (act && strcmp(act->outcome, ACT_STAGED) == 0)
		return err_in(
			e, "nothing was changed, act %llu is still staged", (unsigned long long)act->number);
	if (act && strcmp(act->outcome, ACT_COMMITTED) == 0)
		return say_committed(t, act, e);
	if (act && act->proven)
		return err_in(e, "undone, the old release is in place");
	e->kind = ERR_STUCK;
	return err_in(e, "undone, the old release is in place, but it is not what it was");
}

static bool watch(struct transaction *t, struct watch_of *w, struct err *e)
{
	t->watched = true;
	scope_close(&t->node.lock);
	t->node.lock = -1;
	watch_worker(w);
	if (WIFSIGNALED(w->status))
		return take_over(t, WTERMSIG(w->status), e);
	fwrite(text_str(&w->said), 1, w->said.len, stdout);
	if (WEXITSTATUS(w->status) == 0)
		return true;
	err_set(e, (enum err_kind)WEXITSTATUS(w->status), "the worker said why");
	e->told = e->said = true;
	return false;
}

static int open_log(const struct transaction *t, int flags)
{
	SCOPED(text_end) struct text path = { 0 };
	worker_log(t->act.number, &path);
	return fs_open(t->node.state, text_str(&path), flags | O_CLOEXEC, 0600);
}

bool worker_split(struct transaction *t, struct err *e)
{
	int out[2];
	SCOPED_FD int log = open_log(t, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
	SCOPED_FD int seen = open_log(t, O_RDONLY);
	if (log < 0 || seen < 0)
		return err_sys(e, "open the log of act %llu", (unsigned long long)t->act.number);
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sys(e, "make a pipe");
	SCOPED_FD int from = out[0];
	SCOPED_FD int to = out[1];
	t->width = report_width(); /* the log has none */
	fflush(stdout);
	fflush(stderr);
	pid_t worker = fork();
	if (worker < 0)
		return err_sys(e, "start a process of its own");
	if (worker == 0)
		return be_worker(t, to, log, e);
	scope_close(&to);
	to = -1;
	fcntl(from, F_SETFL, O_NONBLOCK);
	struct watch_of w = { .worker = worker, .out = from, .log = seen };
	bool good = watch(t, &w, e);
	text_end(&w.said);
	return good;
}
