/* store.c - see store.h. A listing's name is its digest, so it needs no other proof. */
#include "installer/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "installer/host/listtree.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define ASIDE  ".new"
#define BUFFER ((size_t)256 * 1024)

bool store_start(const struct node *n, struct store_writer *w, struct err *e)
{
	*w = (struct store_writer){ .trees = -1, .fd = -1 };
	digest_init(&w->state);
	if (!fs_make_dirs(n->state, "trees", &w->trees, NULL, e))
		return false;
	unlinkat(w->trees, ASIDE, 0);
	w->fd = openat(w->trees, ASIDE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return w->fd >= 0 || err_sys(e, "create a listing");
}

static bool write_out(struct store_writer *w, struct err *e)
{
	digest_add(&w->state, text_str(&w->buffer), w->buffer.len);
	bool good = fs_write_all(w->fd, text_str(&w->buffer), w->buffer.len, e);
	text_clear(&w->buffer);
	return good || err_in(e, "listing");
}

bool store_add(struct store_writer *w, const struct entry *entry, struct err *e)
{
	listing_add(entry, &w->buffer);
	return w->buffer.len < BUFFER || write_out(w, e);
}

bool store_finish(struct store_writer *w, struct digest *tree, struct err *e)
{
	char hex[DIGEST_HEX];
	if (!write_out(w, e) || !fs_finish(&w->fd, e))
		return false;
	*tree = digest_end(&w->state);
	digest_hex(tree, hex);
	if (renameat(w->trees, ASIDE, w->trees, hex) < 0)
		return err_sys(e, "keep the listing %s", hex);
	return fs_flush_dir(w->trees, e);
}

void store_end(struct store_writer *w)
{
	if (w->fd >= 0)
		unlinkat(w->trees, ASIDE, 0);
	scope_close(&w->fd);
	scope_close(&w->trees);
	text_end(&w->buffer);
}

struct store_reader {
	FILE *file;
	char *line;
	size_t room;
};

static bool right_bytes(FILE *file, const struct digest *want)
{
	SCOPED_TEXT char *piece = mem_new(BUFFER, 1);
	struct digest_state s;
	digest_init(&s);
	for (size_t n; (n = fread(piece, 1, BUFFER, file)) > 0;)
		digest_add(&s, piece, n);
	struct digest have = digest_end(&s);
	return !ferror(file) && digest_equal(&have, want) && fseek(file, 0, SEEK_SET) == 0;
}

bool store_open(const struct node *n, const struct digest *tree, struct store_reader **out, struct err *e)
{
	char path[DIGEST_HEX + 8] = "trees/";
	digest_hex(tree, path + 6);
	errno = ENOENT;
	int fd = n->state < 0 ? -1 : fs_open(n->state, path, O_RDONLY, 0);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file && errno != ENOENT && errno != ELOOP)
		return err_sys(e, "open the listing %s", path);
	if (!file)
		return err_set(e, ERR_STUCK, "the listing %s is missing: %s", path, strerror(errno));
	*out = mem_new(1, sizeof **out);
	(*out)->file = file;
	return right_bytes(file, tree) || err_set(e, ERR_STUCK, "the listing %s was altered", path);
}

bool store_next(struct store_reader *r, struct entry *entry, bool *more, struct err *e)
{
	ssize_t len = getline(&r->line, &r->room, r->file);
	*more = len > 0;
	if (len <= 0)
		return !ferror(r->file) || err_sys(e, "read a listing");
	r->line[len - 1] = '\0';
	return listing_parse(r->line, entry, e);
}

void store_close(struct store_reader **r)
{
	if (!*r)
		return;
	fclose((*r)->file);
	free((*r)->line);
	free(*r);
	*r = NULL;
}

struct listing_to_store {
	const struct store_what *what;
	struct store_writer writer;
	struct store_reader *before;
	struct entry entry; /* the next one of `before`, if there is one */
	bool more;
};

static bool keep_line(void *ctx, const struct entry *entry, struct err *e)
{
	struct listing_to_store *s = ctx;
	return !s->what->keep || store_add(&s->writer, entry, e);
}

static bool known_before(void *ctx, const struct entry *dir, bool *known, struct err *e)
{
	struct listing_to_store *s = ctx;
	while (s->more && path_order(s->entry.path, dir->path) < 0)
		if (!store_next(s->before, &s->entry, &s->more, e))
			return false;
	*known = s->more && strcmp(s->entry.path, dir->path) == 0;
	return true;
}

static void count(void *ctx, uint64_t bytes)
{
	struct listing_to_store *s = ctx;
	if (s->what->progress)
		progress_add(s->what->progress, bytes);
}

static void end_listing(struct listing_to_store *s)
{
	store_end(&s->writer);
	store_close(&s->before);
}

/* An earlier listing that is missing or damaged knows nothing. */
static bool open_before(const struct node *n, struct listing_to_store *s, struct err *e)
{
	struct err ignored = { 0 };
	if (!s->what->before || s->what->ignore->count == 0)
		return true;
	s->more = store_open(n, s->what->before, &s->before, &ignored);
	return !s->more || store_next(s->before, &s->entry, &s->more, e);
}

bool store_tree(
	const struct node *n, int top, const struct store_what *what, struct digest *tree, struct err *e)
{
	SCOPED(end_listing) struct listing_to_store s = { .what = what, .writer = { .trees = -1, .fd = -1 } };
	struct listtree list = { what->ignore, keep_line, known_before, count, &s };
	return (!what->keep || store_start(n, &s.writer, e)) && open_before(n, &s, e) &&
	       listtree(top, &list, tree, e) && (!what->keep || store_finish(&s.writer, tree, e));
}

bool store_sweep(const struct node *n, bool (*wanted)(const void *ctx, const struct digest *tree),
	const void *ctx, struct err *e)
{
	SCOPED_FD int trees = fs_open(n->state, "trees", O_RDONLY | O_DIRECTORY, 0);
	SCOPED(scope_dir) DIR *d = trees < 0 ? NULL : fs_dir(trees);
	if (!d)
		return trees < 0 || err_sys(e, "read the listings");
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
		struct digest tree;
		bool listing = strlen(entry->d_name) == DIGEST_HEX - 1 && digest_parse(entry->d_name, &tree);
		if (entry->d_name[0] == '.' ? strcmp(entry->d_name, ASIDE) != 0
					    : !listing || wanted(ctx, &tree))
			continue;
		if (unlinkat(trees, entry->d_name, 0) < 0 && errno != ENOENT)
			return err_sys(e, "remove the listing %s", entry->d_name);
	}
	return true;
}
