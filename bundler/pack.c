/* pack.c - see pack.h. A job is a block: its worker builds the raw bytes and compresses them; the ordered
 * tail hashes cut files piece by piece and appends to the output. Memory: one raw and one packed block per
 * thread, a few packed ones that wait for their digest, and what the spool keeps.
 */
#include "bundler/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "bundler/platform.h"
#include "bundler/secrets.h"
#include "manifest/base/fs.h"
#include "manifest/base/pool.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/container.h"
#include "manifest/frame.h"
#include "manifest/ustar.h"

#define HELD     3                         /* packed blocks that wait for their digest */
#define HELD_MAX ((size_t)8 * 1024 * 1024) /* each; a longer one does not wait */

#define MIB        (1024 * 1024)
#define MEMORY_MAX ((size_t)PACK_MEMORY * MIB)
#define BESIDE     ((size_t)60 * MIB) /* what is no thread's, of a tree of some hundred thousand files */
#define SPARE_MAX  ((size_t)96 * MIB)

/* Of one thread at the levels up to this one: a block raw, packed ones, and zstd's tables; measured. */
static const struct need {
	int level;
	size_t bytes;
} needs[] = { { 4, 24 * MIB }, { 9, 36 * MIB }, { 13, 68 * MIB }, { 15, 96 * MIB }, { 18, 78 * MIB },
	{ FRAME_LEVEL_MAX, 98 * MIB } };

struct room {
	char *raw, *packed;
	size_t packed_len;
	struct frame_writer *writer;
	struct text path, target, header;
	const char *piece; /* the content of a cut file that is in `raw` */
	size_t piece_len;
	struct digest_job *jobs; /* digests that are made together */
	size_t count, most;
	struct held {
		char *bytes;
		size_t len;
		struct digest *digest;
		bool kept; /* the bytes are the spool's */
	} held[HELD];
	size_t held_count;
	struct held *own; /* the block that was packed last, or NULL: it is in `packed` */
};

struct packing {
	struct pack *pack;
	struct block_map map;
	struct digest_state cut; /* of the cut file whose pieces are passing */
	struct progress progress;
};

static size_t need_of(int level)
{
	const struct need *need = needs;
	while (need->level < level)
		need++;
	return need->bytes;
}

unsigned pack_threads(int level)
{
	return (unsigned)((MEMORY_MAX - BESIDE) / need_of(level));
}

size_t pack_spare(int level, unsigned threads)
{
	size_t need = BESIDE + threads * need_of(level), spare = need < MEMORY_MAX ? MEMORY_MAX - need : 0;
	return spare < SPARE_MAX ? spare : SPARE_MAX;
}

static bool changed(const struct source *s, const char *path, struct err *e)
{
	return err_set(e, ERR_REFUSED, "%s: %s changed while it was captured", s->id, path);
}

/* The file's bytes [offset, offset+len) are in `to`. It is the file that was scanned; that nobody wrote to it
 * while it was read is seen by scan_again(). */
static bool read_file(const struct packing *p, uint32_t number, const char *path, uint64_t offset, size_t len,
	char *to, struct err *e)
{
	const struct scan *scan = p->pack->scan;
	const struct source *s = &p->pack->sources->items[scan->rows.items[number].component];
	SCOPED_FD int fd = fs_open(s->fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENXIO))
		return changed(s, path, e);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "%s: open %s", s->id, path);
	struct looked now = looked_at(&st);
	if (!looked_same(&now, &scan->looked[number]))
		return changed(s, path, e);
	if (fs_read_at(fd, to, len, offset, e))
		return true;
	return e->kind == ERR_FORMAT ? (e->kind = ERR_NONE, changed(s, path, e)) : err_in(e, "%s", path);
}

static size_t add_header(const struct packing *p, uint32_t number, struct room *room, char *to)
{
	struct ustar u;
	rows_ustar(&p->pack->scan->rows, p->pack->manifest, number, &room->path, &room->target, &u);
	text_clear(&room->header);
	ustar_header(&u, &room->header);
	memcpy(to, room->header.at, room->header.len);
	return room->header.len;
}

