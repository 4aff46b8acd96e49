/* rollback.c - waybill-install rollback: back to a restore point, without any bundle or network. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "installer/audit.h"
#include "installer/carry.h"
#include "installer/commands.h"
#include "installer/identity.h"
#include "installer/inventory.h"
#include "installer/place.h"
#include "installer/preflight.h"
#include "installer/result.h"
#include "installer/service/dropins.h"
#include "installer/service/living.h"
#include "installer/service/states.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

struct rollback_args {
	struct cli_common common;
	const char *to;
	bool dry_run, accept_altered, keep_state, all_state, end_orphans;
};

static const struct cli_option options[] = {
	{ "to", "POINT", "the restore point (default: the newest older release)",
		offsetof(struct rollback_args, to) },
	{ "dry-run", NULL, "say what would be done; change nothing",
		offsetof(struct rollback_args, dry_run) },
	{ "accept-altered", NULL, "go back to trees that were altered since they were kept",
		offsetof(struct rollback_args, accept_altered) },
	{ "keep-state", NULL, "put no state back, only program and configuration",
		offsetof(struct rollback_args, keep_state) },
	{ "all-state", NULL, "also put back what users made: credentials, sessions",
		offsetof(struct rollback_args, all_state) },
	{ "end-orphans", NULL, "end a process that is not the service's and holds its port",
		offsetof(struct rollback_args, end_orphans) },
	{ 0 },
};

static char nothing[] = "";

static bool choose_point(struct transaction *t, const char *to, const struct act **point, struct err *e)
{
	uint64_t number = 0;
	const char *why;
	if (!to) {
		*point = ledger_way_back(&t->ledger, &t->stored, &why);
		return *point || err_set(e, ERR_REFUSED, "%s", why);
	}
	if (!listing_number(to, &number))
		return err_set(e, ERR_USAGE, "--to %s: expected the number of a restore point", to);
	*point = ledger_act(&t->ledger, number);
	return (*point && ledger_point(&t->ledger, &t->stored, *point)) ||
	       err_set(e, ERR_REFUSED, "there is no restore point %s; `points` lists them", to);
}

static void describe_act(struct transaction *t, const struct act *point)
{
	const struct act *current = ledger_current(&t->ledger);
	t->act = (struct act){
		.waybill = 1,
		.number = ledger_next(&t->ledger),
		.to = point->number,
		.type = arena_str(&t->arena, "act"),
		.kind = arena_str(&t->arena, "rollback"),
		.step = nothing,
		.outcome = nothing,
		.why = nothing,
		.name = arena_str(&t->arena, text_str(&t->node.name)),
		.instance = arena_str(&t->arena, text_str(&t->node.instance)),
		.release = point->was_release,
		.manifest = point->was_manifest,
		.was_release = current->release,
		.was_manifest = current->manifest,
		.started = (uint64_t)time(NULL),
	};
}

static bool identity_at(struct transaction *t, const char *path, char **out, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	if (!place_identity(&t->node, path, &text, e))
		return false;
	*out = arena_str(&t->arena, text_str(&text));
	return true;
}

static bool is_directory(const struct transaction *t, const char *id, const char *path, struct err *e)
{
	SCOPED_FD int fd = fs_open(t->node.root, path, O_PATH | O_DIRECTORY, 0);
	if (fd >= 0)
		return true;
	if (errno == ENOTDIR || errno == ELOOP)
		return err_set(e, ERR_REFUSED, "%s: /%s is not a directory any more", id, path);
	return err_sys(e, "%s: open /%s", id, path);
}

/* True in *whole if what is there is what was installed there: somebody may have changed it since, and the
 * point has it as it was. */
static bool is_whole(struct transaction *t, const struct act_component *now, bool *whole, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(audit_end) struct audit audit = { .arena = &arena, .ignore = &now->local };
	if (!audit_path(&t->node, now->id, now->target, &now->tree, &audit, e))
		return false;
	*whole = audit.count == 0;
	return true;
}

/* Where the component goes: `was` is its row in the point (NULL: it was not there then), `now` what is
 * installed. */
