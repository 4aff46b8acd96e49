/* sandbox - a process that computes, and can do nothing else.
 *
 * For code that reads what strangers wrote: a fault in it then has nothing to reach. The process keeps its
 * memory, and what it shares with its parent.
 */
#ifndef MANIFEST_BASE_SANDBOX_H
#define MANIFEST_BASE_SANDBOX_H

#include "manifest/base/err.h"

/* The walls that the kernel has put up. */
struct sandbox {
	unsigned landlock; /* the version of its interface; 0: this kernel has none */
	bool seccomp;
};

/* This process, which has one thread, has no descriptor, ends with its parent, hears no signal, and gains no
 * rights ever again. With seccomp no system call works but those of memory, of waiting and of ending; with
 * Landlock no file is opened and no network reached. What the kernel does not have is not there, and told. */
struct sandbox sandbox_enter(void);

/* Tries it in a child: what a decoder is confined by here. */
MUST_CHECK bool sandbox_try(struct sandbox *out, struct err *e);

#endif
