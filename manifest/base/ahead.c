/* ahead.c - see ahead.h. One walk of the upper levels hands out deep directories in batches; a batch's are
 * read by one thread while others read theirs, and visited in the walk's order.
 */
#include "manifest/base/ahead.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/fs.h"
#include "manifest/base/pool.h"
#include "manifest/base/scope.h"
#include "manifest/base/text.h"
#include "manifest/base/tree.h"

#define THREADS_MAX 8
#define DEEP        3   /* how many names the path of a directory has that is handed out */
#define DIRS        16  /* of them in one batch */
#define UPPER       512 /* entries of the upper levels in one batch */
#define BELOW                                                                                                \
	8192 /* entries of its directories that a batch holds; the visitor's thread reads what is more */
#define NONE SIZE_MAX

struct found {
	struct stat st;
	size_t path, target; /* where they start in `names`; NONE: it has none */
	size_t dir;          /* its number if it is handed out, or NONE */
	bool mount;
};

/* A directory that is handed out. */
struct dir {
	size_t start, end; /* what is below it, in `below` */
	int fd;
	struct tree *rest; /* what is not read yet; NULL: nothing */
};

struct list {
	struct found *items;
	size_t count, room;
};

struct batch {
	struct list upper, below;
	struct dir dirs[DIRS];
	size_t dir_count;
	struct text names, path, target;
};

struct walk {
	const struct ahead *what;
	int top;
	struct tree *upper;
	struct text skipped; /* the directory of which nothing is visited; empty: none */
	struct text path, target;
};

static size_t keep_name(struct batch *b, const char *name)
{
	size_t at = b->names.len;
	text_add(&b->names, name, strlen(name) + 1);
	return at;
}

static bool read_target(const struct tree_entry *entry, struct text *target, struct err *e)
{
	return tree_link(entry->dir, entry->name, target, e);
}

static bool keep(
	struct batch *b, struct list *list, const char *path, const struct tree_entry *entry, struct err *e)
{
	bool link = S_ISLNK(entry->st->st_mode);
	if (link && !read_target(entry, &b->target, e))
		return err_in(e, "%s", path);
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 256;
		list->items = mem_grow(list->items, list->room, sizeof *list->items);
	}
	struct found *f = &list->items[list->count++];
	*f = (struct found){ .st = *entry->st, .dir = NONE, .target = NONE, .mount = entry->mount };
	f->path = keep_name(b, path);
	if (link)
		f->target = keep_name(b, text_str(&b->target));
	return true;
}

static bool is_top(const char *path)
{
	return strcmp(path, ".") == 0;
}

static bool passed_over(const struct walk *w, const char *path)
{
	return w->what->passes_over && !is_top(path) && w->what->passes_over(w->what->ctx, path);
}

static bool is_deep(const struct tree_entry *entry)
{
	int names = 1;
	for (const char *p = entry->path; *p; p++)
		names += *p == '/';
	return names >= DEEP && S_ISDIR(entry->st->st_mode) && !entry->mount;
}

static void end_dirs(struct batch *b)
{
	for (size_t i = 0; i < b->dir_count; i++) {
		tree_close(&b->dirs[i].rest);
		scope_close(&b->dirs[i].fd);
	}
	b->dir_count = 0;
}

static void clear(struct batch *b)
{
	end_dirs(b);
	b->upper.count = b->below.count = 0;
	text_clear(&b->names);
}

static void end_batch(struct batch *b)
{
	end_dirs(b);
	free(b->upper.items);
	free(b->below.items);
	text_end(&b->names);
	text_end(&b->path);
	text_end(&b->target);
}

static void hand_out(struct walk *w, struct batch *b)
{
	tree_skip(w->upper);
	b->dirs[b->dir_count] = (struct dir){ 0, 0, -1, NULL };
	b->upper.items[b->upper.count - 1].dir = b->dir_count++;
}

static bool take(void *ctx, void *scratch, bool *more, struct err *e)
{
	struct walk *w = ctx;
	struct batch *b = scratch;
	struct tree_entry entry;
	clear(b);
	for (bool some = true; some && b->upper.count < UPPER && b->dir_count < DIRS;) {
		if (!tree_next(w->upper, &entry, &some, e))
			return false;
		if (!some)
			break;
		if (passed_over(w, entry.path))
			tree_skip(w->upper);
		else if (!keep(b, &b->upper, entry.path, &entry, e))
			return false;
		else if (is_deep(&entry))
			hand_out(w, b);
	}
	*more = b->upper.count > 0;
	return true;
}

/* The next entry below the directory `above` that is not passed over; *path is its path from the top. */
static bool next_below(const struct walk *w, struct tree *t, const char *above, struct text *path,
	struct tree_entry *entry, bool *more, struct err *e)
{
	while (tree_next(t, entry, more, e)) {
		if (!*more)
			return true;
		if (is_top(entry->path))
			continue;
		text_clear(path);
		text_printf(path, "%s/%s", above, entry->path);
		if (!passed_over(w, text_str(path)))
			return true;
		tree_skip(t);
	}
	return err_in(e, "%s", above);
}

