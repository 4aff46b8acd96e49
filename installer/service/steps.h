/* steps - what an act does with a running service, in the order of the steps. Without one none of them is
 * run.
 */
#ifndef INSTALLER_SERVICE_STEPS_H
#define INSTALLER_SERVICE_STEPS_H

#include "installer/transaction.h"

/* What was loaded and well before is known (the baseline), the state is copied a first time, the installer
 * has left a copy of itself, and the act knows which units ran. */
bool step_snapshot(struct transaction *t, struct err *e);

/* The units are down and stay down, orphans that were to be ended are over. */
bool step_hold(struct transaction *t, struct err *e);

/* The copies of the state are what is there. */
bool step_settle(struct transaction *t, struct err *e);

/* The part of the switch beside the trees: state that comes back, configuration, unit files. */
MUST_CHECK bool switch_service(struct transaction *t, struct err *e);

/* The profile's caches are gone. */
bool step_clear(struct transaction *t, struct err *e);

/* What ran before runs again. */
bool step_start(struct transaction *t, struct err *e);

/* The release passed its gates. ERR_GATE says which are red. */
MUST_CHECK bool judge_service_now(struct transaction *t, struct err *e);

/* t->unproven: what of a committed act's release is red, as its record says. */
void judge_record(struct transaction *t);

/* Undo, from the record: the units are down and held; files, configuration, state are as they were; what ran
 * runs again; a->proven says whether it is no worse than it was (`why`: what is). */
MUST_CHECK bool undo_hold(struct transaction *t, const struct act *a, bool boot, struct err *e);
MUST_CHECK bool undo_service(struct transaction *t, const struct act *a, struct err *e);
MUST_CHECK bool undo_start(struct transaction *t, const struct act *a, struct err *e);
void undo_prove(struct transaction *t, struct act *a, struct text *why);

#endif
