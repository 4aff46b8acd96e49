/* units.c - see units.h. */
#include "installer/host/units.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "installer/host/specifier.h"
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

/* ---- names ---- */

struct dirs {
	const char *at[8];
	size_t count;
};

static const char *const system_dirs[] = { "/etc/systemd/system", "/run/systemd/system",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system" };
static const char *const wanting[] = { "wants", "requires" };
static const char *const user_dirs[] = { ".config/systemd/user", ".local/share/systemd/user" };

static const char *leaf(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool is_template(const char *name)
{
	const char *at = strchr(name, '@');
	return at && at[1] == '.';
}

static void add_name(struct json_list *names, const char *name, struct arena *arena)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(((char *const *)names->items)[i], name) == 0)
			return;
	texts_add(names, name, arena);
}

/* A template runs as the instances of it that something wants. */
static void find_instances(
	struct host *h, const struct dirs *dirs, const char *template, struct json_list *names)
{
	int stem = (int)(strchr(template, '@') - template);
	for (size_t d = 0; d < dirs->count; d++)
		for (size_t i = 0; i < COUNT_OF(wanting); i++) {
			struct json_list links = { NULL, 0 };
			host_glob(h,
				arena_printf(&h->arena, "%s/*.%s/%.*s@*%s", dirs->at[d], wanting[i], stem,
					template, strrchr(template, '.')),
				&links);
			for (size_t k = 0; k < links.count; k++)
				add_name(names, leaf(((char *const *)links.items)[k]), &h->arena);
		}
}

/* ---- asked ---- */

/* "x.timer" becomes "x.timer: active". */
static void add_states(struct finding *f, const struct manager *m, struct json_list *units)
{
	char **names = units->items;
	for (size_t i = 0; i < units->count; i++) {
		struct unit other;
		struct err ignored = { 0 };
		if (unit_show(m, names[i], &other, &f->h->arena, &ignored))
			names[i] = arena_printf(&f->h->arena, "%s: %s", names[i], other.active);
	}
}

/* A manager lists a template, but not what it would make of it at the next boot; and not what was named. */
static void add_instances(struct finding *f, const struct dirs *dirs, struct json_list *names)
{
	size_t count = names->count;
	for (size_t i = 0; i < count; i++)
		if (is_template(((char *const *)names->items)[i]))
			find_instances(f->h, dirs, ((char *const *)names->items)[i], names);
	for (size_t i = 0; i < f->patterns.count; i++) {
		const char *pattern = ((char *const *)f->patterns.items)[i];
		if (!strpbrk(pattern, "*?[") && strchr(pattern, '@'))
			add_name(names, pattern, &f->h->arena);
	}
}

static bool ask(struct finding *f, const struct manager *m, const struct dirs *dirs, struct err *e)
{
	struct json_list names;
	if (!unit_names(m, &f->patterns, &names, &f->h->arena, e))
		return false;
	add_instances(f, dirs, &names);
	for (size_t i = 0; i < names.count; i++) {
		struct unit unit;
		struct err why = { 0 };
		const char *name = ((char *const *)names.items)[i];
		if (is_template(name))
			continue;
		if (!unit_show(m, name, &unit, &f->h->arena, &why)) {
			host_unseen(f->h, "the state of %s: %s", name, why.text);
			continue;
		}
		add_states(f, m, &unit.triggers);
		add_states(f, m, &unit.dependents);
		if (strcmp(unit.load, "not-found") != 0 && !known(f, unit.manager, unit.name, m->uid))
			*(struct unit *)list_add(f->out, sizeof unit, &f->h->arena) = unit;
	}
	return true;
}

/* ---- read ---- */

static void merge(struct host *h, struct unit_merge *m, const char *file)
{
	SCOPED(text_end) struct text text = { 0 };
	if (host_read(h, file, UNIT_FILE_MAX, &text))
		unit_merge_add(m, file, text_str(&text), text.len, &h->arena);
}

static int by_leaf(const void *a, const void *b)
{
	return strcmp(leaf(*(char *const *)a), leaf(*(char *const *)b));
}

static void add_dropins(struct host *h, const char *dir, const char *name, struct json_list *out)
{
	struct json_list found = { NULL, 0 };
	host_glob(h, arena_printf(&h->arena, "%s/%s.d/*.conf", dir, name), &found);
	for (size_t k = 0; k < found.count; k++) {
		char *file = ((char *const *)found.items)[k];
		bool hidden = false;
		for (size_t n = 0; n < out->count; n++)
			hidden = hidden || strcmp(leaf(((char **)out->items)[n]), leaf(file)) == 0;
		if (!hidden)
			texts_add(out, file, &h->arena);
	}
}

/* "a-b.service" has the drop-ins of "a-.service", too. */
static void add_family(struct host *h, const char *dir, const char *name, struct json_list *out)
{
	SCOPED_TEXT char *stem = mem_copy(name, strcspn(name, "@."));
	add_dropins(h, dir, name, out);
	for (char *dash = strrchr(stem, '-'); dash && dash > stem; dash = strrchr(stem, '-')) {
		if (dash[1])
			add_dropins(h, dir,
				arena_printf(
					&h->arena, "%.*s-%s", (int)(dash - stem), stem, strrchr(name, '.')),
				out);
		*dash = '\0';
	}
}

/* "a@b.service" is made of "a@.service"; NULL: it is made of no other. */
static char *template_of(struct host *h, const char *name)
{
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');
	return at && dot && dot > at + 1 ? arena_printf(&h->arena, "%.*s%s", (int)(at + 1 - name), name, dot)
					 : NULL;
}

/* Drop-ins in the order that they are applied: by name, whichever directory they are in; of one name the
 * first directory's counts: the unit's own, its template's, and those of all services. */
