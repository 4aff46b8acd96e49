/* transaction.c - see transaction.h. What is remembered never runs ahead of what is on disk: a step begins
 * when the record that names it is durable.
 */
#include "installer/transaction.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "installer/interrupt.h"
#include "installer/keeper.h"
#include "installer/kept.h"
#include "installer/place.h"
#include "installer/service/holding.h"
#include "installer/service/holds.h"
#include "installer/service/judging.h"
#include "installer/service/living.h"
#include "installer/service/snapshot.h"
#include "installer/service/states.h"
#include "installer/service/steps.h"
#include "installer/service/watchdog.h"
#include "installer/service/worker.h"
#include "installer/sites.h"
#include "installer/stage.h"
#include "installer/store.h"
#include "installer/sweep.h"
#include "installer/switch.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

void transaction_end(struct transaction *t)
{
	living_end(&t->living);
	snapshot_end(&t->snapshot);
	free(t->stored.items);
	text_end(&t->nos);
	rows_end(&t->rows);
	bundle_end(&t->bundle);
	ledger_end(&t->ledger);
	arena_end(&t->arena);
	node_end(&t->node);
}

void transaction_note(struct transaction *t, const char *fmt, ...)
{
	char line[1024];
	va_list args;
	va_start(args, fmt);
	vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	char **items = arena_new(&t->arena, (t->notes.count + 1) * sizeof *items);
	if (t->notes.count)
		memcpy(items, t->notes.items, t->notes.count * sizeof *items);
	items[t->notes.count++] = arena_str(&t->arena, line);
	t->notes.items = items;
}

void transaction_no(struct transaction *t, enum err_kind kind, const char *fmt, ...)
{
	char line[1024];
	va_list args;
	va_start(args, fmt);
	vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	text_printf(&t->nos, "\n  %s", line);
	if (t->no_kind == ERR_NONE || kind == ERR_UNTRUSTED)
		t->no_kind = kind;
}

bool transaction_yes(struct transaction *t, struct err *e)
{
	return t->nos.len == 0 ||
	       err_set(e, t->no_kind, "refused, nothing was changed:%s", text_str(&t->nos));
}

/* ---- undo ---- */

static bool undo_trees(const struct node *n, const struct act *a, struct err *e)
{
	const struct act_component *c = a->components.items;
	if (!act_reached(a, STEP_SWITCH))
		return true;
	for (size_t i = a->components.count; i-- > 0;)
		if (act_moves(&c[i]) && !switch_to(n, &c[i], SWITCH_LIVE, e))
			return false;
	for (size_t i = a->components.count; i-- > 0;)
		if (act_moves(&c[i]) && !switch_flush(n, &c[i], e))
			return false;
	return true;
}

static bool save_step(struct transaction *t, struct act *a, const char *step, struct err *e)
{
	struct act next = *a;
	next.step = arena_str(&t->arena, step);
	if (!act_save(&t->node, &next, e))
		return err_in(e, "before %s", step);
	*a = next;
	return true;
}

/* Trees, files, configuration and state, while everything is held; then the record says that only the proof
 * is left. */
static bool undo_held(struct transaction *t, struct act *a, enum undo_how how, struct err *e)
{
	bool held = a->units.count && act_reached(a, STEP_HOLD);
	bool switched = act_reached(a, STEP_SWITCH); /* before it there is nothing to stop anybody for */
	if (strcmp(a->step, STEP_PROVE) == 0)
		return true;
	if ((held && switched && !undo_hold(t, a, how == UNDO_FILES, e)) || !undo_trees(&t->node, a, e))
		return false;
	if (!held)
		return true;
	if (!undo_service(t, a, e))
		return false;
	a->capsule = act_reached(a, STEP_START) && a->states.count;
	return save_step(t, a, STEP_PROVE, e);
}

