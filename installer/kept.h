/* kept - which copies of the installer (keeper.h) are still needed, and that no others lie there. */
#ifndef INSTALLER_KEPT_H
#define INSTALLER_KEPT_H

#include "installer/node.h"

/* Copies are gone that nothing names any more: no application of the site, no newest or unfinished record, no
 * restore point. Where somebody is at work, or a ledger or the site cannot be read, none is: the next time
 * will do. The caller holds the lock of its own application. */
MUST_CHECK bool kept_sweep(const struct node *n, struct err *e);

#endif
