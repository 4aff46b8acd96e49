/* assumed - a bundle that the operator holds in hand, taken at its word; see keys/assume.h for who may. */
#ifndef BUNDLER_ASSUMED_H
#define BUNDLER_ASSUMED_H

#include "keys/verify.h"
#include "manifest/bundle.h"

/* Believes what was opened, without asking who signed it. */
MUST_CHECK bool assumed(struct bundle *b, struct err *e);

/* Opens the bundle (volumes of it may be in `dirs`, which may be NULL) and believes it. */
MUST_CHECK bool assumed_open(
	const char *path, const struct cli_many *dirs, struct bundle *out, struct err *e);

/* Before it goes out: the open bundle is whole, and enough keys of the ring signed it if that has any. */
MUST_CHECK bool assumed_whole(struct bundle *b, const struct keyring *ring, bool silent, struct err *e);

#endif
