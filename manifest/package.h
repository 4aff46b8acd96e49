/* package - what a tree's own package.json says it is. */
#ifndef MANIFEST_PACKAGE_H
#define MANIFEST_PACKAGE_H

#include "manifest/base/text.h"

/* Name and version from package.json at the top of the directory; "" where there is none or it does not say.
 */
void package_facts(int dir, struct arena *arena, char **name, char **version);

#endif
