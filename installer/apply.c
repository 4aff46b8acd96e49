/* apply.c - waybill-install apply: the steps in the order they run. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installer/binding.h"
#include "installer/commands.h"
#include "installer/own.h"
#include "installer/plan.h"
#include "installer/plan_service.h"
#include "installer/preflight.h"
#include "installer/result.h"
#include "installer/service/living.h"
#include "installer/stage.h"
#include "installer/staged.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

static bool ask(const struct select_args *a, struct err *e)
{
	char answer[16] = "";
	if (a->yes)
		return true;
	if (!isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE,
			"apply asks before it changes anything; without a terminal it needs --yes");
	fprintf(stderr, "Apply this? [y/N] ");
	if (!fgets(answer, sizeof answer, stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
		return err_set(e, ERR_REFUSED, "not confirmed; nothing was changed");
	return true;
}

static bool confirm(struct transaction *t, const struct select_args *a, struct err *e)
{
	return (a->common.json || plan_show(t, e)) && ask(a, e);
}

static bool confirm_staged(struct transaction *t, const struct select_args *a, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	struct plan_service *service;
	if (!plan_service_make(t, &service, e))
		return false;
	plan_service_write(service, &text);
	say(a->common.json, "%s: staged as act %llu: %s", t->act.name, (unsigned long long)t->act.number,
		t->act.release);
	if (!a->common.json)
		fputs(text_str(&text), stderr);
	return ask(a, e);
}

/* The act is committed: what comes now cannot undo it. Old points that stay a while longer are no failure. */
static bool finish(struct transaction *t, const struct select_args *a)
{
	struct err why = { 0 };
	if (t->watched)
		return true;
	result_print(t, true, a->common.json);
	if (!prune_old(t, &why))
		say(a->common.json, "old restore points were not pruned: %s", why.text);
	return true;
}

static bool apply_bundle(struct transaction *t, const struct select_args *a, struct err *e)
{
	uint64_t recovered, discarded;
	if (!select_begin(t, &a->common, true, "apply", e) || !transaction_begin(t, &recovered, e) ||
		!transaction_discard(t, &discarded, e) || !plan_make(t, e) || !transaction_yes(t, e))
		return false;
	if (plan_is_current(t)) {
		result_print(t, false, a->common.json);
		return true;
	}
	if (!confirm(t, a, e) || !transaction_run(t, stage_run, e))
		return false;
	return finish(t, a);
}

/* What was staged, a while ago perhaps: the node must still be the one it was staged for, and the trees
 * whole. */
static bool apply_staged(struct transaction *t, const struct select_args *a, struct err *e)
{
	uint64_t recovered;
	if (a->targets.count || a->only.count || a->without.count || a->plan)
		return err_set(
			e, ERR_USAGE, "apply without a bundle goes on with what is staged as it was staged");
	if (!change_begin(t, &a->common, &recovered, e))
		return false;
	const struct act *staged = ledger_staged(&t->ledger);
	if (!staged)
		return err_set(e, ERR_USAGE, "apply needs a BUNDLE: nothing is staged here");
	t->act = *staged;
	static char unfinished[] = "";
	t->act.outcome = unfinished;
	if (!staged_still_fits(t, e) || !living_plan(t, t->act.profile, e))
		return false;
	binding_service_still(t, staged);
	if (!preflight_room(t, e) || !transaction_yes(t, e) || !confirm_staged(t, a, e) ||
		!transaction_run(t, NULL, e))
		return false;
	return finish(t, a);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct select_args *a = args;
	const char *bundle = count ? operands[0] : own_bundle();
	struct request request = select_request(a, bundle);
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	t.request = &request;
	return bundle ? apply_bundle(&t, a, e) : apply_staged(&t, a, e);
}

const struct cli_command command_apply = { "apply", "[BUNDLE]",
	"verify, stage and switch to the bundle's trees", apply_options, common_options,
	sizeof(struct select_args), 0, 1, run };
