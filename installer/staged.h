/* staged - trees that were staged earlier and wait for `apply`. */
#ifndef INSTALLER_STAGED_H
#define INSTALLER_STAGED_H

#include "installer/transaction.h"

/* t->act is the staged act: what is at the targets is what was there then, and every byte of the staged trees
 * is still the one that was verified. If it was staged by an approved plan, the live trees are still those
 * that the plan saw. Their local files are carried again. ERR_REFUSED names what differs. */
MUST_CHECK bool staged_still_fits(struct transaction *t, struct err *e);

#endif
