/* assemble.c - see assemble.h. */
#include "bundler/assemble.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "bundler/assumed.h"
#include "bundler/signing.h"
#include "manifest/base/fs.h"
#include "manifest/base/pool.h"
#include "manifest/base/scope.h"
#include "manifest/bundle.h"
#include "manifest/frame.h"

/* Half of an index is digests, which nothing makes smaller: below the levels that spare no time, more than
 * this only takes longer. */
#define INDEX_LEVEL 2
#define LEVEL_SLOW  13

bool assemble_index(const struct assembly *a, struct arena *arena, struct err *e)
{
	SCOPED(frame_writer_end)
	struct frame_writer *writer =
		frame_writer_make(a->level < INDEX_LEVEL || a->level >= LEVEL_SLOW ? a->level : INDEX_LEVEL);
	SCOPED(text_end) struct text text = { 0 };
	struct blob *blobs = mem_new(1, sizeof *blobs);
	bool good = true;
	for (size_t next = 0; good && next < a->rows->count;) {
		size_t number = a->manifest->index.count++;
		char member[32];
		text_clear(&text);
		rows_write(a->rows, a->manifest, &next, (size_t)INDEX_FRAME_MAX, &text);
		SCOPED_TEXT char *packed = mem_new(frame_bound(text.len), 1);
		size_t len = 0;
		good = frame_write(writer, text.at, text.len, packed, &len, e);
		blobs = mem_grow(blobs, number + 1, sizeof *blobs);
		blobs[number] =
			(struct blob){ .digest = digest_of(packed, len), .raw = text.len, .size = len };
		container_member(CONTAINER_INDEX, number, member);
		good = good && container_put(a->index, member, packed, len, e);
	}
	a->manifest->index.items = arena_copy(arena, (char *)blobs, a->manifest->index.count * sizeof *blobs);
	free(blobs);
	return good;
}

/* The disk takes its time while others compute. */
static bool copy_blocks(const struct assembly *a, struct err *e)
{
	return spool_write(a->blocks, a->out, e) && container_put_end(a->out->fd, e) &&
	       (fs_flush(a->out->fd, e) || err_in(e, "%s", a->name));
}

static bool believe(const struct assembly *a, struct bundle *b, struct err *e)
{
	int fd = fcntl(a->out->fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return err_sys(e, "read back %s", a->name);
	return bundle_open_fd(fd, a->name, b, e) && assumed(b, e);
}

/* What was written is what a reader will take: before it gets its name. */
static bool read_back(const struct assembly *a, struct err *e)
{
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	SCOPED(rows_end) struct rows rows = { 0 };
	return (believe(a, &b, e) && bundle_rows(&b, &rows, e)) || err_in(e, "read back");
}

static bool read_back_end(const struct assembly *a, struct err *e)
{
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	return (believe(a, &b, e) && container_check_end(&b.container, &b.manifest, e)) ||
	       err_in(e, "read back");
}

/* The blocks are copied behind the head and the index while those are read back and the disk writes. */
static bool body(void *ctx, void *scratch, size_t job, struct err *e)
{
	const struct assembly *a = ctx;
	(void)scratch;
	switch (job) {
	case 0:
		return copy_blocks(a, e);
	case 1:
		return a->meanwhile(a->ctx, e);
	default:
		return read_back(a, e);
	}
}

bool assemble(struct assembly *a, struct err *e)
{
	SCOPED(text_end) struct text manifest = { 0 };
	struct container_signature signature = { 0 };
	manifest_write(a->manifest, &manifest);
	if (manifest.len > MANIFEST_MAX)
		return err_set(e, ERR_REFUSED, "the manifest would have %zu bytes, at most %zu are allowed",
			manifest.len, MANIFEST_MAX);
	if (a->key && !signing_make(a->key, a->manifest, &manifest, &signature.text, a->keyid, e))
		return false;
	memcpy(signature.keyid, a->keyid, sizeof signature.keyid);
	struct pool_plan plan = { pool_threads(2), 3, a, NULL, NULL, body, NULL };
	bool good = output_head(a->out, &manifest, &signature, a->key ? 1 : 0, e) &&
		    output_copy(a->out, a->index, 0, UINT64_MAX, e) && pool_run(&plan, e) &&
		    read_back_end(a, e) && output_commit(a->out, e);
	text_end(&signature.text);
	return good;
}
