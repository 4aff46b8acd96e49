/* copies.c - every copy of the program on the disk, and which of them a unit would start. */
#include <string.h>

#include "installer/host/inventory.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "manifest/base/scope.h"

static struct copy *copy_at(struct inventory *inv, const char *path)
{
	struct copy *c = inv->copies.items;
	for (size_t i = 0; i < inv->copies.count; i++)
		if (strcmp(c[i].path, path) == 0)
			return &c[i];
	return NULL;
}

/* The copy with this root, added if it is new; NULL if the directory is no copy. */
static struct copy *add_copy(struct host *h, struct inventory *inv, const char *root)
{
	struct stat st;
	char *version, *real = host_real(h, root);
	struct copy *c = real ? copy_at(inv, real) : NULL;
	if (c || !real || !host_stat(h, real, &st))
		return c;
	char *top = package_root(h, real, &version);
	if (!top || strcmp(top, real) != 0)
		return NULL;
	c = list_add(&inv->copies, sizeof *c, &h->arena);
	*c = (struct copy){ .path = real,
		.version = version,
		.owner = owner_name(h, st.st_uid),
		.device = host_number(st.st_dev),
		.inode = host_number(st.st_ino) };
	return c;
}

/* Patterns with ${home} are tried for every user. */
static void for_every_home(struct host *h, const char *pattern, struct json_list *out)
{
	const struct user *users = h->users.items;
	const char *before = host_get(h, "home");
	if (!strstr(pattern, "${home}")) {
		host_glob(h, pattern, out);
		return;
	}
	for (size_t i = 0; i < h->users.count; i++) {
		bool again = strcmp(users[i].home, "/") == 0;
		for (size_t k = 0; k < i; k++)
			again = again || strcmp(users[k].home, users[i].home) == 0;
		host_set(h, "home", users[i].home);
		char *expanded = again ? NULL : host_expand(h, pattern);
		if (expanded)
			host_glob(h, expanded, out);
	}
	host_set(h, "home", before ? before : "");
}

/* What a command of the shell leads to: as if a unit started it. */
static void add_wrapper(struct host *h, struct inventory *inv, const char *path)
{
	char *nothing = arena_str(&h->arena, "");
	struct unit unit = { .name = nothing,
		.user = nothing,
		.manager = nothing,
		.cwd = nothing,
		.fragment = nothing,
		.exec_from = nothing };
	struct service probe = { .unit = &unit };
	texts_add(&unit.exec, path, &h->arena);
	service_trace(h, &probe);
	struct copy *c = *probe.core ? add_copy(h, inv, probe.core) : NULL;
	if (c)
		texts_add(&c->wrappers, path, &h->arena);
}

static void mark_services(struct host *h, struct inventory *inv)
{
	const struct service *s = inv->services.items;
	for (size_t i = 0; i < inv->services.count; i++) {
		struct copy *c = *s[i].core ? add_copy(h, inv, s[i].core) : NULL;
		if (!c)
			continue;
		texts_add(&c->units, s[i].unit->name, &h->arena);
	}
	for (size_t i = 0; i < inv->services.count; i++) {
		const char *live = s[i].process && *s[i].live ? s[i].live : s[i].core;
		struct copy *c = *live && service_active(&s[i]) ? add_copy(h, inv, live) : NULL;
		if (c)
			c->runs = true;
	}
}

void inventory_copies(struct host *h, struct inventory *inv)
{
	const struct profile_core *core = h->profile.core;
	struct json_list roots = { NULL, 0 }, wrappers = { NULL, 0 };
	mark_services(h, inv);
	for (size_t i = 0; core && i < core->places.count; i++)
		for_every_home(h, ((char *const *)core->places.items)[i], &roots);
	for (size_t i = 0; core && i < core->wrappers.count; i++)
		for_every_home(h, ((char *const *)core->wrappers.items)[i], &wrappers);
	for (size_t i = 0; i < roots.count; i++)
		(void)add_copy(h, inv, ((char *const *)roots.items)[i]);
	for (size_t i = 0; i < wrappers.count; i++)
		add_wrapper(h, inv, ((char *const *)wrappers.items)[i]);
}