/* The path in its component of the file whose header was added last. */
static const char *path_in(const struct packing *p, uint32_t number, const struct room *room)
{
	const struct source *s = &p->pack->sources->items[p->pack->scan->rows.items[number].component];
	return text_str(&room->path) + strlen(s->id) + 1;
}

/* What stands in the content: of a cut file in each piece, `first` is its first. */
static void look_into(
	const struct packing *p, uint32_t number, const char *path, const char *bytes, size_t len, bool first)
{
	struct scan *scan = p->pack->scan;
	if (!scan->secrets[number])
		scan->secrets[number] = secret_in(path, bytes, len);
	if (first)
		scan->code[number] = platform_code(bytes, len);
}

static void add_job(struct room *room, const char *bytes, size_t len, struct digest *to)
{
	if (room->count == room->most) {
		room->most = room->most ? room->most * 2 : 1024;
		room->jobs = mem_grow(room->jobs, room->most, sizeof *room->jobs);
	}
	room->jobs[room->count++] = (struct digest_job){ bytes, len, to };
}

/* A packed block is one long stream. As many as are held take as long in their lanes as the files of one
 * block in all lanes, so they wait until there are so many. */
static void add_held(struct room *room)
{
	for (size_t i = 0; i < room->held_count; i++)
		add_job(room, room->held[i].bytes, room->held[i].len, room->held[i].digest);
}

static void make_digests(struct room *room, bool last)
{
	bool held = last || room->held_count == HELD;
	if (held)
		add_held(room);
	digest_many(room->jobs, room->count);
	room->count = 0;
	while (held && room->held_count) {
		struct held *h = &room->held[--room->held_count];
		if (!h->kept)
			free(h->bytes);
	}
}

static void hold_packed(struct room *room, struct blob *blob)
{
	size_t len = room->packed_len;
	room->own = NULL;
	if (room->held_count == HELD || len > HELD_MAX) {
		blob->digest = digest_of(room->packed, len);
		return;
	}
	room->own = &room->held[room->held_count++];
	*room->own = (struct held){ mem_copy(room->packed, len), len, &blob->digest, false };
}

static bool build_whole(const struct packing *p, size_t block, struct room *room, struct err *e)
{
	struct rows *rows = &p->pack->scan->rows;
	char *at = room->raw, *end = at + container_blob(p->pack->manifest, CONTAINER_BLOCK, block)->raw;
	for (uint32_t i = p->map.start[block]; i < p->map.start[block + 1]; i++) {
		uint32_t number = p->map.order[i];
		struct row *row = &rows->items[number];
		at += add_header(p, number, room, at);
		if (row->kind != ENTRY_FILE)
			continue;
		const char *path = path_in(p, number, room);
		if (!read_file(p, number, path, 0, (size_t)row->size, at, e))
			return false;
		add_job(room, at, (size_t)row->size, &row->digest);
		look_into(p, number, path, at, (size_t)row->size, true);
		memset(at + row->size, 0, ustar_padding(row->size));
		at += row->size + ustar_padding(row->size);
	}
	memset(at, 0, (size_t)(end - at));
	make_digests(room, false);
	return true;
}

/* The piece of a cut file that this block holds; the first one starts with the header. */
static bool build_piece(const struct packing *p, size_t block, struct room *room, struct err *e)
{
	const struct blob *blobs = p->pack->manifest->blocks.items;
	uint32_t number = p->map.cut[block];
	const struct row *row = &p->pack->scan->rows.items[number];
	SCOPED_TEXT char *head = mem_new(USTAR_BLOCK * 64, 1);
	size_t header = add_header(p, number, room, block == row->block ? room->raw : head), skip = 0;
	uint64_t offset = 0;
	for (size_t b = row->block; b < block; b++)
		offset += blobs[b].raw;
	if (block == row->block)
		skip = header;
	else
		offset -= header;
	uint64_t left = offset < row->size ? row->size - offset : 0, fits = blobs[block].raw - skip;
	room->piece = room->raw + skip;
	room->piece_len = (size_t)(left < fits ? left : fits);
	memset(room->raw + skip + room->piece_len, 0, (size_t)fits - room->piece_len);
	return room->piece_len == 0 ||
	       read_file(p, number, path_in(p, number, room), offset, room->piece_len, room->raw + skip, e);
}

