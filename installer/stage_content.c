/* stage_content.c - see staging.h. One job lists the trees, every other one is a block: verified, decoded,
 * held against its rows, its files digested side by side and written. Only the pieces of cut files go in
 * order.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "installer/interrupt.h"
#include "installer/staging.h"
#include "manifest/base/fs.h"
#include "manifest/base/pool.h"
#include "manifest/base/scope.h"
#include "manifest/decoder.h"

#define MEMORY_MAX  ((uint64_t)72 * 1024 * 1024) /* for all threads together */
#define THREADS_MAX 8
#define HOLE        ((size_t)64 * 1024)

/* What the threads share; only the ordered tail writes to it. */
struct content {
	struct staging *s;
	int cut; /* the cut file that is being written */
	struct digest_state cut_digest;
};

/* What one thread has. */
struct room {
	const struct staging *s;
	struct decoder *decoder;
	struct unpack unpack;  /* what it holds the blocks against */
	struct unpacked piece; /* of a cut file, for the ordered tail */
	bool has_piece;
	struct unpacked *files; /* the whole files of the block */
	struct digest *digests; /* theirs */
	struct digest_job *jobs;
	size_t count, most;
};

static bool zero(const char *bytes, size_t len)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

/* Long runs of zeros become holes, so that a sparse file stays one; the end of a file of `size` bytes is
 * written, which gives it its size. */
static bool write_content(
	int fd, const char *bytes, size_t len, uint64_t offset, uint64_t size, struct err *e)
{
	for (size_t at = 0; at < len;) {
		size_t n = len - at < HOLE ? len - at : HOLE;
		bool hole = n == HOLE && offset + at + n < size && zero(bytes + at, n);
		size_t run = n;
		while (!hole && at + run < len && !(len - at - run >= HOLE && zero(bytes + at + run, HOLE)))
			run += len - at - run < HOLE ? len - at - run : HOLE;
		if (!hole && !fs_write_at(fd, bytes + at, run, offset + at, e))
			return false;
		at += run;
	}
	return true;
}

static int create(const struct staging *s, const struct spot *spot, uint32_t row, struct err *e)
{
	char buffer[PATH_MAX];
	const struct rows *rows = &s->t->rows;
	const char *path = rows_path(rows, row, buffer);
	int fd = fs_open(spot->slot, path, O_WRONLY | O_CREAT | O_EXCL, staged_mode(&rows->items[row]));
	if (fd < 0)
		err_sys(e, "%s: create %s", spot->c->id, path);
	return fd;
}

/* Owner, time; then close, where a full disk may still speak up. */
static bool finish_file(
	const struct staging *s, const struct spot *spot, const struct row *row, int *fd, struct err *e)
{
	if (futimens(*fd, s->times) < 0)
		return err_sys(e, "%s: finish %s", spot->c->id, row->name);
	if (!stage_own(spot, *fd, "", e))
		return false;
	if (spot->flush_each)
		return fs_finish(fd, e) || err_in(e, "%s: %s", spot->c->id, row->name);
	return close(fd_take(fd)) == 0 || err_sys(e, "%s: close %s", spot->c->id, row->name);
}

static bool wrong_digest(const struct spot *spot, const struct row *row, struct err *e)
{
	return err_set(
		e, ERR_FORMAT, "%s: the content of %s is not what the index says", spot->c->id, row->name);
}

static bool put_file(
	const struct staging *s, const struct spot *spot, const struct unpacked *piece, struct err *e)
{
	const struct row *row = &s->t->rows.items[piece->row];
	SCOPED_FD int fd = create(s, spot, piece->row, e);
	if (fd < 0)
		return false;
	return (write_content(fd, piece->bytes, piece->len, 0, row->size, e) ||
		       err_in(e, "%s: %s", spot->c->id, row->name)) &&
	       finish_file(s, spot, row, &fd, e);
}

static void collect(struct room *room, const struct unpacked *piece)
{
	if (room->count == room->most) {
		room->most = room->most ? room->most * 2 : 1024;
		room->files = mem_grow(room->files, room->most, sizeof *room->files);
		room->digests = mem_grow(room->digests, room->most, sizeof *room->digests);
		room->jobs = mem_grow(room->jobs, room->most, sizeof *room->jobs);
	}
	room->files[room->count++] = *piece;
}

/* What unpack collected, each file held against its row before it is written. */
static bool put_files(const struct staging *s, struct room *room, struct err *e)
{
	const struct row *rows = s->t->rows.items;
	for (size_t i = 0; i < room->count; i++)
		room->jobs[i] =
			(struct digest_job){ room->files[i].bytes, room->files[i].len, &room->digests[i] };
	digest_many(room->jobs, room->count);
	for (size_t i = 0; i < room->count; i++) {
		const struct row *row = &rows[room->files[i].row];
		const struct spot *spot = &s->spots[row->component];
		if (!digest_equal(&room->digests[i], &row->digest))
			return wrong_digest(spot, row, e);
		if (!put_file(s, spot, &room->files[i], e))
			return false;
	}
	return true;
}

/* The sink of unpack. Directories and links are there already. */
static bool sink(void *ctx, const struct unpacked *piece, struct err *e)
{
	struct room *room = ctx;
	const struct row *row = &room->s->t->rows.items[piece->row];
	(void)e;
	if (!room->s->spots[row->component].c || row->kind != ENTRY_FILE)
		return true;
	if (row->blocks == 1) {
		collect(room, piece);
		return true;
	}
	room->piece = *piece;
	room->has_piece = true;
	return true;
}

