/* witness.c - see witness.h. */
#include "manifest/witness.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/ustar.h"

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

struct reading {
	const struct unpack *u;
	struct archive *archive;
	const char *raw;
	size_t len;
	struct text path, target;
};

static void end_reading(struct reading *r)
{
	archive_read_free(r->archive);
	text_end(&r->path);
	text_end(&r->target);
}

/* The content, or of a cut file what this block holds of it, stands where the index says. */
static bool same_content(struct reading *r, const struct row *row, const struct ustar *want, struct err *e)
{
	const void *bytes;
	size_t len, start = row->offset + ustar_header_size(want);
	la_int64_t offset = 0;
	if (row->size == 0)
		return true;
	uint64_t here = row->blocks > 1 && r->len - start < row->size ? r->len - start : row->size;
	if (archive_read_data_block(r->archive, &bytes, &len, &offset) != ARCHIVE_OK || offset != 0 ||
		len < here)
		return err_set(
			e, ERR_FORMAT, "tar: has not the %llu bytes of the entry", (unsigned long long)here);
	return bytes == r->raw + start ||
	       err_set(e, ERR_FORMAT, "tar: its content is not where the index says");
}

static bool read_entry(struct reading *r, uint32_t number, struct err *e)
{
	const struct row *row = &r->u->rows->items[number];
	struct archive_entry *entry;
	struct ustar want;
	rows_ustar(r->u->rows, r->u->manifest, number, &r->path, &r->target, &want);
	if (archive_read_next_header(r->archive, &entry) != ARCHIVE_OK)
		return err_set(e, ERR_FORMAT, "tar: %s",
			archive_error_string(r->archive) ? archive_error_string(r->archive)
							 : "ends too early");
	if (!same(entry, &want) || archive_read_header_position(r->archive) != (la_int64_t)row->offset)
		return err_set(e, ERR_FORMAT, "the tar entry %s is not what the index says of it", want.path);
	return same_content(r, row, &want, e) || err_in(e, "%s", want.path);
}

bool witness_block(const struct unpack *u, size_t block, const void *raw, size_t len, struct err *e)
{
	uint32_t from = u->map->start[block], to = u->map->start[block + 1];
	if (from == to) /* all of it is a stretch of a cut file */
		return true;
	SCOPED(end_reading)
	struct reading r = { .u = u, .archive = open_raw(raw, len, e), .raw = raw, .len = len };
	for (uint32_t i = from; r.archive && i < to; i++)
		if (!read_entry(&r, u->map->order[i], e))
			return false;
	return r.archive != NULL;
}

const char *witness_library(void)
{
	return archive_version_string();
}
