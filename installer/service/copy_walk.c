/* copy_walk.c - see copy_walk.h.
 *
 * A first pass remembers what it saw only of entries that were last changed before it began, when every page
 * written through a mapping was flushed: whatever changes one of those later gives it another time. One that
 * is newer can change again without that, within a tick of the clock or through a page that is dirty already.
 */
#include "installer/service/copy_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <time.h>

#include "installer/inode.h"
#include "installer/interrupt.h"
#include "installer/service/copy_bytes.h"
#include "installer/service/copy_facts.h"
#include "installer/service/copy_names.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define DIR_FLAGS  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
#define LOOK_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)

#define TICK        0.05 /* of any kernel's clock; files whose times are whole seconds may have no finer ones */
#define COARSE_TICK 2.0

#define SQLITE_HEADER "SQLite format 3" /* with its NUL */

/* A directory and its copy, both open. */
struct folder {
	int from, to;
	uint64_t key;
	bool touched; /* the copy was made or changed: it is to get its facts */
};

/* An entry of a folder. */
struct spot {
	struct folder *in;
	const char *name, *to_name; /* they differ at the top alone */
	uint64_t key;
	bool there; /* something has the copy's name */
	bool same;  /* and that is what the entry still is */
};

bool omitted_has(const struct omitted *o, const struct stat *st)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->entries[i].dev == st->st_dev && o->entries[i].ino == st->st_ino)
			return true;
	return false;
}

void pass_end(struct pass *p)
{
	text_end(&p->path);
	links_end(&p->links);
}

/* ---- complaints ---- */

/* The path as people know it; any byte may be in it. */
static void show(const struct pass *p, struct text *out)
{
	path_escape(p->name, strlen(p->name), out);
	path_escape(p->path.at + p->top_len, p->path.len - p->top_len, out);
}

static bool failed(const struct pass *p, const char *what, struct err *e)
{
	SCOPED(text_end) struct text shown = { 0 };
	int sys = errno;
	show(p, &shown);
	errno = sys;
	return err_sys(e, "%s %s", what, text_str(&shown));
}

static bool failed_in(const struct pass *p, struct err *e)
{
	SCOPED(text_end) struct text shown = { 0 };
	show(p, &shown);
	return err_in(e, "copy %s", text_str(&shown));
}

/* Of the place, not of the copy: in the first pass what vanishes, or becomes something else, is left to the
 * second. */
static bool lost(const struct pass *p, const char *what, struct err *e)
{
	static const int kinds[] = { ENOENT, ENOTDIR, ELOOP, ENXIO, ESTALE, EINVAL };
	for (size_t i = 0; p->fill && i < COUNT_OF(kinds); i++)
		if (errno == kinds[i])
			return true;
	return failed(p, what, e);
}

/* The copy of the entry could not be made. A full file system is told with what was needed. */
static bool not_made(
	const struct pass *p, const struct spot *at, off_t size, const struct err *why, struct err *e)
{
	SCOPED(text_end) struct text shown = { 0 };
	struct statvfs fs;
	show(p, &shown);
	unlinkat(at->in->to, at->to_name, 0);
	if ((why->sys != ENOSPC && why->sys != EDQUOT) || fstatvfs(at->in->to, &fs) < 0) {
		*e = *why;
		return err_in(e, "copy %s", text_str(&shown));
	}
	errno = why->sys;
	return err_sys(e,
		"copy %s: %lld bytes and an inode are needed, %llu bytes and %llu inodes are free there",
		text_str(&shown), (long long)size, (unsigned long long)fs.f_bavail * fs.f_frsize,
		(unsigned long long)fs.f_favail);
}

static bool not_created(const struct pass *p, const struct spot *at, const struct stat *st, struct err *e)
{
	struct err why = { 0 };
	err_sys(&why, "create");
	return not_made(p, at, S_ISREG(st->st_mode) ? st->st_size : 0, &why, e);
}

/* ---- what was seen ---- */

static bool settled_before(double begun, const struct timespec *changed)
{
	double seconds = (double)changed->tv_sec + (double)changed->tv_nsec / 1e9;
	return seconds + (changed->tv_nsec ? TICK : COARSE_TICK) < begun;
}