static bool wanted(const struct staging *s, size_t block)
{
	const struct rows *rows = &s->t->rows;
	if (s->map.cut[block] != ROW_NONE)
		return s->spots[rows->items[s->map.cut[block]].component].c != NULL;
	for (uint32_t i = s->map.start[block]; i < s->map.start[block + 1]; i++)
		if (s->spots[rows->items[s->map.order[i]].component].c)
			return true;
	return false;
}

static bool put_block(const struct staging *s, struct room *room, size_t block, struct err *e)
{
	const struct bundle *b = &s->t->bundle;
	const struct blob *blob = container_blob(&b->manifest, CONTAINER_BLOCK, block);
	size_t size = (size_t)blob->size, raw = (size_t)blob->raw;
	char *packed = decoder_packed(room->decoder);
	if (!container_read(&b->container, &b->manifest, CONTAINER_BLOCK, block, packed, e))
		return false;
	return (decoder_block(room->decoder, block, size, raw, e) &&
		       unpack_block(&room->unpack, block, decoder_raw(room->decoder), raw, sink, room, e) &&
		       put_files(s, room, e)) ||
	       err_in(e, "block %zu", block);
}

/* Job 0 is the listings, job n the block before n: the longest single job comes first. */
static bool work(void *ctx, void *scratch, size_t job, struct err *e)
{
	const struct content *c = ctx;
	struct room *room = scratch;
	room->has_piece = false;
	room->count = 0;
	if (job == 0)
		return stage_listings(c->s, e);
	return !wanted(c->s, job - 1) || put_block(c->s, room, job - 1, e);
}

static bool is_cut(void *ctx, size_t job)
{
	const struct content *c = ctx;
	return job > 0 && c->s->map.cut[job - 1] != ROW_NONE;
}

/* The pieces of a cut file pass here in order. */
static bool put_piece(struct content *c, size_t block, const struct room *room, struct err *e)
{
	const struct row *row = &c->s->t->rows.items[room->piece.row];
	const struct spot *spot = &c->s->spots[row->component];
	if (block == row->block) {
		digest_init(&c->cut_digest);
		c->cut = create(c->s, spot, room->piece.row, e);
	}
	if (c->cut < 0)
		return false;
	digest_add(&c->cut_digest, room->piece.bytes, room->piece.len);
	if (room->piece.len &&
		!write_content(c->cut, room->piece.bytes, room->piece.len, room->piece.offset, row->size, e))
		return err_in(e, "%s: %s", spot->c->id, row->name);
	if (block + 1 < row->block + row->blocks)
		return true;
	struct digest d = digest_end(&c->cut_digest);
	if (!digest_equal(&d, &row->digest))
		return wrong_digest(spot, row, e);
	return finish_file(c->s, spot, row, &c->cut, e);
}

static bool emit(void *ctx, void *scratch, size_t job, struct err *e)
{
	struct content *c = ctx;
	const struct room *room = scratch;
	if (!interrupt_none(e) || (room->has_piece && !put_piece(c, job - 1, room, e)))
		return false;
	if (job > 0)
		progress_add(&c->s->progress,
			container_blob(&c->s->t->bundle.manifest, CONTAINER_BLOCK, job - 1)->raw);
	return true;
}

static unsigned threads_for(const struct manifest *m)
{
	uint64_t each = manifest_largest_raw(&m->blocks) + manifest_largest(&m->blocks) + 1,
		 fit = MEMORY_MAX / each;
	unsigned most = fit < 1 ? 1 : fit > THREADS_MAX ? THREADS_MAX : (unsigned)fit;
	return pool_threads(most < m->blocks.count ? most : (unsigned)m->blocks.count);
}

static bool make_room(const struct staging *s, struct room *room, struct err *e)
{
	const struct json_list *blocks = &s->t->bundle.manifest.blocks;
	room->s = s;
	room->unpack = (struct unpack){ &s->t->rows, &s->t->bundle.manifest, &s->map };
	return decoder_start(&room->unpack, (size_t)manifest_largest(blocks),
		(size_t)manifest_largest_raw(blocks), &room->decoder, e);
}

static void end_room(struct room *room)
{
	free(room->files);
	free(room->digests);
	free(room->jobs);
	decoder_end(&room->decoder);
}

static void end_content(struct content *c)
{
	scope_close(&c->cut);
}

bool stage_content(struct staging *s, struct err *e)
{
	const struct manifest *m = &s->t->bundle.manifest;
	unsigned threads = threads_for(m);
	struct room rooms[THREADS_MAX] = { 0 };
	void *scratch[THREADS_MAX];
	bool good = true;
	SCOPED(end_content) struct content c = { .s = s, .cut = -1 };
	for (unsigned i = 0; i < threads; i++) {
		good = make_room(s, &rooms[i], e) && good;
		scratch[i] = &rooms[i];
	}
	struct pool_plan plan = { threads, m->blocks.count + 1, &c, scratch, NULL, work, emit };
	good = good && pool_run_some(&plan, is_cut, e);
	for (unsigned i = 0; i < threads; i++)
		end_room(&rooms[i]);
	return good;
}
