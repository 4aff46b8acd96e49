/* fitting - asks whether the bundle can work on this node (installer/host/fit.h), among the other questions
 * of preflight. */
#ifndef INSTALLER_FITTING_H
#define INSTALLER_FITTING_H

#include "installer/transaction.h"

/* Every no is among the transaction's; what could not be asked is a note. */
MUST_CHECK bool ask_fit(struct transaction *t, struct err *e);

#endif
