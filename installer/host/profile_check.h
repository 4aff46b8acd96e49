/* profile_check - what a profile says makes sense: found when it is read, not when a node depends on it. */
#ifndef INSTALLER_HOST_PROFILE_CHECK_H
#define INSTALLER_HOST_PROFILE_CHECK_H

#include "manifest/profile.h"

/* ERR_FORMAT names the field: a word that is none of those that it can be, a pattern that cannot be read, a
 * path that is not absolute or has a name that nothing gives a value, a gate that cannot be asked. */
MUST_CHECK bool profile_check(const struct profile *p, struct err *e);

#endif
