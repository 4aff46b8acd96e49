/* sweep - removes what nobody owns: stored trees that no restore point needs, listings that nothing names,
 * files that were half written when an act was cut short. */
#ifndef INSTALLER_SWEEP_H
#define INSTALLER_SWEEP_H

#include "installer/ledger.h"

/* Idempotent, and cut short at any point it is finished by the next run. */
MUST_CHECK bool sweep(const struct node *n, const struct ledger *l, struct err *e);

#endif
