/* units.c - see units.h. */
#include "installer/host/units.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installer/host/unit_file.h"
#include "manifest/base/scope.h"

void *list_add(struct json_list *list, size_t size, struct arena *arena)
{
	char *more = arena_new(arena, (list->count + 1) * size);
	if (list->count)
		memcpy(more, list->items, list->count * size);
	memset(more + list->count * size, 0, size);
	list->items = more;
	return more + list->count++ * size;
}

struct finding {
	struct host *h;
	struct json_list patterns; /* of char * */
	struct json_list *out;
};

static bool known(const struct finding *f, const char *manager, const char *name, uint64_t uid)
{
	const struct unit *u = f->out->items;
	const struct user *user = host_user(f->h, uid);
	for (size_t i = 0; i < f->out->count; i++)
		if (strcmp(u[i].manager, manager) == 0 && strcmp(u[i].name, name) == 0 &&
			(strcmp(manager, "system") == 0 || (user && strcmp(u[i].user, user->name) == 0)))
			return true;
	return false;
}

/* ---- asked ---- */

static bool ask(struct finding *f, const struct manager *m, struct err *e)
{
	struct json_list names;
	if (!unit_names(m, &f->patterns, &names, &f->h->arena, e))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		struct unit unit;
		const char *name = ((char *const *)names.items)[i];
		if (!unit_show(m, name, &unit, &f->h->arena, e))
			return false;
		if (strcmp(unit.load, "not-found") != 0 && !known(f, unit.manager, unit.name, m->uid))
			*(struct unit *)list_add(f->out, sizeof unit, &f->h->arena) = unit;
	}
	return true;
}

/* ---- read ---- */

static const char *const system_dirs[] = { "/etc/systemd/system", "/run/systemd/system",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system" };
static const char *const user_dirs[] = { ".config/systemd/user", ".local/share/systemd/user" };

static void merge(struct host *h, struct unit_merge *m, const char *file)
{
	SCOPED(text_end) struct text text = { 0 };
	if (host_read(h, file, UNIT_FILE_MAX, &text))
		unit_merge_add(m, file, text_str(&text), text.len, &h->arena);
}

/* The unit as its files say it; nothing is known of its state. */
static void read_unit(struct finding *f, const char *file, const struct user *user)
{
	struct host *h = f->h;
	const char *name = strrchr(file, '/') + 1;
	struct unit_merge merged;
	char *nothing = arena_str(&h->arena, "");
	if (known(f, user ? "user" : "system", name, user ? user->uid : 0))
		return;
	struct unit *u = list_add(f->out, sizeof *u, &h->arena);
	host_glob(h, arena_printf(&h->arena, "%s.d/*.conf", file), &u->dropins);
	unit_merge_init(&merged, &h->arena);
	merge(h, &merged, file);
	for (size_t i = 0; i < u->dropins.count; i++)
		merge(h, &merged, ((char *const *)u->dropins.items)[i]);
	*u = (struct unit){ .name = arena_str(&h->arena, name),
		.manager = arena_str(&h->arena, user ? "user" : "system"),
		.user = user           ? user->name
			: *merged.user ? merged.user
				       : arena_str(&h->arena, "root"),
		.load = arena_str(&h->arena, "file"),
		.active = arena_str(&h->arena, "unknown"),
		.sub = arena_str(&h->arena, "unknown"),
		.result = nothing,
		.fragment = arena_str(&h->arena, file),
		.cwd = merged.cwd,
		.cgroup = nothing,
		.invocation = nothing,
		.exec_from = merged.exec_from,
		.exec = merged.exec,
		.environment = merged.environment,
		.overridden = merged.overridden,
		.dropins = u->dropins };
}

static void read_dir(struct finding *f, const char *dir, const struct user *user)
{
	for (size_t i = 0; i < f->patterns.count; i++) {
		struct json_list files = { NULL, 0 };
		host_glob(f->h, arena_printf(&f->h->arena, "%s/%s", dir, ((char **)f->patterns.items)[i]),
			&files);
		for (size_t k = 0; k < files.count; k++)
			read_unit(f, ((char *const *)files.items)[k], user);
	}
}

/* ---- whose ---- */

static void find_system(struct finding *f)
{
	struct err why = { 0 };
	struct manager m = { false, 0, 0 };
	if (f->h->alive && ask(f, &m, &why))
		return;
	if (f->h->alive)
		host_unseen(f->h, "the state of system units: %s", why.text);
	for (size_t i = 0; i < COUNT_OF(system_dirs); i++)
		read_dir(f, system_dirs[i], NULL);
}

static void find_user(struct finding *f, const struct user *user)
{
	struct err why = { 0 };
	struct stat st;
	struct manager m = { true, (uid_t)user->uid, (gid_t)user->gid };
	bool running = f->h->alive &&
		       host_stat(f->h, arena_printf(&f->h->arena, "/run/user/%u/systemd", m.uid), &st);
	bool may = geteuid() == 0 || geteuid() == m.uid;
	if (running && may && ask(f, &m, &why))
		return;
	if (running)
		host_unseen(f->h, "the state of %s's units: %s", user->name,
			may ? why.text : "only root and this user may ask");
	for (size_t i = 0; i < COUNT_OF(user_dirs); i++)
		read_dir(f, arena_printf(&f->h->arena, "%s/%s", user->home, user_dirs[i]), user);
}

void units_find(struct host *h, const struct json_list *more, struct json_list *out)
{
	struct finding f = { .h = h, .out = out };
	const struct user *users = h->users.items;
	*out = (struct json_list){ NULL, 0 };
	for (size_t i = 0; i < h->profile.units.count; i++)
		texts_add(&f.patterns, ((char *const *)h->profile.units.items)[i], &h->arena);
	for (size_t i = 0; i < more->count; i++)
		texts_add(&f.patterns, ((char *const *)more->items)[i], &h->arena);
	find_system(&f);
	for (size_t i = 0; i < h->users.count; i++)
		if (users[i].uid == 0 || users[i].uid == geteuid() ||
			(users[i].uid >= 1000 && users[i].uid < 60000))
			find_user(&f, &users[i]);
}
