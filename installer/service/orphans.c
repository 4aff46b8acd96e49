/* orphans.c - see orphans.h. The pidfd is held before the start time is compared: from then on the number
 * cannot come to mean another process. */
#include "installer/service/orphans.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "installer/host/units.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

#define COMMAND_SHOWN 160
#define KILL_SECONDS  10
#define PORT_SECONDS  5
#define QUIET_SECONDS 0.5
#define ABOVE_MAX     4096

/* ---- who it is ---- */

/* What orphans are made with; without a host users are told by number. */
struct search {
	const struct host *h;
	uint64_t port;
	struct json_list *out;
	struct arena *arena;
};

static bool says(const char *addresses, const char *address)
{
	size_t len = strlen(address);
	for (const char *at = addresses; (at = strstr(at, address)) != NULL; at += len)
		if ((at == addresses || at[-1] == ' ') && (at[len] == '\0' || at[len] == ','))
			return true;
	return len == 0;
}

static struct orphan *find(const struct json_list *list, uint64_t pid)
{
	struct orphan *o = list->items;
	for (size_t i = 0; i < list->count; i++)
		if (o[i].pid == pid)
			return &o[i];
	return NULL;
}

static char *user_of(const struct search *s, uint64_t uid)
{
	const struct user *user = s->h ? host_user(s->h, uid) : NULL;
	return user ? user->name : arena_printf(s->arena, "%llu", (unsigned long long)uid);
}

/* Without a process: somebody who cannot be seen. */
static void add(struct search *s, const struct process *p, const char *address)
{
	struct orphan *o = find(s->out, p ? p->pid : 0);
	if (o && !says(o->address, address))
		o->address = arena_printf(s->arena, "%s, %s", o->address, address);
	if (o)
		return;
	o = list_add(s->out, sizeof *o, s->arena);
	o->port = s->port;
	o->address = arena_str(s->arena, address);
	o->user = o->command = o->cgroup = o->unit = arena_str(s->arena, "");
	if (!p)
		return;
	o->pid = p->pid;
	o->ticks = p->ticks;
	o->started = p->started;
	o->uid = p->uid;
	o->user = user_of(s, p->uid);
	o->command = p->command;
	o->cgroup = p->cgroup;
	o->unit = p->unit;
}

enum seen { GONE, SAME, OTHER };

static enum seen look(uint64_t pid, uint64_t ticks, struct process *p, struct arena *arena)
{
	if (!process_read(pid, p, arena))
		return GONE;
	return p->ticks == ticks ? SAME : OTHER;
}

/* A socket that several processes have open is told of one of them only: each stray is asked itself. */
static void add_listening(struct search *s, const struct process *p)
{
	struct process now;
	struct json_list list;
	process_listening(p->pid, &list, s->arena);
	const struct listener *l = list.items;
	bool same = look(p->pid, p->ticks, &now, s->arena) == SAME;
	for (size_t i = 0; same && i < list.count; i++)
		if (l[i].port == s->port)
			add(s, p, l[i].address);
}

void orphans_find(
	const struct host *h, const struct inventory *inv, struct json_list *out, struct arena *arena)
{
	*out = (struct json_list){ NULL, 0 };
	if (!inv->port)
		return;
	struct search s = { h, inv->port->number, out, arena };
	const struct holder *holder = inv->port->holders.items;
	for (size_t i = 0; i < inv->port->holders.count; i++)
		if (!holder[i].own)
			add(&s, holder[i].process, holder[i].address);
	const struct process *p = inv->orphans.items;
	for (size_t i = 0; h->alive && i < inv->orphans.count; i++)
		add_listening(&s, &p[i]);
}

static void command_text(const char *command, struct text *out)
{
	size_t len = strlen(command), shown = len;
	if (len > COMMAND_SHOWN)
		for (shown = COMMAND_SHOWN; shown && ((unsigned char)command[shown] & 0xc0) == 0x80;)
			shown--;
	text_add(out, command, shown);
	text_puts(out, shown < len ? "..." : "");
}

