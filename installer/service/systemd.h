/* systemd - what its managers are told: stop, start. What came of it is asked, never believed.
 *
 * systemctl(1) does the talking. A start that a condition holds back exits with 0, so states count, not exit
 * statuses.
 */
#ifndef INSTALLER_SERVICE_SYSTEMD_H
#define INSTALLER_SERVICE_SYSTEMD_H

#include "installer/act.h"
#include "installer/host/unit.h"

/* The manager that the unit belongs to. ERR_SYSTEM: its user is not known here. */
MUST_CHECK bool manager_of(const struct act_unit *u, struct manager *out, struct err *e);

/* True if a unit in that state (active, activating ...) is up, or on its way. */
bool unit_up(const struct unit *u);

/* The unit is down and no process is left in its control group. ERR_SYSTEM says what is still there. */
MUST_CHECK bool systemd_stop(const struct act_unit *u, struct err *e);

/* Whatever processes the services still have are killed; that they are gone is for systemd_stop() to say. */
void systemd_kill_all(const struct act *a);

/* The manager was asked to start it and the job is over, well or not. ERR_SYSTEM: it is still held back, or
 * the manager does not answer. */
MUST_CHECK bool systemd_start(const struct act_unit *u, struct err *e);

/* u->ran says whether the unit is up now; a service that has failed was meant to be. */
MUST_CHECK bool systemd_look(struct act_unit *u, struct err *e);

/* Every manager of the units that runs has read its unit files anew; one that does not will read them. */
MUST_CHECK bool systemd_reload_all(const struct act *a, struct err *e);

#endif