static bool add(struct transaction *t, const char *id, const struct act_component *was,
	const struct act_component *now, struct err *e)
{
	struct act_component *c = inventory_add(t, id);
	const struct act_component *known = now ? now : was;
	struct digest want = { { 0 } };
	if (was)
		want = act_keeps(was) ? was->was_tree : was->tree;
	c->kind = known->kind;
	c->target = known->target;
	c->tree = want;
	c->bundle = was ? (act_keeps(was) ? was->was_bundle : was->bundle) : want;
	c->version = was ? (act_keeps(was) ? was->was_version : was->version) : nothing;
	if (was)
		c->local = act_keeps(was) ? was->was_local : was->local;
	if (now) {
		c->was_local = now->local;
		c->was_tree = now->tree;
		c->was_bundle = now->bundle;
		c->was_version = now->version;
	}
	bool same = now ? digest_equal(&now->tree, &want) : digest_zero(&want);
	if (same && now && stored_find(&t->stored, id, c->target, &want) && !is_whole(t, now, &same, e))
		return false;
	c->change = arena_str(&t->arena, same                 ? CHANGE_SAME
					 : digest_zero(&want) ? CHANGE_REMOVE
							      : CHANGE_RESTORE);
	if (same)
		return true;
	const struct stored *stored = stored_find(&t->stored, id, c->target, &want);
	if (stored)
		c->slot = arena_str(&t->arena, stored->slot);
	if (!identity_at(t, c->target, &c->live, e) || (stored && !identity_at(t, c->slot, &c->next, e)))
		return err_in(e, "%s", id);
	if (*c->live && !is_directory(t, id, c->target, e))
		return false;
	if (!*c->live) /* somebody removed it: nothing is displaced */
		c->was_tree = c->was_bundle = (struct digest){ { 0 } };
	return digest_zero(&want) || *c->next ||
	       err_set(e, ERR_REFUSED, "%s: the tree of the restore point is not in /%s any more", id,
		       c->slot);
}

static bool add_all(struct transaction *t, const struct act *point, struct err *e)
{
	const struct act *current = ledger_current(&t->ledger);
	const struct act_component *c = point->components.items, *now = current->components.items;
	for (size_t i = 0; i < point->components.count; i++)
		if (!add(t, c[i].id, &c[i], ledger_installed(&t->ledger, c[i].id), e))
			return false;
	for (size_t i = 0; i < current->components.count; i++)
		if (!digest_zero(&now[i].tree) && !act_component(point, now[i].id) &&
			!add(t, now[i].id, NULL, &now[i], e))
			return false;
	return true;
}

/* A component that goes away needs a slot of its own to lie in. */
static bool choose_slots(struct transaction *t, struct err *e)
{
	struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++) {
		if (act_moves(&c[i]))
			place_missing(&t->node, c[i].target, &t->act.made, &t->arena);
		if (strcmp(c[i].change, CHANGE_REMOVE) == 0 && !inventory_slot(t, &c[i], e))
			return false;
	}
	return true;
}

/* The point is verified before it is used: every byte of the trees that would come back, and they are those
 * that the record will name. */
static bool verify_point(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	SCOPED(text_end) struct text altered = { 0 };
	struct progress progress;
	SCOPED(audit_end) struct audit audit = { .arena = &t->arena, .progress = &progress };
	progress_start(&progress, "verify", 0, t->request->json);
	for (size_t i = 0; i < t->act.components.count; i++) {
		audit.ignore = &c[i].local;
		if (strcmp(c[i].change, CHANGE_RESTORE) == 0 &&
			!audit_known(&t->node, c[i].id, c[i].slot, c[i].next, &c[i].tree, &audit, e))
			return false;
	}
	progress_end(&progress);
	if (audit.count == 0)
		return true;
	audit_text(&audit, 20, &altered);
	if (!t->request->accept_altered)
		return err_set(e, ERR_REFUSED,
			"the restore point was altered since it was kept (--accept-altered uses it):%s",
			text_str(&altered));
	say(t->request->json, "altered since it was kept, accepted:%s", text_str(&altered));
	return true;
}

/* The directory that a target stands in, where somebody has removed it. */
static bool make_parent(struct transaction *t, const struct act_component *c, struct err *e)
{
	SCOPED(text_end) struct text parent = { 0 };
	SCOPED_FD int fd = -1;
	place_parent(c->target, &parent);
	return strcmp(text_str(&parent), ".") == 0 ||
	       fs_make_dirs(t->node.root, text_str(&parent), &fd, NULL, e);
}