static bool work(void *ctx, void *scratch, size_t block, struct err *e)
{
	struct packing *p = ctx;
	struct room *room = scratch;
	struct blob *blob = (struct blob *)p->pack->manifest->blocks.items + block;
	room->piece = NULL;
	bool cut = p->map.cut[block] != ROW_NONE;
	if (!(cut ? build_piece(p, block, room, e) : build_whole(p, block, room, e)))
		return false;
	if (!frame_write(room->writer, room->raw, (size_t)blob->raw, room->packed, &room->packed_len, e))
		return false;
	blob->size = room->packed_len;
	hold_packed(room, blob);
	return true;
}

static void hash_piece(struct packing *p, size_t block, const struct room *room)
{
	struct row *row = &p->pack->scan->rows.items[p->map.cut[block]];
	if (block == row->block)
		digest_init(&p->cut);
	digest_add(&p->cut, room->piece, room->piece_len);
	look_into(p, p->map.cut[block], path_in(p, p->map.cut[block], room), room->piece, room->piece_len,
		block == row->block);
	if (block + 1 == row->block + row->blocks)
		row->digest = digest_end(&p->cut);
}

static bool emit(void *ctx, void *scratch, size_t block, struct err *e)
{
	struct packing *p = ctx;
	const struct room *room = scratch;
	struct held *own = room->own;
	if (room->piece)
		hash_piece(p, block, room);
	progress_add(&p->progress, container_blob(p->pack->manifest, CONTAINER_BLOCK, block)->raw);
	if (own)
		own->kept = spool_keep(p->pack->spool, block, own->bytes, own->len);
	return (own && own->kept) || spool_put(p->pack->spool, block, room->packed, room->packed_len, e);
}

/* The pieces of a cut file are digested in their order; where a block is written does not matter. */
static bool is_cut(void *ctx, size_t block)
{
	const struct packing *p = ctx;
	return p->map.cut[block] != ROW_NONE;
}

static bool make_room(struct room *room, size_t raw, int level, struct err *e)
{
	room->raw = mem_new(raw, 1);
	room->packed = mem_new(frame_bound(raw), 1);
	room->writer = frame_writer_make(level);
	return room->writer || err_set(e, ERR_SYSTEM, "no memory for a compressor");
}

static void end_room(struct room *room)
{
	free(room->raw);
	free(room->packed);
	frame_writer_end(&room->writer);
	text_end(&room->path);
	text_end(&room->target);
	text_end(&room->header);
	free(room->jobs);
}

static void end_packing(struct packing *p)
{
	block_map_end(&p->map);
}

bool pack_blocks(struct pack *pack, struct err *e)
{
	SCOPED(end_packing) struct packing p = { .pack = pack };
	size_t blocks = pack->manifest->blocks.count,
	       threads = pack->threads < blocks ? pack->threads : blocks;
	block_map_make(&pack->scan->rows, blocks, &p.map);
	pack->scan->secrets = mem_new(pack->scan->rows.count, sizeof *pack->scan->secrets);
	pack->scan->code = mem_new(pack->scan->rows.count, sizeof *pack->scan->code);
	SCOPED_TEXT struct room *rooms = mem_new(threads, sizeof *rooms);
	SCOPED_TEXT void **scratch = mem_new(threads, sizeof *scratch);
	bool good = true;
	for (size_t i = 0; i < threads; i++) {
		scratch[i] = &rooms[i];
		good = make_room(&rooms[i], (size_t)manifest_largest_raw(&pack->manifest->blocks),
			       pack->level, e) &&
		       good;
	}
	progress_start(&p.progress, "capture", pack->scan->bytes, pack->silent);
	struct pool_plan plan = { (unsigned)threads, blocks, &p, scratch, NULL, work, emit };
	good = good && pool_run_some(&plan, is_cut, e);
	if (good)
		progress_end(&p.progress);
	for (size_t i = 0; i < threads; i++) {
		make_digests(&rooms[i], true);
		end_room(&rooms[i]);
	}
	return good;
}
