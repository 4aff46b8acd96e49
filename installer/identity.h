/* identity - tells two directories (or files) apart across renames and reboots, so that recovery knows what a
 * switch has done.
 *
 * The file handle where the file system has one (it survives renames and reboots); else inode and birth time
 * on file systems known to keep both; else the digest of the whole tree's listing, or of a file's content.
 */
#ifndef INSTALLER_IDENTITY_H
#define INSTALLER_IDENTITY_H

#include "manifest/base/err.h"
#include "manifest/base/text.h"

/* Replaces `out` by the identity of `name` in `dir`; "" if nothing is there. */
MUST_CHECK bool identity_of(int dir, const char *name, struct text *out, struct err *e);

#endif
