/* common.c - the options that every command of the bundler knows. */
#include <stddef.h>

#include "bundler/commands.h"

const struct cli_option common_options[] = {
	{ "json", NULL, "one JSON document on standard output", offsetof(struct cli_common, json) },
	{ 0 },
};
