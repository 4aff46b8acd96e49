/* judge_host.c - see judge.h: units, processes and listeners. */
#include "installer/host/judge.h"

#include <string.h>

#include "manifest/base/scope.h"

static bool speaks_of(const struct judge *j, const struct gate_unit *unit)
{
	return !j->gate->unit[0] || strcmp(j->gate->unit, unit->name) == 0;
}

/* True if `path` is `dir` or lies below it. */
static bool path_inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);
	while (len > 0 && dir[len - 1] == '/')
		len--;
	return *dir && strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* The worse of two. */
static enum gate_verdict worse(enum gate_verdict a, enum gate_verdict b)
{
	static const int rank[] = {
		[GATE_PASSED] = 0, [GATE_INFERRED] = 1, [GATE_UNDECIDED] = 2, [GATE_FAILED] = 3
	};
	return rank[a] > rank[b] ? a : b;
}

static void taken_at(struct judge *j, uint64_t at)
{
	j->taken = at < j->taken ? at : j->taken;
}

/* The worst verdict over the gate's units. */
static enum gate_verdict over_units(
	struct judge *j, enum gate_verdict (*judge)(struct judge *, const struct gate_unit *))
{
	const struct gate_unit *units = j->facts->units.items;
	enum gate_verdict v = GATE_PASSED;
	size_t count = 0;
	for (size_t i = 0; i < j->facts->units.count; i++) {
		if (!speaks_of(j, &units[i]))
			continue;
		v = worse(v, judge(j, &units[i]));
		count++;
	}
	if (count > 0)
		return v;
	judge_saw(j, "no unit %s", j->gate->unit);
	return judge_not_yet(j);
}

/* ---- service ---- */

static const char *words_of(const struct gate_sample *s, struct text *out)
{
	text_printf(out, "%s (%s)", s->active, s->sub);
	return text_str(out);
}

/* What is wrong with a sample, whatever was before; NULL for nothing. */
static const char *broken(const struct gate_unit *unit, const struct gate_sample *s)
{
	return s->restarts > unit->restarts       ? "it was restarted"
	       : strcmp(s->active, "failed") == 0 ? "it failed"
						  : NULL;
}

/* What changed since the sample in which it was up. */
static const char *changed(const struct gate_sample *up, const struct gate_sample *s)
{
	bool active = strcmp(s->active, "active") == 0 || strcmp(s->active, "reloading") == 0;
	return !active                                      ? "it went down"
	       : s->pid != up->pid                          ? "its main process is another one"
	       : strcmp(s->invocation, up->invocation) != 0 ? "it was started again"
							    : NULL;
}

static enum gate_verdict complain(
	struct judge *j, const struct gate_unit *unit, const struct gate_sample *s, const char *what)
{
	SCOPED(text_end) struct text words = { 0 };
	judge_saw(j, "%s: %s: %s, main process %llu, %llu restarts", unit->name, what, words_of(s, &words),
		(unsigned long long)s->pid, (unsigned long long)s->restarts);
	return GATE_FAILED;
}

static enum gate_verdict judge_up(struct judge *j, const struct gate_unit *unit, const struct gate_sample *up,
	const struct gate_sample *last)
{
	uint64_t lasted = last->at - up->at;
	if (unit->invocation[0] && strcmp(unit->invocation, up->invocation) != 0)
		return complain(j, unit, up, "this is another start");
	if (up->at > judge_deadline(j))
		return complain(j, unit, up, "it came up too late");
	taken_at(j, last->at);
	judge_saw(j, "%s: active for %llu s, main process %llu, %llu restarts", unit->name,
		(unsigned long long)(lasted / GATE_SECOND), (unsigned long long)last->pid,
		(unsigned long long)last->restarts);
	bool known = up->pid > 0 || strcmp(up->sub, "exited") == 0;
	return known && lasted >= j->gate->settle * GATE_SECOND ? GATE_PASSED : GATE_UNDECIDED;
}

static enum gate_verdict judge_samples(struct judge *j, const struct gate_unit *unit)
{
	const struct gate_sample *s = unit->samples.items, *up = NULL;
	size_t count = unit->samples.count;
	for (size_t i = 0; i < count; i++) {
		const char *what = broken(unit, &s[i]);
		what = what || !up ? what : changed(up, &s[i]);
		if (what)
			return complain(j, unit, &s[i], what);
		if (!up && strcmp(s[i].active, "active") == 0)
			up = &s[i];
	}
	if (up)
		return judge_up(j, unit, up, &s[count - 1]);
	judge_saw(j, "%s: %s", unit->name, count ? s[count - 1].active : "not looked at");
	return judge_not_yet(j);
}

enum gate_verdict judge_service(struct judge *j)
{
	return over_units(j, judge_samples);
}

/* ---- process ---- */

static const char *const how_words[] = { [GATE_PROGRAM] = "executes",
	[GATE_MAPPED] = "has mapped",
	[GATE_CWD] = "works in",
	[GATE_OPEN] = "has open",
	[GATE_WORD] = "was called with",
	[GATE_START] = "is started as" };

static const struct gate_tree *tree_of(const struct judge *j)
{
	const char *component = j->gate->component[0] ? j->gate->component : "core";
	const struct gate_tree *trees = j->facts->trees.items;
	for (size_t i = 0; i < j->facts->trees.count; i++)
		if (strcmp(trees[i].component, component) == 0)
			return &trees[i];
	return NULL;
}

/* True if the kernel says that the file is not there any more: the path is then only where it was. */
static bool is_deleted(const char *path)
{
	static const char mark[] = " (deleted)";
	size_t len = strlen(path);
	return len >= sizeof mark - 1 && strcmp(path + len - (sizeof mark - 1), mark) == 0;
}

