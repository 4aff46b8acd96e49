/* proof - the evidence file: what the gates saw, and of what.
 *
 * `waybill capture --evidence` puts the evidence into the manifest, and into `with` the components that it
 * was proven with and that are not in the bundle.
 */
#ifndef INSTALLER_HOST_PROOF_H
#define INSTALLER_HOST_PROOF_H

#include "installer/host/health.h"
#include "manifest/manifest.h"

#define PROOF_MAX ((size_t)4 * 1024 * 1024)

struct proof {
	char *application, *profile, *version, *runtime, *runtime_version;
	struct evidence *evidence;
	struct json_list lists; /* of struct health_list: the baseline of a later asking */
	struct json_list
		with; /* of struct companion: every component, with the digest of its tree's listing */
};

extern const struct json_shape proof_shape;
#define PROOF_SAID_BY "waybill gates --json, waybill-install gates --json"

/* Lists the tree of every component: the disk is read. Local files are left out. */
MUST_CHECK bool proof_make(struct host *h, const struct inventory *inv, struct evidence *evidence,
	struct proof *out, struct err *e);

/* Reads a file of proof_make() strictly; it lives in `arena`. */
MUST_CHECK bool proof_read(const char *path, struct proof *out, struct arena *arena, struct err *e);

#endif
