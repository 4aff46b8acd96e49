/* surroundings - what a process inherits, and what of it counts.
 *
 * Whoever starts a program gives it an environment, descriptors, signals that are blocked or ignored. What
 * this program does depends on none of that: the same words do the same from a shell, a timer, a desktop or a
 * debugger.
 */
#ifndef MANIFEST_BASE_SURROUNDINGS_H
#define MANIFEST_BASE_SURROUNDINGS_H

#include "manifest/base/err.h"

/* Where programs without a slash in their name are looked for, whatever PATH the caller has. */
#define SURROUNDINGS_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Called first of all. From then on:
 * - the environment is PATH (the one above), LC_ALL, and the variable `counts` (NULL: none) as it was; an
 * ordinary user's has his HOME, XDG_CONFIG_HOME and XDG_STATE_HOME as they were, and the bus of his own
 * manager;
 * - descriptors 0, 1 and 2 are open, so that no file of ours becomes one of them; one that was closed can
 *   neither be read nor written. No other inherited one reaches a program that is started;
 * - no signal is blocked; those that are ignored are SIGXFSZ, whose error is told instead, and of SIGHUP,
 *   SIGINT and SIGQUIT those that were (nohup, a shell's "&"). */
MUST_CHECK bool surroundings_begin(const char *counts, struct err *e);

/* In a child, before another program takes over: its signals, its umask (022) and its limit of descriptors
 * (1024) are what a service manager gives. */
void surroundings_give(void);

#endif
