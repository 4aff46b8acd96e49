/* trusted - bytes that enough trusted keys have signed.
 *
 * "Verified" is a type, not a flag: what parses a manifest takes a `struct trusted`,
 * and only keys/verify.c (and, for a look at one's own bundle, keys/assume.c of the
 * bundler) fills one in. A test of the architecture keeps it so.
 */
#ifndef MANIFEST_TRUSTED_H
#define MANIFEST_TRUSTED_H

#include <stddef.h>

struct trusted {
	const char *bytes; /* borrowed: the very bytes that were verified */
	size_t len;
};

#endif
