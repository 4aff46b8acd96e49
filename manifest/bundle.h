/* bundle - from a verified manifest to the rows of its index. */
#ifndef MANIFEST_BUNDLE_H
#define MANIFEST_BUNDLE_H

#include "manifest/base/err.h"
#include "manifest/container.h"
#include "manifest/manifest.h"
#include "manifest/rows.h"

/* A bundle that is open: its manifest was read from trusted bytes. */
struct bundle {
	struct medium *medium;
	struct container container;
	struct manifest manifest;
	struct digest digest; /* of the manifest's bytes: the identity of the bundle */
	struct arena arena;
};

/* Opens the file, or the volumes, some of which may be in `dirs` (may be NULL), and reads manifest and
 * signatures; nothing is believed yet. */
MUST_CHECK bool bundle_open(const char *path, const struct cli_many *dirs, struct bundle *out, struct err *e);
/* The same for a file that is open already; the bundle closes it. */
MUST_CHECK bool bundle_open_fd(int fd, const char *name, struct bundle *out, struct err *e);
void bundle_end(struct bundle *b);

/* The manifest in b->container was found trusted: parses it, and finds where the volumes belong. */
MUST_CHECK bool bundle_believe(struct bundle *b, struct trusted text, struct err *e);

/* The index is in `rows`, checked by digest, parsed and held against the manifest. */
MUST_CHECK bool bundle_rows(const struct bundle *b, struct rows *rows, struct err *e);

#endif
