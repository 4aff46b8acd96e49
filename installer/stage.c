/* stage.c - see stage.h. The installer makes every file itself, by a path below a directory that it holds
 * open and that nobody else can enter; libarchive has only told where the bytes are.
 */
#include "installer/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "installer/carry.h"
#include "installer/identity.h"
#include "installer/interrupt.h"
#include "installer/place.h"
#include "installer/store.h"
#include "manifest/base/fs.h"
#include "manifest/base/pool.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/frame.h"
#include "manifest/unpack.h"
#include "manifest/verdict.h"

#define MEMORY_MAX  ((uint64_t)72 * 1024 * 1024) /* for all threads together */
#define THREADS_MAX 8
#define HOLE        ((size_t)64 * 1024)

/* Where a component of the bundle is staged. */
struct spot {
	struct act_component *c; /* NULL: this component is not staged */
	int slot;                /* its top directory */
	uid_t uid;
	gid_t gid;
	mode_t mode; /* of the top directory */
	bool chown;
	bool flush_each; /* the file system does not report errors by one flush for all */
};

struct room {
	char *packed, *raw;
	struct frame_reader *reader;
	struct unpacked piece; /* of a cut file, for the ordered tail */
	bool has_piece;
};

struct staging {
	struct transaction *t;
	struct spot *spots; /* one per component of the manifest */
	struct block_map map;
	struct progress progress;
	struct timespec times[2]; /* the release's, for every file */
	int cut;                  /* the cut file that is being written */
	struct digest_state cut_digest;
};

static mode_t installed_mode(const struct row *row)
{
	return row->mode & 07777 & ~(mode_t)S_IWOTH;
}

static bool own(const struct spot *s, int fd, const char *name, struct err *e)
{
	if (!s->chown || fchownat(fd, name, s->uid, s->gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0)
		return true;
	return err_sys(e, "%s: give it to user %u", s->c->id, s->uid);
}

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
	int fd = fs_open(spot->slot, path, O_WRONLY | O_CREAT | O_EXCL, installed_mode(&rows->items[row]));
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
	if (!own(spot, *fd, "", e))
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
	struct digest d = digest_of(piece->bytes, piece->len);
	if (!digest_equal(&d, &row->digest))
		return wrong_digest(spot, row, e);
	SCOPED_FD int fd = create(s, spot, piece->row, e);
	if (fd < 0)
		return false;
	return (write_content(fd, piece->bytes, piece->len, 0, row->size, e) ||
		       err_in(e, "%s: %s", spot->c->id, row->name)) &&
	       finish_file(s, spot, row, &fd, e);
}

