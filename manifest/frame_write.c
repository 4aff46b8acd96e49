/* frame_write.c - see frame.h. Bytes depend on content, level and library version alone: one thread per
 * frame. */
#include <zstd.h>

#include "manifest/frame.h"

/* A block's window holds all of it, and like lies beside like (bundler/layout.c): less effort than zstd's own
 * finds as much as zstd finds in a tar at that level. 0: zstd's own. */
static const struct effort {
	int search_log, min_match, hash_log, chain_log;
} efforts[] = { [3] = { .min_match = 6, .hash_log = 16, .chain_log = 16 },
	[5] = { .search_log = 2 },
	[6] = { .search_log = 2 },
	[7] = { .search_log = 3 },
	[8] = { .search_log = 3 },
	[9] = { .search_log = 3 },
	[10] = { .search_log = 4 },
	[11] = { .search_log = 5 },
	[12] = { .search_log = 5 } };

struct frame_writer *frame_writer_make(int level)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	bool known = level >= 0 && (size_t)level < sizeof efforts / sizeof *efforts;
	struct effort effort = known ? efforts[level] : (struct effort){ 0 };
	if (c) {
		ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
		ZSTD_CCtx_setParameter(c, ZSTD_c_searchLog, effort.search_log);
		ZSTD_CCtx_setParameter(c, ZSTD_c_minMatch, effort.min_match);
		ZSTD_CCtx_setParameter(c, ZSTD_c_hashLog, effort.hash_log);
		ZSTD_CCtx_setParameter(c, ZSTD_c_chainLog, effort.chain_log);
		ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 1);
		ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 0); /* the digest in the manifest says more */
	}
	return (struct frame_writer *)(void *)c;
}

void frame_writer_end(struct frame_writer **w)
{
	ZSTD_freeCCtx((ZSTD_CCtx *)(void *)*w);
	*w = NULL;
}

size_t frame_bound(size_t raw_len)
{
	return ZSTD_compressBound(raw_len);
}

/* Window to match the content: the smallest power of two that holds it, within what every decoder takes (128
 * MiB). */
static int window_of(size_t raw_len)
{
	int log = 10;
	while (log < 27 && ((size_t)1 << log) < raw_len)
		log++;
	return log;
}

bool frame_write(
	struct frame_writer *w, const void *raw, size_t raw_len, void *packed, size_t *len, struct err *e)
{
	ZSTD_CCtx *c = (ZSTD_CCtx *)(void *)w;
	ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window_of(raw_len));
	*len = ZSTD_compress2(c, packed, frame_bound(raw_len), raw, raw_len);
	return !ZSTD_isError(*len) || err_set(e, ERR_SYSTEM, "zstd: %s", ZSTD_getErrorName(*len));
}
