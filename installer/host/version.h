/* version - which of two versions is newer, and whether one is in a range.
 *
 * How a text is to be read says its scheme; a scheme that is not in this table compares nothing:
 *
 *   semver   semver.org 2.0.0, section 11; a leading `v` is passed over (`node --version` has it).
 *   date     OpenClaw's: `20YY.M.D`, then nothing, `-N` or `-beta.N` (older spelling `.beta.N`). Rebuild `-N`
 *            is newer than the plain one, which semver has the other way round; a beta is older. D need not
 *            be a day of a month.
 *
 * Numbers are digits of any length and are never computed with.
 */
#ifndef INSTALLER_HOST_VERSION_H
#define INSTALLER_HOST_VERSION_H

#include <stdbool.h>

/* UNKNOWN is 0: what nobody has compared decides nothing. */
enum version_order { ORDER_UNKNOWN, ORDER_OLDER, ORDER_SAME, ORDER_NEWER };
enum version_fit { FIT_UNKNOWN, FIT_YES, FIT_NO };

/* True if `text` is a version of the scheme from its first byte to its last. */
bool version_known(const char *scheme, const char *text);

/* What `a` is, seen from `b`. ORDER_UNKNOWN: the scheme is not known, or one of them is no version of it.
 * semver: ORDER_SAME for what differs in build metadata alone. */
enum version_order version_compare(const char *scheme, const char *a, const char *b);

/* Whether `version` is in `range`, by npm's rules (node-semver, "Ranges"): comparators, `||`, `x`, `*`, `~`,
 * `^`, `1.2 - 2.3`; "" is any. FIT_UNKNOWN: a version, a scheme or any part of the range is not understood.
 * semver: a prerelease is only in a range that names a prerelease of the same three numbers.
 * date: the three numbers count alone (a beta of 2026.3.23 is in `>=2026.3.23`), except where the range
 * itself names a rebuild or a beta. */
enum version_fit version_in_range(const char *scheme, const char *version, const char *range);

/* The same question for numbers parted by dots, one at least, as glibc counts ("2.9" is older than "2.28"). A
 * missing number is 0. */
enum version_order version_dotted(const char *a, const char *b);

#endif
