/* fs.c - see fs.h for the promises. Order of every change: write aside, flush the
 * data, rename over, flush the directory. Callers hold the lock of what they change,
 * so one fixed temporary name per target is enough and a crash leaves at most that one.
 */
#include "manifest/base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "manifest/base/scope.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#define RENAME_EXCHANGE  (1 << 1)
#endif

#define ASIDE      ".new-"
#define FUSE_MAGIC 0x65735546ul
#define DIR_FLAGS  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static bool plain_name(char to[static FS_LEAF], const char *from, size_t len)
{
	if (len == 0 || len >= FS_LEAF || (from[0] == '.' && (len == 1 || (len == 2 && from[1] == '.'))))
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

/* The way for kernels before 5.6: one name at a time, no link followed. */
static int open_by_steps(int dir, const char *path, int flags, mode_t mode)
{
	SCOPED_FD int at = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	char step[FS_LEAF];
	const char *name = path;
	for (const char *slash; at >= 0 && (slash = strchr(name, '/')) != NULL; name = slash + 1) {
		if (!plain_name(step, name, (size_t)(slash - name))) {
			errno = EINVAL;
			return -1;
		}
		int next = openat(at, step, DIR_FLAGS);
		close(at);
		at = next;
	}
	if (at < 0)
		return -1;
	if (strcmp(name, ".") != 0 && !plain_name(step, name, strlen(name))) {
		errno = EINVAL;
		return -1;
	}
	return openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

int fs_open(int dir, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
		.mode = (flags & O_CREAT) ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = open_by_steps(dir, path, flags, mode);
	return fd;
}

bool fs_parent(int dir, const char *path, int *parent, char leaf[static FS_LEAF], struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	if (!plain_name(leaf, name, strlen(name)))
		return err_set(e, ERR_FORMAT, "%s: not a plain relative path", path);
	SCOPED_TEXT char *way = slash ? mem_copy(path, (size_t)(slash - path)) : mem_copy(".", 1);
	*parent = fs_open(dir, way, DIR_FLAGS, 0);
	return *parent >= 0 || err_sys(e, "open directory %s", way);
}

static bool read_rest(int fd, size_t limit, struct text *out, struct err *e)
{
	char piece[16384];
	text_clear(out);
	for (;;) {
		ssize_t n = read(fd, piece, sizeof piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read");
		if (n == 0)
			return true;
		if (out->len + (size_t)n > limit)
			return err_set(e, ERR_FORMAT, "larger than the limit of %zu bytes", limit);
		text_add(out, piece, (size_t)n);
	}
}

bool fs_read_open(int fd, const char *name, size_t limit, struct text *out, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "look at %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FORMAT, "%s: not a regular file", name);
	return read_rest(fd, limit, out, e) || err_in(e, "%s", name);
}

bool fs_read(int dir, const char *name, size_t limit, struct text *out, struct err *e)
{
	SCOPED_FD int fd = fs_open(dir, name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, "open %s", name);
	return fs_read_open(fd, name, limit, out, e);
}

bool fs_read_path(const char *path, size_t limit, struct text *out, struct err *e)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", path);
	return read_rest(fd, limit, out, e) || err_in(e, "%s", path);
}

bool fs_read_at(int fd, void *to, size_t len, uint64_t offset, struct err *e)
{
	char *at = to;
	while (len) {
		ssize_t n = pread(fd, at, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read at byte %llu", (unsigned long long)offset);
		if (n == 0)
			return err_set(e, ERR_FORMAT, "ends at byte %llu, %zu bytes too early",
				(unsigned long long)offset, len);
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return true;
}

bool fs_write_all(int fd, const void *data, size_t len, struct err *e)
{
	const char *at = data;
	while (len) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "write");
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool fs_write_at(int fd, const void *data, size_t len, uint64_t offset, struct err *e)
{
	const char *at = data;
	while (len) {
		ssize_t n = pwrite(fd, at, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "write at byte %llu", (unsigned long long)offset);
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return true;
}

static bool flush(int fd)
{
	int rc;
	do
		rc = fsync(fd);
	while (rc < 0 && errno == EINTR);
	return rc == 0;
}

bool fs_flush(int fd, struct err *e)
{
	return flush(fd) || err_sys(e, "flush");
}

bool fs_finish(int *fd, struct err *e)
{
	if (!fs_flush(*fd, e))
		return false;
	if (close(fd_take(fd)) < 0 && errno != EINTR)
		return err_sys(e, "close");
	return true;
}

bool fs_flush_dir(int fd, struct err *e)
{
	return flush(fd) || err_sys(e, "flush directory");
}

bool fs_flush_all(int fd, struct err *e)
{
	return syncfs(fd) == 0 || err_sys(e, "flush the file system");
}

bool fs_flush_reports(int fd)
{
	struct utsname u;
	struct statfs fs;
	char *end;
	if (uname(&u) < 0 || fstatfs(fd, &fs) < 0)
		return false;
	long major = strtol(u.release, &end, 10), minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
	return (major > 5 || (major == 5 && minor >= 8)) && (unsigned long)fs.f_type != FUSE_MAGIC;
}

bool fs_replace(int dir, const char *name, const void *data, size_t len, mode_t mode, struct err *e)
{
	char aside[FS_LEAF + sizeof ASIDE];
	snprintf(aside, sizeof aside, ASIDE "%s", name);
	unlinkat(dir, aside, 0);
	SCOPED_FD int fd = openat(dir, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return err_sys(e, "create %s", aside);
	bool written = fs_write_all(fd, data, len, e) && fs_finish(&fd, e);
	if (written && renameat(dir, aside, dir, name) < 0)
		written = err_sys(e, "rename to %s", name);
	if (written && fs_flush_dir(dir, e))
		return true;
	unlinkat(dir, aside, 0);
	return err_in(e, "replace %s", name);
}

DIR *fs_dir(int dir)
{
	SCOPED_FD int own = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	DIR *d = own < 0 ? NULL : fdopendir(own);
	if (d)
		fd_take(&own);
	return d;
}

bool fs_replaced(int dir, struct err *e)
{
	int own = openat(dir, ".", DIR_FLAGS);
	SCOPED(scope_dir) DIR *d = own < 0 ? NULL : fdopendir(own);
	if (!d)
		return err_sys(e, "read a directory");
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;)
		if (strncmp(entry->d_name, ASIDE, sizeof ASIDE - 1) == 0 &&
			unlinkat(dir, entry->d_name, 0) < 0 && errno != ENOENT)
			return err_sys(e, "remove %s", entry->d_name);
	return true;
}

bool fs_create_path(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	SCOPED_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_REFUSED, "%s is there already and is left as it is", path);
	if (fd < 0)
		return err_sys(e, "create %s", path);
	if (fs_write_all(fd, data, len, e) && fs_finish(&fd, e))
		return true;
	unlink(path);
	return err_in(e, "%s", path);
}

static bool make_dir(int *at, const char *name, bool *made, struct err *e)
{
	int next = openat(*at, name, DIR_FLAGS);
	*made = next < 0 && errno == ENOENT && mkdirat(*at, name, 0755) == 0;
	if (next < 0 && !*made && errno != EEXIST)
		return err_sys(e, "make directory %s", name);
	if (*made && !fs_flush_dir(*at, e))
		return false;
	if (next < 0)
		next = openat(*at, name, DIR_FLAGS);
	if (next < 0)
		return err_sys(e, "open directory %s", name);
	close(*at);
	*at = next;
	return true;
}

bool fs_make_dirs(int dir, const char *path, int *fd, size_t *made, struct err *e)
{
	SCOPED_FD int at = openat(dir, ".", DIR_FLAGS);
	if (at < 0)
		return err_sys(e, "open directory");
	if (made)
		*made = strlen(path);
	for (const char *name = path; *name;) {
		size_t len = strcspn(name, "/");
		char step[FS_LEAF];
		bool fresh = false;
		if (!plain_name(step, name, len))
			return err_set(e, ERR_FORMAT, "%s: not a plain relative path", path);
		if (!make_dir(&at, step, &fresh, e))
			return err_in(e, "%s", path);
		if (fresh && made && *made > (size_t)(name - path))
			*made = (size_t)(name - path);
		name += len + (name[len] == '/');
	}
	*fd = fd_take(&at);
	return true;
}

static bool remove_inside(DIR *d, dev_t device, struct err *e);

/* Opened whatever its mode: a directory without r, w and x cannot be emptied. */
static DIR *open_to_empty(int dir, const char *name, dev_t device, struct err *e)
{
	SCOPED_FD int fd = openat(dir, name, DIR_FLAGS);
	struct stat st;
	if (fd < 0 && errno == EACCES && fchmodat(dir, name, 0700, 0) == 0)
		fd = openat(dir, name, DIR_FLAGS);
	if (fd < 0 || fstat(fd, &st) < 0) {
		err_sys(e, "open directory %s to remove it", name);
		return NULL;
	}
	if (st.st_dev != device) {
		err_set(e, ERR_SYSTEM, "%s: another file system is mounted there", name);
		return NULL;
	}
	if ((st.st_mode & 0700) != 0700)
		(void)fchmod(fd, 0700);
	DIR *d = fdopendir(fd);
	if (!d)
		err_sys(e, "read directory %s", name);
	else
		fd_take(&fd);
	return d;
}

static bool remove_dir(int dir, const char *name, dev_t device, struct err *e)
{
	SCOPED(scope_dir) DIR *d = open_to_empty(dir, name, device, e);
	if (!d || !remove_inside(d, device, e))
		return err_in(e, "%s", name);
	return unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT || err_sys(e, "remove %s", name);
}

static bool remove_inside(DIR *d, dev_t device, struct err *e)
{
	int fd = dirfd(d);
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (entry->d_type != DT_DIR && unlinkat(fd, name, 0) == 0)
			continue;
		if (entry->d_type != DT_DIR && errno != EISDIR && errno != EPERM)
			return err_sys(e, "remove %s", name);
		if (!remove_dir(fd, name, device, e))
			return false;
	}
	return true;
}

bool fs_remove(int dir, const char *name, struct err *e)
{
	struct stat st, here;
	bool absent;
	if (!fs_stat(dir, name, &st, &absent, e))
		return absent;
	if (fstat(dir, &here) < 0)
		return err_sys(e, "look at the directory of %s", name);
	if (S_ISDIR(st.st_mode))
		return remove_dir(dir, name, here.st_dev, e);
	return unlinkat(dir, name, 0) == 0 || errno == ENOENT || err_sys(e, "remove %s", name);
}

bool fs_exchange(int dir_a, const char *a, int dir_b, const char *b)
{
	return syscall(SYS_renameat2, dir_a, a, dir_b, b, RENAME_EXCHANGE) == 0;
}

bool fs_rename_new(int dir_a, const char *a, int dir_b, const char *b)
{
	if (syscall(SYS_renameat2, dir_a, a, dir_b, b, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	struct stat st;
	if (fstatat(dir_b, b, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return false;
	}
	return renameat(dir_a, a, dir_b, b) == 0;
}

bool fs_stat(int dir, const char *name, struct stat *st, bool *absent, struct err *e)
{
	*absent = false;
	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	*absent = errno == ENOENT;
	return *absent ? false : err_sys(e, "look at %s", name);
}
