/* status - what the acts say of the node now: the document, for `status` and for a report. */
#ifndef INSTALLER_STATUS_H
#define INSTALLER_STATUS_H

#include "installer/transaction.h"

/* What status_document describes, in the transaction's arena. The ledger is loaded. */
const void *status_make(struct transaction *t);

/* What history_document describes. */
const void *history_make(struct transaction *t);

#endif
