/* path - names that a bundle may carry, and the order they stand in.
 *
 * A bundle's path is relative, plain (no "", ".", ".." part, no "//", no trailing
 * "/"), valid UTF-8 (RFC 3629) and free of control characters. The one exception is
 * PATH_ROOT, the component's own top directory.
 */
#ifndef MANIFEST_PATH_H
#define MANIFEST_PATH_H

#include <stddef.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

#define PATH_ROOT      "."
#define PATH_MAX_LEN   3071 /* with room below PATH_MAX for the place it is unpacked in */
#define PATH_NAME_MAX  255
#define PATH_DEPTH_MAX 256 /* names: a walk holds a descriptor per level */
#define ID_MAX_LEN     64

/* Valid UTF-8 without control characters (C0, DEL, C1). */
MUST_CHECK bool utf8_plain(const char *s, size_t len);

/* True if `path` may stand in a bundle; else false and `why` says what is wrong with it. */
MUST_CHECK bool path_plain(const char *path, const char **why);

/* Component ids, application names and the like: [A-Za-z0-9][A-Za-z0-9@._+-]*, at most ID_MAX_LEN. */
MUST_CHECK bool id_plain(const char *id);

/* Names of applications: an id without "@" (which stands before an instance), and not "installer" (a place of
 * ours). */
MUST_CHECK bool application_plain(const char *name);

/* Order of rows: depth first, siblings by the bytes of their names; PATH_ROOT first. */
int path_order(const char *a, const char *b);

/* True if a symbolic link at `path` (relative to the component's top) with this target stays inside the
 * component whatever its other links are: any number of leading "..", then plain names. */
MUST_CHECK bool link_stays(const char *path, const char *target);

/* The last name of a path: what stands behind the last "/", all of it if there is none. */
const char *path_leaf(const char *path);

/* The target that, written into a link at absolute path `from`, leads to absolute path `to`. Both are real
 * paths. */
void path_relative(const char *from, const char *to, struct text *out);

/* Text for one line of output: control characters and invalid bytes become \xHH, the backslash \x5c. */
void path_escape(const char *s, size_t len, struct text *out);

/* The reverse, into `to` (at least strlen(s)+1 bytes). False if an escape is not one that path_escape()
 * writes. */
MUST_CHECK bool path_unescape(const char *s, size_t len, char *to, size_t *out_len);

/* Shell-like pattern over a whole relative path: `*` and `?` stop at "/", `**` does not; a pattern without
 * "/" is matched against the last name alone, one that begins with it from the top on. */
bool path_matches(const char *pattern, const char *path);

#endif
