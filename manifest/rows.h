/* rows - a bundle's file index in memory.
 *
 * Text of the index: one line per entry, sorted by component id and then by path_order(),
 *
 *     component  <the six fields of a listing line>  block  offset  blocks  LF
 *
 * where block is the number of the block that the entry's tar header starts in, offset the byte of that
 * header in the raw block, and blocks how many blocks the entry takes: 1, or more for a file that was cut.
 *
 * A row holds its own name and the number of its directory's row: every path's parents are rows too, so a
 * path below a non-directory, or with a missing parent, cannot be said.
 */
#ifndef MANIFEST_ROWS_H
#define MANIFEST_ROWS_H

#include <limits.h>
#include <stdint.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"
#include "manifest/listing.h"
#include "manifest/manifest.h"
#include "manifest/path.h"

#define ROW_NONE UINT32_MAX

struct row {
	const char *name;   /* the last name of its path; "." for a component's top */
	const char *target; /* of a link or reference, else NULL */
	uint64_t size;
	uint32_t parent; /* row of its directory; ROW_NONE for a top */
	uint32_t block, offset, blocks;
	struct digest digest;
	uint16_t mode, component; /* number of the component in the manifest */
	char kind;
	uint8_t name_len;
};

struct rows {
	struct row *items;
	size_t count, room;
	struct arena names;
	struct text last; /* the path of the last row */
};

void rows_end(struct rows *r);

/* Appends an entry of component number `component`; entries come in order. ERR_FORMAT if it is out of order,
 * given twice, or its parent is no directory above it. *out is the new row, valid until the next call. */
MUST_CHECK bool rows_add(
	struct rows *r, uint16_t component, const struct entry *entry, struct row **out, struct err *e);

/* The row's path relative to its component's top. */
const char *rows_path(const struct rows *r, size_t row, char path[static PATH_MAX]);

/* The row as an entry; its path is written to `path`. */
struct entry rows_entry(const struct rows *r, size_t row, char path[static PATH_MAX]);

/* The first row of component number `component`; its rows end where the next component's start. */
size_t rows_first(const struct rows *r, size_t component);

/* Appends lines for the rows from *next on until `out` would pass `most` bytes; *next moves on. */
void rows_write(const struct rows *r, const struct manifest *m, size_t *next, size_t most, struct text *out);

/* Appends the rows of one index frame. The text is changed. ERR_FORMAT names the row. */
MUST_CHECK bool rows_read(struct rows *r, const struct manifest *m, char *text, size_t len, struct err *e);

/* True if the rows say what the manifest says of each component (counts, bytes, tree digest), every name and
 * link is one that may be installed, every number is within its block and the tar entries fill the blocks
 * exactly. */
MUST_CHECK bool rows_check(const struct rows *r, const struct manifest *m, struct err *e);

/* Which rows each block holds, in the order of their tar entries. */
struct block_map {
	uint32_t *order; /* rows by block and offset */
	uint32_t *start; /* block b holds order[start[b]] .. order[start[b + 1] - 1]; blocks + 1 numbers */
	uint32_t *cut;   /* the row of the cut file that block b is a piece of, or ROW_NONE */
	size_t blocks;
};

void block_map_make(const struct rows *r, size_t blocks, struct block_map *map);
void block_map_end(struct block_map *map);

/* The row's tar header. The stored path is `<component id>/<path>`; both texts are written to the buffers. */
struct ustar;
void rows_ustar(const struct rows *r, const struct manifest *m, size_t row, struct text *path,
	struct text *target, struct ustar *out);

#endif