/* The sink of unpack: whole files are written here, in parallel. Directories and links are there already. */
static bool sink(void *ctx, const struct unpacked *piece, struct err *e)
{
	void **both = ctx;
	struct staging *s = both[0];
	struct room *room = both[1];
	const struct row *row = &s->t->rows.items[piece->row];
	const struct spot *spot = &s->spots[row->component];
	if (!spot->c || row->kind != ENTRY_FILE)
		return true;
	if (row->blocks == 1)
		return put_file(s, spot, piece, e);
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

static bool work(void *ctx, void *scratch, size_t block, struct err *e)
{
	struct staging *s = ctx;
	struct room *room = scratch;
	const struct bundle *b = &s->t->bundle;
	const struct blob *blob = container_blob(&b->manifest, CONTAINER_BLOCK, block);
	struct unpack unpack = { &s->t->rows, &b->manifest, &s->map };
	void *both[] = { s, room };
	room->has_piece = false;
	if (!wanted(s, block))
		return true;
	return container_read(&b->container, &b->manifest, CONTAINER_BLOCK, block, room->packed, e) &&
	       ((frame_read(
			 room->reader, room->packed, (size_t)blob->size, room->raw, (size_t)blob->raw, e) &&
			unpack_block(&unpack, block, room->raw, (size_t)blob->raw, sink, both, e)) ||
		       err_in(e, "block %zu", block));
}

/* The pieces of a cut file pass here in order. */
static bool put_piece(struct staging *s, size_t block, const struct room *room, struct err *e)
{
	const struct row *row = &s->t->rows.items[room->piece.row];
	const struct spot *spot = &s->spots[row->component];
	if (block == row->block) {
		digest_init(&s->cut_digest);
		s->cut = create(s, spot, room->piece.row, e);
	}
	if (s->cut < 0)
		return false;
	digest_add(&s->cut_digest, room->piece.bytes, room->piece.len);
	if (room->piece.len &&
		!write_content(s->cut, room->piece.bytes, room->piece.len, room->piece.offset, row->size, e))
		return err_in(e, "%s: %s", spot->c->id, row->name);
	if (block + 1 < row->block + row->blocks)
		return true;
	struct digest d = digest_end(&s->cut_digest);
	if (!digest_equal(&d, &row->digest))
		return wrong_digest(spot, row, e);
	return finish_file(s, spot, row, &s->cut, e);
}

static bool emit(void *ctx, void *scratch, size_t block, struct err *e)
{
	struct staging *s = ctx;
	struct room *room = scratch;
	if (!interrupt_none(e) || (room->has_piece && !put_piece(s, block, room, e)))
		return false;
	progress_add(&s->progress, container_blob(&s->t->bundle.manifest, CONTAINER_BLOCK, block)->raw);
	return true;
}

/* What a reference becomes on this node: a relative link between the real places. */
static void reference(const struct transaction *t, const struct act_component *c, const struct entry *entry,
	struct text *target)
{
	SCOPED(text_end) struct text from = { 0 }, to = { 0 };
	SCOPED_TEXT char *id = mem_copy(entry->target, strcspn(entry->target, "/"));
	const struct act_component *there = act_component(&t->act, id);
	text_printf(&from, "/%s/%s", c->target, entry->path);
	text_printf(&to, "/%s%s", there->target, entry->target + strlen(id));
	text_clear(target);
	path_relative(text_str(&from), text_str(&to), target);
}

/* The row as it will lie on the disk. */
static struct entry installed(const struct staging *s, const struct spot *spot, size_t row,
	char path[static PATH_MAX], struct text *target)
{
	struct entry entry = rows_entry(&s->t->rows, row, path);
	if (entry.kind == ENTRY_REFERENCE) {
		reference(s->t, spot->c, &entry, target);
		entry.kind = ENTRY_LINK;
		entry.target = text_str(target);
	}
	if (entry.kind != ENTRY_LINK)
		entry.mode = (uint16_t)installed_mode(&s->t->rows.items[row]);
	if (s->t->rows.items[row].parent == ROW_NONE)
		entry.mode = (uint16_t)spot->mode;
	return entry;
}

static bool put_link(const struct spot *spot, const struct entry *entry, struct err *e)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	if (!fs_parent(spot->slot, entry->path, &parent, leaf, e))
		return false;
	if (symlinkat(entry->target, parent, leaf) < 0)
		return err_sys(e, "%s: link %s", spot->c->id, entry->path);
	return own(spot, parent, leaf, e);
}

static bool put_dir(const struct spot *spot, const struct entry *entry, struct err *e)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	if (!fs_parent(spot->slot, entry->path, &parent, leaf, e))
		return false;
	if (mkdirat(parent, leaf, (mode_t)entry->mode | 0700) < 0)
		return err_sys(e, "%s: make directory %s", spot->c->id, entry->path);
	return own(spot, parent, leaf, e);
}

/* Directories and links, and the listing of the whole tree as it will be. */
static bool put_frame(struct staging *s, size_t number, struct err *e)
{
	const struct spot *spot = &s->spots[number];
	SCOPED(store_end) struct store_writer writer;
	SCOPED(text_end) struct text target = { 0 };
	char path[PATH_MAX];
	if (!store_start(&s->t->node, &writer, e))
		return false;
	for (size_t i = rows_first(&s->t->rows, number); i < rows_first(&s->t->rows, number + 1); i++) {
		struct entry entry = installed(s, spot, i, path, &target);
		bool top = s->t->rows.items[i].parent == ROW_NONE;
		if (!store_add(&writer, &entry, e) ||
			(entry.kind == ENTRY_DIR && !top && !put_dir(spot, &entry, e)) ||
			(entry.kind == ENTRY_LINK && !put_link(spot, &entry, e)))
			return false;
	}
	return store_finish(&writer, &spot->c->tree, e);
}

