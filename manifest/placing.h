/* placing - where in the bundle each volume belongs, once the manifest says what stands where.
 *
 * Sizes say it while nothing is missing. Then the headers of the members do: each is at an offset that
 * follows from the manifest, and so a volume that holds one says itself where it belongs, whatever its name.
 */
#ifndef MANIFEST_PLACING_H
#define MANIFEST_PLACING_H

#include "manifest/container.h"

/* The volumes of `m` stand where they belong, and what no volume holds is a hole with a reason: missing, cut
 * short, misnamed, of another bundle. `m->size` is at least the size of the bundle, unless it is one file. */
MUST_CHECK bool placing_make(
	struct medium *m, const struct container *c, const struct manifest *manifest, struct err *e);

#endif
