/* hold - what keeps a unit down while its program changes: a drop-in whose start condition looks for a
 * marker.
 *
 * It is installed beforehand and does nothing until the marker is there. A condition stops Restart=, survives
 * a power cut, and leaves the unit's own ExecStop alone (systemd.unit(5), ConditionPathExists=).
 */
#ifndef INSTALLER_HOLD_H
#define INSTALLER_HOLD_H

#include "installer/host/unit.h"
#include "installer/node.h"

/* Appends the drop-in's path below the root: of the system's units, of all users' units (root), or of the
 * user's own. `act_of`: one that comes and goes with an act of that application; NULL: the one that `adopt`
 * writes. */
void hold_path(
	const struct node *n, const char *manager, const char *unit, const char *act_of, struct text *out);

/* ERR_REFUSED: there is one that looks for another marker, so that only one of the two would hold. */
MUST_CHECK bool hold_free(const struct node *n, const char *path, const char *marker, struct err *e);

/* The drop-in is on disk, durably. `marker` is the absolute path that it looks for. */
MUST_CHECK bool hold_install(const struct node *n, const char *path, const char *marker, struct err *e);

/* The drop-in is gone, and its directory if nothing else is in it. None is no failure. */
MUST_CHECK bool hold_remove(const struct node *n, const char *path, struct err *e);

/* The manager has read it: asked, not believed. ERR_SYSTEM says what it has instead. */
MUST_CHECK bool hold_check(const struct manager *m, const char *unit, const char *path, struct err *e);

#endif