static bool read_dir(const struct walk *w, struct batch *b, const struct found *f, struct err *e)
{
	struct dir *d = &b->dirs[f->dir];
	const char *above = b->names.at + f->path;
	struct tree_entry entry;
	bool more = true;
	SCOPED_TEXT char *own = mem_copy(above, strlen(above));
	d->start = d->end = b->below.count;
	d->fd = fs_open(w->top, own, O_RDONLY | O_DIRECTORY, 0);
	if (d->fd < 0)
		return err_sys(e, "open directory %s", own);
	d->rest = tree_open(d->fd, e);
	while (d->rest && more && b->below.count < BELOW) {
		if (!next_below(w, d->rest, own, &b->path, &entry, &more, e))
			return false;
		if (more && !keep(b, &b->below, text_str(&b->path), &entry, e))
			return false;
	}
	d->end = b->below.count;
	if (!more)
		tree_close(&d->rest);
	return more ? d->rest != NULL : true;
}

static bool work(void *ctx, void *scratch, size_t job, struct err *e)
{
	const struct walk *w = ctx;
	struct batch *b = scratch;
	(void)job;
	for (size_t i = 0; i < b->upper.count; i++)
		if (b->upper.items[i].dir != NONE && !read_dir(w, b, &b->upper.items[i], e))
			return false;
	return true;
}

static bool is_skipped(const struct walk *w, const char *path)
{
	size_t len = w->skipped.len;
	return len && (is_top(w->skipped.at) || (strncmp(path, w->skipped.at, len) == 0 && path[len] == '/'));
}

static bool visit(struct walk *w, const struct ahead_entry *entry, struct err *e)
{
	bool skip = false;
	if (is_skipped(w, entry->path))
		return true;
	if (!w->what->visit(w->what->ctx, entry, &skip, e))
		return false;
	if (skip) {
		text_clear(&w->skipped);
		text_puts(&w->skipped, entry->path);
	}
	return true;
}

static bool visit_found(struct walk *w, const struct batch *b, const struct found *f, struct err *e)
{
	const char *target = f->target == NONE ? NULL : b->names.at + f->target;
	return visit(w, &(struct ahead_entry){ b->names.at + f->path, target, &f->st, f->mount }, e);
}

/* What a batch had no room for. */
static bool visit_rest(struct walk *w, struct tree *t, const char *above, struct err *e)
{
	struct tree_entry entry;
	for (bool more = true; next_below(w, t, above, &w->path, &entry, &more, e);) {
		if (!more)
			return true;
		bool link = S_ISLNK(entry.st->st_mode);
		if (link && !read_target(&entry, &w->target, e))
			return err_in(e, "%s", text_str(&w->path));
		struct ahead_entry found = { text_str(&w->path), link ? text_str(&w->target) : NULL, entry.st,
			entry.mount };
		if (!visit(w, &found, e))
			return false;
	}
	return false;
}

static bool visit_dir(struct walk *w, struct batch *b, const struct found *f, struct err *e)
{
	const struct dir *d = &b->dirs[f->dir];
	for (size_t i = d->start; i < d->end; i++)
		if (!visit_found(w, b, &b->below.items[i], e))
			return false;
	return !d->rest || visit_rest(w, d->rest, b->names.at + f->path, e);
}

static bool emit(void *ctx, void *scratch, size_t job, struct err *e)
{
	struct walk *w = ctx;
	struct batch *b = scratch;
	(void)job;
	for (size_t i = 0; i < b->upper.count; i++) {
		const struct found *f = &b->upper.items[i];
		if (!visit_found(w, b, f, e) || (f->dir != NONE && !visit_dir(w, b, f, e)))
			return false;
	}
	return true;
}

static void end_walk(struct walk *w)
{
	tree_close(&w->upper);
	text_end(&w->skipped);
	text_end(&w->path);
	text_end(&w->target);
}

/* Half of several wait for their turn to be visited. */
static unsigned readers(unsigned threads)
{
	unsigned count = threads > 1 ? threads * 2 : threads;
	return count < THREADS_MAX ? count : THREADS_MAX;
}

bool ahead_walk(int top, const struct ahead *what, struct err *e)
{
	SCOPED(end_walk) struct walk w = { .what = what, .top = top, .upper = tree_open(top, e) };
	unsigned threads = readers(what->threads);
	SCOPED_TEXT struct batch *batches = mem_new(THREADS_MAX, sizeof *batches);
	void *scratch[THREADS_MAX];
	for (unsigned i = 0; i < THREADS_MAX; i++)
		scratch[i] = &batches[i];
	struct pool_plan plan = { threads, SIZE_MAX, &w, scratch, take, work, emit };
	bool good = w.upper && pool_run(&plan, e);
	for (unsigned i = 0; i < THREADS_MAX; i++)
		end_batch(&batches[i]);
	return good;
}
