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

/* How many volumes are missing as a whole, and appends their names. Of a medium that placing.h has placed, as
 * below. */
size_t volumes_missing(const struct medium *m, struct text *names);

/* The volumes that are there are read from nameless files in the directory `spool` from now on: what they
 * were on can be taken away. */
MUST_CHECK bool volumes_copy(struct medium *m, int spool, struct err *e);

/* Missing volumes that `dir` has, by name and size, are copied likewise. */
MUST_CHECK bool volumes_fill(struct medium *m, const char *dir, int spool, struct err *e);

#endif
