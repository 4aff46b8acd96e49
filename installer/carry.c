/* carry.c - see carry.h. */
#include "installer/carry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/base/tree.h"
#include "manifest/profile.h"

#define PIECE     ((size_t)64 * 1024)
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY)

struct carrying {
	const struct json_list *local;
	int from, to;
	struct text inside; /* the local directory that the walk is in; empty outside of any */
	struct text doomed; /* paths to remove, each followed by LF */
};

static void end_carrying(struct carrying *c)
{
	text_end(&c->inside);
	text_end(&c->doomed);
}

static bool is_local(struct carrying *c, const struct tree_entry *entry)
{
	size_t len = c->inside.len;
	if (len && strncmp(entry->path, c->inside.at, len) == 0 && entry->path[len] == '/')
		return true;
	if (!globs_match(c->local, entry->path))
		return false;
	text_clear(&c->inside);
	text_puts(&c->inside, entry->path);
	return true;
}

static bool copy_bytes(int from, int to, struct err *e)
{
	SCOPED_TEXT char *piece = mem_new(PIECE, 1);
	for (;;) {
		ssize_t n = read(from, piece, PIECE);
		if (n < 0)
			return err_sys(e, "read");
		if (n == 0)
			return true;
		if (!fs_write_all(to, piece, (size_t)n, e))
			return false;
	}
}

/* Owner, mode and times of the original; only root can give a file away, and only then is it needed. */
static bool dress(int fd, const struct stat *st, struct err *e)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	if ((st->st_uid != geteuid() || st->st_gid != getegid()) && fchown(fd, st->st_uid, st->st_gid) < 0)
		return err_sys(e, "give it to user %u", st->st_uid);
	if (fchmod(fd, st->st_mode & 07777) < 0 || futimens(fd, times) < 0)
		return err_sys(e, "set its mode and times");
	return true;
}

static bool copy_file(struct carrying *c, const struct tree_entry *entry, struct err *e)
{
	SCOPED_FD int from = fs_open(c->from, entry->path, O_RDONLY | O_NONBLOCK, 0);
	if (from < 0)
		return err_sys(e, "open %s", entry->path);
	SCOPED_FD int to = fs_open(c->to, entry->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (to < 0 && errno == EEXIST)
		return err_set(e, ERR_REFUSED,
			"%s is a local file here, and the new tree brings one of that name", entry->path);
	if (to < 0)
		return err_sys(e, "create %s", entry->path);
	return (copy_bytes(from, to, e) && dress(to, entry->st, e) && fs_finish(&to, e)) ||
	       err_in(e, "carry %s", entry->path);
}

static bool copy_dir(struct carrying *c, const char *path, const struct stat *st, struct err *e)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	if (!fs_parent(c->to, path, &parent, leaf, e))
		return false;
	if (mkdirat(parent, leaf, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "make directory %s", path);
	SCOPED_FD int fd = openat(parent, leaf, DIR_FLAGS | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open directory %s", path);
	return dress(fd, st, e);
}

static bool copy_link(struct carrying *c, const struct tree_entry *entry, struct err *e)
{
	SCOPED_FD int parent = -1;
	SCOPED(text_end) struct text target = { 0 };
	char leaf[FS_LEAF];
	if (!tree_link(entry->dir, entry->name, &target, e) ||
		!fs_parent(c->to, entry->path, &parent, leaf, e))
		return false;
	return symlinkat(text_str(&target), parent, leaf) == 0 || err_sys(e, "link %s", entry->path);
}

/* Directories above a local file that the new tree does not have get the mode of the live ones. */
static bool make_way(struct carrying *c, const char *path, struct err *e)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		SCOPED_TEXT char *dir = mem_copy(path, (size_t)(slash - path));
		SCOPED_FD int there = fs_open(c->to, dir, O_RDONLY | O_DIRECTORY, 0);
		SCOPED_FD int live = there >= 0 ? -1 : fs_open(c->from, dir, O_RDONLY | O_DIRECTORY, 0);
		struct stat st;
		if (there >= 0)
			continue;
		if (live < 0 || fstat(live, &st) < 0)
			return err_sys(e, "look at %s", dir);
		if (!copy_dir(c, dir, &st, e))
			return false;
	}
	return true;
}

/* Sockets, fifos and devices are not carried: whoever made them makes them again. */
static bool copy(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct carrying *c = ctx;
	(void)skip;
	if (strcmp(entry->path, ".") == 0 || !is_local(c, entry))
		return true;
	if (!make_way(c, entry->path, e))
		return false;
	if (S_ISDIR(entry->st->st_mode))
		return copy_dir(c, entry->path, entry->st, e);
	if (S_ISLNK(entry->st->st_mode))
		return copy_link(c, entry, e);
	return !S_ISREG(entry->st->st_mode) || copy_file(c, entry, e);
}

static bool doom(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct carrying *c = ctx;
	(void)e;
	if (strcmp(entry->path, ".") == 0 || strchr(entry->path, '\n') || !globs_match(c->local, entry->path))
		return true;
	text_printf(&c->doomed, "%s\n", entry->path);
	*skip = true;
	return true;
}

/* A tree that comes back from a restore point has local files of its own time: the live ones take their
 * place. */
static bool clear_old(struct carrying *c, struct err *e)
{
	if (!tree_walk(c->to, doom, c, e))
		return false;
	for (char *line = c->doomed.at, *end; line && (end = strchr(line, '\n')) != NULL; line = end + 1) {
		SCOPED_FD int parent = -1;
		char leaf[FS_LEAF];
		*end = '\0';
		if (!fs_parent(c->to, line, &parent, leaf, e) || !fs_remove(parent, leaf, e))
			return false;
	}
	return true;
}

bool carry_local(const struct node *n, const struct act_component *component, struct err *e)
{
	SCOPED(end_carrying) struct carrying c = { .local = &component->local };
	if (component->local.count == 0)
		return true;
	SCOPED_FD int from = fs_open(n->root, component->target, DIR_FLAGS, 0);
	SCOPED_FD int to = fs_open(n->root, component->slot, DIR_FLAGS, 0);
	if (from < 0 || to < 0)
		return err_sys(e, "open the trees to carry local files");
	c.from = from;
	c.to = to;
	return clear_old(&c, e) && tree_walk(from, copy, &c, e) && fs_flush_all(to, e);
}