/* Modes that keep their owner out are set last, deepest first; the top directory gets the mode of the tree it
 * replaces. */
static bool set_modes(struct staging *s, size_t number, struct err *e)
{
	const struct spot *spot = &s->spots[number];
	char path[PATH_MAX];
	for (size_t i = rows_first(&s->t->rows, number + 1); i-- > rows_first(&s->t->rows, number);) {
		const struct row *row = &s->t->rows.items[i];
		if (row->kind != ENTRY_DIR || row->parent == ROW_NONE || (row->mode & 0700) == 0700)
			continue;
		SCOPED_FD int fd =
			fs_open(spot->slot, rows_path(&s->t->rows, i, path), O_RDONLY | O_DIRECTORY, 0);
		if (fd < 0 || fchmod(fd, installed_mode(row)) < 0)
			return err_sys(e, "%s: set the mode of %s", spot->c->id, row->name);
	}
	return fchmod(spot->slot, spot->mode) == 0 || err_sys(e, "%s: set the mode of its top", spot->c->id);
}

/* Owner and mode of what is replaced; for a first install the caller's and the bundle's. */
static bool inherit(struct staging *s, size_t number, struct err *e)
{
	struct spot *spot = &s->spots[number];
	const struct row *top = &s->t->rows.items[rows_first(&s->t->rows, number)];
	struct stat st;
	*spot = (struct spot){ spot->c, -1, geteuid(), getegid(), installed_mode(top), false, false };
	if (!*spot->c->live)
		return true;
	SCOPED_FD int live = fs_open(s->t->node.root, spot->c->target, O_RDONLY | O_DIRECTORY, 0);
	if (live < 0 || fstat(live, &st) < 0)
		return err_sys(e, "%s: look at /%s", spot->c->id, spot->c->target);
	spot->uid = st.st_uid;
	spot->gid = st.st_gid;
	spot->mode = st.st_mode & 0777 & ~(mode_t)S_IWOTH;
	spot->chown = st.st_uid != geteuid() || st.st_gid != getegid();
	return true;
}

