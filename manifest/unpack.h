/* unpack - from the raw bytes of a block to the entries in it: where each stands is what the index says, and
 * its header is compared with the one that the writer makes of the row. Nothing is parsed.
 */
#ifndef MANIFEST_UNPACK_H
#define MANIFEST_UNPACK_H

#include "manifest/base/err.h"
#include "manifest/rows.h"

/* A stretch of one entry, in the raw buffer that was given. */
struct unpacked {
	uint32_t row;
	const void *bytes; /* NULL for an entry without content */
	size_t len;
	uint64_t offset; /* in the file's content */
};

typedef bool (*unpack_sink)(void *ctx, const struct unpacked *piece, struct err *e);

struct unpack {
	const struct rows *rows;
	const struct manifest *manifest;
	const struct block_map *map;
};

/* The sink was given every entry of the block in order: whole files in one stretch, the piece of a cut file
 * that this block holds, directories and links with no bytes. ERR_FORMAT if the block and the index disagree
 * anywhere. */
MUST_CHECK bool unpack_block(const struct unpack *u, size_t block, const void *raw, size_t len,
	unpack_sink sink, void *ctx, struct err *e);

#endif
