/* captured - what capture says at the end. */
#ifndef BUNDLER_CAPTURED_H
#define BUNDLER_CAPTURED_H

#include "manifest/manifest.h"

/* Prints what stands in the finished file at `path`, whose manifest is `m`; `key` is the id of the key that
 * signed it, or NULL. */
MUST_CHECK bool captured_tell(
	const char *path, const struct manifest *m, const char *key, bool json, struct err *e);

#endif
