/* profile - what Waybill must know of an application: how its parts are called, not where they are.
 *
 * A JSON document; the one that a bundle was made with travels in its manifest. Paths may hold ${component}
 * for the place of a component on this node, ${home} for the home of the service's user, and its own
 * variables.
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

/* A drop-in of a release stands before the one that holds its unit, whose conditions count last, and is not
 * the one that names its interpreter. */
#define PROFILE_HOLD    "zz-waybill"
#define PROFILE_RUNTIME "waybill-runtime.conf"

struct profile_dropin {
	char *name, *unit;
	struct json_list lines;
};

struct profile_gate {
	char *against, *component, *kind, *match, *name, *path, *unit;
	uint64_t deadline, settle; /* seconds */
	uint64_t port;
	bool advisory;
	struct json_list argv, expect;
};

/* A name for a place: what the service's environment says, else the standard. Later ones may use earlier
 * ones. */
struct profile_variable {
	char *name, *environment, *standard;
};

/* How the program is known: a directory whose package.json has this name. */
struct profile_core {
	char *package;
	struct json_list entries; /* of char *: what is started, relative to it */
	struct json_list places,
		wrappers; /* of char *: globs of where copies lie, and scripts that start one */
};

struct profile_plugins {
	char *marker;      /* the file that makes a directory a plugin; its "id" names it */
	char *host, *peer; /* JSON pointers in package.json: which versions of the core it wants */
	char *records,
		*paths; /* JSON pointers in the config file: install records by id; more plugin directories */
	struct json_list places; /* of char *: globs */
};

/* Where it listens: JSON pointers in the config file, a variable of the environment and an option that count
 * more. */
struct profile_listen {
	char *address, *bind, *environment, *option, *port;
	uint64_t standard;
};

/* A command of the application's own that tells something. */
struct profile_probe {
	char *name;
	struct json_list argv;
};

struct profile {
	char *name, *scheme; /* scheme: how its versions are compared */
	struct json_list units, caches, local, excluded, scanned, redactions; /* of char * */
	struct json_list interpreters, processes; /* of char *: programs that run a script; patterns (ERE) of
						     command lines */
	struct json_list state, config, dropins, gates, probes, variables;
	struct profile_core *core;
	struct profile_plugins *plugins;
	struct profile_listen *listen;
};

extern const struct json_shape profile_shape, profile_gate_shape;

#define PROFILE_MAX ((size_t)1024 * 1024)

/* Reads a profile strictly; it lives in `arena`. ERR_FORMAT names the field. */
MUST_CHECK bool profile_read(
	const char *text, size_t len, struct profile *out, struct arena *arena, struct err *e);

/* The built-in profile of that name, or the file: see profile_read(). ERR_USAGE lists the built-in ones where
 * it is neither. */
MUST_CHECK bool profile_load(
	const char *name_or_file, struct profile *out, struct arena *arena, struct err *e);

/* The text of the built-in profile `name`; NULL if there is none. */
const char *profile_builtin(const char *name, size_t *len);

/* True if one of the patterns (texts, see path_matches()) fits the path; a component's top fits none. */
bool globs_match(const struct json_list *globs, const char *path);

/* Every pattern is a relative path without "." or ".." in it. */
MUST_CHECK bool globs_check(const struct json_list *globs, struct err *e);

#endif
