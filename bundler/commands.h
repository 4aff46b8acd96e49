/* commands - the rows of the bundler's command table; each is in the file of its name. */
#ifndef BUNDLER_COMMANDS_H
#define BUNDLER_COMMANDS_H

#include "manifest/base/cli.h"

extern const struct cli_command command_keygen, command_capture, command_sign, command_verify,
	command_inspect, command_plan, command_diff, command_carry, command_push, command_pull;

/* The options that every command of the bundler knows. */
extern const struct cli_option common_options[];

#endif
