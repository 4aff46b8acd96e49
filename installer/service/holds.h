/* holds - the drop-ins that hold what `adopt` does not know of: dependents of the service, and all that
 * triggers it or them. They come with the act and go with it.
 */
#ifndef INSTALLER_SERVICE_HOLDS_H
#define INSTALLER_SERVICE_HOLDS_H

#include "installer/act.h"

/* Every unit of the act has, in .hold, where its drop-in will lie, but for those that `adopt` has prepared.
 */
void holds_plan(const struct node *n, struct act *a, struct arena *arena);

/* They are on disk, durably; the managers still have to read them. *any: there is one. */
MUST_CHECK bool holds_write(const struct node *n, const struct act *a, bool *any, struct err *e);

/* The managers have read them: asked, not believed. */
MUST_CHECK bool holds_check(const struct act *a, struct err *e);

/* They are gone, and the managers know. None is no failure. */
MUST_CHECK bool holds_remove(const struct node *n, const struct act *a, struct err *e);

#endif
