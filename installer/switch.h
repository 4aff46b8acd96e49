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

/* Both trees are where the record has them, and this process knows them again at a glance: where an identity
 * is the digest of a whole tree, the switch itself must not wait for one. */
MUST_CHECK bool switch_pin(const struct node *n, struct act_component *c, struct err *e);

/* That side's tree is at the target (or nothing is, where the side is nothing) and the other one in the slot;
 * flushed by switch_flush(). Does nothing if it is so already. ERR_STUCK if neither tree is where it could
 * be. */
MUST_CHECK bool switch_to(
	const struct node *n, const struct act_component *c, enum switch_side side, struct err *e);

/* The names that switch_to() changed are durable. */
MUST_CHECK bool switch_flush(const struct node *n, const struct act_component *c, struct err *e);

/* True if the file system of that path is known to have no exchange of directories. */
bool switch_may_gap(const struct node *n, const char *path);

#endif
