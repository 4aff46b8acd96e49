/* inventory_site.c - what the site file says of this machine, against what is found on it. */
#include <string.h>

#include "installer/host/inventory.h"
#include "installer/host/site.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"

void inventory_differs(
	struct host *h, struct inventory *inv, const char *what, const char *site, const char *found)
{
	*(struct site_difference *)list_add(&inv->differences, sizeof(struct site_difference), &h->arena) =
		(struct site_difference){ arena_str(&h->arena, what), arena_str(&h->arena, site),
			arena_str(&h->arena, found) };
}

void inventory_site_units(struct host *h, const struct site_application *site, struct json_list *units)
{
	const struct site_unit *u = site->units.items;
	for (size_t i = 0; i < site->units.count; i++)
		texts_add(units, u[i].name, &h->arena);
}

bool inventory_site_names(const struct site_application *site, const struct unit *unit)
{
	const struct site_unit *u = site->units.items;
	for (size_t i = 0; i < site->units.count; i++)
		if (strcmp(u[i].name, unit->name) == 0 && strcmp(u[i].manager, unit->manager) == 0 &&
			(strcmp(u[i].manager, "user") != 0 || strcmp(u[i].user, unit->user) == 0))
			return true;
	return false;
}

static void compare(
	struct host *h, struct inventory *inv, const char *what, const char *site, const char *found)
{
	if (*site && strcmp(site, found) != 0)
		inventory_differs(h, inv, what, site, found);
}

void inventory_site_places(struct host *h, const struct site_application *site,
	const struct json_list *environment, struct inventory *inv)
{
	const struct site_place *p = site->places.items;
	struct json_list known = { NULL, 0 };
	compare(h, inv, "home", site->home, host_get(h, "home"));
	for (size_t i = 0; i < site->places.count; i++) {
		const char *found = host_get(h, p[i].name);
		compare(h, inv, p[i].name, p[i].path, found ? found : "");
		texts_add(&known, arena_printf(&h->arena, "%s=%s", p[i].name, p[i].path), &h->arena);
	}
	if (*site->home)
		host_set(h, "home", site->home);
	host_profile_variables(h, environment, &known);
}

/* Units of the site that are not here, or run as another; and active ones that it does not name. */
static void compare_units(struct host *h, const struct site_application *site, struct inventory *inv)
{
	const struct service *s = inv->services.items;
	const struct site_unit *u = site->units.items;
	for (size_t i = 0; i < site->units.count; i++) {
		const char *user = "";
		for (size_t k = 0; k < inv->services.count; k++)
			if (strcmp(s[k].unit->name, u[i].name) == 0 &&
				strcmp(s[k].unit->manager, u[i].manager) == 0 &&
				(!*user || strcmp(s[k].unit->user, u[i].user) == 0))
				user = s[k].unit->user;
		if (strcmp(user, u[i].user) != 0)
			inventory_differs(h, inv, arena_printf(&h->arena, "unit %s", u[i].name),
				arena_printf(&h->arena, "%s manager, as %s", u[i].manager, u[i].user),
				*user ? arena_printf(&h->arena, "as %s", user) : "");
	}
	for (size_t k = 0; k < inv->services.count; k++)
		if (service_active(&s[k]) && !inventory_site_names(site, s[k].unit))
			inventory_differs(h, inv, arena_printf(&h->arena, "unit %s", s[k].unit->name), "",
				arena_printf(
					&h->arena, "%s manager, as %s", s[k].unit->manager, s[k].unit->user));
}

/* A component that the site names and that is not where it says. */
static void compare_components(struct host *h, const struct site_application *site, struct inventory *inv)
{
	const struct site_component *c = site->components.items;
	const struct part *p = inv->components.items;
	for (size_t i = 0; i < site->components.count; i++) {
		bool there = false;
		for (size_t k = 0; k < inv->components.count; k++)
			there = there || strcmp(p[k].id, c[i].id) == 0;
		if (!there)
			inventory_differs(h, inv, c[i].id, c[i].path, "");
	}
}

void inventory_site_compare(struct host *h, const struct site_application *site, struct inventory *inv)
{
	const struct service *s = inventory_main(inv);
	compare_units(h, site, inv);
	compare_components(h, site, inv);
	if (!s)
		return;
	compare(h, inv, "user", site->user, s->unit->user);
	compare(h, inv, "runtime", site->runtime, s->runtime);
	for (size_t i = 0; i < site->components.count; i++) {
		const struct site_component *c = (const struct site_component *)site->components.items + i;
		char *real = host_real(h, c->path);
		if (strcmp(c->kind, "core") == 0 && *s->core)
			compare(h, inv, c->id, real ? real : c->path, s->core);
	}
}
