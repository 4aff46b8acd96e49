/* assume - treats bytes as if they had been verified.
 *
 * Only in the bundler, for what its operator holds in hand: to look into a bundle (inspect, diff, capture
 * --after, pull --from; carry and push without --public) and to add a signature to one (sign), which says
 * nothing about those that it has. The installer does not link this file: on a node there is no way around a
 * signature.
 */
#ifndef KEYS_ASSUME_H
#define KEYS_ASSUME_H

#include "manifest/trusted.h"

/* The bytes, borrowed, taken at their word. */
struct trusted keys_assume(const char *bytes, size_t len);

#endif
