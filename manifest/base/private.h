/* private - what is believed only where nobody else can have written it: keys, site, records, copies.
 */
#ifndef MANIFEST_BASE_PRIVATE_H
#define MANIFEST_BASE_PRIVATE_H

#include <sys/stat.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

/* It belongs to root or to us. */
bool private_owner(const struct stat *st);

/* What is open, a directory or a file, belongs to root or to us and nobody else can write it. ERR_REFUSED
 * names it. */
MUST_CHECK bool private_check(int fd, const char *name, struct err *e);

/* As fs_read(), of a file that is private. */
MUST_CHECK bool private_read(int dir, const char *name, size_t limit, struct text *out, struct err *e);

#endif
