/* commands - what both programs know to do on the machine that they run on. */
#ifndef INSTALLER_HOST_COMMANDS_H
#define INSTALLER_HOST_COMMANDS_H

#include "manifest/base/cli.h"

extern const struct cli_command command_inventory, command_gates;

/* Each program's own. */
extern const struct cli_option common_options[];

#endif
