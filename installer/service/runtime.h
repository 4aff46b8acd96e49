/* runtime - a release that brings its own interpreter: it gets a directory of its own, and a drop-in makes
 * the unit use it. What was installed by other means is not touched.
 */
#ifndef INSTALLER_SERVICE_RUNTIME_H
#define INSTALLER_SERVICE_RUNTIME_H

#include "installer/service/living.h"

/* *lines are those of the drop-in (texts), none where the act leaves no runtime on this node. What cannot be
 * changed so is a "no". */
MUST_CHECK bool runtime_dropin(struct transaction *t, struct json_list *lines, struct err *e);

#endif
