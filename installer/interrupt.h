/* interrupt - a dropped session, Ctrl-C or a polite kill do not tear an act: it is undone, and says so.
 *
 * While held, SIGINT, SIGTERM and SIGHUP wait; the steps ask for them where they can stop.
 */
#ifndef INSTALLER_INTERRUPT_H
#define INSTALLER_INTERRUPT_H

#include "manifest/base/err.h"

/* From here on the signals wait. Threads that are started later let them wait too. */
void interrupt_hold(void);

/* Fails with ERR_SYSTEM that names the signal, if one has come. Each is told once. */
MUST_CHECK bool interrupt_none(struct err *e);

/* The signals act as usual again. One that came and was not told is let go: what it asked to stop is over. */
void interrupt_release(void);

#endif
