/* keeper - the installer keeps a copy of itself beside the records, so that the program which wrote a record
 * can also undo it, when the stick is gone and a newer one is in the drive.
 *
 *     /var/lib/waybill/installer/DIGEST
 */
#ifndef INSTALLER_KEEPER_H
#define INSTALLER_KEEPER_H

#include "installer/node.h"
#include "manifest/digest.h"

#define KEEPER_DIR "installer"

/* The copy is on disk, durably; *digest is its name. One that is there already is read and left alone; *fresh
 * (may be NULL): there was none. */
MUST_CHECK bool keeper_keep(const struct node *n, struct digest *digest, bool *fresh, struct err *e);

/* Appends the absolute path of the copy with that digest. */
void keeper_path(const struct node *n, const struct digest *digest, struct text *out);

/* What runs is the copy with that digest, or there is none: then this returns. Else it becomes that program,
 * with the same arguments. */
void keeper_become(const struct node *n, const struct digest *digest, char *const *argv);

#endif
