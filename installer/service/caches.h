/* caches - what the application made from its program and would go on using after that has changed.
 *
 * Cleared while the service is down. The places come from a profile and from the service's environment:
 * neither is believed to name a cache until it is narrow enough to be one.
 */
#ifndef INSTALLER_SERVICE_CACHES_H
#define INSTALLER_SERVICE_CACHES_H

#include <sys/types.h>

#include "installer/host/inventory.h"

/* *out: texts in h->arena: absolute paths of the profile's caches for the service of `inv`, whether or not
 * there is something; of patterns, what is there. ERR_REFUSED names one that is no plain absolute path, is
 * too wide (a directory of the system, a home, a place for temporary files), or is or holds a place of the
 * application's: component, configuration, state. */
MUST_CHECK bool caches_find(
	struct host *h, const struct inventory *inv, struct json_list *out, struct err *e);

/* Each path, and all below it, is gone; nothing there is no failure. No link is followed and no other file
 * system entered. `notes` (texts in `arena`) gets a line for each that was cleared ("cleared /tmp/jiti: 120
 * files, 3.1 MiB"), and for each that was left, with the reason: it is a link or a mount point, it belongs to
 * neither `uid` nor root, or others could exchange it. What others own inside a directory that they can write
 * is left and told too. ERR_SYSTEM: not all of it could be removed. ERR_REFUSED: too wide, see above. */
MUST_CHECK bool caches_clear(int root, const struct json_list *paths, uid_t uid, struct json_list *notes,
	struct arena *arena, struct err *e);

#endif
