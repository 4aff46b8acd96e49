/* sites - the node's site file (installer/host/site.h): read and replaced below the node's root. */
#ifndef INSTALLER_SITES_H
#define INSTALLER_SITES_H

#include "installer/host/site.h"
#include "installer/node.h"

/* *out lives in `arena`; without a file it is empty. ERR_REFUSED: others can write its directory. */
MUST_CHECK bool sites_load(const struct node *n, struct site *out, struct arena *arena, struct err *e);

/* The file says exactly this, durably; without applications there is none. */
MUST_CHECK bool sites_save(const struct node *n, const struct site *s, struct err *e);

#endif
