/* unproven - plugins that are here and not in the bundle: will they work with the new core? */
#ifndef INSTALLER_SERVICE_UNPROVEN_H
#define INSTALLER_SERVICE_UNPROVEN_H

#include "installer/transaction.h"

/* Each plugin that the node has and the bundle neither carries nor was proven with is a "no" with its host
 * range, unless --accept-unproven names it. */
MUST_CHECK bool ask_others_here(struct transaction *t, struct err *e);

#endif
