/* plan - exactly what an act will do, as one document and one text. */
#ifndef INSTALLER_PLAN_H
#define INSTALLER_PLAN_H

#include "installer/transaction.h"

/* The bundle is open and believed: reads its index, finds what it means for this node and asks all questions.
 * Changes nothing. The noes are in the transaction: transaction_yes() fails with them. */
MUST_CHECK bool plan_make(struct transaction *t, struct err *e);

/* True if nothing would change: every tree is there and the release is the current one. */
bool plan_is_current(const struct transaction *t);

/* The plan on standard output: as text, or with --json as a document. */
MUST_CHECK bool plan_print(struct transaction *t, bool json, struct err *e);

/* The text alone, on standard error. */
MUST_CHECK bool plan_show(struct transaction *t, struct err *e);

#endif
