/* layout - where each entry stands in the blocks: a pure function of the rows, known before a file is read.
 *
 * Component after component; in each first the directories, then the links, then the files by their last
 * name and size, so that similar files share a window and equal ones stand next to each other. A block ends
 * at an entry's end; a file that is larger than a block is cut into blocks of its own.
 */
#ifndef BUNDLER_LAYOUT_H
#define BUNDLER_LAYOUT_H

#include "manifest/rows.h"

#define LAYOUT_BLOCK ((uint64_t)16 * 1024 * 1024)

/* Fills block, offset and blocks of every row, and m->blocks with the raw sizes (in `arena`). The block size
 * grows where the tree would need more than BLOCKS_MAX. ERR_REFUSED for more than BLOCKS_MAX blocks of the
 * largest size. */
MUST_CHECK bool layout_make(struct rows *r, struct manifest *m, struct arena *arena, struct err *e);

#endif