void orphan_text(const struct orphan *o, struct text *out)
{
	if (o->pid == 0) {
		text_printf(out, "a process that cannot be seen %s",
			geteuid() == 0 ? "from here (in another PID namespace, or the kernel's own)"
				       : "by this user (root can)");
	} else {
		text_printf(out, "pid %llu (", (unsigned long long)o->pid);
		command_text(o->command, out);
		text_puts(out, "), started ");
		text_time(out, o->started);
		text_printf(out, ", of user %s, in %s,", o->user,
			*o->unit     ? o->unit
			: *o->cgroup ? o->cgroup
				     : "no unit");
	}
	text_printf(out, " holds port %llu of %s", (unsigned long long)o->port, o->address);
}

/* ---- its end ---- */

struct hunt {
	const struct orphan *o;
	int fd; /* pidfd; -1 where the kernel has none (before 5.3) */
};

static bool same(const struct orphan *o)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct process p;
	return look(o->pid, o->ticks, &p, &arena) == SAME;
}

static bool still_listens(const struct orphan *o)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct json_list list;
	process_listening(o->pid, &list, &arena);
	const struct listener *l = list.items;
	for (size_t i = 0; i < list.count; i++)
		if (l[i].port == o->port)
			return true;
	return false;
}

/* Over, and perhaps not yet waited for by the one who started it. */
static bool is_zombie(const struct orphan *o)
{
	SCOPED(text_end) struct text stat = { 0 }, path = { 0 };
	struct err ignored = { 0 };
	text_printf(&path, "/proc/%llu/stat", (unsigned long long)o->pid);
	if (!fs_read_path(text_str(&path), 65536, &stat, &ignored))
		return true;
	const char *close = strrchr(text_str(&stat), ')');
	return close && strlen(close) > 2 && strchr("ZXx", close[2]);
}

static bool over(const struct hunt *h)
{
	struct pollfd end = { .fd = h->fd, .events = POLLIN };
	return h->fd >= 0 ? poll(&end, 1, 0) == 1 : !same(h->o) || is_zombie(h->o);
}

static bool wait_end(const struct hunt *h, unsigned seconds)
{
	struct timespec start;
	clock_now(&start);
	while (!over(h)) {
		double left = (double)seconds - seconds_since(&start);
		if (left <= 0)
			return false;
		int most = h->fd >= 0 ? 1000 : 50, ms = left * 1000 < most ? (int)(left * 1000) + 1 : most;
		struct pollfd end = { .fd = h->fd, .events = POLLIN };
		(void)poll(&end, 1, ms); /* without a pidfd: a pause */
	}
	return true;
}

/* A filter of system calls may refuse pidfds with EPERM; if the process itself is meant, kill() says so
 * again. */
static bool without_pidfd(int why)
{
	return why == ENOSYS || why == EPERM;
}

static bool send_signal(const struct hunt *h, int signal, struct err *e)
{
	if (h->fd >= 0 && syscall(SYS_pidfd_send_signal, h->fd, signal, NULL, 0) == 0)
		return true;
	if (h->fd >= 0 && !without_pidfd(errno))
		return errno == ESRCH || err_sys(e, "send it %s", strsignal(signal));
	if (!same(h->o))
		return true;
	return kill((pid_t)h->o->pid, signal) == 0 || errno == ESRCH ||
	       err_sys(e, "send it %s", strsignal(signal));
}

static bool hunt_down(const struct hunt *h, unsigned grace, struct err *e)
{
	if (!send_signal(h, SIGTERM, e))
		return false;
	if (wait_end(h, grace))
		return true;
	if (!send_signal(h, SIGKILL, e))
		return false;
	return wait_end(h, KILL_SECONDS) ||
	       err_set(e, ERR_SYSTEM,
		       "it does not end: SIGTERM was sent %u seconds before SIGKILL, and that %d seconds ago",
		       grace, KILL_SECONDS);
}

static bool refuse_other(const struct process *now, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	command_text(now->command, &text);
	text_puts(&text, ", started ");
	text_time(&text, now->started);
	return err_set(e, ERR_REFUSED, "pid %llu is another process by now (%s), which is left alone",
		(unsigned long long)now->pid, text_str(&text));
}

