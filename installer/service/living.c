/* living.c - see living.h. */
#include "installer/service/living.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "installer/hold.h"
#include "installer/host/chosen.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "installer/service/caches.h"
#include "installer/service/dropins.h"
#include "installer/service/holds.h"
#include "installer/service/orphans.h"
#include "installer/service/states.h"
#include "installer/service/systemd.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

void living_end(struct living **l)
{
	if (*l)
		host_end(&(*l)->host);
	free(*l);
	*l = NULL;
}

const struct site_application *living_site(const struct transaction *t)
{
	const struct site_application *a =
		site_find(&t->site, text_str(&t->node.name), text_str(&t->node.instance));
	return a && a->units.count && strcmp(t->node.root_path, "/") == 0 ? a : NULL;
}

char *living_plugin_place(struct transaction *t, const struct profile *profile, const char *id)
{
	const struct site_application *a =
		site_find(&t->site, text_str(&t->node.name), text_str(&t->node.instance));
	const struct site_place *p = a ? a->places.items : NULL;
	const struct json_list *places = profile && profile->plugins ? &profile->plugins->places : NULL;
	SCOPED(host_end) struct host h = { .root = -1 };
	if (!a || !places || !places->count)
		return NULL;
	host_set(&h, "home", a->home);
	for (size_t i = 0; i < a->places.count; i++)
		host_set(&h, p[i].name, p[i].path);
	const char *pattern = host_expand(&h, *(char *const *)places->items);
	const char *star = pattern ? strchr(pattern, '*') : NULL;
	return star ? arena_printf(&t->arena, "%.*s%s%s", (int)(star - pattern), pattern, id, star + 1)
		    : NULL;
}

/* ---- units ---- */

static void add_unit(struct transaction *t, const char *name, const char *role, const struct site_unit *of)
{
	const struct act_unit *u = t->act.units.items;
	for (size_t i = 0; i < t->act.units.count; i++)
		if (act_unit_is(&u[i], name, of->manager, of->user))
			return;
	*(struct act_unit *)list_add(&t->act.units, sizeof *u, &t->arena) = (struct act_unit){
		.name = arena_str(&t->arena, name),
		.manager = of->manager,
		.role = arena_str(&t->arena, role),
		.user = of->user,
		.start = of->start,
		.stop = of->stop,
		.status = of->status,
	};
}

static void add_units(
	struct transaction *t, const struct json_list *names, const char *role, const struct site_unit *of)
{
	for (size_t i = 0; i < names->count; i++)
		add_unit(t, ((char *const *)names->items)[i], role, of);
}

/* The hold does nothing yet, but it must be known to the manager. */
static bool ask_hold(struct transaction *t, const struct act_unit *u, const struct site_unit *of)
{
	struct manager m;
	struct err why = { 0 };
	if (!*of->dropin)
		transaction_no(
			t, ERR_REFUSED, "%s cannot be held: `waybill-install adopt` prepares it", u->name);
	else if (!manager_of(u, &m, &why) || !hold_check(&m, u->name, of->dropin + 1, &why))
		transaction_no(t, ERR_REFUSED, "%s cannot be held: %s; `waybill-install adopt` prepares it",
			u->name, why.text);
	return why.kind == ERR_NONE;
}

/* A process of the unit that is to be stopped would stop itself. */
static void ask_own_group(struct transaction *t, const struct unit *u)
{
	SCOPED(text_end) struct text own = { 0 };
	struct err ignored = { 0 };
	const char *at = *u->cgroup && fs_read_path("/proc/self/cgroup", 65536, &own, &ignored)
				 ? strstr(text_str(&own), u->cgroup)
				 : NULL;
	if (at && strchr("/\n", at[strlen(u->cgroup)]))
		transaction_no(
			t, ERR_REFUSED, "this command runs inside of %s, which it would stop", u->name);
}

/* Without a manager the site says how. */
static void ask_commands(struct transaction *t, const struct site_unit *s)
{
	if (!s->start.count || !s->stop.count || !s->status.count)
		transaction_no(t, ERR_REFUSED,
			"%s: the site file must say \"start\", \"stop\" and \"status\" of it", s->name);
}

/* What triggers a unit, and what stops with it, belongs to it: the list grows while it is walked. */
static bool add_around(struct transaction *t, struct err *e)
{
	for (size_t i = 0; i < t->act.units.count; i++) {
		const struct act_unit u = ((const struct act_unit *)t->act.units.items)[i];
		const struct site_unit of = { .manager = u.manager, .user = u.user };
		struct manager m;
		struct unit unit;
		if (strcmp(u.manager, "command") == 0)
			continue;
		if (!manager_of(&u, &m, e) || !unit_show(&m, u.name, &unit, &t->arena, e))
			return err_in(e, "%s", u.name);
		if (strcmp(u.role, UNIT_SERVICE) != 0)
			ask_own_group(t, &unit);
		add_units(t, &unit.triggers, UNIT_TRIGGER, &of);
		add_units(t, &unit.dependents, UNIT_DEPENDENT, &of);
	}
	return true;
}

/* Triggers first, then services, then dependents. */
static void put_in_order(struct transaction *t)
{
	static const char *const order[] = { UNIT_TRIGGER, UNIT_SERVICE, UNIT_DEPENDENT };
	const struct act_unit *u = t->act.units.items;
	struct json_list ordered = { NULL, 0 };
	for (size_t k = 0; k < COUNT_OF(order); k++)
		for (size_t i = 0; i < t->act.units.count; i++)
			if (strcmp(u[i].role, order[k]) == 0)
				*(struct act_unit *)list_add(&ordered, sizeof *u, &t->arena) = u[i];
	t->act.units = ordered;
}