static void remember(struct pass *p, uint64_t key, const struct stat *st)
{
	if (p->fill && settled_before(p->begun, &st->st_ctim))
		seen_add(p->fill, key, st);
}

/* 0 where nothing can be known: a tmpfs gives no new time to what is written through a mapping. */
static double begin(int from, const char *name)
{
	struct statfs fs;
	struct timespec now;
	SCOPED_FD int fd = openat(from, name, READ_FLAGS);
	clock_gettime(CLOCK_REALTIME, &now);
	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type == TMPFS_MAGIC || syncfs(fd) < 0)
		return 0;
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- one entry ---- */

/* The copy's name is free. */
static bool make_way(struct spot *at, struct err *e)
{
	if (!at->there)
		return true;
	at->in->touched = true;
	at->there = false;
	return fs_remove(at->in->to, at->to_name, e);
}

static bool drop(const struct pass *p, struct spot *at, struct err *e)
{
	return make_way(at, e) || failed_in(p, e);
}

static bool is_database(int fd)
{
	char head[sizeof SQLITE_HEADER];
	return pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
	       memcmp(head, SQLITE_HEADER, sizeof head) == 0;
}

/* NAME-wal and the like, beside a database NAME. */
static bool beside_database(int dir, const char *name)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal" };
	size_t len = strlen(name);
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		size_t end = strlen(ends[i]);
		if (len <= end || strcmp(name + len - end, ends[i]) != 0)
			continue;
		SCOPED_TEXT char *base = mem_copy(name, len - end);
		SCOPED_FD int fd = openat(dir, base, READ_FLAGS);
		return fd >= 0 && is_database(fd);
	}
	return false;
}

static bool fill_file(const struct pass *p, int from, int *to, const struct stat *st, struct err *e)
{
	if (!bytes_copy(from, *to, st->st_size, e) || !facts_give(from, *to, st, e))
		return false;
	if (p->each)
		return fs_finish(to, e);
	return close(fd_take(to)) == 0 || errno == EINTR || err_sys(e, "close");
}

