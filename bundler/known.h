/* known - what a site file says of the trees that are captured. */
#ifndef BUNDLER_KNOWN_H
#define BUNDLER_KNOWN_H

#include "bundler/scan.h"
#include "installer/host/site.h"

/* The entry of that application; `file` NULL: none. It lives in `arena`. ERR_REFUSED: the file has none. */
MUST_CHECK bool known_read(const char *file, const char *name, struct site_application **out,
	struct arena *arena, struct err *e);

/* Adds every component whose id is not among the sources. */
void known_sources(const struct site_application *known, struct sources *to);

#endif