static bool open_slot(struct staging *s, size_t number, struct err *e)
{
	struct spot *spot = &s->spots[number];
	SCOPED_FD int dir = -1;
	const char *leaf = strrchr(spot->c->slot, '/') + 1;
	if (!inherit(s, number, e) || !place_make(&s->t->node, spot->c->slot, &dir, e))
		return false;
	if (mkdirat(dir, leaf, 0700) < 0)
		return err_sys(e, "%s: make /%s", spot->c->id, spot->c->slot);
	spot->slot = openat(dir, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (spot->slot < 0)
		return err_sys(e, "%s: open /%s", spot->c->id, spot->c->slot);
	spot->flush_each = !fs_flush_reports(spot->slot);
	return own(spot, spot->slot, "", e) && put_frame(s, number, e);
}

static unsigned threads_for(const struct manifest *m)
{
	uint64_t each = manifest_largest_raw(&m->blocks) + manifest_largest(&m->blocks) + 1,
		 fit = MEMORY_MAX / each;
	unsigned most = fit < 1 ? 1 : fit > THREADS_MAX ? THREADS_MAX : (unsigned)fit;
	return pool_threads(most < m->blocks.count ? most : (unsigned)m->blocks.count);
}

static bool unpack_all(struct staging *s, struct err *e)
{
	const struct manifest *m = &s->t->bundle.manifest;
	unsigned threads = threads_for(m);
	struct room rooms[THREADS_MAX] = { 0 };
	void *scratch[THREADS_MAX];
	bool good = true;
	for (unsigned i = 0; i < threads; i++) {
		rooms[i].packed = mem_new((size_t)manifest_largest(&m->blocks), 1);
		rooms[i].raw = mem_new((size_t)manifest_largest_raw(&m->blocks), 1);
		rooms[i].reader = frame_reader_make();
		good = good && (rooms[i].reader || err_set(e, ERR_SYSTEM, "no memory for a decoder"));
		scratch[i] = &rooms[i];
	}
	struct pool_plan plan = { threads, m->blocks.count, s, scratch, NULL, work, emit };
	good = good && pool_run(&plan, e);
	for (unsigned i = 0; i < threads; i++) {
		free(rooms[i].packed);
		free(rooms[i].raw);
		frame_reader_end(&rooms[i].reader);
	}
	return good;
}

/* One flush for all that was written; then the parents of first installs, and what the record has to know. */
static bool settle(struct staging *s, size_t number, struct err *e)
{
	const struct spot *spot = &s->spots[number];
	SCOPED(text_end) struct text parent = { 0 }, next = { 0 };
	SCOPED_FD int slots = -1;
	SCOPED_FD int target = -1;
	char leaf[FS_LEAF];
	place_parent(spot->c->target, &parent);
	struct carry_rule rule = carry_forward(spot->c);
	if (*spot->c->live && !carry_local(&s->t->node, spot->c, &rule, e))
		return err_in(e, "%s", spot->c->id);
	if (!set_modes(s, number, e) || !fs_flush_all(spot->slot, e) ||
		!fs_parent(s->t->node.root, spot->c->slot, &slots, leaf, e))
		return false;
	if (strcmp(text_str(&parent), ".") != 0 &&
		!fs_make_dirs(s->t->node.root, text_str(&parent), &target, NULL, e))
		return false;
	if (!fs_flush_dir(slots, e) || !identity_of(slots, leaf, &next, e))
		return false;
	spot->c->next = arena_str(&s->t->arena, text_str(&next));
	return true;
}

static bool stage_all(struct staging *s, struct err *e)
{
	size_t components = s->t->bundle.manifest.components.count;
	for (size_t i = 0; i < components; i++)
		if (s->spots[i].c && !open_slot(s, i, e))
			return false;
	if (!unpack_all(s, e))
		return e->kind == ERR_FORMAT ? verdict_all_damage(&s->t->bundle, e) : false;
	for (size_t i = 0; i < components; i++)
		if (s->spots[i].c && !settle(s, i, e))
			return false;
	return true;
}

static void end_staging(struct staging *s)
{
	for (size_t i = 0; i < s->t->bundle.manifest.components.count; i++)
		scope_close(&s->spots[i].slot);
	scope_close(&s->cut);
	free(s->spots);
	block_map_end(&s->map);
}

bool stage_run(struct transaction *t, struct err *e)
{
	const struct manifest *m = &t->bundle.manifest;
	const struct component *c = m->components.items;
	SCOPED(end_staging) struct staging s = { .t = t, .cut = -1 };
	uint64_t raw = 0;
	s.spots = mem_new(m->components.count, sizeof *s.spots);
	s.times[0] = s.times[1] = (struct timespec){ .tv_sec = (time_t)m->created };
	for (size_t i = 0; i < m->components.count; i++) {
		struct act_component *mine = act_component(&t->act, c[i].id);
		s.spots[i] = (struct spot){ .c = mine && act_moves(mine) ? mine : NULL, .slot = -1 };
	}
	block_map_make(&t->rows, m->blocks.count, &s.map);
	for (size_t i = 0; i < m->blocks.count; i++)
		raw += container_blob(m, CONTAINER_BLOCK, i)->raw;
	progress_start(&s.progress, "stage", raw, t->request->json);
	if (!stage_all(&s, e))
		return false;
	progress_end(&s.progress);
	return true;
}

bool stage_undo(const struct node *n, const struct act *a, struct err *e)
{
	const struct act_component *c = a->components.items;
	bool fresh = strcmp(a->kind, "rollback") != 0; /* what is in its slots is its own */
	for (size_t i = 0; i < a->components.count; i++)
		if (act_keeps(&c[i]) && *c[i].slot && (fresh || strcmp(c[i].change, CHANGE_REMOVE) == 0) &&
			!place_remove(n, c[i].slot, e))
			return false;
	return true;
}

bool stage_undo_made(const struct node *n, const struct act *a, struct err *e)
{
	char *const *made = a->made.items;
	for (size_t i = a->made.count; i-- > 0;) {
		SCOPED_FD int parent = -1;
		char leaf[FS_LEAF];
		struct err ignored = { 0 };
		if (fs_parent(n->root, made[i], &parent, leaf, &ignored) &&
			unlinkat(parent, leaf, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY &&
			errno != EEXIST)
			return err_sys(e, "remove the directory /%s", made[i]);
	}
	return true;
}
