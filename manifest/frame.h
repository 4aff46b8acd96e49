/* frame - zstd frames (RFC 8878): the only compressed form inside a bundle.
 *
 * Reading and writing are two files, so that the installer holds no compressor:
 * frame_read.c and frame_write.c are the homes of zstd.
 */
#ifndef MANIFEST_FRAME_H
#define MANIFEST_FRAME_H

#include <stddef.h>

#include "manifest/base/err.h"

struct frame_reader;
struct frame_writer;

/* A decoder to be used again and again by one thread; NULL when memory is gone. */
struct frame_reader *frame_reader_make(void);
void frame_reader_end(struct frame_reader **r);

/* `packed` is exactly one frame that becomes exactly `raw_len` bytes, which are in `raw`. ERR_FORMAT else: a
 * second frame, trailing bytes, another size are refused before anything is decoded. */
MUST_CHECK bool frame_read(
	struct frame_reader *r, const void *packed, size_t len, void *raw, size_t raw_len, struct err *e);

struct frame_writer *frame_writer_make(int level);
void frame_writer_end(struct frame_writer **w);

/* Room that frame_write() may need. */
size_t frame_bound(size_t raw_len);

/* One frame with its content size and a window as large as the content; *len is its size in `packed`
 * (frame_bound). */
MUST_CHECK bool frame_write(
	struct frame_writer *w, const void *raw, size_t raw_len, void *packed, size_t *len, struct err *e);

#define FRAME_LEVEL_DEFAULT 9
#define FRAME_LEVEL_MAX     19

/* The version of the compression library. */
const char *frame_library(void);

#endif
