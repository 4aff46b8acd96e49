/* command - a service without a manager: the site file says which programs start it, stop it, and tell
 * whether it is up (exit status 0).
 *
 * Nothing holds it down but that nobody starts it. Programs are run as they stand, without a shell, as the
 * user that runs this command.
 */
#ifndef INSTALLER_SERVICE_COMMAND_H
#define INSTALLER_SERVICE_COMMAND_H

#include "installer/act.h"
#include "manifest/manifest.h"

/* ERR_SYSTEM: it could not be run, exited with another status than 0, or the status command does not say that
 * the service is down: one that could not be run says nothing, and then the service may be up. */
MUST_CHECK bool command_stop(const struct act_unit *u, struct err *e);
MUST_CHECK bool command_start(const struct act_unit *u, struct err *e);

/* Without a status command it is taken to be up. ERR_SYSTEM: there is one, and it could not be run. */
MUST_CHECK bool command_look(struct act_unit *u, struct err *e);

/* The one gate of such a service: its status command says, and goes on saying, that it is up. In `arena`. */
struct evidence *command_judge(const struct act_unit *u, struct arena *arena);

#endif
