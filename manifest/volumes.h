/* volumes - finding the volumes of a bundle in directories, by name; other files there are none of ours. */
#ifndef MANIFEST_VOLUMES_H
#define MANIFEST_VOLUMES_H

#include "manifest/medium.h"

/* m->parts are the volumes called m->name in its directory and in `dirs` (may be NULL), sorted by number,
 * each held open. ERR_FORMAT lists the ones that are there twice with different bytes. */
MUST_CHECK bool volumes_find(struct medium *m, const struct cli_many *dirs, struct err *e);

/* The volumes stand one behind the other, from the first to where one is missing. ERR_FORMAT if the first one
 * is. */
MUST_CHECK bool volumes_chain(struct medium *m, struct err *e);

#endif
