/* copy_facts - what a copy has of its original besides the bytes: owner, group, mode (all twelve bits), times
 * and extended attributes (user.*, security.selinux, POSIX ACLs).
 *
 * What the file system of the copy does not have is passed over, and so is what only root may give if we are
 * not root; a set-user or set-group bit is not kept without the owner that it was meant for.
 */
#ifndef INSTALLER_SERVICE_COPY_FACTS_H
#define INSTALLER_SERVICE_COPY_FACTS_H

#include <sys/stat.h>

#include "manifest/base/err.h"

/* The open file or directory `to` has the facts of `from`: those in `st`, and its attributes. */
MUST_CHECK bool facts_give(int from, int to, const struct stat *st, struct err *e);

/* The same for a symbolic link. */
MUST_CHECK bool facts_give_link(
	int from, const char *name, int to, const char *to_name, const struct stat *st, struct err *e);

#endif
