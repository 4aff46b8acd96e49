/* states - what the application writes: copied before the act, put back by its undo.
 *
 * For each place of the profile a copy lies in a slot on the place's own file system. Undo exchanges the two:
 * what the failed release wrote is then in the slot (the failure capsule). A rollback brings the copies of a
 * restore point; the exchange leaves in the slot what was there.
 */
#ifndef INSTALLER_SERVICE_STATES_H
#define INSTALLER_SERVICE_STATES_H

#include "installer/ledger.h"
#include "installer/transaction.h"

struct inventory;

#define STATES_NEW ".new" /* beside a slot, until it takes its place: a configuration with its records */

/* t->act.states are the places that the inventory found, with a slot each. What cannot be copied or put back
 * there is a "no". Nothing is made. */
MUST_CHECK bool states_plan(struct transaction *t, const struct inventory *inv, struct err *e);

/* Bytes and entries that the act's copy for the place takes: of what is there, or (after states_choose()) of
 * what it brings. */
MUST_CHECK bool states_size(
	struct transaction *t, const struct act_state *s, uint64_t *bytes, uint64_t *entries, struct err *e);

/* Which of the places a rollback to the restore point `point` puts back: configuration, what releases migrate
 * unless `keep_state`, and what users made only if `all_state`. */
void states_choose(struct transaction *t, const struct act *point);

/* Copies of what the act brings are in its slots. ERR_REFUSED: the point has lost its own. */
MUST_CHECK bool states_stage(struct transaction *t, const struct act *point, struct err *e);

/* First pass, while the service runs. */
MUST_CHECK bool states_first(struct transaction *t, struct err *e);

/* Second pass: the copies are what is there; the act knows their identities. */
MUST_CHECK bool states_settle(struct transaction *t, struct err *e);

/* What the act brings is in its place, what was there in the slot; flushed. Idempotent. */
MUST_CHECK bool states_bring(const struct node *n, const struct act *a, struct err *e);

/* What was there before the act is there again: configuration always, all else only where `all`. Idempotent;
 * flushed. */
MUST_CHECK bool states_put_back(const struct node *n, const struct act *a, bool all, struct err *e);

/* The slots are gone. */
MUST_CHECK bool states_remove(const struct node *n, const struct act *a, struct err *e);

#endif
