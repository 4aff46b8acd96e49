/* counted - the keys that a command is told to count. */
#ifndef BUNDLER_COUNTED_H
#define BUNDLER_COUNTED_H

#include "keys/ring.h"
#include "manifest/base/cli.h"

/* The ring of --public and --threshold (NULL: 1). ERR_USAGE if the threshold is no number of these keys, or
 * if no key was given to `command`. */
MUST_CHECK bool counted_keys(const char *command, const struct cli_many *publics, const char *threshold,
	struct keyring *ring, struct err *e);

#endif
