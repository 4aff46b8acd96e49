/* dropins - small unit files that travel with a release, such as its working directory.
 */
#ifndef INSTALLER_SERVICE_DROPINS_H
#define INSTALLER_SERVICE_DROPINS_H

#include "installer/host/host.h"
#include "installer/transaction.h"

/* t->act.files are the profile's drop-ins that are not there yet as they should be, beside the hold's own. */
MUST_CHECK bool dropins_plan(struct transaction *t, struct host *h, struct err *e);

/* t->act.files are those that acts have written since the restore point, as they were before it. */
void dropins_back(struct transaction *t, uint64_t point);

/* They are on disk, durably; or, undone, what was there before. The managers are not told. */
MUST_CHECK bool dropins_write(const struct node *n, const struct act *a, struct err *e);
MUST_CHECK bool dropins_undo(const struct node *n, const struct act *a, struct err *e);

#endif
