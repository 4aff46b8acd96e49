/* unit - a service as its manager sees it: the merged unit, its state, and what belongs to it.
 *
 * Read with `systemctl show` and from the unit files that it names; nothing is changed.
 */
#ifndef INSTALLER_HOST_UNIT_H
#define INSTALLER_HOST_UNIT_H

#include <stdint.h>
#include <sys/types.h>

#include "manifest/base/err.h"
#include "manifest/json.h"

/* Whose manager: the system's, or that of a user's session. */
struct manager {
	bool user;
	uid_t uid; /* of the user's manager */
	gid_t gid;
};

struct unit {
	char *name, *manager;               /* manager: system, user */
	char *user;                         /* who it runs as, by name; "root" where nothing is said */
	char *load, *active, *sub, *result; /* as systemctl has them: loaded, active, running, success */
	char *fragment;                     /* the unit file; "" if there is none */
	char *cwd;                          /* WorkingDirectory= */
	char *cgroup;                       /* ControlGroup= */
	char *invocation;                   /* InvocationID= */
	uint64_t pid;                       /* MainPID=; 0: none */
	uint64_t restarts;                  /* NRestarts= */
	uint64_t started;                   /* ExecMainStartTimestamp in seconds since 1970; 0: never */
	bool condition;                     /* ConditionResult=yes: its last start was not held back */
	bool stale;            /* NeedDaemonReload=yes: the manager has not read the files as they are now */
	struct json_list exec; /* of char *: the merged ExecStart, word by word */
	char *exec_from;       /* the file whose ExecStart= counts */
	struct json_list overridden;        /* of char *: files whose ExecStart= does not count any more */
	struct json_list environment;       /* of char *: NAME=VALUE */
	struct json_list environment_files; /* of char *: EnvironmentFile=, "-" in front: need not be there */
	struct json_list dropins;           /* of char *: files, in the order that they are applied */
	struct json_list triggers;   /* of char *: sockets, timers, paths that start it (TriggeredBy=) */
	struct json_list dependents; /* of char *: RequiredBy=, RequisiteOf=, BoundBy=, ConsistsOf= */
};

/* What the manager says of `name`. True with out->load "not-found" where there is no such unit. ERR_SYSTEM:
 * no manager answers. Texts are in `arena`. */
MUST_CHECK bool unit_show(
	const struct manager *m, const char *name, struct unit *out, struct arena *arena, struct err *e);

/* What `systemctl ARGS` prints, within `seconds`; ended with ran_end(). ERR_SYSTEM: there is none, no manager
 * answers, or it says no; out->status is then what it exited with. */
struct ran;
MUST_CHECK bool manager_ask(
	const struct manager *m, const char *const *args, unsigned seconds, struct ran *out, struct err *e);

/* The manager has read all unit files anew (daemon-reload); nothing is started or stopped by it. */
MUST_CHECK bool manager_reload(const struct manager *m, struct err *e);

/* The names of loaded and installed services that match one of the patterns (fnmatch): a list of char *. */
MUST_CHECK bool unit_names(const struct manager *m, const struct json_list *patterns, struct json_list *out,
	struct arena *arena, struct err *e);

extern const struct json_shape unit_shape;

#endif
