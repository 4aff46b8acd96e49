/* preflight - all questions are asked before any is obeyed, and every "no" is told at once with both sides.
 */
#ifndef INSTALLER_PREFLIGHT_H
#define INSTALLER_PREFLIGHT_H

#include "installer/transaction.h"

/* What a file system needs and has for an act. */
struct space {
	char *path; /* of the first slot on it, below the root */
	uint64_t need, free, need_inodes, free_inodes;
	uint64_t device;
};

/* Asks everything; the noes are in the transaction (transaction_yes() fails with them). */
MUST_CHECK bool preflight(struct transaction *t, struct err *e);

/* Only asks whether there is room: for what is in the bundle, for a checkpoint's copies of trees, for copies
 * of state. */
MUST_CHECK bool preflight_room(struct transaction *t, struct err *e);

/* One row per file system that the act writes to; items are in the transaction's arena. */
MUST_CHECK bool preflight_space(struct transaction *t, struct json_list *out, struct err *e);

#endif
