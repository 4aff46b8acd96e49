/* fit - whether a bundle can work on a machine: what its bits need, and what this machine has.
 *
 * Pure: the same questions are asked on the node (plan, apply) and at the desk over an inventory.
 */
#ifndef INSTALLER_HOST_FIT_H
#define INSTALLER_HOST_FIT_H

#include "manifest/manifest.h"

/* A component that is here already. */
struct fit_part {
	const char *id, *kind, *version, *host; /* host: which versions of the core it wants */
};

/* What is known of a machine; "" where it is not: then what depends on it is noted, not refused. */
struct fit_machine {
	const char *os, *arch;           /* linux; as `uname -m` */
	const char *libc, *libc_version; /* glibc, musl; of glibc the version */
	const char *runtime_version;     /* of the interpreter that the service runs */
	bool runtime_stays;              /* the bundle's own is not installed here */
	struct json_list parts;          /* of struct fit_part */
};

struct fit_answer {
	void (*no)(void *ctx, const char *text);   /* a reason to refuse, with both sides */
	void (*note)(void *ctx, const char *text); /* what could not be asked */
	void *ctx;
};

/* Asks everything; `scheme` is how the application's versions are compared. */
void fit_ask(const struct manifest *m, const struct fit_machine *machine, const struct fit_answer *answer);

/* The C library that programs of this machine run with, read from its files below `root` (an open directory):
 * family and, of glibc, version; "" where it is not found. Texts are in `arena`. */
void fit_libc(int root, const char *arch, char **family, char **version, struct arena *arena);

#endif
