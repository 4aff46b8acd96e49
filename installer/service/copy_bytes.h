/* copy_bytes - the content of a file: shared where the file system can, else copied; holes stay holes. */
#ifndef INSTALLER_SERVICE_COPY_BYTES_H
#define INSTALLER_SERVICE_COPY_BYTES_H

#include <sys/types.h>

#include "manifest/base/err.h"

/* The empty file `to` holds the first `size` bytes of `from`, or fewer and zeros if it has become shorter; if
 * it has grown, perhaps all of them. */
MUST_CHECK bool bytes_copy(int from, int to, off_t size, struct err *e);

#endif
