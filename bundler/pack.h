/* pack - reads, hashes and compresses the files of a layout, block by block, on all cores. */
#ifndef BUNDLER_PACK_H
#define BUNDLER_PACK_H

#include "bundler/scan.h"
#include "bundler/spool.h"
#include "manifest/manifest.h"

struct pack {
	const struct sources *sources;
	struct scan *scan;         /* the digests of its rows are filled in */
	struct manifest *manifest; /* the sizes and digests of its blocks are filled in */
	int level;
	unsigned threads;
	struct spool *spool; /* takes the packed blocks */
	bool silent;
};

#define PACK_MEMORY 256 /* MiB that capture may take, unless it is told how many threads to use */

/* How many threads that allows at this level, and the bytes that a spool may keep beside so many. */
unsigned pack_threads(int level);
size_t pack_spare(int level, unsigned threads);

/* ERR_REFUSED names a file that is not the one that was scanned any more. */
MUST_CHECK bool pack_blocks(struct pack *p, struct err *e);

#endif
