/* steps.c - see steps.h. */
#include "installer/service/steps.h"

#include <pwd.h>
#include <string.h>
#include <time.h>

#include "installer/carry.h"
#include "installer/interrupt.h"
#include "installer/keeper.h"
#include "installer/service/caches.h"
#include "installer/service/configs.h"
#include "installer/service/dropins.h"
#include "installer/service/gate_lines.h"
#include "installer/service/holding.h"
#include "installer/service/holds.h"
#include "installer/service/judging.h"
#include "installer/service/living.h"
#include "installer/service/orphans.h"
#include "installer/service/snapshot.h"
#include "installer/service/states.h"
#include "installer/service/systemd.h"
#include "installer/service/watchdog.h"
#include "installer/switch.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/manifest.h"

#define GRACE_SECONDS 10

static uint64_t microseconds_since(const struct timespec *start)
{
	return (uint64_t)(seconds_since(start) * 1e6);
}

static struct judging asking(const struct transaction *t, const struct act *a)
{
	return (struct judging){
		.act = a, .site = living_site(t), .silent = t->request->json, .width = t->width
	};
}

static bool is_rollback(const struct act *a)
{
	return strcmp(a->kind, "rollback") == 0;
}

/* ---- snapshot ---- */

/* What the old release is worth, before anybody touches it. One that does not run has nothing to say. */
static bool ask_baseline(struct transaction *t, struct err *e)
{
	struct judging j = asking(t, &t->act);
	if (!act_service(&t->act)->ran || is_rollback(&t->act))
		return true; /* a rollback is judged by how the release was before it was left */
	say(t->request->json, "baseline: how %s is now", act_service(&t->act)->name);
	if (!judging_ask(&j, &t->act.baseline, &t->act.lists, &t->arena, e))
		return err_in(e, "the baseline");
	judging_show(t->act.baseline, &j);
	return true;
}

bool step_snapshot(struct transaction *t, struct err *e)
{
	t->snapshot = snapshot_new();
	return keeper_keep(&t->node, &t->act.installer, NULL, e) && holding_look(&t->act, e) &&
	       ask_baseline(t, e) && states_first(t, e) && switch_pin(&t->node, &t->act, &t->arena, e) &&
	       holding_look(&t->act, e);
}

/* ---- hold to start ---- */

/* Held by the marker nothing starts any more, so the manager reads the new unit files while the old process
 * still runs: what that takes is no downtime. */
static bool write_dropins(struct transaction *t, struct err *e)
{
	bool holds = false;
	if (!dropins_write(&t->node, &t->act, e) || !holds_write(&t->node, &t->act, &holds, e))
		return false;
	return (t->act.files.count == 0 && !holds) ||
	       (systemd_reload_all(&t->act, e) && holds_check(&t->act, e));
}

bool step_hold(struct transaction *t, struct err *e)
{
	struct timespec begun;
	if (!watchdog_arm(t, e) || !holding_mark(&t->node, e) || !write_dropins(t, e))
		return false;
	clock_now(&t->held);
	clock_now(&begun);
	if (!holding_stop(&t->node, &t->act, e) ||
		(t->request->end_orphans && !orphans_end(&t->orphans, GRACE_SECONDS, e)))
		return false;
	t->act.stop_us = microseconds_since(&begun);
	return true;
}

/* Local files that the service wrote after they were carried. */
static bool carry_again(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++) {
		bool again = act_moves(&c[i]) && *c[i].live && strcmp(c[i].change, CHANGE_REMOVE) != 0;
		if (!again || strncmp(c[i].next, "tree:", 5) == 0) /* which every file is part of */
			continue;
		struct carry_rule rule = is_rollback(&t->act) ? carry_back(t, &c[i]) : carry_forward(&c[i]);
		if (!carry_local(&t->node, &c[i], &rule, e))
			return err_in(e, "%s", c[i].id);
	}
	return true;
}

bool step_settle(struct transaction *t, struct err *e)
{
	struct timespec begun;
	clock_now(&begun);
	if (!states_settle(t, e) || !carry_again(t, e))
		return false;
	t->act.settle_us = microseconds_since(&begun);
	return true;
}

bool switch_service(struct transaction *t, struct err *e)
{
	bool apply = strcmp(t->act.kind, "apply") == 0;
	return states_bring(&t->node, &t->act, e) && (!apply || configs_edit(t, e));
}

static bool clear(const struct transaction *t, const struct act *a, struct json_list *notes,
	struct arena *arena, struct err *e)
{
	const struct passwd *user = getpwnam(act_service(a)->user);
	return caches_clear(t->node.root, &a->caches, user ? user->pw_uid : 0, notes, arena, e);
}