static bool find_units(struct transaction *t, const struct site_application *site, struct err *e)
{
	const struct site_unit *s = site->units.items;
	for (size_t i = 0; i < site->units.count; i++) {
		struct act_unit u = { .name = s[i].name, .manager = s[i].manager, .user = s[i].user };
		struct manager m;
		struct unit unit;
		add_unit(t, s[i].name, UNIT_SERVICE, &s[i]);
		if (strcmp(s[i].manager, "command") == 0) {
			ask_commands(t, &s[i]);
			continue;
		}
		if (!manager_of(&u, &m, e) || !unit_show(&m, s[i].name, &unit, &t->arena, e))
			return err_in(e, "%s", s[i].name);
		if (strcmp(unit.load, "not-found") == 0)
			transaction_no(t, ERR_REFUSED,
				"there is no unit %s here any more: `waybill-install adopt` looks again",
				s[i].name);
		else if (ask_hold(t, &u, &s[i]))
			ask_own_group(t, &unit);
	}
	if (!add_around(t, e))
		return false;
	put_in_order(t);
	holds_plan(&t->node, &t->act, &t->arena);
	return true;
}

/* ---- the port ---- */

static void ask_port(struct transaction *t)
{
	struct json_list found;
	orphans_find(&t->living->host, &t->living->inv, &found, &t->arena);
	const struct orphan *o = found.items;
	for (size_t i = 0; i < found.count; i++) {
		SCOPED(text_end) struct text who = { 0 };
		struct err why = { 0 };
		orphan_text(&o[i], &who);
		if (t->request->end_orphans && !orphan_may_end(&o[i], &why))
			transaction_no(t, ERR_REFUSED, "%s", why.text);
		else if (t->request->end_orphans)
			transaction_note(t, "will be ended: %s", text_str(&who));
		else
			transaction_no(t, ERR_REFUSED,
				"the port belongs to somebody else: %s (--end-orphans ends that process)",
				text_str(&who));
	}
	t->orphans = found;
}

/* ---- all of it ---- */

static void only_units(struct host *h, const struct site_application *site)
{
	const struct site_unit *s = site->units.items;
	struct json_list names = { NULL, 0 };
	for (size_t i = 0; i < site->units.count; i++)
		texts_add(&names, s[i].name, &h->arena);
	h->profile.units = names;
}

/* A gate of this node's in the place of the profile's may ask for less: that is said. */
static void tell_replaced(
	struct transaction *t, const struct site_application *site, const struct profile *profile)
{
	const struct profile_gate *ours = site->gates.items, *theirs = profile->gates.items;
	for (size_t i = 0; i < site->gates.count; i++)
		for (size_t k = 0; k < profile->gates.count; k++)
			if (strcmp(ours[i].name, theirs[k].name) == 0)
				transaction_note(t, "gate %s is this node's own, not that of the profile",
					ours[i].name);
}

static bool is_service_of(const void *ctx, const struct unit *u)
{
	return inventory_site_names(ctx, u);
}

static bool look(struct transaction *t, const struct site_application *site, const struct profile *profile,
	struct err *e)
{
	struct living *l = t->living;
	if (!host_begin(&l->host, NULL, NULL, e) ||
		(!profile && !chosen_profile(&l->host, site->profile, true, e)))
		return err_in(e, "the profile of %s", site->application);
	if (profile)
		l->host.profile = *profile;
	l->site = site;
	t->act.profile = arena_new(&t->arena, sizeof *t->act.profile);
	*t->act.profile = l->host.profile;
	tell_replaced(t, site, t->act.profile);
	only_units(&l->host, site);
	site_gates(&l->host, site);
	inventory_make(&l->host,
		&(struct inventory_wish){ .site = site, .counts = is_service_of, .ctx = site }, &l->inv);
	return true;
}

/* Without a site nobody would stop what runs from a tree that is about to go. */
static bool ask_unadopted(struct transaction *t, const struct profile *profile)
{
	struct err ignored = { 0 };
	struct inventory inv;
	SCOPED(host_end) struct host h = { .root = -1 };
	if (!profile || strcmp(t->node.root_path, "/") != 0 || !host_begin(&h, NULL, "generic", &ignored))
		return true;
	h.profile = *profile;
	inventory_make(&h, &(struct inventory_wish){ 0 }, &inv);
	const struct service *s = inv.services.items;
	const struct act_component *core = act_component(&t->act, "core");
	for (size_t i = 0; core && act_moves(core) && i < inv.services.count; i++)
		if (service_active(&s[i]) && s[i].core[0] && strcmp(s[i].core + 1, core->target) == 0)
			transaction_no(t, ERR_REFUSED,
				"%s runs from /%s: `waybill-install adopt` lets this command stop, start and judge it; or stop it yourself",
				s[i].unit->name, core->target);
	return true;
}

bool living_plan(struct transaction *t, const struct profile *profile, struct err *e)
{
	const struct site_application *site = living_site(t);
	t->act.units = t->act.states = t->act.files = t->act.caches = (struct json_list){ NULL, 0 };
	if (!site)
		return ask_unadopted(t, profile);
	t->living = mem_new(1, sizeof *t->living);
	t->living->host.root = -1;
	if (!look(t, site, profile, e) || !find_units(t, site, e))
		return false;
	if (strcmp(act_service(&t->act)->manager, "command") != 0)
		ask_port(t);
	return states_plan(t, &t->living->inv, e) &&
	       (strcmp(t->act.kind, "apply") != 0 || dropins_plan(t, &t->living->host, e)) &&
	       caches_find(&t->living->host, &t->living->inv, &t->act.caches, e);
}