/* Slots for what goes away; the node's own files go from the live tree into the one that comes back. */
static bool stage_slots(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++) {
		SCOPED_FD int dir = -1;
		if (act_moves(&c[i]) && !make_parent(t, &c[i], e))
			return err_in(e, "%s", c[i].id);
		if (strcmp(c[i].change, CHANGE_REMOVE) == 0 && !place_make(&t->node, c[i].slot, &dir, e))
			return err_in(e, "%s", c[i].id);
		struct carry_rule rule = carry_back(t, &c[i]);
		if (strcmp(c[i].change, CHANGE_RESTORE) == 0 && *c[i].live &&
			!carry_local(&t->node, &c[i], &rule, e))
			return err_in(e, "%s", c[i].id);
	}
	return t->act.units.count == 0 || states_stage(t, ledger_act(&t->ledger, t->act.to), e);
}

/* Local files that stay behind are told. */
static bool look(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++) {
		struct carry_rule rule = carry_back(t, &c[i]);
		if (act_moves(&c[i]) && *c[i].live && !carry_look(t, &c[i], &rule, e))
			return false;
	}
	return true;
}

/* The profile of the release that comes back: its gates are what it must pass. */
static const struct profile *profile_of(const struct transaction *t, const struct act *point)
{
	for (size_t i = t->ledger.count; i-- > 0;) {
		const struct act *a = &t->ledger.acts[i];
		if (a->number < point->number && a->profile && strcmp(a->outcome, ACT_COMMITTED) == 0 &&
			digest_equal(&a->manifest, &point->was_manifest))
			return a->profile;
	}
	return point->profile;
}

static bool plan_service(struct transaction *t, const struct act *point, struct err *e)
{
	if (!living_plan(t, profile_of(t, point), e) || !transaction_yes(t, e))
		return false;
	states_choose(t, point);
	if (!preflight_room(t, e) || !transaction_yes(t, e))
		return false;
	if (t->act.units.count)
		dropins_back(t, point->number);
	t->act.baseline = point->baseline;
	t->act.lists = point->lists;
	return true;
}

static void show(struct transaction *t)
{
	const struct act_component *c = t->act.components.items;
	char *const *notes = t->notes.items;
	say(t->request->json, "%s %s -> %s (restore point %llu)", t->act.name, act_before(&t->act, &t->arena),
		act_after(&t->act, &t->arena), (unsigned long long)t->act.to);
	for (size_t i = 0; i < t->act.components.count; i++)
		say(t->request->json, "  %-8s %-20s /%s", c[i].change, c[i].id, c[i].target);
	const struct act_state *s = t->act.states.items;
	for (size_t i = 0; i < t->act.states.count; i++)
		if (s[i].brings)
			say(t->request->json, "  %-8s %-20s /%s", "state", s[i].class, s[i].path);
	for (size_t i = 0; i < t->notes.count; i++)
		say(t->request->json, "  note: %s", notes[i]);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct rollback_args *a = args;
	struct request request = { .json = a->common.json,
		.accept_altered = a->accept_altered,
		.keep_state = a->keep_state,
		.all_state = a->all_state,
		.end_orphans = a->end_orphans };
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	const struct act *point = NULL;
	uint64_t recovered, discarded;
	(void)operands;
	(void)count;
	t.request = &request;
	if (a->keep_state && a->all_state)
		return err_set(e, ERR_USAGE, "--keep-state and --all-state: only one of them");
	if (!(a->dry_run ? look_begin(&t, &a->common, e) : change_begin(&t, &a->common, &recovered, e)))
		return false;
	if (!a->dry_run && !transaction_discard(&t, &discarded, e))
		return false;
	if (!choose_point(&t, a->to, &point, e))
		return false;
	describe_act(&t, point);
	if (!add_all(&t, point, e) || !choose_slots(&t, e) || !look(&t, e) || !plan_service(&t, point, e))
		return false;
	show(&t);
	if (!verify_point(&t, e))
		return false;
	if (!a->dry_run && !transaction_run(&t, stage_slots, e))
		return false;
	if (a->dry_run)
		say(a->common.json, "the restore point is whole; nothing was changed");
	if (!t.watched && (!a->dry_run || a->common.json))
		result_print(&t, !a->dry_run, a->common.json);
	return !t.unproven || err_set(e, ERR_STUCK, "%s is back, but it does not pass its gates:%s",
				      act_after(&t.act, &t.arena), t.unproven);
}

const struct cli_command command_rollback = { "rollback", "", "go back to a restore point; never asks",
	options, common_options, sizeof(struct rollback_args), 0, 0, run };
