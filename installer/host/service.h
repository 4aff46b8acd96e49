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
	char *live,
		*live_version;   /* the root that the live process runs from: the core, unless the unit
				    changed     since it started; "" if there is no process, or it hides that */
	char *home;              /* of the user that it runs as */
	struct process *process; /* the live main process; NULL if there is none */
	struct json_list
		words; /* of char *: its command line, variables filled in, and those that it leads to */
	struct json_list notes; /* of char *: what does not fit together */
};

extern const struct json_shape service_shape;

/* Fills everything but `unit`, which is given. What cannot be followed is in the notes. */
void service_trace(struct host *h, struct service *s);

/* What service_trace() ends with: the live process, and which root it runs from. */
void service_live(struct host *h, struct service *s);

/* Adds to the chain, and to the notes. */
void service_link(struct host *h, struct service *s, const char *how, const char *from, const char *to);
void service_note(struct host *h, struct service *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* True if that is the name of a shell. */
bool shell_name(const char *name);

/* True if the unit is running or about to: active, activating, reloading. */
bool service_active(const struct service *s);

/* The environment that the service has: of its live process where that may be read, else of its unit. */
void service_environment(struct host *h, const struct service *s, struct json_list *out);

/* The directory `path`, or the nearest above it, whose package.json has the profile's package name (or, where
 * the profile names none, any package.json); NULL if there is none. *version is what it says. */
char *package_root(struct host *h, const char *path, char **version);

#endif
