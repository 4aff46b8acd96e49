/* copy_names - what a directory holds. */
#ifndef INSTALLER_SERVICE_COPY_NAMES_H
#define INSTALLER_SERVICE_COPY_NAMES_H

#include "manifest/base/err.h"
#include "manifest/base/text.h"

/* The names in a directory, in the order of their bytes. */
struct names {
	struct text bytes;
	char **items;
	size_t count;
};

/* The names in `dir`, which was just opened, are in the empty `n`. False with errno (not through e). */
MUST_CHECK bool names_read(int dir, struct names *n);

/* For SCOPED(names_end). */
void names_end(struct names *n);

#endif