bool step_clear(struct transaction *t, struct err *e)
{
	struct json_list notes = { NULL, 0 };
	if (!clear(t, &t->act, &notes, &t->arena, e))
		return false;
	for (size_t i = 0; i < notes.count; i++)
		say(t->request->json, "  %s", ((char *const *)notes.items)[i]);
	return true;
}

bool step_start(struct transaction *t, struct err *e)
{
	struct timespec begun;
	clock_now(&begun);
	uint64_t before = microseconds_since(&t->held) - t->act.stop_us - t->act.settle_us;
	if (!holding_start(&t->node, &t->act, e))
		return false;
	t->act.start_us = microseconds_since(&begun);
	t->act.ours_us = before;
	if (!act_service(&t->act)->ran) /* nobody missed it */
		t->act.stop_us = t->act.settle_us = t->act.ours_us = t->act.start_us = 0;
	return true;
}

/* ---- gates ---- */

void judge_record(struct transaction *t)
{
	SCOPED(text_end) struct text why = { 0 };
	if (t->act.proven || !t->act.evidence)
		return;
	gate_lines_red(t->act.evidence, t->request->json, &why);
	t->unproven = arena_str(&t->arena, text_str(&why));
}

/* Who goes back goes away from something worse: the old release stays, proven or not. One that was no better
 * when it was left is as it was. */
static bool stays_in_red(struct transaction *t)
{
	SCOPED(text_end) struct text ignored = { 0 };
	t->act.proven = t->act.baseline &&
			judging_no_worse(t->act.baseline, t->act.evidence, t->request->json, &ignored);
	judge_record(t);
	return true;
}

static bool red(struct transaction *t, const struct evidence *seen, struct err *e)
{
	SCOPED(text_end) struct text names = { 0 };
	SCOPED(text_end) struct text whole = { 0 };
	if (strcmp(t->act.kind, "apply") != 0)
		return stays_in_red(t);
	gate_lines_red(seen, false, &names);
	if (t->request->json) /* people have seen every gate by now */
		gate_lines_red(seen, true, &whole);
	t->act.failed = true;
	return err_set(e, ERR_GATE, "%s did not pass its gates:%s%s", act_after(&t->act, &t->arena),
		text_str(&names), text_str(&whole));
}

bool judge_service_now(struct transaction *t, struct err *e)
{
	struct judging j = asking(t, &t->act);
	j.switched = t->switched;
	j.old = strcmp(t->act.kind, "apply") != 0;
	j.compare = t->act.baseline != NULL;
	if (!act_service(&t->act)->ran) {
		say(t->request->json, "%s did not run before and was not started: nothing is proven",
			act_service(&t->act)->name);
		return true;
	}
	if (!judging_ask(&j, &t->act.evidence, NULL, &t->arena, e))
		return err_in(e, "judge the new release");
	judging_show(t->act.evidence, &j);
	t->act.proven = judging_green(t->act.evidence);
	return t->act.proven || red(t, t->act.evidence, e);
}

/* ---- undo ---- */

/* The old release left nothing behind when it was stopped; what the new one leaves must not go on writing
 * into what comes back. */
bool undo_hold(struct transaction *t, const struct act *a, bool boot, struct err *e)
{
	struct err first = { 0 };
	if (boot)
		return holding_mark(&t->node, e);
	if (holding_stop(&t->node, a, &first))
		return true;
	say(t->request && t->request->json, "%s: it is killed", first.text);
	systemd_kill_all(a);
	return holding_stop(&t->node, a, e);
}

/* Caches are the old release's until the new one has been started. */
bool undo_service(struct transaction *t, const struct act *a, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct json_list notes = { NULL, 0 };
	bool started = act_reached(a, STEP_START);
	if (act_reached(a, STEP_SWITCH) &&
		(!states_put_back(&t->node, a, started, e) || (started && !clear(t, a, &notes, &arena, e))))
		return false;
	return a->files.count == 0 || (dropins_undo(&t->node, a, e) && systemd_reload_all(a, e));
}

bool undo_start(struct transaction *t, const struct act *a, struct err *e)
{
	return holding_start(&t->node, a, e);
}

void undo_prove(struct transaction *t, struct act *a, struct text *why)
{
	struct judging j = asking(t, a);
	struct evidence *seen = NULL;
	struct err problem = { 0 };
	j.back = j.old = true;
	j.compare = a->baseline != NULL;
	a->proven = true;
	if (!act_service(a)->ran)
		return;
	say(t->request->json, "the old release is back; is it as it was?");
	if (!judging_ask(&j, &seen, NULL, &t->arena, &problem)) {
		a->proven = false;
		text_printf(why, "\n  %s", problem.text);
		return;
	}
	judging_show(seen, &j);
	a->proven = a->baseline ? judging_no_worse(a->baseline, seen, j.silent, why) : judging_green(seen);
	if (!a->proven && !a->baseline)
		gate_lines_red(seen, j.silent, why);
}
