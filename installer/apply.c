/* apply.c - waybill-install apply: the steps in the order they run. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installer/commands.h"
#include "installer/plan.h"
#include "installer/result.h"
#include "installer/stage.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

static const struct step steps[] = {
	{ "stage", stage_run },
	{ "switch", step_switch },
	{ "gates", step_list_displaced },
	{ "commit", step_commit },
};

static bool confirm(struct transaction *t, const struct select_args *a, struct err *e)
{
	char answer[16] = "";
	if (!a->common.json && !plan_show(t, e))
		return false;
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

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct select_args *a = args;
	struct request request = select_request(a, operands[0]);
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	uint64_t recovered;
	(void)count;
	t.request = &request;
	if (!select_begin(&t, &a->common, true, "apply", e) || !transaction_begin(&t, &recovered, e) ||
		!plan_make(&t, e) || !transaction_yes(&t, e))
		return false;
	if (plan_is_current(&t)) {
		result_print(&t, false, a->common.json);
		return true;
	}
	if (!confirm(&t, a, e) || !transaction_run(&t, steps, COUNT_OF(steps), e))
		return false;
	result_print(&t, true, a->common.json);
	return true;
}

const struct cli_command command_apply = { "apply", "BUNDLE",
	"verify, stage and switch to the bundle's trees", apply_options, common_options,
	sizeof(struct select_args), 1, 1, run };
