/* listtree.c - see listtree.h. */
#include "installer/listtree.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/pool.h"
#include "manifest/base/scope.h"
#include "manifest/base/tree.h"
#include "manifest/profile.h"

#define BATCH       512
#define BATCH_BYTES ((uint64_t)64 * 1024 * 1024)
#define PIECE       ((size_t)256 * 1024)
#define THREADS_MAX 8

struct batch {
	int top;
	const struct listtree *what;
	struct digest_state tree;
	struct entry entries[BATCH];
	size_t count;
	uint64_t bytes;
	struct arena names; /* of this batch */
	void *scratch[THREADS_MAX];
	struct text line, target;
};

static bool hash_file(void *ctx, void *scratch, size_t job, struct err *e)
{
	struct batch *b = ctx;
	struct entry *entry = &b->entries[job];
	struct digest_state s;
	if (entry->kind != ENTRY_FILE)
		return true;
	SCOPED_FD int fd = fs_open(b->top, entry->path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return err_sys(e, "open %s", entry->path);
	digest_init(&s);
	entry->size = 0;
	for (;;) {
		ssize_t n = read(fd, scratch, PIECE);
		if (n < 0)
			return err_sys(e, "read %s", entry->path);
		digest_add(&s, scratch, (size_t)n);
		entry->size += (uint64_t)n;
		if ((size_t)n < PIECE) /* a regular file gives less only at its end */
			break;
	}
	entry->digest = digest_end(&s);
	return true;
}

static bool give_lines(struct batch *b, struct err *e)
{
	for (size_t i = 0; i < b->count; i++) {
		text_clear(&b->line);
		listing_add(&b->entries[i], &b->line);
		digest_add(&b->tree, b->line.at, b->line.len);
		if (b->what->line && !b->what->line(b->what->ctx, &b->entries[i], e))
			return false;
	}
	return true;
}

static bool flush(struct batch *b, struct err *e)
{
	struct pool_plan plan = { pool_threads(THREADS_MAX), b->count, b, b->scratch, hash_file, NULL };
	if (b->count == 0)
		return true;
	if (b->count < 8 && b->bytes < PIECE)
		plan.threads = 1;
	if (!pool_run(&plan, e) || !give_lines(b, e))
		return false;
	if (b->what->seen)
		b->what->seen(b->what->ctx, b->bytes);
	arena_end(&b->names);
	b->count = 0;
	b->bytes = 0;
	return true;
}

static bool visit(void *ctx, const struct tree_entry *from, bool *skip, struct err *e)
{
	struct batch *b = ctx;
	const struct stat *st = from->st;
	if (b->what->ignore && globs_match(b->what->ignore, from->path)) {
		*skip = true;
		return true;
	}
	struct entry *to = &b->entries[b->count++];
	*to = (struct entry){ .path = arena_str(&b->names, from->path),
		.mode = (uint16_t)(st->st_mode & 07777) };
	to->kind = S_ISREG(st->st_mode) ? ENTRY_FILE : S_ISDIR(st->st_mode) ? ENTRY_DIR : ENTRY_OTHER;
	if (S_ISLNK(st->st_mode)) {
		if (!tree_link(from->dir, from->name, &b->target, e))
			return false;
		to->kind = ENTRY_LINK;
		to->mode = 0777;
		to->target = arena_str(&b->names, text_str(&b->target));
	}
	b->bytes += to->kind == ENTRY_FILE ? (uint64_t)st->st_size : 0;
	return (b->count < BATCH && b->bytes < BATCH_BYTES) || flush(b, e);
}

static void end_batch(struct batch **batch)
{
	struct batch *b = *batch;
	for (size_t i = 0; i < THREADS_MAX; i++)
		free(b->scratch[i]);
	arena_end(&b->names);
	text_end(&b->line);
	text_end(&b->target);
	free(b);
}

bool listtree(int top, const struct listtree *what, struct digest *tree, struct err *e)
{
	SCOPED(end_batch) struct batch *b = mem_new(1, sizeof *b);
	b->top = top;
	b->what = what;
	for (size_t i = 0; i < pool_threads(THREADS_MAX); i++)
		b->scratch[i] = mem_new(PIECE, 1);
	digest_init(&b->tree);
	if (!tree_walk(top, visit, b, e) || !flush(b, e))
		return false;
	*tree = digest_end(&b->tree);
	return true;
}
