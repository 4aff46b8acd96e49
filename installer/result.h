/* result - what apply and rollback say at the end. */
#ifndef INSTALLER_RESULT_H
#define INSTALLER_RESULT_H

#include "installer/transaction.h"

/* Prints the outcome: what is installed now, the restore point and the command that goes back to it. */
void result_print(const struct transaction *t, bool changed, bool json);

#endif
