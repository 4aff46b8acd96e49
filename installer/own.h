/* own - the bundle that this program carries behind itself. */
#ifndef INSTALLER_OWN_H
#define INSTALLER_OWN_H

#include <stddef.h>

#include "manifest/bundle.h"

/* The path by which the running program is opened, whatever its name is by now, if it carries a bundle; else
 * NULL. */
const char *own_bundle(void);

/* True of that path; own_open() opens it as bundle_open() does, and messages call it "this program". */
bool own_is(const char *path);
MUST_CHECK bool own_open(struct bundle *out, struct err *e);

/* The bundle that the words name, else the own one, else ERR_USAGE. */
MUST_CHECK bool own_or_named(
	char *const *operands, size_t count, const char *command, const char **out, struct err *e);

#endif
