/* exchange - what lies in a slot and what is at a path change places.
 *
 * Where the file system can do that in one step neither is ever absent. Where it cannot, what leaves the path
 * goes to a third name beside the slot first; a cut can leave it there.
 */
#ifndef INSTALLER_EXCHANGE_H
#define INSTALLER_EXCHANGE_H

#include <stdbool.h>

#include "manifest/base/text.h"

/* The third name of the slot `slot`. */
void exchange_aside(const char *slot, struct text *out);

/* Both are there: they have changed places. False with errno (not through an err). */
bool exchange(int slots, const char *slot, int parent, const char *leaf);

/* What a cut left under the third name is in the slot, which is free. False with errno. */
bool exchange_finish(int slots, const char *slot);

#endif
