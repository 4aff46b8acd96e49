/* assumed.c - see assumed.h. */
#include "bundler/assumed.h"

#include "keys/assume.h"
#include "keys/seal.h"
#include "manifest/verdict.h"

bool assumed(struct bundle *b, struct err *e)
{
	return bundle_believe(b, keys_assume(b->container.manifest.at, b->container.manifest.len), e);
}

bool assumed_open(const char *path, const struct cli_many *dirs, struct bundle *out, struct err *e)
{
	return bundle_open(path, dirs, out, e) && assumed(out, e);
}

bool assumed_whole(struct bundle *b, const struct keyring *ring, bool silent, struct err *e)
{
	struct trusted text;
	struct verified_by by;
	if (ring->count == 0)
		return assumed(b, e) && verdict_whole(b, silent, e);
	return seal_check(&b->container, ring, &text, &by, e) && bundle_believe(b, text, e) &&
	       verdict_whole(b, silent, e);
}
