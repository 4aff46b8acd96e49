/* follow - what the act at work says, from its beginning to its outcome, for somebody who came later. */
#ifndef INSTALLER_FOLLOW_H
#define INSTALLER_FOLLOW_H

#include "manifest/base/cli.h"

/* True if nothing is at work, or what was has been committed (or staged); both are said. ERR_GATE: it was
 * undone after its gates and the old release is as it was; ERR_STUCK: that is not so, or nobody finishes it;
 * ERR_SYSTEM: it was undone for another reason. Changes nothing. */
MUST_CHECK bool follow(const struct cli_common *common, struct err *e);

#endif
