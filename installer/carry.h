/* carry - local files: those inside a component's tree that belong to the node, such as .env and account
 * files. They are in no bundle and in no listing; they go from the live tree into the one that takes its
 * place.
 */
#ifndef INSTALLER_CARRY_H
#define INSTALLER_CARRY_H

#include "installer/act.h"

/* The tree in the component's slot holds exactly the local files (patterns c->local) of the live tree at its
 * target: same bytes, mode, owner and times. Where the slot's tree has a name of its own in the way,
 * ERR_REFUSED. */
MUST_CHECK bool carry_local(const struct node *n, const struct act_component *c, struct err *e);

#endif
