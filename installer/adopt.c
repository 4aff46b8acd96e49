/* adopt.c - waybill-install adopt: what is found here becomes the site file; --undo takes everything of ours
 * away but the release.
 *
 * Order: installer, drop-ins, site. The site file is the last to come and the last to go, so that what it
 * names is always found.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "installer/commands.h"
#include "installer/documents.h"
#include "installer/hold.h"
#include "installer/host/chosen.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "installer/keeper.h"
#include "installer/kept.h"
#include "installer/ledger.h"
#include "installer/place.h"
#include "installer/service/holds.h"
#include "installer/service/states.h"
#include "installer/service/watchdog.h"
#include "installer/sites.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

struct adopt_args {
	struct cli_common common;
	const char *profile;
	struct cli_many units;
	bool undo;
};

#define AT(member) offsetof(struct adopt_args, member)
static const struct cli_option options[] = {
	{ "profile", "NAME|FILE", "what to look for (else: what the site says, or openclaw)", AT(profile) },
	{ "unit", "NAME...", "one more unit that may run it", AT(units) },
	{ "undo", NULL, "take everything of ours away but the release", AT(undo) },
	{ 0 },
};
#undef AT

struct adopt_doc {
	char *site;
	bool undone;
	struct site_application *application;
};

#define AT(member) offsetof(struct adopt_doc, member)
static const struct json_field fields[] = {
	{ "application", JSON_OBJECT, AT(application), false, &site_application_shape },
	{ "site", JSON_TEXT, AT(site), false, NULL },
	{ "undone", JSON_FLAG, AT(undone), true, NULL },
};
#undef AT
const struct json_shape adopt_document = { fields, COUNT_OF(fields), sizeof(struct adopt_doc) };

struct adopting {
	const struct adopt_args *args;
	struct node node;
	struct host host;
	struct chosen chosen;
	struct site_application *entry;
	struct json_list notes; /* of char *: what does not fit together in the service that was found */
	bool fresh;             /* this run brought the copy of the installer */
	bool booting;           /* it has written the units for the boot, too */
};

static void end_adopting(struct adopting *a)
{
	node_end(&a->node);
	host_end(&a->host);
}

static bool has_services(const struct adopting *a)
{
	return a->host.alive;
}

/* ---- the hold ---- */

static struct manager manager_of(const struct adopting *a, const struct site_unit *u)
{
	const struct user *user = host_user_named(&a->host, u->user);
	return (struct manager){ strcmp(u->manager, "user") == 0, user ? (uid_t)user->uid : 0,
		user ? (gid_t)user->gid : 0 };
}

static bool hold_units(struct adopting *a, struct err *e)
{
	struct site_unit *u = a->entry->units.items;
	SCOPED(text_end) struct text marker = { 0 };
	text_printf(&marker, "/%s/%s/hold", text_str(&a->node.state_path), text_str(&a->node.application));
	for (size_t i = 0; i < a->entry->units.count; i++) {
		SCOPED(text_end) struct text path = { 0 };
		struct manager m = manager_of(a, &u[i]);
		hold_path(&a->node, u[i].manager, u[i].name, NULL, &path);
		if (!hold_free(&a->node, text_str(&path), text_str(&marker), e))
			return err_in(e, "%s", u[i].name);
		u[i].dropin = arena_printf(&a->host.arena, "/%s", text_str(&path));
		if (!hold_install(&a->node, text_str(&path), text_str(&marker), e))
			return false;
		if (has_services(a) &&
			(!manager_reload(&m, e) || !hold_check(&m, u[i].name, text_str(&path), e)))
			return false;
	}
	return true;
}

static bool release_unit(struct adopting *a, const struct site_unit *u, struct err *e)
{
	struct manager m = manager_of(a, u);
	struct err ignored = { 0 };
	if (*u->dropin != '/')
		return true;
	if (!hold_remove(&a->node, u->dropin + 1, e))
		return err_in(e, "%s", u->name);
	if (has_services(a) && !manager_reload(&m, &ignored))
		say(a->args->common.json, "%s: %s", u->name, ignored.text);
	return true;
}

static bool release_units(struct adopting *a, struct err *e)
{
	const struct site_unit *u = a->entry->units.items;
	for (size_t i = 0; i < a->entry->units.count; i++)
		if (!release_unit(a, &u[i], e))
			return false;
	return true;
}

/* ---- the boot ---- */

/* Units that recover what a power cut leaves, while any application is adopted. */
static bool watch_boot(struct adopting *a, struct err *e)
{
	struct manager own = { geteuid() != 0, geteuid(), getegid() };
	if (!(a->chosen.site.applications.count ? watchdog_install(&a->node, &a->chosen.site, e)
						: watchdog_remove(&a->node, e)))
		return false;
	return !has_services(a) || manager_reload(&own, e);
}

/* ---- adopt ---- */

