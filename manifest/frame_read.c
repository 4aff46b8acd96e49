/* frame_read.c - see frame.h. Decoding is one call from a whole buffer into a whole buffer: no window of its
 * own. */
#include <zstd.h>

#include "manifest/frame.h"

struct frame_reader *frame_reader_make(void)
{
	return (struct frame_reader *)(void *)ZSTD_createDCtx();
}

void frame_reader_end(struct frame_reader **r)
{
	ZSTD_freeDCtx((ZSTD_DCtx *)(void *)*r);
	*r = NULL;
}

bool frame_read(
	struct frame_reader *r, const void *packed, size_t len, void *raw, size_t raw_len, struct err *e)
{
	unsigned long long said = ZSTD_getFrameContentSize(packed, len);
	size_t frame = ZSTD_findFrameCompressedSize(packed, len);
	if (said != raw_len || ZSTD_isError(frame) || frame != len)
		return err_set(e, ERR_FORMAT, "not one zstd frame of %zu bytes", raw_len);
	size_t got = ZSTD_decompressDCtx((ZSTD_DCtx *)(void *)r, raw, raw_len, packed, len);
	if (ZSTD_isError(got))
		return err_set(e, ERR_FORMAT, "zstd: %s", ZSTD_getErrorName(got));
	return got == raw_len || err_set(e, ERR_FORMAT, "zstd: became %zu bytes, expected %zu", got, raw_len);
}

const char *frame_library(void)
{
	return ZSTD_versionString();
}
