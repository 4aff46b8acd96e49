/* copy_names - what a directory holds, and what of it is a mount point. */
#ifndef INSTALLER_SERVICE_COPY_NAMES_H
#define INSTALLER_SERVICE_COPY_NAMES_H

#include <sys/stat.h>

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

/* True if something is mounted at `name` in `dir`: another file system than `device`, or (kernels from 5.8
 * on) another part of the same one. `st` is what stat says of it. */
bool look_mounted(int dir, const char *name, const struct stat *st, dev_t device);

#endif