/* The last that is done: nothing of the act is left but a failure capsule, and the record says so. */
static bool close_undone(struct transaction *t, struct act *a, struct err *e)
{
	struct act undone = *a;
	static char outcome[] = ACT_UNDONE;
	if (!holds_remove(&t->node, a, e) || !stage_undo(&t->node, a, e) ||
		(!a->capsule && !states_remove(&t->node, a, e)) || !stage_undo_made(&t->node, a, e))
		return false;
	undone.outcome = outcome;
	undone.ended = (uint64_t)time(NULL);
	if (!act_save(&t->node, &undone, e))
		return false;
	*a = undone;
	watchdog_disarm(&t->node, a);
	return true;
}

static bool undo_rest(
	struct transaction *t, struct act *a, enum undo_how how, struct text *why, struct err *e)
{
	bool held = strcmp(a->step, STEP_PROVE) == 0;
	if (held && how == UNDO_FILES)
		return holding_unmark(&t->node, e); /* what is to run is started by the boot, then proven */
	if (held && !undo_start(t, a, e))
		return false;
	if (held)
		undo_prove(t, a, why);
	return close_undone(t, a, e);
}

static bool undo(struct transaction *t, struct act *a, enum undo_how how, struct text *why, struct err *e)
{
	a->proven = a->units.count == 0 || !act_reached(a, STEP_HOLD);
	if (undo_held(t, a, how, e) && undo_rest(t, a, how, why, e))
		return true;
	if ((e->sys == ENOSPC || e->sys == EDQUOT) && act_give_reserve(&t->node)) {
		*e = (struct err){ 0 }; /* every part of it can be done again */
		if (undo_held(t, a, how, e) && undo_rest(t, a, how, why, e))
			return true;
	}
	e->kind = ERR_STUCK;
	return err_in(e, "undo act %llu", (unsigned long long)a->number);
}

bool transaction_undo(struct transaction *t, struct act *a, enum undo_how how, struct err *e)
{
	SCOPED(text_end) struct text why = { 0 };
	interrupt_hold();
	bool good = undo(t, a, how, &why, e);
	interrupt_release();
	if (good && how == UNDO_ALL && why.len)
		say(t->request->json, "the old release is back, but it is not what it was:%s",
			text_str(&why));
	return good;
}

/* Another version knows what its record means better than this one does. It needs the lock; what it left is
 * read anew. */
static bool hand_over(struct transaction *t, const struct digest *writer, uint64_t number, struct err *e)
{
	SCOPED(text_end) struct text command = { 0 };
	struct digest installer = *writer; /* which goes with the ledger */
	int status = 0;
	bool json = t->request && t->request->json;
	scope_close(&t->node.lock);
	t->node.lock = -1;
	keeper_command(&t->node, &installer, &command);
	say(json, "act %llu was written by another installer, which undoes it: %s",
		(unsigned long long)number, text_str(&command));
	if (!keeper_recover(&t->node, &installer, json, &status, e) || !node_lock(&t->node, e))
		return false;
	ledger_end(&t->ledger);
	if (!ledger_load(&t->node, &t->ledger, e))
		return false;
	const struct act *left = ledger_unfinished(&t->ledger);
	return !left ||
	       err_set(e, ERR_STUCK,
		       "act %llu is unfinished, and the installer that wrote it ended with status %d: %s",
		       (unsigned long long)left->number, status, text_str(&command));
}

static bool recover(struct transaction *t, uint64_t *recovered, struct err *e)
{
	struct act *unfinished = ledger_unfinished(&t->ledger);
	*recovered = 0;
	if (!unfinished)
		return true;
	*recovered = unfinished->number;
	enum keeper_who writer = keeper_who(&t->node, &unfinished->installer);
	if (writer == KEEPER_OTHER)
		return hand_over(t, &unfinished->installer, *recovered, e);
	if (writer == KEEPER_GONE)
		say(t->request && t->request->json,
			"the installer that wrote act %llu is not kept here any more: this one undoes it",
			(unsigned long long)*recovered);
	static char why[] = "interrupted";
	if (!*unfinished->why)
		unfinished->why = why;
	return transaction_undo(t, unfinished, UNDO_ALL, e);
}

