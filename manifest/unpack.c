/* unpack.c - see unpack.h. */
#include "manifest/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/ustar.h"

static void end_archive(struct archive **a)
{
	archive_read_free(*a);
}

static struct archive *open_raw(const void *raw, size_t len, struct err *e)
{
	struct archive *a = archive_read_new();
	if (a && archive_read_support_format_tar(a) == ARCHIVE_OK &&
		archive_read_open_memory(a, raw, len) == ARCHIVE_OK)
		return a;
	err_set(e, ERR_FORMAT, "tar: %s", a ? archive_error_string(a) : "no memory");
	archive_read_free(a);
	return NULL;
}

static bool same_name(const char *have, const char *want, bool dir)
{
	size_t len = strlen(want);
	return have && strncmp(have, want, len) == 0 && strcmp(have + len, dir ? "/" : "") == 0;
}

/* What the tar entry says against what the row says. */
static bool same(struct archive_entry *have, const struct ustar *want)
{
	mode_t type = want->type == USTAR_DIR ? AE_IFDIR : want->type == USTAR_LINK ? AE_IFLNK : AE_IFREG;
	const char *link = archive_entry_symlink_utf8(have);
	if (!same_name(archive_entry_pathname_utf8(have), want->path, want->type == USTAR_DIR))
		return false;
	if (archive_entry_filetype(have) != type || archive_entry_perm(have) != want->mode)
		return false;
	if (archive_entry_hardlink(have) || archive_entry_sparse_count(have) != 0)
		return false;
	if (want->target ? !link || strcmp(link, want->target) != 0 : link != NULL)
		return false;
	return (uint64_t)archive_entry_size(have) == want->size;
}

static bool read_content(
	struct archive *a, const struct row *row, struct unpacked *piece, uint64_t len, struct err *e)
{
	la_int64_t offset = 0;
	if (row->size == 0)
		return true;
	if (archive_read_data_block(a, &piece->bytes, &piece->len, &offset) != ARCHIVE_OK || offset != 0 ||
		piece->len < len)
		return err_set(
			e, ERR_FORMAT, "tar: has not the %llu bytes of the entry", (unsigned long long)len);
	piece->len = (size_t)len;
	return true;
}

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
	struct archive *archive;
	const char *bytes;
	size_t len, next; /* next: where the next entry stands, or the end */
};

/* One entry: its header as the index has it, at the byte that the index has. *piece is filled. */
static bool read_entry(const struct unpack *u, const struct raw_block *b, uint32_t number,
	struct texts *texts, struct unpacked *piece, struct err *e)
{
	struct archive *a = b->archive;
	const struct row *row = &u->rows->items[number];
	struct archive_entry *entry;
	struct ustar want;
	rows_ustar(u->rows, u->manifest, number, &texts->path, &texts->target, &want);
	if (archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return err_set(e, ERR_FORMAT, "tar: %s",
			archive_error_string(a) ? archive_error_string(a) : "ends too early");
	if (!same(entry, &want) || archive_read_header_position(a) != (la_int64_t)row->offset ||
		!same_header(b->bytes, b->len, row, &want, &texts->header))
		return err_set(e, ERR_FORMAT, "the tar entry %s is not what the index says of it", want.path);
	*piece = (struct unpacked){ .row = number };
	uint64_t here = row->blocks > 1 ? b->len - texts->header.len : row->size;
	here = here < row->size ? here : row->size;
	size_t end = row->offset + texts->header.len + (size_t)here;
	if (end > b->next || b->next > b->len)
		return err_set(e, ERR_FORMAT, "tar: ends too early: %s", want.path);
	bool good = read_content(a, row, piece, here, e);
	if (good && piece->len && piece->bytes != b->bytes + row->offset + texts->header.len)
		good = err_set(e, ERR_FORMAT, "tar: its content is not where the index says");
	return (good && zero(b->bytes + end, b->next - end, e)) || err_in(e, "%s", want.path);
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
	SCOPED(end_archive) struct archive *a = open_raw(raw, len, e);
	SCOPED(end_texts) struct texts texts = { 0 };
	for (uint32_t i = from; a && i < to; i++) {
		struct unpacked piece;
		size_t next = i + 1 < to ? u->rows->items[u->map->order[i + 1]].offset : len;
		if (!read_entry(u, &(struct raw_block){ a, raw, len, next }, u->map->order[i], &texts, &piece,
			    e) ||
			!sink(ctx, &piece, e))
			return false;
	}
	return a != NULL;
}

const char *unpack_library(void)
{
	return archive_version_string();
}
