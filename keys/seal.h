/* seal - the signatures inside a bundle, held against the keys that count.
 *
 * The one place where the container's bytes and the question whom to believe meet.
 */
#ifndef KEYS_SEAL_H
#define KEYS_SEAL_H

#include "keys/verify.h"
#include "manifest/container.h"

/* True if enough keys of the ring signed the manifest in `c`; `out` then borrows its bytes. */
MUST_CHECK bool seal_check(const struct container *c, const struct keyring *ring, struct trusted *out,
	struct verified_by *by, struct err *e);

/* The signature number `i` of the container, parsed and with the key id that its name has. */
MUST_CHECK bool seal_signature(const struct container *c, size_t i, struct signature *out, struct err *e);

#endif