bool transaction_begin(struct transaction *t, uint64_t *recovered, struct err *e)
{
	struct err why = { 0 };
	if (!node_lock(&t->node, e) || !ledger_load(&t->node, &t->ledger, e))
		return false;
	bool sited = sites_load(&t->node, &t->site, &t->arena, &why);
	if (!recover(t, recovered, e)) /* also where the site cannot be read */
		return false;
	if (!sited)
		return err_set(e, why.kind, "%s", why.text);
	if (t->ledger.count && !holds_remove(&t->node, &t->ledger.acts[t->ledger.count - 1], e))
		return false; /* who committed the act may not have come to that */
	ledger_stored(&t->ledger, &t->stored);
	if (*recovered && !(t->request && t->request->recovering))
		say(t->request && t->request->json,
			"act %llu was interrupted: undone, the old trees are in place",
			(unsigned long long)*recovered);
	return sweep(&t->node, &t->ledger, e);
}

bool transaction_discard(struct transaction *t, uint64_t *discarded, struct err *e)
{
	struct act *staged = ledger_staged(&t->ledger);
	static char why[] = "discarded", step[] = STEP_STAGE;
	*discarded = 0;
	if (!staged)
		return true;
	*discarded = staged->number;
	staged->why = why;
	staged->step = step;
	say(t->request->json, "the staged act %llu is discarded", (unsigned long long)staged->number);
	return transaction_undo(t, staged, UNDO_ALL, e) && sweep(&t->node, &t->ledger, e);
}

/* ---- steps ---- */

