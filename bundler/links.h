/* links - what a symbolic link on the canary becomes in a bundle. */
#ifndef BUNDLER_LINKS_H
#define BUNDLER_LINKS_H

#include "bundler/scan.h"

/* A link whose target stays inside its component is kept as it is. One that leads to a captured component by
 * any other way (absolute, or out and in again) becomes a reference: `target` is then "<component
 * id>[/path]", made again for the layout of each node. Fills kind and target of `row` (borrowed from
 * `target`). NULL, or why it cannot travel. */
const char *link_classify(const struct sources *all, const struct source *here, const char *path,
	struct text *target, struct entry *row);

#endif