/* A profile's file is found again from any directory; below --root by the path that it has there. */
static char *profile_word(struct adopting *a, const char *given)
{
	size_t ignored;
	SCOPED_TEXT char *real = profile_builtin(given, &ignored) ? NULL : realpath(given, NULL);
	size_t top = strcmp(a->host.root_path, "/") == 0 ? 0 : strlen(a->host.root_path);
	bool inside = real && strncmp(real, a->host.root_path, top) == 0 && real[top] == '/';
	return arena_str(&a->host.arena, !real ? given : real + (inside ? top : 0));
}

/* What people wrote into the entry stays; units that run it count, as do those that are named. */
static bool look(struct adopting *a, struct inventory *inv, struct err *e)
{
	const struct site_application *there = a->chosen.entry;
	struct json_list units = { NULL, 0 };
	for (size_t i = 0; i < a->args->units.count; i++)
		texts_add(&units, a->args->units.items[i], &a->host.arena);
	if (there)
		inventory_site_units(&a->host, there, &units);
	struct inventory_wish wish = { .units = &units };
	inventory_make(&a->host, &wish, inv);
	a->entry = arena_new(&a->host.arena, sizeof *a->entry);
	if (a->args->common.name || there)
		inv->application = arena_str(
			&a->host.arena, a->args->common.name ? a->args->common.name : there->application);
	if (a->args->profile || there)
		inv->profile = a->args->profile ? profile_word(a, a->args->profile) : there->profile;
	if (!site_from(&a->host, inv, there ? there->instance : a->args->common.instance, a->entry, e))
		return false;
	a->notes = inventory_main(inv)->notes;
	if (there) {
		a->entry->gates = there->gates;
		a->entry->local = there->local;
		a->entry->require_evidence = there->require_evidence;
	}
	return true;
}

/* Units that the entry had and has no more can be started again whatever is marked. */
static bool is_held(const struct site_application *by, const struct site_unit *unit)
{
	const struct site_unit *u = by ? by->units.items : NULL;
	for (size_t i = 0; by && i < by->units.count; i++)
		if (strcmp(u[i].dropin, unit->dropin) == 0)
			return true;
	return false;
}

static bool release_others(struct adopting *a, struct err *e)
{
	const struct site_application *there = a->chosen.entry;
	const struct site_unit *old = there ? there->units.items : NULL;
	for (size_t i = 0; there && i < there->units.count; i++)
		if (!is_held(a->entry, &old[i]) && !release_unit(a, &old[i], e))
			return false;
	return true;
}

static void print(const struct adopting *a, bool undone)
{
	struct adopt_doc doc = {
		.site = arena_printf(
			(struct arena *)(uintptr_t)&a->host.arena, "/%s/" SITE_FILE, a->node.config_path.at),
		.undone = undone,
		.application = a->entry,
	};
	if (a->args->common.json) {
		json_print(&adopt_document, &doc);
		return;
	}
	for (size_t i = 0; !undone && i < a->entry->known.count; i++)
		printf("%s\n", ((char *const *)a->entry->known.items)[i]);
	const struct site_unit *u = a->entry->units.items;
	for (size_t i = 0; i < a->entry->units.count; i++)
		printf("%s: %s %s\n", u[i].name, undone ? "removed" : "can be held by", u[i].dropin);
	for (size_t i = 0; i < a->notes.count; i++)
		printf("note: %s\n", ((char *const *)a->notes.items)[i]);
	printf("%s %s %s\n", a->entry->application, undone ? "is no longer in" : "is in", doc.site);
}

static bool choose_node(struct adopting *a, struct err *e)
{
	return node_choose(
		&a->node, a->entry->application, *a->entry->instance ? a->entry->instance : NULL, e);
}

static bool remove_dir(const struct node *n, const char *path, struct err *e)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	struct err ignored = { 0 };
	return !fs_parent(n->root, path, &parent, leaf, &ignored) || fs_remove(parent, leaf, e);
}

static void remove_if_empty(const struct node *n, const char *path)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	struct err ignored = { 0 };
	if (fs_parent(n->root, path, &parent, leaf, &ignored))
		unlinkat(parent, leaf, AT_REMOVEDIR);
}

static bool prepare(struct adopting *a, struct err *e)
{
	if (!keeper_keep(&a->node, &a->entry->installer, &a->fresh, e) || !hold_units(a, e) ||
		!release_others(a, e))
		return false;
	site_put(&a->chosen.site, a->entry, &a->host.arena);
	a->booting = true;
	return watch_boot(a, e) && sites_save(&a->node, &a->chosen.site, e);
}

/* Nothing is left of an adoption that failed but what was there before. */
static void take_back(struct adopting *a)
{
	SCOPED(text_end) struct text path = { 0 };
	struct err ignored = { 0 };
	char hex[DIGEST_HEX];
	const struct site_unit *u = a->entry->units.items;
	for (size_t i = 0; i < a->entry->units.count; i++)
		if (!is_held(a->chosen.entry, &u[i]) && !release_unit(a, &u[i], &ignored))
			say(a->args->common.json, "%s: %s", u[i].name, ignored.text);
	if (a->chosen.entry)
		site_put(&a->chosen.site, a->chosen.entry, &a->host.arena);
	else
		site_remove(&a->chosen.site, a->entry->application, a->entry->instance);
	if (a->booting && !watch_boot(a, &ignored))
		say(a->args->common.json, "%s", ignored.text);
	digest_hex(&a->entry->installer, hex);
	text_printf(&path, "%s/" KEEPER_DIR "/%s", text_str(&a->node.state_path), hex);
	if (a->fresh && !remove_dir(&a->node, text_str(&path), &ignored))
		say(a->args->common.json, "%s", ignored.text);
	path.at[path.len - strlen(hex) - 1] = '\0';
	remove_if_empty(&a->node, text_str(&path));
	remove_if_empty(&a->node, text_str(&a->node.config_path));
}

