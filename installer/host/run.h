/* run - another program, run with a deadline and bounded output, and ended with all its children.
 *
 * Nothing is looked up in a shell. A program without a slash in its name is found in the PATH of the
 * environment that it gets: this process's own is a fixed one (surroundings.h), whoever called. What the
 * program leaves running is ended too: it gets a session of its own, and its orphans are this process's for
 * as long as it runs.
 */
#ifndef INSTALLER_HOST_RUN_H
#define INSTALLER_HOST_RUN_H

#include <stddef.h>
#include <sys/types.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

struct run {
	const char *const *argv; /* ends with NULL */
	const char *const *env;  /* ends with NULL; NULL: this process's own */
	const char *cwd;         /* NULL: "/" */
	uid_t uid;               /* only where `as_user`; then also its groups */
	gid_t gid;
	bool as_user;
	bool leaves; /* what it leaves running goes on: it starts something; what it prints is lost then */
	unsigned seconds; /* deadline; 0: 30 */
	size_t limit;     /* of standard output, and of standard error; 0: 16 MiB */
};

struct ran {
	int status;     /* exit status; 128 + signal; 127: there is no such program */
	bool late;      /* killed at the deadline */
	bool truncated; /* it printed more than the limit: the rest was read and dropped */
	struct text out, err;
};

/* It ran and is over, whatever its status; standard input was empty. False: it could not be started at all
 * (no process, no pipe). `out` is ended with ran_end() in both cases. */
MUST_CHECK bool run_program(const struct run *what, struct ran *out, struct err *e);

void ran_end(struct ran *r);

#endif