/* *st becomes what was copied, which can be newer than what was looked at. */
static bool copy_file(struct pass *p, struct spot *at, struct stat *st, bool *made, struct err *e)
{
	SCOPED_FD int from = openat(at->in->from, at->name, READ_FLAGS);
	ino_t looked_at = st->st_ino;
	struct err why = { 0 };
	if (from < 0 || fstat(from, st) < 0)
		return lost(p, "open", e);
	errno = ESTALE;
	if (st->st_ino != looked_at)
		return lost(p, "open", e);
	if (p->fill && (is_database(from) || beside_database(at->in->from, at->name)))
		return true;
	if (!drop(p, at, e))
		return false;
	at->in->touched = true;
	SCOPED_FD int to =
		openat(at->in->to, at->to_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return not_created(p, at, st, e);
	if (!fill_file(p, from, &to, st, &why))
		return not_made(p, at, st->st_size, &why, e);
	p->count.files++;
	p->count.bytes += (uint64_t)st->st_size;
	*made = true;
	return true;
}

static bool copy_link(struct pass *p, struct spot *at, const struct stat *st, bool *made, struct err *e)
{
	char target[PATH_MAX + 1];
	struct err why = { 0 };
	ssize_t n = readlinkat(at->in->from, at->name, target, PATH_MAX);
	if (n < 0)
		return lost(p, "read link", e);
	target[n] = '\0';
	if (!drop(p, at, e))
		return false;
	at->in->touched = true;
	if (symlinkat(target, at->in->to, at->to_name) < 0)
		return not_created(p, at, st, e);
	*made = facts_give_link(at->in->from, at->name, at->in->to, at->to_name, st, &why);
	return *made || not_made(p, at, 0, &why, e);
}

/* One more name of what was copied to `first`. */
static bool copy_name(
	struct pass *p, struct spot *at, const char *first, const struct stat *st, struct err *e)
{
	struct stat one, other;
	if (at->there && fstatat(p->top, first, &one, LOOK_FLAGS) == 0 &&
		fstatat(at->in->to, at->to_name, &other, LOOK_FLAGS) == 0 && one.st_ino == other.st_ino)
		return true;
	if (!drop(p, at, e))
		return false;
	at->in->touched = true;
	return linkat(p->top, first, at->in->to, at->to_name, 0) == 0 || not_created(p, at, st, e);
}

static bool copy_anew(struct pass *p, struct spot *at, struct stat *st, bool *made, struct err *e)
{
	if (!p->patient && !interrupt_none(e))
		return false;
	return S_ISREG(st->st_mode) ? copy_file(p, at, st, made, e) : copy_link(p, at, st, made, e);
}

/* A file or a symbolic link; both can have several names. */
static bool copy_leaf(struct pass *p, struct spot *at, struct stat *st, struct err *e)
{
	const char *first = st->st_nlink > 1 ? links_find(&p->links, st->st_ino) : NULL;
	bool made = at->same || first;
	if (first && !copy_name(p, at, first, st, e))
		return false;
	if (!made && !copy_anew(p, at, st, &made, e))
		return false;
	if (!made)
		return true;
	if (!first && st->st_nlink > 1)
		links_add(&p->links, st->st_ino, text_str(&p->path));
	remember(p, at->key, st);
	return true;
}

/* ---- a directory ---- */

static bool copy_entry(struct pass *p, struct spot *at, struct err *e);

static bool copy_child(struct pass *p, struct folder *in, const char *name, bool there, struct err *e)
{
	size_t len = p->path.len;
	struct spot at = { in, name, name, seen_key(in->key, name), there, false };
	text_byte(&p->path, '/');
	text_puts(&p->path, name);
	bool ok = copy_entry(p, &at, e);
	p->path.len = len;
	p->path.at[len] = '\0';
	return ok;
}

/* What is in the copy alone is removed, all else copied. */
static bool copy_inside(struct pass *p, struct folder *f, bool fresh, struct err *e)
{
	SCOPED(names_end) struct names have = { 0 };
	SCOPED(names_end) struct names was = { 0 };
	if (!names_read(f->from, &have))
		return lost(p, "read directory", e);
	if (!fresh && !names_read(f->to, &was))
		return failed(p, "read the copy of directory", e);
	for (size_t i = 0, j = 0; i < have.count || j < was.count;) {
		int order = j == was.count ? -1 : i == have.count ? 1 : strcmp(have.items[i], was.items[j]);
		if (order <= 0 && !copy_child(p, f, have.items[i], order == 0, e))
			return false;
		if (order > 0 && !fs_remove(f->to, was.items[j], e))
			return failed_in(p, e);
		f->touched = f->touched || order > 0;
		i += order <= 0;
		j += order >= 0;
	}
	return true;
}

/* The directory that is there already. */
static int open_copy(const struct spot *at)
{
	int fd = openat(at->in->to, at->to_name, DIR_FLAGS);
	if (fd < 0 && errno == EACCES && fchmodat(at->in->to, at->to_name, 0700, 0) == 0)
		fd = openat(at->in->to, at->to_name, DIR_FLAGS);
	return fd;
}

/* Opened for its owner while it is filled, whatever its mode; new only if it was not there. */
static bool make_copy(struct pass *p, struct spot *at, const struct stat *st, struct folder *f, struct err *e)
{
	struct stat have;
	f->to = at->there ? open_copy(at) : -1;
	if (f->to < 0) {
		if (!drop(p, at, e))
			return false;
		at->in->touched = true;
		if (mkdirat(at->in->to, at->to_name, 0700) < 0)
			return not_created(p, at, st, e);
		f->to = openat(at->in->to, at->to_name, DIR_FLAGS);
	}
	if (f->to < 0 || fstat(f->to, &have) < 0)
		return failed(p, "open the copy of directory", e);
	bool closed = (have.st_mode & 0700) != 0700;
	f->touched = !at->same || closed;
	return !closed || fchmod(f->to, (have.st_mode & 07777) | 0700) == 0 ||
	       failed(p, "open for its owner the copy of directory", e);
}

static bool copy_dir(struct pass *p, struct spot *at, struct stat *st, struct err *e)
{
	SCOPED_FD int from = openat(at->in->from, at->name, DIR_FLAGS);
	ino_t looked_at = st->st_ino;
	struct folder f = { from, -1, at->key, false };
	if (from < 0 || fstat(from, st) < 0)
		return lost(p, "open directory", e);
	errno = ESTALE;
	if (st->st_ino != looked_at || (st->st_dev != p->device && p->path.len != p->top_len))
		return lost(p, "open directory", e);
	bool made = make_copy(p, at, st, &f, e);
	SCOPED_FD int to = f.to;
	if (!made || !copy_inside(p, &f, !at->there, e))
		return false;
	if (f.touched && !(facts_give(from, to, st, e) && (!p->each || fs_flush_dir(to, e))))
		return failed_in(p, e);
	remember(p, at->key, st);
	return true;
}

/* What is mounted later than the first pass is not the entry that was seen then. */
static bool not_mounted(struct pass *p, const struct spot *at, const struct stat *st, struct err *e)
{
	SCOPED(text_end) struct text shown = { 0 };
	if (p->path.len == p->top_len)
		p->device = st->st_dev;
	else if (st->st_dev != p->device ||
		 (!at->same && inode_is_mount(at->in->from, at->name, st, p->device))) {
		show(p, &shown);
		return err_set(
			e, ERR_REFUSED, "%s is a mount point: it cannot be put back", text_str(&shown));
	}
	return true;
}

static bool copy_entry(struct pass *p, struct spot *at, struct err *e)
{
	struct stat st;
	if (fstatat(at->in->from, at->name, &st, LOOK_FLAGS) < 0)
		return lost(p, "look at", e);
	if (S_ISDIR(st.st_mode) && omitted_has(p->omitted, &st))
		return drop(p, at, e);
	at->same = at->there && p->kept && seen_same(p->kept, at->key, &st);
	if (!not_mounted(p, at, &st, e))
		return false;
	if (S_ISDIR(st.st_mode))
		return copy_dir(p, at, &st, e);
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		return copy_leaf(p, at, &st, e);
	p->count.skipped++;
	return drop(p, at, e);
}

/* ---- the whole ---- */

/* The flush of a file system tells of every page that could not be written since `to` was opened. */
static bool flush(const struct pass *p, bool touched, struct err *e)
{
	if (!p->each)
		return fs_flush_all(p->top, e) || err_in(e, "copy %s", p->name);
	return !touched || fs_flush_dir(p->top, e) || err_in(e, "copy %s", p->name);
}

/* Numbers are told apart by where the copy lies. */
static uint64_t key_of(const struct stat *to, const char *to_name)
{
	return seen_key(to->st_ino * 0x9e3779b97f4a7c15u + to->st_dev, to_name);
}

/* Whether there is a place, and something at its copy's name. */
static bool look_at_both(const struct pass *p, struct spot *at, bool *here, struct err *e)
{
	struct stat st;
	bool absent;
	at->there = fs_stat(at->in->to, at->to_name, &st, &absent, e);
	*here = (at->there || absent) && fs_stat(at->in->from, at->name, &st, &absent, e);
	return e->kind == ERR_NONE || failed_in(p, e);
}

bool pass_run(
	struct pass *p, int from, const char *name, int to, const char *to_name, bool *there, struct err *e)
{
	struct folder above = { from, to, 0, false };
	struct stat holder;
	bool here;
	p->name = name;
	p->top = to;
	p->top_len = strlen(to_name);
	text_puts(&p->path, to_name);
	if (fstat(to, &holder) < 0)
		return failed(p, "look at the directory for the copy of", e);
	p->each = !fs_flush_reports(to);
	p->begun = p->fill ? begin(from, name) : 0;
	struct spot at = { &above, name, to_name, key_of(&holder, to_name), false, false };
	if (!look_at_both(p, &at, &here, e))
		return false;
	if (there)
		*there = here;
	bool wanted = here || !there;
	return (wanted ? copy_entry(p, &at, e) : drop(p, &at, e)) && flush(p, above.touched, e);
}
