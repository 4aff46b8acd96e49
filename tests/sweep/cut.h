/* cut - runs a program under ptrace and, at one of its system calls, kills it or lets that call fail.
 *
 * A *point* is a system call that can change the disk below the watched directory, or the service. Points of
 * a call are counted over all processes and threads, in the order in which they come. What the program starts
 * is followed as long as it is the same program; another one is let go when it begins.
 */
#ifndef TESTS_SWEEP_CUT_H
#define TESTS_SWEEP_CUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/user.h>
#include <time.h>

/* ---- calls.c: which calls are points ---- */

#define CALLS_MAX 512 /* their numbers are below */

enum call_kind {
	CALL_NAME,  /* changes names or what is known of them: always a point */
	CALL_FD,    /* acts on the descriptor in argument 1: a point if that is below the watched directory */
	CALL_OPEN,  /* a point if it creates or empties: flags in argument 3 */
	CALL_OPEN2, /* as CALL_OPEN, flags behind the pointer in argument 3 */
	CALL_EXEC,  /* a point if the program is there */
	CALL_KILL,  /* a point if a signal is sent */
	CALL_CLONE, /* copies the file in argument 3 into the one in argument 1: ioctl FICLONE */
	CALL_COPY,  /* writes to the descriptor in argument 3: copy_file_range */
	CALL_FORK,  /* starts a process */
};

struct call {
	long number;
	const char *name;
	enum call_kind kind;
	int size; /* argument that counts the bytes that are written; 0: none */
};

const struct call *call_of(uint64_t number);
const struct call *call_named(const char *name);

/* errno of a word such as ENOSPC; 0: there is no such word. */
int call_error(const char *word);

/* The call that `pid` is about to make is a point. `where`: what it acts on, as far as that is known. */
bool call_counts(const struct call *c, pid_t pid, const struct user_regs_struct *r, const char *below,
	char where[PATH_MAX]);

/* ---- memory.c: what another process has in its memory ---- */

bool memory_read(pid_t pid, uint64_t at, void *to, size_t len);
bool memory_write(pid_t pid, uint64_t at, const void *from, size_t len);
void memory_text(pid_t pid, uint64_t at, char *to, size_t room);

/* ---- hurry.c: waiting takes no time ---- */

/* Sleeps last a millisecond, and the clocks of all processes that are followed go on as if they had lasted.
 */
struct hurry {
	int64_t ahead; /* nanoseconds */
};

/* After exec: the clocks are asked of the kernel, where they can be seen. */
void hurry_begin(pid_t pid);

/* The call waits, or asks what time it is. */
bool hurry_sees(uint64_t call);

/* Before a call. True: `r` was changed. */
bool hurry_enter(struct hurry *h, pid_t pid, struct user_regs_struct *r);

/* After it. */
void hurry_leave(const struct hurry *h, pid_t pid, const struct user_regs_struct *r);

/* ---- filter.c: which calls stop ---- */

/* Of the process that asks, and of all that it begins, the calls of calls.c and hurry.c stop with
 * PTRACE_EVENT_SECCOMP; but none of a program below 4 GiB, such as the service: it is let go, and a call that
 * would stop and is followed by nobody fails.
 */
bool filter_begin(void);

/* ---- plan.c: what is to happen, and whether it did ---- */

enum how {
	HOW_NOT,
	HOW_BEFORE, /* every process is killed, the call does not happen */
	HOW_AFTER,  /* every process is killed, the call has happened */
	HOW_ALONE,  /* the process that makes the call is killed, the call does not happen */
	HOW_FAIL,   /* the call fails */
	HOW_SHORT,  /* half of what it was to write is written */
	HOW_LIE,    /* the call says that it worked, and does nothing */
};

struct plan {
	const char *chroot; /* NULL: none */
	const char *below;
	const struct call *call;
	unsigned long at;
	enum how how;
	int error;
	bool on;    /* every later point that can fail so does */
	bool every; /* each occurrence of the call */
	FILE *points, *proof;
	char *const *argv;
};

/* False: the command line is wrong, and that was said. */
bool plan_read(int argc, char **argv, struct plan *p);

/* ---- trace.c ---- */

/* The status of the program: its exit status, or 128 and the signal. -1: it could not be run. */
int trace_run(const struct plan *p);

#endif
