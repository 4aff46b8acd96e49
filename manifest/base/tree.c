/* tree.c - see tree.h. The path grows and shrinks in one buffer; each level holds one descriptor. */
#include "manifest/base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manifest/base/scope.h"

struct walk {
	tree_visit visit;
	void *ctx;
	dev_t device;
	struct text path;
};

static void end_walk(struct walk *w)
{
	text_end(&w->path);
}

struct names {
	char **items;
	size_t count, room;
};

static void end_names(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->items[i]);
	free(n->items);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool read_names(int fd, struct names *out, struct err *e)
{
	SCOPED(scope_dir) DIR *d = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 3));
	if (!d)
		return err_sys(e, "read directory");
	errno = 0;
	for (const struct dirent *entry; (entry = readdir(d)) != NULL; errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (out->count == out->room) {
			out->room = out->room ? out->room * 2 : 32;
			out->items = mem_grow(out->items, out->room, sizeof *out->items);
		}
		out->items[out->count++] = mem_copy(entry->d_name, strlen(entry->d_name));
	}
	if (errno)
		return err_sys(e, "read directory");
	if (out->count)
		qsort(out->items, out->count, sizeof *out->items, by_bytes);
	return true;
}

static bool walk_dir(struct walk *w, int fd, struct err *e);

static bool walk_entry(struct walk *w, int dir, const char *name, struct err *e)
{
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "look at %s", text_str(&w->path));
	bool folder = S_ISDIR(st.st_mode), mount = folder && st.st_dev != w->device, skip = false;
	struct tree_entry entry = { text_str(&w->path), dir, name, &st, mount };
	if (!w->visit(w->ctx, &entry, &skip, e))
		return false;
	if (!folder || mount || skip)
		return true;
	SCOPED_FD int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open directory %s", text_str(&w->path));
	return walk_dir(w, fd, e);
}

static bool walk_dir(struct walk *w, int fd, struct err *e)
{
	SCOPED(end_names) struct names names = { 0 };
	if (!read_names(fd, &names, e))
		return err_in(e, "%s", w->path.len ? text_str(&w->path) : ".");
	size_t before = w->path.len;
	for (size_t i = 0; i < names.count; i++) {
		if (before)
			text_byte(&w->path, '/');
		text_puts(&w->path, names.items[i]);
		if (!walk_entry(w, fd, names.items[i], e))
			return false;
		w->path.len = before;
		w->path.at[before] = '\0';
	}
	return true;
}

bool tree_walk(int top, tree_visit visit, void *ctx, struct err *e)
{
	struct stat st;
	if (fstat(top, &st) < 0)
		return err_sys(e, "look at the top directory");
	SCOPED(end_walk) struct walk w = { visit, ctx, st.st_dev, { 0 } };
	bool skip = false;
	struct tree_entry entry = { ".", top, ".", &st, false };
	if (!visit(ctx, &entry, &skip, e))
		return false;
	return skip || walk_dir(&w, top, e);
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
