/* holding - the service is down and stays down, whoever wants to start it; and up again afterwards.
 *
 * What holds is a marker that every unit's start condition looks for (hold.h): it survives a power cut.
 */
#ifndef INSTALLER_SERVICE_HOLDING_H
#define INSTALLER_SERVICE_HOLDING_H

#include "installer/act.h"

/* What keeps the units down, in the application's own directory. */
#define HOLD_MARKER "hold"

/* The marker is on disk, durably; no unit of the application starts any more. */
MUST_CHECK bool holding_mark(const struct node *n, struct err *e);

/* It is gone, durably. None is no failure. */
MUST_CHECK bool holding_unmark(const struct node *n, struct err *e);

/* True if the marker is there. */
bool holding_marked(const struct node *n);

/* a->units[].ran says what is up now. */
MUST_CHECK bool holding_look(struct act *a, struct err *e);

/* Marked, and every unit is down: triggers first, so that nothing wakes a service that was just stopped. */
MUST_CHECK bool holding_stop(const struct node *n, const struct act *a, struct err *e);

/* Unmarked, and what ran before was started again: sockets, services, dependents, other triggers. */
MUST_CHECK bool holding_start(const struct node *n, const struct act *a, struct err *e);

#endif
