/* digest_lanes - many digests at once, one in each lane of a vector register; digest_many() is how to ask for
 * it. A file alone leaves the processor half idle: each step of BLAKE2b waits for the one before it.
 */
#ifndef MANIFEST_DIGEST_LANES_H
#define MANIFEST_DIGEST_LANES_H

#include "manifest/digest.h"

/* Fills in the digests, `width` at a time: 8 (AVX-512) or 4 (AVX2). False, and nothing is done, where this
 * processor cannot. */
MUST_CHECK bool digest_lanes(unsigned width, const struct digest_job *jobs, size_t count);

#endif
