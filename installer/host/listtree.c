/* listtree.c - see listtree.h. One walk feeds all threads: a batch of entries is taken from it, hashed in
 * parallel with other batches, and given on in the walk's order.
 */
#include "installer/host/listtree.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/pool.h"
#include "manifest/base/scope.h"
#include "manifest/base/tree.h"
#include "manifest/path.h"
#include "manifest/profile.h"

#define BATCH       1024
#define BATCH_BYTES ((uint64_t)8 * 1024 * 1024)
#define ROOM        ((size_t)4 * 1024 * 1024)
#define PIECE       (ROOM / 4)
#define THREADS_MAX 8

/* A directory that nothing was found in yet that counts. */
struct held {
	size_t path; /* where it starts in `names` */
	uint16_t mode;
};

struct lister {
	int top;
	const struct listtree *what;
	struct tree *walk;
	struct digest_state tree;
	struct text line, target;
	struct held *held; /* directories since the last entry of another kind */
	size_t count, room;
	struct text names;
};

struct batch {
	struct entry entries[BATCH];
	size_t count;
	uint64_t bytes;
	struct arena names;
	struct digest_job whole[BATCH]; /* files that lie in `room`, to be hashed side by side */
	size_t wholes, used;
	char room[ROOM];
};

static bool add(struct lister *l, struct batch *b, const struct tree_entry *from, struct err *e)
{
	const struct stat *st = from->st;
	struct entry *to = &b->entries[b->count++];
	*to = (struct entry){ .path = arena_str(&b->names, from->path),
		.mode = (uint16_t)(st->st_mode & 07777) };
	to->kind = S_ISREG(st->st_mode) ? ENTRY_FILE : S_ISDIR(st->st_mode) ? ENTRY_DIR : ENTRY_OTHER;
	if (S_ISLNK(st->st_mode)) {
		if (!tree_link(from->dir, from->name, &l->target, e))
			return false;
		to->kind = ENTRY_LINK;
		to->mode = 0777;
		to->target = arena_str(&b->names, text_str(&l->target));
	}
	b->bytes += to->kind == ENTRY_FILE ? (uint64_t)st->st_size : 0;
	return true;
}

static bool take(void *ctx, void *scratch, bool *more, struct err *e)
{
	struct lister *l = ctx;
	struct batch *b = scratch;
	struct tree_entry entry;
	arena_end(&b->names);
	b->count = 0;
	b->bytes = 0;
	for (bool some = true; some && b->count < BATCH && b->bytes < BATCH_BYTES;) {
		if (!tree_next(l->walk, &entry, &some, e))
			return false;
		if (some && l->what->ignore && globs_match(l->what->ignore, entry.path))
			tree_skip(l->walk);
		else if (some && !add(l, b, &entry, e))
			return false;
	}
	*more = b->count > 0;
	return true;
}

static void hash_wholes(struct batch *b)
{
	digest_many(b->whole, b->wholes);
	b->wholes = b->used = 0;
}

/* Piece after piece, the first of which is there already. */
static bool hash_long(int fd, struct entry *entry, char *piece, struct err *e)
{
	struct digest_state s;
	digest_init(&s);
	digest_add(&s, piece, PIECE);
	entry->size = PIECE;
	for (ssize_t n = PIECE; n == (ssize_t)PIECE;) { /* a regular file gives less only at its end */
		n = read(fd, piece, PIECE);
		if (n < 0)
			return err_sys(e, "read %s", entry->path);
		digest_add(&s, piece, (size_t)n);
		entry->size += (uint64_t)n;
	}
	entry->digest = digest_end(&s);
	return true;
}

