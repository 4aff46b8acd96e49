/* inventory - what the bundle's components mean for this node: where each goes, what is there, what will be
 * done. */
#ifndef INSTALLER_INVENTORY_H
#define INSTALLER_INVENTORY_H

#include "installer/transaction.h"

/* Fills t->act: every component that is installed or will be, by id, with change, target, slot and the
 * identity of what is there. Nothing on the disk is changed. */
MUST_CHECK bool inventory(struct transaction *t, struct err *e);

/* The component has a slot, whose missing directories are in `made`. Nothing is made. */
MUST_CHECK bool inventory_slot(struct transaction *t, struct act_component *c, struct err *e);

/* Appends a component to the act, keeping the order of ids. */
struct act_component *inventory_add(struct transaction *t, const char *id);

#endif
