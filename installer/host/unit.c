/* unit.c - see unit.h. State comes from the manager; the command line from the files that the manager names,
 * since its own listing of it cannot tell a blank in a word from one between words.
 */
#include "installer/host/unit.h"

#include <fnmatch.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "installer/host/process.h"
#include "installer/host/run.h"
#include "installer/host/unit_file.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define QUESTION_SECONDS 20

#define AT(member) offsetof(struct unit, member)
static const struct json_field unit_fields[] = {
	{ "active", JSON_TEXT, AT(active), false, NULL },
	{ "cgroup", JSON_TEXT, AT(cgroup), true, NULL },
	{ "cwd", JSON_TEXT, AT(cwd), true, NULL },
	{ "dependents", JSON_TEXTS, AT(dependents), true, NULL },
	{ "dropins", JSON_TEXTS, AT(dropins), true, NULL },
	{ "environment", JSON_TEXTS, AT(environment), true, NULL },
	{ "environment_files", JSON_TEXTS, AT(environment_files), true, NULL },
	{ "exec", JSON_TEXTS, AT(exec), true, NULL },
	{ "exec_from", JSON_TEXT, AT(exec_from), true, NULL },
	{ "fragment", JSON_TEXT, AT(fragment), true, NULL },
	{ "invocation", JSON_TEXT, AT(invocation), true, NULL },
	{ "load", JSON_TEXT, AT(load), false, NULL },
	{ "manager", JSON_TEXT, AT(manager), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "overridden", JSON_TEXTS, AT(overridden), true, NULL },
	{ "pid", JSON_COUNT, AT(pid), true, NULL },
	{ "restarts", JSON_COUNT, AT(restarts), true, NULL },
	{ "result", JSON_TEXT, AT(result), true, NULL },
	{ "stale", JSON_FLAG, AT(stale), true, NULL },
	{ "started", JSON_COUNT, AT(started), true, NULL },
	{ "sub", JSON_TEXT, AT(sub), false, NULL },
	{ "triggers", JSON_TEXTS, AT(triggers), true, NULL },
	{ "user", JSON_TEXT, AT(user), true, NULL },
};
const struct json_shape unit_shape = { unit_fields, COUNT_OF(unit_fields), sizeof(struct unit) };
#undef AT

/* Environment of a user's manager: its bus and its runtime directory. */
struct surroundings {
	char runtime[64], bus[96], home[PATH_MAX];
	const char *items[6];
};

static void surround(const struct manager *m, struct surroundings *s)
{
	const struct passwd *user = getpwuid(m->uid);
	snprintf(s->runtime, sizeof s->runtime, "XDG_RUNTIME_DIR=/run/user/%u", m->uid);
	snprintf(s->bus, sizeof s->bus, "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/%u/bus", m->uid);
	snprintf(s->home, sizeof s->home, "HOME=%s", user ? user->pw_dir : "/");
	const char *items[] = { s->runtime, s->bus, s->home, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
		NULL };
	memcpy(s->items, items, sizeof items);
}

bool manager_ask(
	const struct manager *m, const char *const *args, unsigned seconds, struct ran *out, struct err *e)
{
	const char *argv[64] = { "systemctl", "--no-pager" };
	size_t n = 2;
	struct surroundings around = { .items = { NULL } };
	surround(m, &around);
	if (m->user)
		argv[n++] = "--user";
	for (; *args && n + 1 < COUNT_OF(argv); args++)
		argv[n++] = *args;
	struct run run = { .argv = argv,
		.seconds = seconds,
		.env = m->user ? around.items : NULL,
		.as_user = m->user,
		.uid = m->uid,
		.gid = m->gid };
	if (!run_program(&run, out, e))
		return false;
	if (out->status == 0)
		return true;
	size_t line = strcspn(text_str(&out->err), "\n");
	return err_set(e, ERR_SYSTEM, "systemctl%s: %s%.*s", m->user ? " --user" : "",
		out->status == 127 ? "there is none here"
		: out->late        ? "does not answer"
				   : "",
		(int)(line > 300 ? 300 : line), text_str(&out->err));
}

static bool ask(const struct manager *m, const char *const *args, struct ran *out, struct err *e)
{
	return manager_ask(m, args, QUESTION_SECONDS, out, e);
}

struct property {
	const char *name;
	size_t at;
	enum { P_TEXT, P_COUNT, P_FLAG, P_WORDS, P_SINCE_BOOT, P_FILE } kind;
};

