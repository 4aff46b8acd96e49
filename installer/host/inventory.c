/* inventory.c - see inventory.h: units first, since they say which of all the copies counts. */
#include "installer/host/inventory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "installer/host/fit.h"
#include "installer/host/run.h"
#include "installer/host/site.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define PROBE_SECONDS 120
#define PROBE_MAX     ((size_t)256 * 1024)

char *owner_name(struct host *h, uint64_t uid)
{
	const struct user *user = host_user(h, uid);
	return user ? user->name : arena_printf(&h->arena, "%llu", (unsigned long long)uid);
}

struct service *inventory_main(const struct inventory *inv)
{
	return inv->main ? (struct service *)inv->services.items + inv->main - 1 : NULL;
}

/* The unit that counts: one that the site names before others, then an active one. */
static int rank(const struct inventory_wish *wish, const struct service *s)
{
	return (wish->site && inventory_site_names(wish->site, s->unit) ? 2 : 0) + service_active(s);
}

static void find_services(struct host *h, const struct inventory_wish *wish, struct inventory *inv)
{
	struct json_list units, names = { NULL, 0 };
	for (size_t i = 0; wish->units && i < wish->units->count; i++)
		texts_add(&names, ((char *const *)wish->units->items)[i], &h->arena);
	if (wish->site)
		inventory_site_units(h, wish->site, &names);
	units_find(h, &names, &units);
	for (size_t i = 0; i < units.count; i++) {
		struct unit *u = (struct unit *)units.items + i;
		if (wish->counts && !wish->counts(wish->ctx, u))
			continue;
		struct service *s = list_add(&inv->services, sizeof *s, &h->arena);
		s->unit = u;
		service_trace(h, s);
	}
	const struct service *s = inv->services.items;
	for (size_t i = inv->services.count; i-- > 0;)
		if (!inv->main || rank(wish, &s[i]) >= rank(wish, inventory_main(inv)))
			inv->main = i + 1;
}

/* Where the service's own places are: its user's home, and what its environment says. */
static void name_places(struct host *h, const struct site_application *site, struct inventory *inv)
{
	const struct service *s = inventory_main(inv);
	const struct user *self = host_user(h, geteuid());
	struct json_list environment = { NULL, 0 };
	host_set(h, "home", s && *s->home ? s->home : self ? self->home : "/root");
	if (s) {
		service_environment(h, s, &environment);
		host_set(h, "unit", s->unit->name);
		host_set(h, "core", s->core);
		host_set(h, "runtime", s->runtime);
	}
	for (size_t i = 0; i < environment.count; i++)
		if (strncmp(((char *const *)environment.items)[i], "HOME=/", 6) == 0)
			host_set(h, "home", ((char *const *)environment.items)[i] + 5);
	host_profile_variables(h, &environment, NULL);
	if (site)
		inventory_site_places(h, site, &environment, inv);
}

static void add_place(
	struct host *h, struct inventory *inv, const char *what, const char *class, const char *text)
{
	struct stat st;
	char *path = host_expand(h, text);
	if (!path)
		return;
	struct place *p = list_add(&inv->places, sizeof *p, &h->arena);
	*p = (struct place){ .path = path,
		.what = arena_str(&h->arena, what),
		.class = arena_str(&h->arena, class),
		.owner = arena_str(&h->arena, "") };
	p->there = host_stat(h, path, &st);
	p->unseen = !p->there && errno == EACCES;
	if (p->unseen)
		host_unseen(h, "%s: %s", path, strerror(EACCES));
	if (!p->there)
		return;
	p->owner = owner_name(h, st.st_uid);
	p->device = host_number(st.st_dev);
	p->inode = host_number(st.st_ino);
}

static void find_places(struct host *h, struct inventory *inv)
{
	const struct profile *p = &h->profile;
	const struct profile_config *config = p->config.items;
	const struct profile_state *state = p->state.items;
	for (size_t i = 0; i < p->config.count; i++)
		add_place(h, inv, "config", "", config[i].path);
	for (size_t i = 0; i < p->state.count; i++)
		add_place(h, inv, "state", state[i].class, state[i].path);
	for (size_t i = 0; i < p->caches.count; i++)
		add_place(h, inv, "cache", "", ((char *const *)p->caches.items)[i]);
	for (size_t i = 0; i < p->scanned.count; i++)
		add_place(h, inv, "scanned", "", ((char *const *)p->scanned.items)[i]);
}

