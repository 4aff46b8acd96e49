/* resolve - from a path that a person wrote to the real one, once; from then on only the real one is used.
 *
 * Links are followed inside the root (an absolute target starts at the root again), but not if somebody else
 * could have put them there: a link that others own, or in a directory that others can write, is refused.
 */
#ifndef INSTALLER_RESOLVE_H
#define INSTALLER_RESOLVE_H

#include "manifest/base/err.h"
#include "manifest/base/text.h"

/* `real` is the path below `root` without a leading "/" ("." for the root itself); names at its end that do
 * not exist are kept as they are, and *there is then false. `path` starts at the root whether or not it has a
 * leading "/". */
MUST_CHECK bool resolve_path(int root, const char *path, struct text *real, bool *there, struct err *e);

#endif