static const struct gate_trace *trace_into(const struct gate_process *p, const char *dir, bool start)
{
	const struct gate_trace *t = p->traces.items;
	for (size_t i = 0; i < p->traces.count; i++)
		if ((t[i].how == GATE_START) == start && !is_deleted(t[i].path) &&
			path_inside(t[i].path, dir))
			return &t[i];
	return NULL;
}

static enum gate_verdict judge_traces(
	struct judge *j, const struct gate_unit *unit, const struct gate_tree *tree)
{
	const struct gate_process *p = unit->process;
	const struct gate_trace *old = trace_into(p, tree->before, false),
				*now = trace_into(p, tree->now, false);
	old = old ? old : trace_into(p, tree->before, true);
	if (old) {
		judge_saw(j, "%s: process %llu %s %s: the tree that was replaced", unit->name,
			(unsigned long long)p->pid, how_words[old->how], old->path);
		return GATE_FAILED;
	}
	bool inferred = !now;
	now = now ? now : unit->stale ? NULL : trace_into(p, tree->now, true);
	if (now) {
		judge_saw(j, "%s: process %llu %s %s", unit->name, (unsigned long long)p->pid,
			how_words[now->how], now->path);
		return inferred ? GATE_INFERRED : GATE_PASSED;
	}
	judge_saw(
		j, "%s: nothing ties process %llu to %s", unit->name, (unsigned long long)p->pid, tree->now);
	return judge_not_yet(j);
}

/* Whether the process is the one that the manager started: by pid, invocation, cgroup and time. */
static const char *not_ours(const struct judge *j, const struct gate_unit *unit)
{
	const struct gate_process *p = unit->process;
	const struct gate_sample *s = unit->samples.items;
	const struct gate_sample *last = unit->samples.count ? &s[unit->samples.count - 1] : NULL;
	if (!last || last->pid != p->pid)
		return "it is not the main process any more";
	if (unit->invocation[0] && strcmp(last->invocation, unit->invocation) != 0)
		return "it is of another start";
	if (!path_inside(p->cgroup, unit->cgroup))
		return "it is not in the unit's cgroup";
	return p->ticks < j->facts->switched_ticks ? "it started before the switch" : NULL;
}

static enum gate_verdict judge_main(struct judge *j, const struct gate_unit *unit)
{
	const struct gate_process *p = unit->process;
	const struct gate_tree *tree = tree_of(j);
	if (!p || !p->pid || !tree) {
		judge_saw(j, "%s: %s", unit->name, tree ? "no main process" : "no tree of that component");
		return judge_not_yet(j);
	}
	taken_at(j, p->at);
	const char *why = not_ours(j, unit);
	if (!why)
		return judge_traces(j, unit, tree);
	judge_saw(j, "%s: process %llu: %s", unit->name, (unsigned long long)p->pid, why);
	return judge_not_yet(j);
}

enum gate_verdict judge_process(struct judge *j)
{
	return over_units(j, judge_main);
}

/* ---- port ---- */

enum whose { OURS, STRANGER, UNKNOWN };

static enum whose whose(const struct judge *j, const struct gate_listener *l)
{
	const struct gate_unit *units = j->facts->units.items;
	if (!l->pid || !l->cgroup[0])
		return UNKNOWN;
	for (size_t i = 0; i < j->facts->units.count; i++)
		if (speaks_of(j, &units[i]) && path_inside(l->cgroup, units[i].cgroup))
			return l->ticks >= j->facts->began_ticks ? OURS : STRANGER;
	return STRANGER;
}

static void saw_listener(struct judge *j, const struct gate_listener *l, const char *what)
{
	judge_saw(j, "port %llu on %s: %s: process %llu %s %s", (unsigned long long)l->port, l->address, what,
		(unsigned long long)l->pid, l->command, l->cgroup);
}

/* True if somebody else listens to the same port of the same address. */
static bool is_shared(struct judge *j, const struct gate_listener *ours)
{
	const struct gate_listener *l = j->facts->listeners.items;
	for (size_t i = 0; i < j->facts->listeners.count; i++) {
		if (l[i].port != ours->port || strcmp(l[i].address, ours->address) != 0 ||
			whose(j, &l[i]) != STRANGER)
			continue;
		saw_listener(j, &l[i], "shared with another");
		return true;
	}
	return false;
}

/* `port` 0: any. */
static enum gate_verdict judge_one_port(struct judge *j, uint64_t port)
{
	static const char *const who[] = { "", "held by another", "held by a process that cannot be seen" };
	const struct gate_listener *l = j->facts->listeners.items, *other = NULL;
	for (size_t i = 0; i < j->facts->listeners.count; i++) {
		if (port && l[i].port != port)
			continue;
		if (whose(j, &l[i]) != OURS) {
			other = &l[i];
			continue;
		}
		saw_listener(j, &l[i], "the service");
		return is_shared(j, &l[i]) ? GATE_FAILED : GATE_PASSED;
	}
	if (port && other)
		saw_listener(j, other, who[whose(j, other)]);
	else
		judge_saw(j, port ? "port %llu: nobody listens" : "the service listens to no port",
			(unsigned long long)port);
	return judge_not_yet(j);
}

enum gate_verdict judge_port(struct judge *j)
{
	const uint64_t *ports = j->facts->ports.items;
	size_t count = j->facts->baseline ? j->facts->ports.count : 0;
	enum gate_verdict v = GATE_PASSED;
	taken_at(j, j->facts->listeners_at);
	if (j->gate->port || count == 0)
		return judge_one_port(j, j->gate->port);
	for (size_t i = 0; i < count; i++)
		v = worse(v, judge_one_port(j, ports[i]));
	return v;
}
