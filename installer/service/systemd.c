/* systemd.c - see systemd.h. */
#include "installer/service/systemd.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "installer/host/run.h"
#include "installer/service/cgroup.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

#define JOB_SECONDS   900 /* longer than any job of a unit that has its own time limit */
#define KILL_SECONDS  30
#define EMPTY_SECONDS 10 /* a killed process may take so long to be gone */
#define ASKED_AGAIN   50 /* times, a tenth of a second apart */
#define HELD_BACK     20

bool manager_of(const struct act_unit *u, struct manager *out, struct err *e)
{
	const struct passwd *user = NULL;
	*out = (struct manager){ strcmp(u->manager, "user") == 0, 0, 0 };
	if (!out->user)
		return true;
	user = getpwnam(u->user);
	if (!user)
		return err_set(e, ERR_SYSTEM, "%s: there is no user \"%s\" here", u->name, u->user);
	out->uid = user->pw_uid;
	out->gid = user->pw_gid;
	return true;
}

bool unit_up(const struct unit *u)
{
	return strcmp(u->active, "active") == 0 || strcmp(u->active, "activating") == 0 ||
	       strcmp(u->active, "reloading") == 0;
}

static bool show(const struct act_unit *u, struct unit *out, struct arena *arena, struct err *e)
{
	struct manager m;
	return (manager_of(u, &m, e) && unit_show(&m, u->name, out, arena, e)) || err_in(e, "%s", u->name);
}

static bool empty(const struct act_unit *u, const char *cgroup, struct err *e)
{
	struct timespec begun;
	bool populated = true;
	for (clock_now(&begun);; nanosleep(&(struct timespec){ 0, 5000000 }, NULL)) {
		if (!cgroup_populated(CGROUPS, cgroup, &populated, e))
			return err_in(e, "%s is stopped", u->name);
		if (!populated)
			return true;
		if (seconds_since(&begun) > EMPTY_SECONDS)
			return err_set(
				e, ERR_SYSTEM, "%s is stopped, but a process is left in %s", u->name, cgroup);
	}
}

static bool canceled(const struct ran *ran)
{
	return ran->err.len && strstr(text_str(&ran->err), "canceled");
}

/* A job that somebody else's took the place of, as a timer's, or that of what requires the unit, is asked for
 * again. */
static bool tell(const struct act_unit *u, const char *verb, struct ran *ran, struct err *e)
{
	struct manager m;
	const char *args[] = { verb, "--", u->name, NULL };
	if (!manager_of(u, &m, e))
		return false;
	for (int again = 0; !manager_ask(&m, args, JOB_SECONDS, ran, e); again++) {
		if (!canceled(ran) || again == ASKED_AGAIN)
			return false;
		*e = (struct err){ 0 };
		ran_end(ran);
		nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
	}
	return true;
}

bool systemd_stop(const struct act_unit *u, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(ran_end) struct ran ran = { 0 };
	struct unit before, after;
	if (!show(u, &before, &arena, e))
		return false;
	if (strcmp(before.load, "not-found") == 0 && !unit_up(&before))
		return true;
	if (!tell(u, "stop", &ran, e))
		return err_in(e, "stop %s", u->name);
	if (!show(u, &after, &arena, e))
		return false;
	if (strcmp(after.active, "inactive") != 0 && strcmp(after.active, "failed") != 0)
		return err_set(e, ERR_SYSTEM, "%s was asked to stop and is %s (%s)", u->name, after.active,
			after.sub);
	return empty(u, before.cgroup, e);
}

void systemd_kill_all(const struct act *a)
{
	const struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++) {
		SCOPED(ran_end) struct ran ran = { 0 };
		struct err ignored = { 0 };
		struct manager m;
		const char *args[] = { "kill", "--signal=KILL", "--", u[i].name, NULL };
		if (strcmp(u[i].manager, "command") != 0 && strcmp(u[i].role, UNIT_TRIGGER) != 0 &&
			manager_of(&u[i], &m, &ignored) &&
			!manager_ask(&m, args, KILL_SECONDS, &ran, &ignored))
			ignored = (struct err){ 0 }; /* nothing of it was left */
	}
}

/* A user's manager that does not run, as early in a boot, reads its units when it starts. */
static bool runs(const struct manager *m)
{
	SCOPED(text_end) struct text path = { 0 };
	struct stat st;
	text_printf(&path, "/run/user/%u/systemd/private", m->uid);
	return !m->user || stat(text_str(&path), &st) == 0;
}

/* After a boot nobody may have logged in yet, and who lingers is not waited for. */
static bool start_manager(const struct act_unit *u, struct err *e)
{
	SCOPED(text_end) struct text name = { 0 };
	SCOPED(ran_end) struct ran ran = { 0 };
	struct manager m, machine = { false, 0, 0 };
	if (!manager_of(u, &m, e))
		return false;
	if (runs(&m) || geteuid() != 0)
		return true;
	text_printf(&name, "user@%u.service", m.uid);
	const char *args[] = { "start", "--", text_str(&name), NULL };
	return manager_ask(&machine, args, JOB_SECONDS, &ran, e) || err_in(e, "start %s", text_str(&name));
}

/* Asked once: *tried if its conditions let it start, whatever became of it; else `why` is what systemctl
 * said. */
static bool ask_start(const struct act_unit *u, bool *tried, struct text *why, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(ran_end) struct ran reset = { 0 };
	SCOPED(ran_end) struct ran ran = { 0 };
	struct err ignored = { 0 };
	struct unit now;
	if (!tell(u, "reset-failed", &reset, &ignored))
		ignored = (struct err){ 0 }; /* it had not failed */
	bool good = tell(u, "start", &ran, e);
	if (!good && ran.status >= 126)
		return err_in(e, "start %s", u->name);
	*e = (struct err){ 0 }; /* that it came up is for the gates to say */
	if (!show(u, &now, &arena, e))
		return false;
	*tried = unit_up(&now) || now.condition;
	text_clear(why);
	text_puts(why, good ? "" : text_str(&ran.err));
	return true;
}

/* A start that is refused before the conditions are asked (somebody else's was too often, or what it triggers
 * runs already) leaves the word of the last one, which was held. */
bool systemd_start(const struct act_unit *u, struct err *e)
{
	SCOPED(text_end) struct text why = { 0 };
	bool tried = false;
	if (!start_manager(u, e))
		return false;
	for (int again = 0; !tried && again < HELD_BACK; again++) {
		if (again)
			nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
		if (!ask_start(u, &tried, &why, e))
			return false;
	}
	return tried || err_set(e, ERR_SYSTEM, "%s is held back by a condition of its unit%s%.200s", u->name,
				why.len ? ": " : "", text_str(&why));
}

bool systemd_look(struct act_unit *u, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct unit now;
	if (!show(u, &now, &arena, e))
		return false;
	u->ran = unit_up(&now) || (strcmp(u->role, UNIT_SERVICE) == 0 && strcmp(now.active, "failed") == 0);
	return true;
}

bool systemd_reload_all(const struct act *a, struct err *e)
{
	const struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++) {
		struct manager m, before;
		bool done = strcmp(u[i].manager, "command") == 0;
		if (!manager_of(&u[i], &m, e))
			return false;
		for (size_t k = 0; k < i && !done; k++)
			done = manager_of(&u[k], &before, e) && before.user == m.user && before.uid == m.uid;
		if (!done && runs(&m) && !manager_reload(&m, e))
			return false;
	}
	return true;
}
