/* profile - what Waybill must know of an application: how its parts are called, not where they are.
 *
 * A JSON document; the one that a bundle was made with travels in its manifest. Paths may hold ${component}
 * for the place of a component on this node and ${home} for the home of the service's user.
 */
#ifndef MANIFEST_PROFILE_H
#define MANIFEST_PROFILE_H

#include "manifest/json.h"

struct profile_state {
	char *class, *path; /* class: restore, keep */
};

struct profile_record {
	char *at, *component, *value; /* a JSON pointer in the config file, and the value in JSON */
};

struct profile_config {
	char *path, *syntax; /* json, json5 */
	struct json_list records;
};

struct profile_dropin {
	char *name, *unit;
	struct json_list lines;
};

struct profile_gate {
	char *component, *kind, *match, *name;
	uint64_t deadline, settle; /* seconds */
	bool advisory;
	struct json_list argv, expect;
};

struct profile {
	char *name, *scheme; /* scheme: how its versions are compared */
	struct json_list units, caches, local, excluded, scanned, redactions; /* of char * */
	struct json_list state, config, dropins, gates;
};

extern const struct json_shape profile_shape;

#define PROFILE_MAX ((size_t)1024 * 1024)

/* Reads a profile strictly; it lives in `arena`. ERR_FORMAT names the field. */
MUST_CHECK bool profile_read(
	const char *text, size_t len, struct profile *out, struct arena *arena, struct err *e);

/* True if one of the patterns (texts, see path_matches()) fits the path; a component's top fits none. */
bool globs_match(const struct json_list *globs, const char *path);

/* Every pattern is a relative path without "." or ".." in it. */
MUST_CHECK bool globs_check(const struct json_list *globs, struct err *e);

#endif
