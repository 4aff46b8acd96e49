/* decoder - zstd and libarchive at work in a process of their own, which can do nothing else (sandbox.h).
 *
 * What they read was written by strangers. They get packed bytes and give raw ones, in memory that both
 * processes see; what is in it is compared and digested here, never believed. One decoder serves one thread.
 * No other program is run while there is one: its end would be taken for that program's.
 */
#ifndef MANIFEST_DECODER_H
#define MANIFEST_DECODER_H

#include "manifest/unpack.h"

struct decoder;

/* A decoder with room for so many packed and raw bytes. `u` is what blocks are held against; NULL: it decodes
 * frames only. ERR_SYSTEM where there can be none. */
MUST_CHECK bool decoder_start(
	const struct unpack *u, size_t packed, size_t raw, struct decoder **out, struct err *e);
void decoder_end(struct decoder **d);

/* Where the packed bytes are put, and where the raw ones are until the next frame or block. Whoever wrote
 * the packed ones may write there at any time: they are copied before they are parsed. */
char *decoder_packed(struct decoder *d);
const char *decoder_raw(const struct decoder *d);

/* The first `len` packed bytes are one frame of `raw_len` bytes (frame_read()). */
MUST_CHECK bool decoder_frame(struct decoder *d, size_t len, size_t raw_len, struct err *e);

/* The same, and libarchive reads in it what the index says (witness_block()). */
MUST_CHECK bool decoder_block(struct decoder *d, size_t block, size_t len, size_t raw_len, struct err *e);

#endif