static bool hash_file(int top, struct batch *b, struct entry *entry, struct err *e)
{
	SCOPED_FD int fd = fs_open(top, entry->path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return err_sys(e, "open %s", entry->path);
	if (ROOM - b->used < PIECE)
		hash_wholes(b);
	char *piece = b->room + b->used;
	ssize_t n = read(fd, piece, PIECE);
	if (n < 0)
		return err_sys(e, "read %s", entry->path);
	if (n == (ssize_t)PIECE)
		return hash_long(fd, entry, piece, e);
	entry->size = (uint64_t)n;
	b->whole[b->wholes++] = (struct digest_job){ piece, (size_t)n, &entry->digest };
	b->used += (size_t)n;
	return true;
}

static bool work(void *ctx, void *scratch, size_t job, struct err *e)
{
	const struct lister *l = ctx;
	struct batch *b = scratch;
	(void)job;
	for (size_t i = 0; i < b->count; i++)
		if (b->entries[i].kind == ENTRY_FILE && !hash_file(l->top, b, &b->entries[i], e))
			return false;
	hash_wholes(b);
	return true;
}

static bool put(struct lister *l, const struct entry *entry, struct err *e)
{
	text_clear(&l->line);
	listing_add(entry, &l->line);
	digest_add(&l->tree, l->line.at, l->line.len);
	return !l->what->line || l->what->line(l->what->ctx, entry, e);
}

static void hold(struct lister *l, const struct entry *dir)
{
	if (l->count == l->room) {
		l->room = l->room ? l->room * 2 : 16;
		l->held = mem_grow(l->held, l->room, sizeof *l->held);
	}
	l->held[l->count++] = (struct held){ l->names.len, dir->mode };
	text_add(&l->names, dir->path, strlen(dir->path) + 1);
}

/* The walk has come to `path` (NULL: its end): of the directories that are held, those above it count. */
static bool release(struct lister *l, const char *path, struct err *e)
{
	for (size_t i = 0; i < l->count; i++) {
		struct entry dir = {
			.path = l->names.at + l->held[i].path, .kind = ENTRY_DIR, .mode = l->held[i].mode
		};
		size_t len = strlen(dir.path);
		bool counts = path && strncmp(path, dir.path, len) == 0 && path[len] == '/';
		if (!counts && l->what->known && !l->what->known(l->what->ctx, &dir, &counts, e))
			return false;
		if (counts && !put(l, &dir, e))
			return false;
	}
	l->count = 0;
	text_clear(&l->names);
	return true;
}

static bool emit(void *ctx, void *scratch, size_t job, struct err *e)
{
	struct lister *l = ctx;
	const struct batch *b = scratch;
	bool holds = l->what->ignore && l->what->ignore->count;
	(void)job;
	for (size_t i = 0; i < b->count; i++) {
		const struct entry *entry = &b->entries[i];
		if (holds && entry->kind == ENTRY_DIR && strcmp(entry->path, PATH_ROOT) != 0)
			hold(l, entry);
		else if (!release(l, entry->path, e) || !put(l, entry, e))
			return false;
	}
	if (l->what->seen)
		l->what->seen(l->what->ctx, b->bytes);
	return true;
}

static bool run(struct lister *l, struct err *e)
{
	unsigned threads = pool_threads(THREADS_MAX);
	SCOPED_TEXT struct batch *batches = mem_new(threads, sizeof *batches);
	void *scratch[THREADS_MAX];
	for (unsigned i = 0; i < threads; i++)
		scratch[i] = &batches[i];
	struct pool_plan plan = { threads, SIZE_MAX, l, scratch, take, work, emit };
	bool good = pool_run(&plan, e);
	for (unsigned i = 0; i < threads; i++)
		arena_end(&batches[i].names);
	return good;
}

static void end_lister(struct lister *l)
{
	tree_close(&l->walk);
	text_end(&l->line);
	text_end(&l->target);
	text_end(&l->names);
	free(l->held);
}

bool listtree(int top, const struct listtree *what, struct digest *tree, struct err *e)
{
	SCOPED(end_lister) struct lister l = { .top = top, .what = what, .walk = tree_open(top, e) };
	digest_init(&l.tree);
	if (!l.walk || !run(&l, e) || !release(&l, NULL, e))
		return false;
	*tree = digest_end(&l.tree);
	return true;
}
