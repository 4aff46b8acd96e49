/* switch - puts one of two trees at a component's path, in one step of the file system, and says which one is
 * there.
 *
 * Everything comes from the record: the paths and the two identities. So the same function switches forward,
 * back, and on after a crash, as often as one likes.
 */
#ifndef INSTALLER_SWITCH_H
#define INSTALLER_SWITCH_H

#include "installer/act.h"

enum switch_side { SWITCH_LIVE, SWITCH_NEXT }; /* what was there before the act, what the act brings */

/* All trees that move are where the act has them and are told apart by what no program changes that writes
 * into its own tree, where the file system lets us (identity_give()); this process knows them again at a
 * glance. The act has the new identities, in `arena`, and where each file system is mounted: it is to be
 * saved before the switch. ERR_REFUSED if another tree is there by now. */
MUST_CHECK bool switch_pin(const struct node *n, struct act *a, struct arena *arena, struct err *e);

/* That side's tree is at the target (or nothing is, where the side is nothing) and the other one in the slot;
 * flushed by switch_flush(). Does nothing if it is so already. ERR_STUCK if neither tree is where it could
 * be, or if their file system is not mounted. */
MUST_CHECK bool switch_to(
	const struct node *n, const struct act_component *c, enum switch_side side, struct err *e);

/* The names that switch_to() changed are durable. */
MUST_CHECK bool switch_flush(const struct node *n, const struct act_component *c, struct err *e);

/* True if the file system of that path is known to have no exchange of directories. */
bool switch_may_gap(const struct node *n, const char *path);

#endif
