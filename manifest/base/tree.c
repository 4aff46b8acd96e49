/* tree.c - see tree.h. The path grows and shrinks in one buffer; each level holds one descriptor. */
#include "manifest/base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

/* A directory that is being walked: its names, sorted, and how far they are given. */
struct level {
	int fd;
	struct text bytes;
	char **names;
	size_t count, next;
	size_t path; /* length of its path */
};

struct tree {
	int top;
	bool begun;
	bool descend; /* the entry given last is a directory to be entered next */
	dev_t device;
	struct stat st; /* of the entry given last */
	struct text path;
	struct level *levels;
	size_t depth, room;
};

struct tree *tree_open(int top, struct err *e)
{
	struct stat st;
	if (fstat(top, &st) < 0) {
		err_sys(e, "look at the top directory");
		return NULL;
	}
	struct tree *t = mem_new(1, sizeof *t);
	t->top = top;
	t->device = st.st_dev;
	t->st = st;
	return t;
}

static void leave(struct tree *t)
{
	struct level *l = &t->levels[--t->depth];
	scope_close(&l->fd);
	text_end(&l->bytes);
	free(l->names);
}

void tree_close(struct tree **t)
{
	if (!*t)
		return;
	while ((*t)->depth)
		leave(*t);
	free((*t)->levels);
	text_end(&(*t)->path);
	free(*t);
	*t = NULL;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names lie end to end in `bytes`; pointers to them are made when it grows no more. */
static void sort_names(struct level *l)
{
	char *at = l->bytes.at;
	l->names = mem_new(l->count, sizeof *l->names);
	for (size_t i = 0; i < l->count; i++, at += strlen(at) + 1)
		l->names[i] = at;
	if (l->count)
		qsort(l->names, l->count, sizeof *l->names, by_bytes);
}

static bool read_names(struct level *l, struct err *e)
{
	SCOPED(scope_dir) DIR *d = fs_dir(l->fd);
	if (!d)
		return err_sys(e, "read directory");
	errno = 0;
	for (const struct dirent *entry; (entry = readdir(d)) != NULL; errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		text_add(&l->bytes, entry->d_name, strlen(entry->d_name) + 1);
		l->count++;
	}
	if (errno)
		return err_sys(e, "read directory");
	sort_names(l);
	return true;
}

static bool enter(struct tree *t, struct err *e)
{
	if (t->depth == t->room) {
		t->room = t->room ? t->room * 2 : 16;
		t->levels = mem_grow(t->levels, t->room, sizeof *t->levels);
	}
	const struct level *above = t->depth ? &t->levels[t->depth - 1] : NULL;
	struct level *l = &t->levels[t->depth++];
	*l = (struct level){ .path = t->path.len };
	l->fd = openat(above ? above->fd : t->top, above ? above->names[above->next - 1] : ".",
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (l->fd < 0)
		return err_sys(e, "open directory %s", text_str(&t->path));
	return read_names(l, e) || err_in(e, "%s", t->path.len ? text_str(&t->path) : ".");
}

static bool give(struct tree *t, struct tree_entry *entry, struct err *e)
{
	struct level *l = &t->levels[t->depth - 1];
	const char *name = l->names[l->next++];
	t->path.len = l->path;
	if (l->path)
		text_byte(&t->path, '/');
	text_puts(&t->path, name);
	if (fstatat(l->fd, name, &t->st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "look at %s", text_str(&t->path));
	bool folder = S_ISDIR(t->st.st_mode), mount = folder && t->st.st_dev != t->device;
	t->descend = folder && !mount;
	*entry = (struct tree_entry){ text_str(&t->path), l->fd, name, &t->st, mount };
	return true;
}

bool tree_next(struct tree *t, struct tree_entry *entry, bool *more, struct err *e)
{
	*more = true;
	if (!t->begun) {
		t->begun = t->descend = true;
		*entry = (struct tree_entry){ ".", t->top, ".", &t->st, false };
		return true;
	}
	if (t->descend && !enter(t, e))
		return false;
	t->descend = false;
	while (t->depth && t->levels[t->depth - 1].next == t->levels[t->depth - 1].count)
		leave(t);
	*more = t->depth > 0;
	return !*more || give(t, entry, e);
}

void tree_skip(struct tree *t)
{
	t->descend = false;
}

bool tree_walk(int top, tree_visit visit, void *ctx, struct err *e)
{
	SCOPED(tree_close) struct tree *t = tree_open(top, e);
	struct tree_entry entry;
	for (bool more = true; t && tree_next(t, &entry, &more, e);) {
		bool skip = false;
		if (!more)
			return true;
		if (!visit(ctx, &entry, &skip, e))
			return false;
		if (skip)
			tree_skip(t);
	}
	return false;
}

bool tree_link(int dir, const char *name, struct text *target, struct err *e)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(dir, name, to, sizeof to);
	if (n < 0)
		return err_sys(e, "read link %s", name);
	if ((size_t)n == sizeof to)
		return err_set(e, ERR_FORMAT, "link %s: its target is too long", name);
	text_clear(target);
	text_add(target, to, (size_t)n);
	return true;
}
