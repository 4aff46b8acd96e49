/* worker - the part of an act that touches a service is done by a process that nobody has to watch.
 *
 * It has a session and a control group (a scope of its manager) of its own: a dropped line, a closed terminal
 * or the end of a login do not reach it. Who started it passes on what it says, and signals.
 */
#ifndef INSTALLER_SERVICE_WORKER_H
#define INSTALLER_SERVICE_WORKER_H

#include "installer/transaction.h"

/* Returns twice. In the worker true, with t->watched false: it goes on. In the process that was called, when
 * the worker has ended: true with t->watched set if that had succeeded, else false with its failure, which
 * was told already. A worker that was killed is replaced here: its act is undone. */
MUST_CHECK bool worker_split(struct transaction *t, struct err *e);

/* Where the worker of that act says what it does: below the application's directory. */
void worker_log(uint64_t act, struct text *out);

#endif
