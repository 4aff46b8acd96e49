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

/* Who wrote a record that names `digest` (zero: it names none). */
enum keeper_who {
	KEEPER_SELF,  /* this program; also where nothing else can be known */
	KEEPER_OTHER, /* another one, and its whole copy is here */
	KEEPER_GONE,  /* another one, of which there is no whole copy */
};
enum keeper_who keeper_who(const struct node *n, const struct digest *digest);

/* KEEPER_OTHER: becomes that program, with these arguments. Returns where it is none, or cannot be run. */
void keeper_become(const struct node *n, const struct digest *digest, char *const *argv);

/* KEEPER_OTHER: that program has run `recover` of this application to its end, with *status (128 + signal if
 * it was killed). Its lock is its own: the caller holds none. What it prints for programs is lost. */
MUST_CHECK bool keeper_recover(
	const struct node *n, const struct digest *digest, bool silent, int *status, struct err *e);

/* Appends the command that keeper_recover() runs, as a shell takes it. */
void keeper_command(const struct node *n, const struct digest *digest, struct text *out);

#endif
