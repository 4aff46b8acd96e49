/* witness - the second reader of a block. The home of libarchive, which only looks at memory: what it says of
 * an entry must be what the index says, field by field.
 */
#ifndef MANIFEST_WITNESS_H
#define MANIFEST_WITNESS_H

#include "manifest/unpack.h"

/* True if libarchive reads of the block what the index says: every entry in order, its path, type, mode,
 * target and size, and its content at the byte where unpack_block() takes it. ERR_FORMAT else. */
MUST_CHECK bool witness_block(
	const struct unpack *u, size_t block, const void *raw, size_t len, struct err *e);

/* The version of the archive library. */
const char *witness_library(void);

#endif
