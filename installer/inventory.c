/* inventory.c - see inventory.h. */
#include "installer/inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "installer/audit.h"
#include "installer/host/unit_file.h"
#include "installer/identity.h"
#include "installer/place.h"
#include "installer/resolve.h"
#include "installer/service/living.h"
#include "installer/sites.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/package.h"

#define CHANGES_SHOWN 10

static char nothing[] = "";

struct act_component *inventory_add(struct transaction *t, const char *id)
{
	struct json_list *list = &t->act.components;
	struct act_component *items = arena_new(&t->arena, (list->count + 1) * sizeof *items),
			     *old = list->items;
	size_t at = 0;
	while (at < list->count && strcmp(old[at].id, id) < 0)
		at++;
	if (list->count) {
		memcpy(items, old, at * sizeof *items);
		memcpy(items + at + 1, old + at, (list->count - at) * sizeof *items);
	}
	items[at] = (struct act_component){ .id = arena_str(&t->arena, id),
		.kind = nothing,
		.change = nothing,
		.target = nothing,
		.slot = nothing,
		.version = nothing,
		.was_version = nothing,
		.live = nothing,
		.mount = nothing,
		.next = nothing };
	list->items = items;
	list->count++;
	return &items[at];
}

static bool in_list(const struct cli_many *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], id) == 0)
			return true;
	return false;
}

static bool selected(const struct request *r, const char *id)
{
	return (r->only.count == 0 || in_list(&r->only, id)) && !in_list(&r->without, id);
}

/* The DIR of --target ID=DIR, or NULL. */
static const char *asked_target(const struct request *r, const char *id)
{
	size_t len = strlen(id);
	for (size_t i = 0; i < r->targets.count; i++)
		if (strncmp(r->targets.items[i], id, len) == 0 && r->targets.items[i][len] == '=')
			return r->targets.items[i] + len + 1;
	return NULL;
}

static bool known_id(const struct transaction *t, const char *option, const char *id, struct err *e)
{
	return manifest_component(&t->bundle.manifest, id) ||
	       err_set(e, ERR_USAGE, "--%s %s: the bundle has no component of that name", option, id);
}

static bool check_words(const struct transaction *t, struct err *e)
{
	const struct request *r = t->request;
	for (size_t i = 0; i < r->only.count; i++)
		if (!known_id(t, "only", r->only.items[i], e))
			return false;
	for (size_t i = 0; i < r->without.count; i++)
		if (!known_id(t, "without", r->without.items[i], e))
			return false;
	for (size_t i = 0; i < r->adds.count; i++)
		if (!known_id(t, "add", r->adds.items[i], e))
			return false;
	for (size_t i = 0; i < r->targets.count; i++) {
		const char *equal = strchr(r->targets.items[i], '=');
		if (!equal || equal == r->targets.items[i] || equal[1] != '/')
			return err_set(e, ERR_USAGE, "--target %s: expected ID=/ABSOLUTE/DIRECTORY",
				r->targets.items[i]);
		SCOPED_TEXT char *id = mem_copy(r->targets.items[i], (size_t)(equal - r->targets.items[i]));
		if (!known_id(t, "target", id, e))
			return false;
		if (asked_target(r, id) != equal + 1)
			return err_set(e, ERR_USAGE, "--target %s is given twice", id);
	}
	return true;
}

/* Where the site file says that it lies, or NULL. */
static const char *site_target(const struct transaction *t, const char *id)
{
	const struct site_application *a =
		site_find(&t->site, text_str(&t->node.name), text_str(&t->node.instance));
	const struct site_component *c = a ? a->components.items : NULL;
	for (size_t i = 0; a && i < a->components.count; i++)
		if (strcmp(c[i].id, id) == 0)
			return c[i].path;
	return NULL;
}

/* Where a component that is not here yet belongs: a plugin to the others, a runtime to a directory of its
 * own. */
static bool usual_place(struct transaction *t, const char *id, const char **path, struct err *e)
{
	const struct component *c = manifest_component(&t->bundle.manifest, id);
	*path = strcmp(c->kind, "runtime") == 0
			? arena_printf(&t->arena, "/opt/waybill/%s/runtime", text_str(&t->node.application))
			: living_plugin_place(t, t->bundle.manifest.profile, id);
	return (*path && strcmp(c->kind, "core") != 0) ||
	       err_set(e, ERR_USAGE, "--add %s: its place is not known here, --target %s=DIR says it", id,
		       id);
}

