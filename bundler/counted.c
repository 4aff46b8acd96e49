/* counted.c - see counted.h. */
#include "bundler/counted.h"

#include "manifest/listing.h"

bool counted_keys(const char *command, const struct cli_many *publics, const char *threshold,
	struct keyring *ring, struct err *e)
{
	uint64_t least = 1;
	if (publics->count == 0)
		return err_set(e, ERR_USAGE, "%s needs --public FILE", command);
	if (threshold && (!listing_number(threshold, &least) || least < 1 || least > SIGNATURES_MAX))
		return err_set(e, ERR_USAGE, "--threshold %s: expected 1 to %d", threshold, SIGNATURES_MAX);
	for (size_t i = 0; i < publics->count; i++)
		if (!ring_add_file(ring, publics->items[i], e))
			return false;
	ring->threshold = (unsigned)least;
	if (least > ring->count)
		return err_set(e, ERR_USAGE, "--threshold %s, but %zu different key%s given", threshold,
			ring->count, ring->count == 1 ? " is" : "s are");
	return true;
}
