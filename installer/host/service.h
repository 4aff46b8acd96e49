/* service - which program a unit really runs, and how that is known.
 *
 * The chain goes from the merged unit over wrapper scripts and links to the program's root, and to the live
 * process.
 */
#ifndef INSTALLER_HOST_SERVICE_H
#define INSTALLER_HOST_SERVICE_H

#include "installer/host/host.h"
#include "installer/host/process.h"
#include "installer/host/unit.h"

/* One step: `to` is known from `from`. */
struct link {
	char *how, *from,
		*to; /* how: unit, drop-in, link, interpreter, wrapper, argument, package, process */
};

struct service {
	struct unit *unit;
	struct json_list chain;        /* of struct link */
	char *runtime, *script, *core; /* real paths; "" where the chain did not come so far */
	char *version;                 /* of the core, from its package.json */
	char *home;                    /* of the user that it runs as */
	struct process *process;       /* the live main process; NULL if there is none */
	struct json_list notes;        /* of char *: what does not fit together */
};

extern const struct json_shape service_shape;

/* Fills everything but `unit`, which is given. What cannot be followed is in the notes. */
void service_trace(struct host *h, struct service *s);

/* True if the unit is running or about to: active, activating, reloading. */
bool service_active(const struct service *s);

/* The environment that the service has: of its live process where that may be read, else of its unit. */
void service_environment(struct host *h, const struct service *s, struct json_list *out);

/* The directory `path`, or the nearest above it, whose package.json has the profile's package name (or, where
 * the profile names none, any package.json); NULL if there is none. *version is what it says. */
char *package_root(struct host *h, const char *path, char **version);

#endif