/* The real target of a component: as asked, where it is installed, or where the site says. NULL: it is
 * carried and not installed. */
static bool find_target(struct transaction *t, const char *id, char **target, struct err *e)
{
	const struct act_component *now = ledger_installed(&t->ledger, id);
	const char *asked = asked_target(t->request, id);
	if (!asked && !now)
		asked = site_target(t, id);
	if (!asked && !now && in_list(&t->request->adds, id) && !usual_place(t, id, &asked, e))
		return false;
	SCOPED(text_end) struct text real = { 0 };
	bool there;
	*target = now ? now->target : NULL;
	if (!asked)
		return true;
	if (!resolve_path(t->node.root, asked, &real, &there, e))
		return err_in(e, "%s", id);
	if (now && strcmp(now->target, text_str(&real)) != 0)
		transaction_no(t, ERR_REFUSED, "%s is installed at /%s; it cannot be moved to /%s", id,
			now->target, text_str(&real));
	*target = arena_str(&t->arena, text_str(&real));
	return true;
}

static bool live_identity(struct transaction *t, struct act_component *c, struct err *e)
{
	SCOPED(text_end) struct text live = { 0 };
	if (!place_identity(&t->node, c->target, &live, e))
		return err_in(e, "%s", c->id);
	c->live = arena_str(&t->arena, text_str(&live));
	return true;
}

/* What differs from what was installed there: it is put right (the same tree again) or displaced (another
 * one). */
static bool drifted(
	struct transaction *t, const struct act_component *now, bool same, bool *drift, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text paths = { 0 };
	SCOPED(audit_end) struct audit audit = { .arena = &arena, .ignore = &now->local };
	if (!audit_path(&t->node, now->id, now->target, &now->tree, &audit, e))
		return false;
	*drift = audit.count > 0;
	size_t shown = audit.count < CHANGES_SHOWN ? audit.count : CHANGES_SHOWN;
	for (size_t i = 0; i < shown; i++)
		text_printf(&paths, "%s%s (%s)", i ? ", " : "", audit.items[i].path, audit.items[i].what);
	if (*drift)
		transaction_note(t,
			"%s: %zu entries were changed here since they were installed and will be %s: %s%s",
			now->id, audit.count, same ? "put right" : "displaced", text_str(&paths),
			audit.count > shown ? ", ..." : "");
	return true;
}

static void keep(struct act_component *c, const struct act_component *now)
{
	struct act_component same = *now;
	same.id = c->id;
	same.change = (char *)(uintptr_t)CHANGE_SAME;
	same.slot = same.live = same.mount = same.next = nothing;
	same.was_version = now->version;
	same.was_tree = now->tree;
	same.was_bundle = now->bundle;
	same.was_local = now->local;
	*c = same;
}

/* The version of a tree that no bundle brought, as its own package.json has it. */
static char *found_version(struct transaction *t, const struct act_component *c)
{
	char *name, *version = nothing;
	SCOPED_FD int live = fs_open(t->node.root, c->target, O_RDONLY | O_DIRECTORY, 0);
	if (live >= 0)
		package_facts(live, &t->arena, &name, &version);
	return version;
}

/* The bundle's globs of local files and those of this node. */
static struct json_list with_site(struct transaction *t, const struct json_list *globs)
{
	const struct site_application *a =
		site_find(&t->site, text_str(&t->node.name), text_str(&t->node.instance));
	if (!a || a->local.count == 0)
		return *globs;
	struct json_list all = { NULL, 0 };
	for (size_t i = 0; i < globs->count; i++)
		texts_add(&all, ((char *const *)globs->items)[i], &t->arena);
	for (size_t i = 0; i < a->local.count; i++)
		texts_add(&all, ((char *const *)a->local.items)[i], &t->arena);
	return all;
}