#define AT(member) offsetof(struct unit, member)
static const struct property properties[] = {
	{ "Id", AT(name), P_TEXT },
	{ "LoadState", AT(load), P_TEXT },
	{ "ActiveState", AT(active), P_TEXT },
	{ "SubState", AT(sub), P_TEXT },
	{ "Result", AT(result), P_TEXT },
	{ "FragmentPath", AT(fragment), P_TEXT },
	{ "WorkingDirectory", AT(cwd), P_TEXT },
	{ "User", AT(user), P_TEXT },
	{ "ControlGroup", AT(cgroup), P_TEXT },
	{ "InvocationID", AT(invocation), P_TEXT },
	{ "MainPID", AT(pid), P_COUNT },
	{ "NRestarts", AT(restarts), P_COUNT },
	{ "ExecMainStartTimestampMonotonic", AT(started), P_SINCE_BOOT },
	{ "ConditionResult", AT(condition), P_FLAG },
	{ "NeedDaemonReload", AT(stale), P_FLAG },
	{ "DropInPaths", AT(dropins), P_WORDS },
	{ "Environment", AT(environment), P_WORDS },
	{ "EnvironmentFiles", AT(environment_files), P_FILE },
	{ "TriggeredBy", AT(triggers), P_WORDS },
	{ "RequiredBy", AT(dependents), P_WORDS },
	{ "RequisiteOf", AT(dependents), P_WORDS },
	{ "BoundBy", AT(dependents), P_WORDS },
	{ "ConsistsOf", AT(dependents), P_WORDS },
};
#undef AT

/* Microseconds since boot, told as seconds since 1970. */
static uint64_t since_boot(uint64_t microseconds)
{
	struct timespec now, up;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_MONOTONIC, &up);
	double boot = (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / 1e9;
	return microseconds ? (uint64_t)(boot + (double)microseconds / 1e6) : 0;
}

/* "/etc/default/x (ignore_errors=yes)" */
static void take_file(const char *value, struct json_list *out, struct arena *arena)
{
	const char *note = strstr(value, " (ignore_errors=");
	bool perhaps = note && strcmp(note, " (ignore_errors=yes)") == 0;
	int len = (int)(note ? (size_t)(note - value) : strlen(value));
	if (*value)
		texts_add(out, arena_printf(arena, "%s%.*s", perhaps ? "-" : "", len, value), arena);
}

static void take(const struct property *p, const char *value, struct unit *u, struct arena *arena)
{
	void *at = (char *)u + p->at;
	uint64_t count = strtoull(value, NULL, 10);
	switch (p->kind) {
	case P_TEXT:
		*(char **)at = arena_str(arena, value + (*value == '!'));
		break;
	case P_COUNT:
		*(uint64_t *)at = count < JSON_COUNT_LIMIT ? count : 0;
		break;
	case P_FLAG:
		*(bool *)at = strcmp(value, "yes") == 0;
		break;
	case P_WORDS:
		unit_words(value, at, arena);
		break;
	case P_FILE:
		take_file(value, at, arena);
		break;
	case P_SINCE_BOOT:
		*(uint64_t *)at = since_boot(count);
		break;
	}
}

static void take_all(const char *text, struct unit *u, struct text *exec, struct arena *arena)
{
	SCOPED_TEXT char *copy = mem_copy(text, strlen(text));
	for (char *rest = copy, *line; (line = strsep(&rest, "\n")) != NULL;) {
		char *equal = strchr(line, '=');
		if (!equal)
			continue;
		*equal = '\0';
		if (strcmp(line, "ExecStart") == 0)
			text_puts(exec, equal + 1);
		for (size_t i = 0; i < COUNT_OF(properties); i++)
			if (strcmp(properties[i].name, line) == 0)
				take(&properties[i], equal + 1, u, arena);
	}
}

/* What stands between the two in `text`; NULL if they are not there. */
static char *between(const char *text, const char *before, const char *after, struct arena *arena)
{
	const char *from = strstr(text, before), *to = from ? strstr(from, after) : NULL;
	return to ? arena_copy(arena, from + strlen(before), (size_t)(to - from) - strlen(before)) : NULL;
}

/* The manager's own listing: "{ path=P ; argv[]=A B C ; ignore_errors=no ; ... }". A program may be called
 * otherwise than its path says ("@"). */
static void exec_as_listed(const char *listed, char **path, struct json_list *out, struct arena *arena)
{
	char *words = between(listed, "argv[]=", " ; ignore_errors=", arena);
	*path = between(listed, "path=", " ; argv[]=", arena);
	for (char *rest = words, *word; (word = strsep(&rest, " ")) != NULL;)
		texts_add(out, word, arena);
}

