/* unpack.c - see unpack.h. */
#include "manifest/unpack.h"

#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/ustar.h"

struct texts {
	struct text path, target, header;
};

static void end_texts(struct texts *t)
{
	text_end(&t->path);
	text_end(&t->target);
	text_end(&t->header);
}

/* The header's bytes are those that the writer makes of the row: no field of it can say anything else. */
static bool same_header(
	const char *raw, size_t len, const struct row *row, const struct ustar *want, struct text *header)
{
	text_clear(header);
	ustar_header(want, header);
	return row->offset + header->len <= len && memcmp(raw + row->offset, header->at, header->len) == 0;
}

/* Padding and the archive's end: bytes that no entry owns. */
static bool zero(const char *bytes, size_t len, struct err *e)
{
	return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0) ||
	       err_set(e, ERR_FORMAT, "tar: bytes behind an entry that are not zero");
}

struct raw_block {
	const char *bytes;
	size_t len, next; /* next: where the next entry stands, or the end */
};

/* One entry: its header as the index has it, at the byte that the index has. *piece is filled. */
static bool read_entry(const struct unpack *u, const struct raw_block *b, uint32_t number,
	struct texts *texts, struct unpacked *piece, struct err *e)
{
	const struct row *row = &u->rows->items[number];
	struct ustar want;
	rows_ustar(u->rows, u->manifest, number, &texts->path, &texts->target, &want);
	if (!same_header(b->bytes, b->len, row, &want, &texts->header))
		return err_set(e, ERR_FORMAT, "the tar entry %s is not what the index says of it", want.path);
	size_t start = row->offset + texts->header.len;
	uint64_t here = row->blocks > 1 ? b->len - start : row->size;
	here = here < row->size ? here : row->size;
	if (start + here > b->next || b->next > b->len)
		return err_set(e, ERR_FORMAT, "tar: ends too early: %s", want.path);
	*piece = (struct unpacked){ .row = number, .len = (size_t)here };
	piece->bytes = here ? b->bytes + start : NULL;
	size_t end = start + (size_t)here;
	return zero(b->bytes + end, b->next - end, e) || err_in(e, "%s", want.path);
}

/* The stretch of a cut file that a later block holds: raw bytes, no header. */
static bool give_piece(const struct unpack *u, size_t block, const void *raw, size_t len, unpack_sink sink,
	void *ctx, struct err *e)
{
	const struct blob *blobs = u->manifest->blocks.items;
	SCOPED(end_texts) struct texts texts = { 0 };
	struct unpacked piece = { .row = u->map->cut[block], .bytes = raw, .len = len };
	const struct row *row = &u->rows->items[piece.row];
	struct ustar head;
	rows_ustar(u->rows, u->manifest, piece.row, &texts.path, &texts.target, &head);
	for (size_t b = row->block; b < block; b++)
		piece.offset += blobs[b].raw;
	piece.offset -= ustar_header_size(&head);
	if (piece.offset >= row->size)
		piece.len = 0;
	else if (row->size - piece.offset < len)
		piece.len = (size_t)(row->size - piece.offset);
	return zero((const char *)raw + piece.len, len - piece.len, e) && sink(ctx, &piece, e);
}

bool unpack_block(const struct unpack *u, size_t block, const void *raw, size_t len, unpack_sink sink,
	void *ctx, struct err *e)
{
	uint32_t from = u->map->start[block], to = u->map->start[block + 1];
	if (u->map->cut[block] != ROW_NONE && from == to)
		return give_piece(u, block, raw, len, sink, ctx, e);
	SCOPED(end_texts) struct texts texts = { 0 };
	for (uint32_t i = from; i < to; i++) {
		struct unpacked piece;
		size_t next = i + 1 < to ? u->rows->items[u->map->order[i + 1]].offset : len;
		if (!read_entry(
			    u, &(struct raw_block){ raw, len, next }, u->map->order[i], &texts, &piece, e) ||
			!sink(ctx, &piece, e))
			return false;
	}
	return true;
}