static void keep_why(struct transaction *t, const struct err *e)
{
	struct err shown = *e;
	shown.text[256] = '\0';
	shown.text[strcspn(shown.text, "\n")] = '\0';
	t->act.why = arena_str(&t->arena, shown.text);
	for (char *p = t->act.why; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			*p = ' ';
}

/* Always false: the failure that led here is what the caller returns. */
static bool undo_after(struct transaction *t, struct err *e)
{
	struct err problem = { 0 };
	SCOPED(text_end) struct text why = { 0 };
	keep_why(t, e);
	if (!t->recording || e->kind == ERR_STUCK)
		return false;
	if (!undo(t, &t->act, UNDO_ALL, &why, &problem) || !sweep(&t->node, &t->ledger, &problem)) {
		e->kind = ERR_STUCK;
		return err_in(e, "not undone (%s)", problem.text);
	}
	if (t->act.failed)
		say(t->request->json, "`waybill-install report` collects what happened");
	if (t->act.proven)
		return err_in(e, "undone, the old release is in place");
	e->kind = ERR_STUCK;
	return err_in(e, "undone, the old release is in place, but it is not what it was:%s\nbecause",
		text_str(&why));
}

static bool step_switch(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	struct timespec start;
	clock_now(&start);
	for (size_t i = 0; i < t->act.components.count; i++)
		if (act_moves(&c[i]) && !switch_to(&t->node, &c[i], SWITCH_NEXT, e))
			return false;
	t->switched = judging_ticks();
	for (size_t i = 0; i < t->act.components.count; i++)
		if (act_moves(&c[i]) && !switch_flush(&t->node, &c[i], e))
			return false;
	t->downtime = seconds_since(&start);
	return t->act.units.count == 0 || switch_service(t, e);
}

static bool list_slot(
	struct transaction *t, struct act_component *c, struct progress *progress, struct err *e)
{
	const struct act_component *now = ledger_installed(&t->ledger, c->id);
	SCOPED_FD int slot = fs_open(t->node.root, c->slot, O_RDONLY | O_DIRECTORY, 0);
	if (slot < 0)
		return err_sys(e, "%s: open the displaced tree /%s", c->id, c->slot);
	struct store_what what = { &c->was_local, now ? &now->tree : NULL, true, progress };
	if (!store_tree(&t->node, slot, &what, &c->was_tree, e))
		return err_in(e, "%s", c->id);
	if (now && !digest_equal(&now->tree, &c->was_tree))
		c->was_bundle = (struct digest){ { 0 } }; /* changed since: it is no bundle's tree any more */
	return true;
}

/* The displaced trees become the restore point: what they are is listed now, so that they can be verified
 * later. */
static bool list_displaced(struct transaction *t, struct err *e)
{
	struct act_component *c = t->act.components.items;
	struct progress progress;
	progress_start(&progress, "keep", 0, t->request->json);
	for (size_t i = 0; i < t->act.components.count; i++)
		if (act_moves(&c[i]) && *c[i].live && !list_slot(t, &c[i], &progress, e))
			return false;
	progress_end(&progress);
	return true;
}

static bool step_gates(struct transaction *t, struct err *e)
{
	return list_displaced(t, e) && (t->act.units.count == 0 || judge_service_now(t, e));
}

static bool step_commit(struct transaction *t, struct err *e)
{
	struct act done = t->act;
	static char outcome[] = ACT_COMMITTED;
	done.outcome = outcome;
	done.proven =
		done.proven || done.units.count == 0; /* without a service there is nothing more to prove */
	done.ended = (uint64_t)time(NULL);
	if (!act_save(&t->node, &done, e))
		return false;
	t->act = done;
	struct err why = { 0 };
	if (holds_remove(&t->node, &t->act, &why))
		watchdog_disarm(&t->node, &t->act);
	else /* the timer comes to it again */
		say(t->request->json, "what held units is still there: %s", why.text);
	return true;
}

static const struct step {
	const char *name;
	bool (*run)(struct transaction *t, struct err *e);
	bool service; /* only where the act has one */
} steps[] = {
	{ STEP_SNAPSHOT, step_snapshot, true },
	{ STEP_HOLD, step_hold, true },
	{ STEP_SETTLE, step_settle, true },
	{ STEP_SWITCH, step_switch, false },
	{ STEP_CLEAR, step_clear, true },
	{ STEP_START, step_start, true },
	{ STEP_GATES, step_gates, false },
	{ STEP_COMMIT, step_commit, false },
};

static bool run_step(struct transaction *t, const char *name, stage_step run, struct err *e)
{
	if (!interrupt_none(e) || !save_step(t, &t->act, name, e))
		return err_in(e, "%s", name);
	t->recording = true;
	return run(t, e) || err_in(e, "%s", name);
}

static bool run_steps(struct transaction *t, struct err *e)
{
	bool held = t->act.units.count > 0; /* then they are pinned before it is stopped */
	if (!held && !switch_pin(&t->node, &t->act, &t->arena, e))
		return undo_after(t, e);
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		if ((!steps[i].service || held) && !run_step(t, steps[i].name, steps[i].run, e))
			return undo_after(t, e);
	return true;
}

bool transaction_stage(struct transaction *t, stage_step stage, struct err *e)
{
	interrupt_hold();
	bool good = run_step(t, STEP_STAGE, stage, e) || undo_after(t, e);
	interrupt_release();
	return good;
}

/* The act is committed: copies of the installer that stay a while longer are no failure. */
static bool sweep_kept(struct transaction *t)
{
	struct err why = { 0 };
	if (!kept_sweep(&t->node, &why))
		say(t->request->json, "%s", why.text);
	return true;
}

bool transaction_run(struct transaction *t, stage_step stage, struct err *e)
{
	if (stage && !transaction_stage(t, stage, e))
		return false;
	interrupt_hold();
	bool good = t->act.units.count == 0 || worker_split(t, e) || (!t->watched && undo_after(t, e));
	if (good && !t->watched)
		good = run_steps(t, e) && sweep_kept(t);
	interrupt_release();
	return good;
}
