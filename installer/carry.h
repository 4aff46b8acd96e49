/* carry - local files: those inside a component's tree that belong to the node, such as .env and account
 * files. They are in no bundle and in no listing; they go from the live tree into the one that takes its
 * place.
 */
#ifndef INSTALLER_CARRY_H
#define INSTALLER_CARRY_H

#include "installer/transaction.h"

/* Which files of a component are carried: those that are local under every one of the lists (of globs).
 *
 * An apply has one list, that of the tree that comes. A tree that comes back holds local files of its own
 * time. Live ones take the place of those that every act since has carried on; any other stays, since nothing
 * live has come of it.
 */
struct carry_rule {
	const struct json_list *lists;
	size_t count;
};

/* The rule of an apply. */
struct carry_rule carry_forward(const struct act_component *c);

/* The rule of a rollback to the tree in the component's slot; in t->arena. */
struct carry_rule carry_back(struct transaction *t, const struct act_component *c);

/* The tree in the component's slot holds exactly the carried files of the live tree at its target: same
 * bytes, mode, owner and times. Where the slot's tree has something of its own in the way, ERR_REFUSED. */
MUST_CHECK bool carry_local(
	const struct node *n, const struct act_component *c, const struct carry_rule *rule, struct err *e);

/* A note names the live tree's local files that are not carried. For a bundle (t->rows), what would be in the
 * way of those that are is a "no". */
MUST_CHECK bool carry_look(
	struct transaction *t, const struct act_component *c, const struct carry_rule *rule, struct err *e);

#endif