/* ---- what only running something can tell ---- */

static char *shown(struct host *h, const struct text *out)
{
	char *text = arena_copy(&h->arena, text_str(out), out->len);
	for (size_t i = 0; i < out->len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
	return utf8_plain(text, out->len) ? text : arena_str(&h->arena, "(not UTF-8)");
}

/* As the service's user, in the program's directory, with the service's home. */
static bool run_as(
	struct host *h, const struct service *s, const char *const *argv, unsigned seconds, struct ran *out)
{
	const char *env[] = { arena_printf(&h->arena, "HOME=%s", s->home),
		"PATH=/usr/local/bin:/usr/bin:/bin", "NO_COLOR=1", "LC_ALL=C.UTF-8", NULL };
	struct err why = { 0 };
	struct run run = { .argv = argv,
		.env = env,
		.cwd = *s->core ? s->core : "/",
		.seconds = seconds,
		.limit = PROBE_MAX };
	return host_as(h, s->unit->user, &run) && run_program(&run, out, &why);
}

static void ask_runtime(struct host *h, struct inventory *inv)
{
	const struct service *s = inventory_main(inv);
	SCOPED(ran_end) struct ran ran = { 0 };
	inv->runtime_version = arena_str(&h->arena, "");
	if (!h->alive || !s || !*s->runtime)
		return;
	const char *argv[] = { s->runtime, "-p", "process.versions.node", NULL };
	if (run_as(h, s, argv, 10, &ran) && ran.status == 0)
		inv->runtime_version =
			arena_copy(&h->arena, text_str(&ran.out), strcspn(text_str(&ran.out), "\n"));
	else
		host_unseen(h, "the version of %s: %s", s->runtime,
			host_as(h, s->unit->user, &(struct run){ 0 })
				? "it does not say"
				: "only root and the service's user may ask");
}

static void ask_application(struct host *h, struct inventory *inv)
{
	const struct profile_probe *p = h->profile.probes.items;
	const struct service *s = inventory_main(inv);
	for (size_t i = 0; s && h->alive && i < h->profile.probes.count; i++) {
		SCOPED(ran_end) struct ran ran = { 0 };
		const char *argv[64] = { NULL };
		for (size_t k = 0; k < p[i].argv.count && k + 1 < COUNT_OF(argv); k++)
			argv[k] = host_expand(h, ((char *const *)p[i].argv.items)[k]);
		if (!argv[0] || !*argv[0] || !run_as(h, s, argv, PROBE_SECONDS, &ran))
			continue;
		struct probe *probe = list_add(&inv->probes, sizeof *probe, &h->arena);
		*probe = (struct probe){ .name = p[i].name,
			.out = shown(h, &ran.out),
			.status = (uint64_t)ran.status,
			.late = ran.late };
	}
}

void inventory_make(struct host *h, const struct inventory_wish *wish, struct inventory *out)
{
	struct utsname machine;
	uname(&machine);
	*out = (struct inventory){ .application = wish->site ? wish->site->application : h->profile.name,
		.profile = h->profile.name,
		.scheme = h->profile.scheme,
		.arch = arena_str(&h->arena, machine.machine),
		.kernel = arena_str(&h->arena, machine.release) };
	fit_libc(h->root, machine.machine, &out->libc, &out->libc_version, &h->arena);
	out->site = arena_str(&h->arena, wish->site && wish->site_file ? wish->site_file : "");
	find_services(h, wish, out);
	name_places(h, wish->site, out);
	const struct service *s = inventory_main(out);
	out->version = !s ? arena_str(&h->arena, "") : *s->live ? s->live_version : s->version;
	ask_runtime(h, out);
	inventory_copies(h, out);
	inventory_components(h, wish->site, out);
	if (wish->site)
		inventory_site_compare(h, wish->site, out);
	inventory_port(h, out);
	find_places(h, out);
	inventory_file_systems(h, out);
	if (wish->probe)
		ask_application(h, out);
	if (h->alive && geteuid() != 0)
		host_unseen(h,
			"programs, working directories and environments of other users' processes (not root)");
	out->unseen = h->unseen;
}