static bool adopt(struct adopting *a, struct err *e)
{
	struct inventory inv;
	if (!look(a, &inv, e) || !choose_node(a, e) || !node_lock(&a->node, e))
		return false;
	if (!prepare(a, e)) {
		take_back(a);
		return false;
	}
	print(a, false);
	struct err why = { 0 };
	if (!kept_sweep(&a->node, &why))
		say(a->args->common.json, "%s", why.text);
	return true;
}

/* ---- undo ---- */

/* What an act left unfinished is for `recover`, not for us: until then its units stay held. */
static bool nothing_waits(const struct ledger *l, struct err *e)
{
	if (!ledger_unfinished(l) && !ledger_staged(l))
		return true;
	return err_set(e, ERR_REFUSED, "an act is %s: `waybill-install %s` first",
		ledger_staged(l) ? "staged" : "unfinished", ledger_staged(l) ? "stage --discard" : "recover");
}

/* Records, listings and every stored tree. */
static bool remove_records(struct adopting *a, const struct ledger *ledger, struct err *e)
{
	SCOPED(text_end) struct text path = { 0 };
	if (ledger->count && !holds_remove(&a->node, &ledger->acts[ledger->count - 1], e))
		return false;
	for (size_t i = 0; i < ledger->count; i++) {
		const struct act_component *c = ledger->acts[i].components.items;
		for (size_t k = 0; k < ledger->acts[i].components.count; k++)
			if (act_keeps(&c[k]) && *c[k].slot && !place_remove(&a->node, c[k].slot, e))
				return false;
		if (!states_remove(&a->node, &ledger->acts[i], e))
			return false;
	}
	text_printf(&path, "%s/%s", text_str(&a->node.state_path), text_str(&a->node.application));
	return remove_dir(&a->node, text_str(&path), e);
}

static bool undo(struct adopting *a, struct err *e)
{
	SCOPED(ledger_end) struct ledger ledger = { 0 };
	SCOPED(text_end) struct text copies = { 0 };
	if (!a->chosen.entry)
		return err_set(e, ERR_REFUSED, "%s was not adopted here",
			a->args->common.name ? a->args->common.name
			: a->args->profile   ? a->host.profile.name
					     : "an application");
	a->entry = arena_new(&a->host.arena, sizeof *a->entry);
	*a->entry = *a->chosen.entry;
	if (!choose_node(a, e) || !node_lock(&a->node, e) || !ledger_load(&a->node, &ledger, e) ||
		!nothing_waits(&ledger, e) || !release_units(a, e) || !remove_records(a, &ledger, e))
		return false;
	site_remove(&a->chosen.site, a->entry->application, a->entry->instance);
	if (!sites_save(&a->node, &a->chosen.site, e) || !watch_boot(a, e) || !kept_sweep(&a->node, e))
		return false;
	text_printf(&copies, "%s/" KEEPER_DIR, text_str(&a->node.state_path));
	remove_if_empty(&a->node, text_str(&copies));
	remove_if_empty(&a->node, text_str(&a->node.state_path));
	remove_if_empty(&a->node, text_str(&a->node.config_path));
	print(a, true);
	return true;
}

/* An instance is only meant where it is named. What is undone needs no profile, which may be gone. */
static bool choose(struct adopting *a, struct err *e)
{
	struct cli_common common = a->args->common;
	common.instance = common.instance ? common.instance : "";
	if (!a->args->undo || a->args->profile)
		return chosen_begin(&a->host, &common, a->args->profile, NULL, &a->chosen, e);
	return host_begin(&a->host, common.root, "generic", e) &&
	       site_own(&common, &a->chosen.site, &a->chosen.file, &a->host.arena, e) &&
	       chosen_entry(&a->chosen, common.name, common.instance, &a->chosen.entry, e);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct adopt_args *given = args;
	SCOPED(end_adopting)
	struct adopting a = {
		.args = given, .node = { .root = -1, .state = -1, .lock = -1 }, .host = { .root = -1 }
	};
	(void)operands;
	(void)count;
	if (!node_open(&given->common, false, &a.node, e) || !choose(&a, e))
		return false;
	if (a.chosen.entry) { /* as it was: the site itself changes */
		struct site_application *was = arena_new(&a.host.arena, sizeof *was);
		*was = *a.chosen.entry;
		a.chosen.entry = was;
	}
	return given->undo ? undo(&a, e) : adopt(&a, e);
}

const struct cli_command command_adopt = { "adopt", "",
	"write down what is true of this node, and prepare to hold its units", options, common_options,
	sizeof(struct adopt_args), 0, 0, run };