static bool decide(
	struct transaction *t, struct act_component *c, const struct component *from, struct err *e)
{
	const struct act_component *now = ledger_installed(&t->ledger, c->id);
	bool same = now && digest_equal(&now->bundle, &from->tree), drift = false;
	if (now && (same || t->request->audit) && !drifted(t, now, same, &drift, e))
		return false;
	if (same && !drift) {
		keep(c, now);
		return true;
	}
	c->kind = from->kind;
	c->version = from->version;
	c->was_version = now ? now->version : nothing;
	c->was_bundle = now ? now->bundle : (struct digest){ { 0 } };
	c->bundle = from->tree;
	c->local = with_site(t, &from->local);
	c->was_local = now ? now->local : from->local;
	if (!live_identity(t, c, e))
		return false;
	if (!now && *c->live)
		c->was_version = found_version(t, c);
	if (!*c->live)
		c->was_bundle = (struct digest){ { 0 } };
	c->change = arena_str(&t->arena, !*c->live ? CHANGE_INSTALL : same ? CHANGE_REPAIR : CHANGE_UPDATE);
	return true;
}

static bool take(struct transaction *t, const struct component *from, struct err *e)
{
	char *target = NULL;
	const struct act_component *now = ledger_installed(&t->ledger, from->id);
	if (!selected(t->request, from->id)) {
		if (now)
			keep(inventory_add(t, from->id), now);
		transaction_note(t, "%s: left out%s", from->id, now ? ", stays as it is" : "");
		return true;
	}
	if (!find_target(t, from->id, &target, e))
		return false;
	if (!target) {
		transaction_note(t, "%s: carried, not installed (--add %s or --target %s=DIR installs it)",
			from->id, from->id, from->id);
		return true;
	}
	struct act_component *c = inventory_add(t, from->id);
	c->target = target;
	return decide(t, c, from, e);
}

/* What is installed and not in the bundle stays as it is. */
static void keep_others(struct transaction *t)
{
	const struct act *current = ledger_current(&t->ledger);
	const struct act_component *c = current ? current->components.items : NULL;
	for (size_t i = 0; current && i < current->components.count; i++) {
		if (digest_zero(&c[i].tree) || manifest_component(&t->bundle.manifest, c[i].id))
			continue;
		keep(inventory_add(t, c[i].id), &c[i]);
		transaction_note(t, "%s: installed here, not in the bundle, stays as it is", c[i].id);
	}
}

bool inventory_slot(struct transaction *t, struct act_component *c, struct err *e)
{
	struct json_list targets = act_targets(&t->act, &t->arena);
	SCOPED(text_end) struct text slot = { 0 };
	if (!place_slot(&t->node, c->target, c->kind, &targets, t->act.number, c->id, &slot, e))
		return err_in(e, "%s", c->id);
	c->slot = arena_str(&t->arena, text_str(&slot));
	place_missing(&t->node, c->slot, &t->act.made, &t->arena);
	return true;
}

static void choose_slots(struct transaction *t)
{
	struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++) {
		struct err why = { 0 };
		if (!act_moves(&c[i]))
			continue;
		place_missing(&t->node, c[i].target, &t->act.made, &t->arena);
		if (!inventory_slot(t, &c[i], &why))
			transaction_no(t, why.kind, "%s", why.text);
	}
}

static void describe_act(struct transaction *t)
{
	const struct act *current = ledger_current(&t->ledger);
	t->act = (struct act){
		.waybill = 1,
		.number = ledger_next(&t->ledger),
		.type = arena_str(&t->arena, "act"),
		.kind = arena_str(&t->arena, "apply"),
		.step = nothing,
		.outcome = nothing,
		.why = nothing,
		.name = arena_str(&t->arena, text_str(&t->node.name)),
		.instance = arena_str(&t->arena, text_str(&t->node.instance)),
		.release = t->bundle.manifest.release,
		.sequence = t->bundle.manifest.sequence,
		.manifest = t->bundle.digest,
		.was_release = current ? current->release : nothing,
		.was_manifest = current ? current->manifest : (struct digest){ { 0 } },
		.started = (uint64_t)time(NULL),
	};
}

bool inventory(struct transaction *t, struct err *e)
{
	const struct component *c = t->bundle.manifest.components.items;
	if (!check_words(t, e) || !sites_load(&t->node, &t->site, &t->arena, e))
		return false;
	describe_act(t);
	for (size_t i = 0; i < t->bundle.manifest.components.count; i++)
		if (!take(t, &c[i], e))
			return false;
	keep_others(t);
	choose_slots(t);
	return true;
}