static bool end_one(const struct orphan *o, unsigned grace, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED_FD int fd = (int)syscall(SYS_pidfd_open, (pid_t)o->pid, 0);
	int why = fd < 0 ? errno : 0;
	struct process now;
	enum seen seen = look(o->pid, o->ticks, &now, &arena);
	if (seen == OTHER)
		return refuse_other(&now, e);
	if (seen == GONE || !still_listens(o))
		return true;
	errno = why;
	if (why && !without_pidfd(why))
		return err_sys(e, "hold the process");
	return hunt_down(&(struct hunt){ o, fd }, grace, e);
}

static bool in_purpose(const struct orphan *o, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	orphan_text(o, &text);
	return err_in(e, "end %s", text_str(&text));
}

/* This process, or one above it: their end would be ours, or that of who waits for us. */
static bool above_us(uint64_t pid)
{
	uint64_t at = (uint64_t)getpid();
	for (int i = 0; at && i < ABOVE_MAX; i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct process p;
		if (at == pid)
			return true;
		at = process_read(at, &p, &arena) ? p.parent : 0;
	}
	return false;
}

bool orphan_may_end(const struct orphan *o, struct err *e)
{
	const char *why = NULL;
	if (o->pid == 0)
		why = geteuid() == 0 ? "it is to be ended where it can be seen"
				     : "only root can see it, and end it";
	else if (o->pid == 1)
		why = "process 1 is never ended; if it listens for a socket unit, stop that";
	else if (o->pid > INT32_MAX)
		why = "there is no such process number";
	else if (above_us(o->pid))
		why = "it is this process, or one that started it";
	else if (kill((pid_t)o->pid, 0) < 0 && errno == EPERM)
		why = "this user may not end it";
	if (!why)
		return true;
	err_set(e, ERR_REFUSED, "%s", why);
	return in_purpose(o, e);
}

/* ---- the port ---- */

/* Who has the port now: a list of struct orphan. */
static void find_takers(uint64_t port, struct json_list *out, struct arena *arena)
{
	struct search s = { NULL, port, out, arena };
	struct json_list all;
	process_listeners(&all, arena);
	const struct listener *l = all.items;
	for (size_t i = 0; i < all.count; i++) {
		struct process p;
		if (l[i].port == port)
			add(&s, l[i].pid && process_read(l[i].pid, &p, arena) ? &p : NULL, l[i].address);
	}
}

static bool refuse_takers(const struct json_list *takers, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	const struct orphan *o = takers->items;
	for (size_t i = 0; i < takers->count; i++) {
		text_puts(&text, i ? "; " : "");
		orphan_text(&o[i], &text);
	}
	return err_set(
		e, ERR_SYSTEM, "port %llu stays taken: %s", (unsigned long long)o->port, text_str(&text));
}

/* And stays so for a moment: what supervises the process that was ended may start it again. */
static bool wait_free(uint64_t port, struct err *e)
{
	struct timespec start, quiet;
	clock_now(&start);
	for (quiet = start;; (void)poll(NULL, 0, 100)) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct json_list takers = { NULL, 0 };
		find_takers(port, &takers, &arena);
		if (takers.count == 0 && seconds_since(&quiet) > QUIET_SECONDS)
			return true;
		if (takers.count && seconds_since(&start) > PORT_SECONDS)
			return refuse_takers(&takers, e);
		if (takers.count)
			clock_now(&quiet);
	}
}

bool orphans_end(const struct json_list *orphans, unsigned grace, struct err *e)
{
	const struct orphan *o = orphans->items;
	for (size_t i = 0; i < orphans->count; i++)
		if (!orphan_may_end(&o[i], e))
			return false;
	for (size_t i = 0; i < orphans->count; i++)
		if (!end_one(&o[i], grace, e))
			return in_purpose(&o[i], e);
	for (size_t i = 0; i < orphans->count; i++)
		if ((i == 0 || o[i].port != o[i - 1].port) && !wait_free(o[i].port, e))
			return in_purpose(&o[i], e);
	return true;
}

bool orphan_end(const struct orphan *o, unsigned grace, struct err *e)
{
	struct orphan one = *o;
	return orphans_end(&(struct json_list){ &one, 1 }, grace, e);
}
