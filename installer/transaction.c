/* transaction.c - see transaction.h. What is remembered never runs ahead of what is on disk: a step begins
 * when the record that names it is durable.
 */
#include "installer/transaction.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "installer/interrupt.h"
#include "installer/place.h"
#include "installer/stage.h"
#include "installer/store.h"
#include "installer/sweep.h"
#include "installer/switch.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

void transaction_end(struct transaction *t)
{
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

#define STEP_STAGE "stage" /* the first step that has a record; before it ends no tree has moved */

/* What undo does, last step first: the trees go back, then what was staged goes away. */
static bool undo_switch(const struct node *n, const struct act *a, struct err *e)
{
	const struct act_component *c = a->components.items;
	if (strcmp(a->step, STEP_STAGE) == 0)
		return true;
	for (size_t i = a->components.count; i-- > 0;)
		if (act_moves(&c[i]) && !switch_to(n, &c[i], SWITCH_LIVE, e))
			return false;
	for (size_t i = a->components.count; i-- > 0;)
		if (act_moves(&c[i]) && !switch_flush(n, &c[i], e))
			return false;
	return true;
}

static bool undo(const struct node *n, struct act *a, struct err *e)
{
	struct act undone = *a;
	static char outcome[] = ACT_UNDONE;
	if (!undo_switch(n, a, e) || !stage_undo(n, a, e)) {
		e->kind = ERR_STUCK;
		return err_in(e, "undo act %llu", (unsigned long long)a->number);
	}
	undone.outcome = outcome;
	undone.ended = (uint64_t)time(NULL);
	if (!act_save(n, &undone, e))
		return err_in(e, "undo act %llu", (unsigned long long)a->number);
	*a = undone;
	return true;
}

bool transaction_undo(const struct node *n, struct act *a, struct err *e)
{
	interrupt_hold();
	bool good = undo(n, a, e);
	interrupt_release();
	return good;
}

static bool recover(struct transaction *t, uint64_t *recovered, struct err *e)
{
	struct act *unfinished = ledger_unfinished(&t->ledger);
	*recovered = 0;
	if (!unfinished)
		return true;
	*recovered = unfinished->number;
	static char why[] = "interrupted";
	if (!*unfinished->why)
		unfinished->why = why;
	return transaction_undo(&t->node, unfinished, e);
}

bool transaction_begin(struct transaction *t, uint64_t *recovered, struct err *e)
{
	if (!node_lock(&t->node, e) || !ledger_load(&t->node, &t->ledger, e) || !recover(t, recovered, e))
		return false;
	ledger_stored(&t->ledger, &t->stored);
	if (*recovered)
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
	return transaction_undo(&t->node, staged, e) && sweep(&t->node, &t->ledger, e);
}

static bool record(struct transaction *t, const char *step, struct err *e)
{
	struct act next = t->act;
	next.step = arena_str(&t->arena, step);
	if (!act_save(&t->node, &next, e))
		return err_in(e, "before %s", step);
	t->act = next;
	t->recording = true;
	return true;
}

static bool undo_after(struct transaction *t, struct err *e)
{
	struct err why = { 0 };
	struct err shown = *e;
	shown.text[256] = '\0';
	t->act.why = arena_str(&t->arena, shown.text);
	for (char *p = t->act.why; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			*p = ' ';
	if (!t->recording || e->kind == ERR_STUCK)
		return false;
	if (undo(&t->node, &t->act, &why) && sweep(&t->node, &t->ledger, &why)) {
		err_in(e, "undone, the old release is in place");
		return false;
	}
	e->kind = ERR_STUCK;
	return err_in(e, "not undone (%s)", why.text);
}

static bool run_steps(struct transaction *t, const struct step *steps, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (!interrupt_none(e) || !record(t, steps[i].name, e) || !steps[i].run(t, e)) {
			err_in(e, "%s", steps[i].name);
			return undo_after(t, e);
		}
	return true;
}

bool transaction_run(struct transaction *t, const struct step *steps, size_t count, struct err *e)
{
	interrupt_hold();
	bool good = run_steps(t, steps, count, e);
	interrupt_release();
	return good;
}

bool step_switch(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	struct timespec start;
	clock_now(&start);
	for (size_t i = 0; i < t->act.components.count; i++)
		if (act_moves(&c[i]) && !switch_to(&t->node, &c[i], SWITCH_NEXT, e))
			return false;
	for (size_t i = 0; i < t->act.components.count; i++)
		if (act_moves(&c[i]) && !switch_flush(&t->node, &c[i], e))
			return false;
	t->downtime = seconds_since(&start);
	return true;
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
bool step_list_displaced(struct transaction *t, struct err *e)
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

bool step_commit(struct transaction *t, struct err *e)
{
	struct act done = t->act;
	static char outcome[] = ACT_COMMITTED;
	done.outcome = outcome;
	done.proven = true; /* without a service there is nothing more to prove */
	done.ended = (uint64_t)time(NULL);
	if (!act_save(&t->node, &done, e))
		return false;
	t->act = done;
	return true;
}
