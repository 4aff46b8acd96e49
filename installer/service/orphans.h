/* orphans - a process that is not the service's holds the service's port.
 *
 * It is told by number and start time, and ended only so: never by a name, never what it started.
 */
#ifndef INSTALLER_SERVICE_ORPHANS_H
#define INSTALLER_SERVICE_ORPHANS_H

#include "installer/host/inventory.h"

/* A foreign listener on the application's port, and everything needed to tell it again. */
struct orphan {
	uint64_t pid;     /* 0: it cannot be seen from here; then only address and port are known */
	uint64_t ticks;   /* start time in clock ticks since boot: with the pid the process's identity */
	uint64_t started; /* the same in seconds since 1970 */
	uint64_t uid;
	char *user; /* by name, or the number */
	char *command, *cgroup, *unit;
	char *address; /* "127.0.0.1"; several as "127.0.0.1, ::1" */
	uint64_t port;
};

/* *out: list of struct orphan: who listens on the port that `inv` found and is no process of a service of
 * `inv`, each process once. Those of inv->orphans are looked at again, now. Texts are in `arena` or are
 * `inv`'s. */
void orphans_find(
	const struct host *h, const struct inventory *inv, struct json_list *out, struct arena *arena);

/* Appends one line for people: "pid 4711 (/usr/bin/node x.js), started 2026-11-22 14:03:05 UTC, of user root,
 * in session-3.scope, holds port 18789 of 127.0.0.1". */
void orphan_text(const struct orphan *o, struct text *out);

/* The question before anything is changed: could it be ended? ERR_REFUSED: it cannot be seen, this user may
 * not end it, or it is process 1, this process or one above it. */
MUST_CHECK bool orphan_may_end(const struct orphan *o, struct err *e);

/* Exactly this process is over, and nobody listens on the port, or comes to within half a second. SIGTERM,
 * and SIGKILL after `grace` seconds; what it started is not touched. One that is over already, or has let go
 * of the port, is left alone. ERR_REFUSED: see orphan_may_end(), or it is another process by now. ERR_SYSTEM:
 * it does not end, or the port stays taken, and by whom. */
MUST_CHECK bool orphan_end(const struct orphan *o, unsigned grace, struct err *e);

/* The same for all of a list of struct orphan: nobody is ended unless all may be, and the port is looked at
 * when the last one is over. */
MUST_CHECK bool orphans_end(const struct json_list *orphans, unsigned grace, struct err *e);

#endif
