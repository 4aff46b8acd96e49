/* block - a stored block: one frame of the size that was declared, or raw bytes, then the entries in it. */
#include "manifest/frame.h"
#include "manifest/ustar.h"
#include "manifest/witness.h"
#include "tests/fuzz/door.h"

static char core[] = "core";
static struct component component = { .id = core };
static struct blob blob;
static const struct manifest manifest = { .components = { &component, 1 }, .blocks = { &blob, 1 } };
static const struct entry entries[] = {
	{ .path = ".", .kind = 'd', .mode = 0755 },
	{ .path = "a.js", .kind = 'f', .mode = 0644, .size = 600 },
	{ .path = "b", .kind = 'l', .mode = 0777, .target = "a.js" },
	{ .path = "\xc3\xb6", .kind = 'f', .mode = 0755, .size = 3 },
};

/* Rows whose entries stand end to end in one block. */
static void rows_make(struct rows *rows)
{
	SCOPED(text_end) struct text path = { 0 }, target = { 0 };
	struct row *row;
	struct err e = { 0 };
	struct ustar u;
	blob.raw = 0;
	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		REQUIRE(rows_add(rows, 0, &entries[i], &row, &e));
		row->offset = (uint32_t)blob.raw;
		row->blocks = 1;
		rows_ustar(rows, &manifest, i, &path, &target, &u);
		blob.raw += ustar_header_size(&u) + row->size + ustar_padding(row->size);
	}
	blob.raw += USTAR_TRAILER;
}

static bool sink(void *ctx, const struct unpacked *piece, struct err *e)
{
	const struct rows *rows = ctx;
	(void)e;
	REQUIRE(piece->row < rows->count && piece->len == rows->items[piece->row].size && piece->offset == 0);
	if (piece->len)
		(void)digest_of(piece->bytes, piece->len);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(rows_end) struct rows rows = { 0 };
	SCOPED(block_map_end) struct block_map map = { 0 };
	SCOPED(frame_reader_end) struct frame_reader *reader = frame_reader_make();
	struct err e = { 0 };
	rows_make(&rows);
	block_map_make(&rows, 1, &map);
	size_t len = (size_t)blob.raw;
	SCOPED_TEXT char *raw = malloc(len);
	if (size != len && !door_answered(frame_read(reader, data, size, raw, len, &e), &e))
		return 0;
	if (size == len)
		memcpy(raw, data, len);
	struct unpack u = { &rows, &manifest, &map };
	struct err why = { 0 };
	(void)door_answered(witness_block(&u, 0, raw, len, &why), &why);
	(void)door_answered(unpack_block(&u, 0, raw, len, sink, &rows, &e), &e);
	return 0;
}
