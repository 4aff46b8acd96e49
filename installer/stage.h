/* stage - the bundle's trees are written beside the live ones, every byte checked on the way, and flushed.
 *
 * Staging is the check of the whole medium: every block that is needed is read and verified before anything
 * live changes.
 */
#ifndef INSTALLER_STAGE_H
#define INSTALLER_STAGE_H

#include "installer/transaction.h"

/* The step: the slots hold the new trees; the record knows their identities and listings. */
bool stage_run(struct transaction *t, struct err *e);

/* The slots of an apply are gone. */
MUST_CHECK bool stage_undo(const struct node *n, const struct act *a, struct err *e);

/* The directories that the act made and that are empty are gone. */
MUST_CHECK bool stage_undo_made(const struct node *n, const struct act *a, struct err *e);

#endif
