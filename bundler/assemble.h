/* assemble - the second half of capture: index, manifest, signature and blocks become one file. */
#ifndef BUNDLER_ASSEMBLE_H
#define BUNDLER_ASSEMBLE_H

#include "bundler/spool.h"
#include "keys/public.h"
#include "manifest/manifest.h"
#include "manifest/rows.h"

struct assembly {
	struct output *out;
	const char *name; /* of the file, for messages */
	struct manifest *manifest;
	const struct rows *rows;
	int index; /* a scratch file: its members */
	const struct spool *blocks;
	int level;
	const char *key;                             /* NULL: not signed */
	bool (*meanwhile)(void *ctx, struct err *e); /* runs beside, and must succeed too */
	void *ctx;
	char keyid[KEY_ID_HEX]; /* filled in */
};

/* The index members are in the scratch file; their sizes and digests are in the manifest (in `arena`). */
MUST_CHECK bool assemble_index(const struct assembly *a, struct arena *arena, struct err *e);

/* The bundle is whole, was read back, and has its name. */
MUST_CHECK bool assemble(struct assembly *a, struct err *e);

#endif
