/* package - what a tree's own package.json says it is. */
#ifndef BUNDLER_PACKAGE_H
#define BUNDLER_PACKAGE_H

#include "manifest/base/text.h"

/* Name and version from package.json at the top of the directory; "" where there is none or it does not say.
 */
void package_facts(int dir, struct arena *arena, char **name, char **version);

#endif
