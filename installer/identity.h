/* identity - tells two directories (or files) apart across renames and reboots, so that recovery knows what a
 * switch has done.
 *
 * The first of these that there is:
 * 1. the file handle (it survives renames and reboots), but not on FUSE and FAT, which make handles up;
 * 2. inode and birth time, on file systems known to keep both;
 * 3. a mark of ours, an extended attribute that is given before a switch and goes with the directory;
 * 4. the digest of the whole tree's listing, or of a file's content.
 * The first three stay what they are while a program writes into its own tree.
 */
#ifndef INSTALLER_IDENTITY_H
#define INSTALLER_IDENTITY_H

#include "manifest/base/err.h"
#include "manifest/base/text.h"

#define IDENTITY_MARK "user.waybill.mark" /* in no copy and in no listing */

/* Replaces `out` by the identity of `name` in `dir`; "" if nothing is there. */
MUST_CHECK bool identity_of(int dir, const char *name, struct text *out, struct err *e);

/* The same, after a fresh mark was given, durably, where nothing better tells it and a mark can be. */
MUST_CHECK bool identity_give(int dir, const char *name, struct text *out, struct err *e);

#endif
