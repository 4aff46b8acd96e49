/* binding - a plan as a file that a change board approves: what would be done, and what the node looked like.
 *
 * Canonical JSON and a line feed; its digest (b2sum -l 256) is what history names. It holds nothing that
 * changes by itself, such as free space: made again on the same world it is the same bytes.
 */
#ifndef INSTALLER_BINDING_H
#define INSTALLER_BINDING_H

#include "installer/transaction.h"

/* Appends the file's text. Lists every live tree that would be displaced. */
MUST_CHECK bool binding_make(struct transaction *t, struct text *out, struct err *e);

/* The approved file is what would be made now: its digest is in the act. Else every difference is a "no".
 * ERR_FORMAT if it is not such a file. */
MUST_CHECK bool binding_check(struct transaction *t, const char *path, struct err *e);

/* t->act was staged by an approved plan: every live tree is still the one that the plan saw. Else each that
 * is not is a "no". */
MUST_CHECK bool binding_still(struct transaction *t, struct err *e);

/* The same of what the act does to the service, which `staged` has as the plan had it and t->act as it would
 * be done now. */
void binding_service_still(struct transaction *t, const struct act *staged);

extern const struct json_shape binding_shape;

#endif
