/* assume - treats bytes as if they had been verified.
 *
 * Only for looking: `show` and `diff` of the bundler, which print and change
 * nothing. Whatever installs, signs or writes goes through keys_verify(). The
 * installer does not link this file, so on a node there is no way around a signature.
 */
#ifndef KEYS_ASSUME_H
#define KEYS_ASSUME_H

#include "manifest/trusted.h"

/* The bytes, borrowed, taken at their word. */
struct trusted keys_assume(const char *bytes, size_t len);

#endif