static void find_dropins(struct host *h, const struct dirs *dirs, const char *unit, struct json_list *out)
{
	const char *template = template_of(h, unit);
	for (size_t i = 0; i < dirs->count; i++) {
		add_family(h, dirs->at[i], unit, out);
		if (template)
			add_family(h, dirs->at[i], template, out);
	}
	for (size_t i = 0; i < dirs->count; i++)
		add_dropins(h, dirs->at[i], "service", out);
	if (out->count)
		qsort(out->items, out->count, sizeof(char *), by_leaf);
}

/* The unit as its files say it; nothing is known of its state. */
static void read_unit(struct finding *f, const struct dirs *dirs, const char *name, const char *file,
	const struct user *user)
{
	struct host *h = f->h;
	const struct specifiers specifiers = { name, user, h };
	struct err why = { 0 };
	struct unit_merge merged;
	char *nothing = arena_str(&h->arena, "");
	if (known(f, user ? "user" : "system", name, user ? user->uid : 0))
		return;
	struct unit *u = list_add(f->out, sizeof *u, &h->arena);
	find_dropins(h, dirs, name, &u->dropins);
	unit_merge_init(&merged, &h->arena);
	merge(h, &merged, file);
	for (size_t i = 0; i < u->dropins.count; i++)
		merge(h, &merged, ((char *const *)u->dropins.items)[i]);
	if (!specifiers_merge(&specifiers, &merged, &h->arena, &why))
		host_unseen(h, "%s", why.text);
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
		.environment_files = merged.environment_files,
		.overridden = merged.overridden,
		.dropins = u->dropins };
}

static void read_file(struct finding *f, const struct dirs *dirs, const char *file, const struct user *user)
{
	struct json_list names = { NULL, 0 };
	if (is_template(leaf(file)))
		find_instances(f->h, dirs, leaf(file), &names);
	else
		add_name(&names, leaf(file), &f->h->arena);
	for (size_t i = 0; i < names.count; i++)
		read_unit(f, dirs, ((char *const *)names.items)[i], file, user);
}

/* An instance that is asked for by its name. */
static void read_asked(struct finding *f, const struct dirs *dirs, const char *dir, const char *name,
	const struct user *user)
{
	const char *template = strpbrk(name, "*?[/") ? NULL : template_of(f->h, name);
	const char *file = template ? arena_printf(&f->h->arena, "%s/%s", dir, template) : "";
	struct stat st;
	if (*file && host_stat(f->h, file, &st))
		read_unit(f, dirs, name, file, user);
}

static void read_dirs(struct finding *f, const struct dirs *dirs, const struct user *user)
{
	for (size_t d = 0; d < dirs->count; d++)
		for (size_t i = 0; i < f->patterns.count; i++) {
			struct json_list files = { NULL, 0 };
			const char *pattern = ((char *const *)f->patterns.items)[i];
			host_glob(f->h, arena_printf(&f->h->arena, "%s/%s", dirs->at[d], pattern), &files);
			for (size_t k = 0; k < files.count; k++)
				read_file(f, dirs, ((char *const *)files.items)[k], user);
			read_asked(f, dirs, dirs->at[d], pattern, user);
		}
}

/* ---- whose ---- */

static void find_system(struct finding *f)
{
	struct err why = { 0 };
	struct manager m = { false, 0, 0 };
	struct dirs dirs = { .count = COUNT_OF(system_dirs) };
	memcpy(dirs.at, system_dirs, sizeof system_dirs);
	if (f->h->alive && ask(f, &m, &dirs, &why))
		return;
	if (f->h->alive)
		host_unseen(f->h, "the state of system units: %s", why.text);
	read_dirs(f, &dirs, NULL);
}

static void find_user(struct finding *f, const struct user *user)
{
	struct err why = { 0 };
	struct stat st;
	struct manager m = { true, (uid_t)user->uid, (gid_t)user->gid };
	bool running = f->h->alive &&
		       host_stat(f->h, arena_printf(&f->h->arena, "/run/user/%u/systemd", m.uid), &st);
	bool may = geteuid() == 0 || geteuid() == m.uid;
	struct dirs dirs = { .count = COUNT_OF(user_dirs) };
	for (size_t i = 0; i < dirs.count; i++)
		dirs.at[i] = arena_printf(&f->h->arena, "%s/%s", user->home, user_dirs[i]);
	if (running && may && ask(f, &m, &dirs, &why))
		return;
	if (running)
		host_unseen(f->h, "the state of %s's units: %s", user->name,
			may ? why.text : "only root and this user may ask");
	read_dirs(f, &dirs, user);
}

/* People, and who has a manager without being one. */
static bool may_have_units(struct host *h, const struct user *user)
{
	struct stat st;
	return user->uid == 0 || user->uid == geteuid() || (user->uid >= 1000 && user->uid < 60000) ||
	       host_stat(h, arena_printf(&h->arena, "/var/lib/systemd/linger/%s", user->name), &st);
}

void units_find(struct host *h, const struct json_list *more, struct json_list *out)
{
	struct finding f = { .h = h, .out = out };
	const struct user *users = h->users.items;
	*out = (struct json_list){ NULL, 0 };
	for (size_t i = 0; i < h->profile.units.count; i++)
		texts_add(&f.patterns, ((char *const *)h->profile.units.items)[i], &h->arena);
	for (size_t i = 0; more && i < more->count; i++)
		texts_add(&f.patterns, ((char *const *)more->items)[i], &h->arena);
	find_system(&f);
	for (size_t i = 0; i < h->users.count; i++)
		if (may_have_units(h, &users[i]))
			find_user(&f, &users[i]);
}
