/* commands - the rows of the installer's command table, and the options that several of them share. */
#ifndef INSTALLER_COMMANDS_H
#define INSTALLER_COMMANDS_H

#include "installer/transaction.h"
#include "manifest/base/cli.h"

extern const struct cli_command command_adopt, command_verify, command_plan, command_stage, command_apply,
	command_rollback, command_status, command_history, command_points, command_audit, command_recover,
	command_report, command_prune, command_checkpoint;

/* --public, --root, --name, --instance, --json. */
extern const struct cli_option common_options[];

/* Which parts of a bundle go where: plan and apply. */
struct select_args {
	struct cli_common common;
	struct cli_many targets, only, without;
	struct cli_many unproven, adds, volume_dirs;
	bool accept_downgrade, accept_unvalidated, end_orphans, retry, yes, discard;
	const char *plan, *output;
};
extern const struct cli_option plan_options[], stage_options[], apply_options[];

struct request select_request(const struct select_args *a, const char *bundle);

/* Opens the node for a command that takes a bundle: the application is --name's or the bundle's own. */
MUST_CHECK bool select_begin(struct transaction *t, const struct cli_common *common, bool make,
	const char *command, struct err *e);

/* Opens the node and its ledger for a command that only looks. */
MUST_CHECK bool look_begin(struct transaction *t, const struct cli_common *common, struct err *e);

/* Opens the node and locks it for a command that changes: an interrupted act is undone first. */
MUST_CHECK bool change_begin(
	struct transaction *t, const struct cli_common *common, uint64_t *recovered, struct err *e);

/* After a commit: lets go of what the standing rule lets go. The ledger is loaded anew: what was borrowed
 * from it is gone. */
MUST_CHECK bool prune_old(struct transaction *t, struct err *e);

#define TRANSACTION_NONE                                                                                     \
	{                                                                                                    \
		.node = {.root = -1, .state = -1, .lock = -1 }                                               \
	}

#endif
