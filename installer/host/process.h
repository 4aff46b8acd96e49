/* process - what /proc says of processes and of who listens. Facts of one moment: a process may be gone in
 * the next; its start time tells two with one number apart.
 */
#ifndef INSTALLER_HOST_PROCESS_H
#define INSTALLER_HOST_PROCESS_H

#include <stdint.h>
#include <time.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"
#include "manifest/json.h"

struct process {
	uint64_t pid, parent, uid;
	uint64_t ticks;   /* start time in clock ticks since boot: with the pid the process's identity */
	uint64_t started; /* the same in seconds since 1970, for people */
	char *command;    /* its command line, words parted by blanks; else its name in brackets */
	char *program;    /* what it executes; "" where that may not be read */
	char *cwd;        /* "" where that may not be read */
	char *cgroup;     /* path in the unified hierarchy (or systemd's); "" if none */
	char *unit; /* the last part of the cgroup that is a unit: "x.service", "ssh.scope"; "" if none */
};

/* Texts are in `arena`. False: there is no such process (any more). */
MUST_CHECK bool process_read(uint64_t pid, struct process *out, struct arena *arena);

/* It had started before that moment, by more than the tick to which its start is known: a file that has
 * changed at that time is not the one that it saw. */
bool process_older(const struct process *p, const struct timespec *than);

/* All processes, by pid: a list of struct process. */
void process_all(struct json_list *out, struct arena *arena);

struct listener {
	char *address; /* "127.0.0.1", "::1", "0.0.0.0" */
	uint64_t port;
	uint64_t pid; /* 0: not visible to this user */
};

/* Every listening TCP socket of this network namespace, by port and address: a list of struct listener. */
void process_listeners(struct json_list *out, struct arena *arena);

/* Those that this process has open, whoever else does too: a list of struct listener. */
void process_listening(uint64_t pid, struct json_list *out, struct arena *arena);

extern const struct json_shape process_shape, listener_shape;

#endif
