/* cgroup - is a process left in a unit's control group? Told by the hierarchy that systemd uses on this
 * machine: the unified one, that of a hybrid machine, or the old one of its own (name=systemd).
 */
#ifndef INSTALLER_SERVICE_CGROUP_H
#define INSTALLER_SERVICE_CGROUP_H

#include "manifest/base/err.h"

#define CGROUPS "/sys/fs/cgroup"

/* *populated: a process is in the group `group` ("/system.slice/x.service") or below it. A group that is gone
 * has none. ERR_SYSTEM: no hierarchy of systemd's can be read below `top`, so that nobody can tell. */
MUST_CHECK bool cgroup_populated(const char *top, const char *group, bool *populated, struct err *e);

#endif
