/* checkpoint.c - waybill-install checkpoint: a restore point of what is there, without any bundle: before
 * somebody changes it by hand.
 *
 * The trees are copied while the service runs, the state while it is held for a moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "installer/commands.h"
#include "installer/identity.h"
#include "installer/inventory.h"
#include "installer/place.h"
#include "installer/preflight.h"
#include "installer/resolve.h"
#include "installer/result.h"
#include "installer/service/living.h"
#include "installer/service/snapshot.h"
#include "installer/sites.h"
#include "installer/store.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/package.h"

struct checkpoint_args {
	struct cli_common common;
	const char *reason;
};

static const struct cli_option options[] = {
	{ "reason", "TEXT", "why, for history", offsetof(struct checkpoint_args, reason) },
	{ 0 },
};

static char nothing[] = "";

static void describe_act(struct transaction *t, const char *reason)
{
	const struct act *current = ledger_current(&t->ledger);
	t->act = (struct act){
		.waybill = 1,
		.number = ledger_next(&t->ledger),
		.type = arena_str(&t->arena, "act"),
		.kind = arena_str(&t->arena, "checkpoint"),
		.step = nothing,
		.outcome = nothing,
		.why = arena_str(&t->arena, reason ? reason : ""),
		.name = arena_str(&t->arena, text_str(&t->node.name)),
		.instance = arena_str(&t->arena, text_str(&t->node.instance)),
		.release = current ? current->release : nothing,
		.manifest = current ? current->manifest : (struct digest){ { 0 } },
		.was_release = current ? current->release : nothing,
		.was_manifest = current ? current->manifest : (struct digest){ { 0 } },
		.started = (uint64_t)time(NULL),
	};
}

/* ---- which components ---- */

static bool add(struct transaction *t, const char *id, char *kind, const char *path,
	const struct act_component *now, struct err *e)
{
	SCOPED(text_end) struct text real = { 0 };
	SCOPED_FD int top = -1;
	bool there;
	char *name;
	if (!resolve_path(t->node.root, path, &real, &there, e))
		return err_in(e, "%s", id);
	top = there ? fs_open(t->node.root, text_str(&real), O_RDONLY | O_DIRECTORY, 0) : -1;
	if (top < 0)
		return err_set(e, ERR_REFUSED, "%s: there is no directory /%s", id, text_str(&real));
	struct act_component *c = inventory_add(t, id);
	c->kind = kind;
	c->target = arena_str(&t->arena, text_str(&real));
	c->change = arena_str(&t->arena, CHANGE_KEPT);
	package_facts(top, &t->arena, &name, &c->version);
	c->was_version = c->version;
	if (now)
		c->local = c->was_local = now->local;
	else if (t->act.profile)
		c->local = c->was_local = t->act.profile->local;
	return true;
}

/* What is installed by acts, else what the site says. */
static bool add_all(struct transaction *t, struct err *e)
{
	const struct act *current = ledger_current(&t->ledger);
	const struct site_application *site =
		site_find(&t->site, text_str(&t->node.name), text_str(&t->node.instance));
	const struct act_component *c = current ? current->components.items : NULL;
	const struct site_component *s = site ? site->components.items : NULL;
	for (size_t i = 0; current && i < current->components.count; i++)
		if (!digest_zero(&c[i].tree) &&
			!add(t, c[i].id, c[i].kind, arena_printf(&t->arena, "/%s", c[i].target), &c[i], e))
			return false;
	for (size_t i = 0; site && i < site->components.count; i++)
		if (!act_component(&t->act, s[i].id) && !add(t, s[i].id, s[i].kind, s[i].path, NULL, e))
			return false;
	return t->act.components.count ||
	       err_set(e, ERR_REFUSED,
		       "nothing is known of \"%s\" here: `waybill-install adopt` looks for it",
		       text_str(&t->node.application));
}

static bool choose_slots(struct transaction *t, struct err *e)
{
	struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++)
		if (!inventory_slot(t, &c[i], e))
			return false;
	return true;
}

/* ---- copies ---- */

static bool copy(struct transaction *t, struct act_component *c, struct progress *progress, struct err *e)
{
	SCOPED_FD int from = -1;
	SCOPED_FD int to = -1;
	char leaf[FS_LEAF];
	struct snapshot_count count = { 0 };
	const char *name = strrchr(c->slot, '/') + 1;
	struct store_what what = { &c->local, NULL, true, progress };
	if (!fs_parent(t->node.root, c->target, &from, leaf, e) || !place_make(&t->node, c->slot, &to, e) ||
		!snapshot_copy(from, leaf, to, name, &count, e))
		return false;
	SCOPED_FD int top = fs_open(to, name, O_RDONLY | O_DIRECTORY, 0);
	if (top < 0)
		return err_sys(e, "open the copy /%s", c->slot);
	if (!store_tree(&t->node, top, &what, &c->was_tree, e))
		return false;
	c->tree = c->was_tree;
	const struct act_component *now = ledger_installed(&t->ledger, c->id);
	if (now && digest_equal(&now->tree, &c->tree)) /* still the tree that a bundle brought */
		c->bundle = c->was_bundle = now->bundle;
	return true;
}

static bool copy_all(struct transaction *t, struct err *e)
{
	struct act_component *c = t->act.components.items;
	struct progress progress;
	progress_start(&progress, "copy", 0, t->request->json);
	for (size_t i = 0; i < t->act.components.count; i++)
		if (!copy(t, &c[i], &progress, e))
			return err_in(e, "%s", c[i].id);
	progress_end(&progress);
	return true;
}

/* Before the first act the site alone knows what is here. */
static bool choose(struct transaction *t, const struct cli_common *common, struct err *e)
{
	const char *name = common->name, *instance = common->instance;
	if (!sites_load(&t->node, &t->site, &t->arena, e))
		return false;
	const struct site_application *a = t->site.applications.items;
	if (!name && t->site.applications.count == 1) {
		name = a->application;
		instance = *a->instance ? a->instance : NULL;
	}
	return node_choose(&t->node, name, instance, e);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct checkpoint_args *a = args;
	struct request request = { .json = a->common.json };
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	uint64_t recovered, discarded;
	(void)operands;
	(void)count;
	t.request = &request;
	if (!node_open(&a->common, false, &t.node, e) || !choose(&t, &a->common, e) ||
		!transaction_begin(&t, &recovered, e) || !transaction_discard(&t, &discarded, e))
		return false;
	describe_act(&t, a->reason);
	if (!add_all(&t, e) || !choose_slots(&t, e) || !living_plan(&t, NULL, e) || !preflight_room(&t, e) ||
		!transaction_yes(&t, e) || !transaction_run(&t, copy_all, e))
		return false;
	if (!t.watched)
		result_print(&t, true, a->common.json);
	return true;
}

const struct cli_command command_checkpoint = { "checkpoint", "", "make a restore point of what is there",
	options, common_options, sizeof(struct checkpoint_args), 0, 0, run };