/* The same program and, blanks aside, the same arguments. */
static bool same_words(const struct json_list *words, const struct json_list *listed, const char *path)
{
	SCOPED(text_end) struct text a = { 0 }, b = { 0 };
	char *const *ours = words->items, *const *theirs = listed->items;
	for (size_t i = 1; i < words->count; i++)
		text_printf(&a, "%s ", ours[i]);
	for (size_t i = 1; i < listed->count; i++)
		text_printf(&b, "%s ", theirs[i]);
	return words->count && listed->count && strcmp(text_str(&a), text_str(&b)) == 0 &&
	       (strcmp(ours[0], theirs[0]) == 0 || (path && strcmp(ours[0], path) == 0));
}

static void merge_file(struct unit_merge *m, const char *file, struct arena *arena)
{
	SCOPED(text_end) struct text text = { 0 };
	struct err ignored = { 0 };
	if (*file && fs_read_path(file, UNIT_FILE_MAX, &text, &ignored))
		unit_merge_add(m, file, text_str(&text), text.len, arena);
}

/* Words with a specifier ("%h") are as the manager expanded them; all others as they stand in the file. */
static void read_files(struct unit *u, const char *listed, struct arena *arena)
{
	struct unit_merge merge;
	struct json_list words = { NULL, 0 };
	char *path;
	unit_merge_init(&merge, arena);
	merge_file(&merge, u->fragment, arena);
	for (size_t i = 0; i < u->dropins.count; i++)
		merge_file(&merge, ((char *const *)u->dropins.items)[i], arena);
	exec_as_listed(listed, &path, &words, arena);
	u->exec = words.count == 0 || same_words(&merge.exec, &words, path) ? merge.exec : words;
	if (u->exec.items == words.items && words.count && path && *path == '/')
		((char **)words.items)[0] = path;
	u->exec_from = merge.exec_from;
	u->overridden = merge.overridden;
}

static void blank(struct unit *u, const struct manager *m, const char *name, struct arena *arena)
{
	char *nothing = arena_str(arena, "");
	*u = (struct unit){ .name = arena_str(arena, name),
		.manager = arena_str(arena, m->user ? "user" : "system"),
		.user = nothing,
		.load = nothing,
		.active = nothing,
		.sub = nothing,
		.result = nothing,
		.fragment = nothing,
		.cwd = nothing,
		.cgroup = nothing,
		.invocation = nothing,
		.exec_from = nothing };
}

bool unit_show(
	const struct manager *m, const char *name, struct unit *out, struct arena *arena, struct err *e)
{
	SCOPED(text_end) struct text wanted = { 0 }, listed = { 0 };
	SCOPED(ran_end) struct ran ran = { 0 };
	text_puts(&wanted, "ExecStart");
	for (size_t i = 0; i < COUNT_OF(properties); i++)
		text_printf(&wanted, ",%s", properties[i].name);
	blank(out, m, name, arena);
	if (!ask(m, (const char *const[]){ "show", "-p", text_str(&wanted), "--", name, NULL }, &ran, e))
		return false;
	take_all(text_str(&ran.out), out, &listed, arena);
	read_files(out, text_str(&listed), arena);
	const struct passwd *user = m->user ? getpwuid(m->uid) : NULL;
	if (*out->user == '\0')
		out->user = arena_str(arena, user ? user->pw_name : "root");
	return true;
}

/* The first word of each line is a unit's name. */
static void add_names(
	const char *text, const struct json_list *patterns, struct json_list *out, struct arena *arena)
{
	SCOPED_TEXT char *copy = mem_copy(text, strlen(text));
	for (char *rest = copy, *line; (line = strsep(&rest, "\n")) != NULL;) {
		bool fits = false, known = false;
		line[strcspn(line, " \t")] = '\0';
		for (size_t i = 0; i < patterns->count; i++)
			fits = fits || fnmatch(((char *const *)patterns->items)[i], line, 0) == 0;
		for (size_t i = 0; i < out->count; i++)
			known = known || strcmp(((char *const *)out->items)[i], line) == 0;
		if (*line && fits && !known)
			texts_add(out, line, arena);
	}
}

bool unit_names(const struct manager *m, const struct json_list *patterns, struct json_list *out,
	struct arena *arena, struct err *e)
{
	static const char *const lists[][6] = {
		{ "list-unit-files", "--type=service", "--no-legend", "--full", NULL },
		{ "list-units", "--type=service", "--all", "--plain", "--no-legend", NULL },
	};
	*out = (struct json_list){ NULL, 0 };
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		SCOPED(ran_end) struct ran ran = { 0 };
		if (!ask(m, lists[i], &ran, e))
			return false;
		add_names(text_str(&ran.out), patterns, out, arena);
	}
	return true;
}

bool manager_reload(const struct manager *m, struct err *e)
{
	SCOPED(ran_end) struct ran ran = { 0 };
	return ask(m, (const char *const[]){ "daemon-reload", NULL }, &ran, e);
}
