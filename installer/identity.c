/* identity.c - see identity.h. */
#include "installer/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "installer/host/listtree.h"
#include "installer/inode.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/base/tree.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#define FUSE_MAGIC  0x65735546
#define HANDLE_MAX  128
#define MARK_LENGTH 32

/* name_to_handle_at(2); the type is the kernel's struct file_handle. */
struct handle {
	unsigned bytes;
	int type;
	unsigned char data[HANDLE_MAX];
};

static const long keep_inodes[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, TMPFS_MAGIC };
static const long invent_handles[] = { FUSE_MAGIC, MSDOS_SUPER_MAGIC }; /* anew at each mount */

static bool kind_is(int dir, const long *kinds, size_t count)
{
	struct statfs fs;
	if (fstatfs(dir, &fs) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if ((long)fs.f_type == kinds[i])
			return true;
	return false;
}

static bool by_handle(int dir, const char *name, struct text *out)
{
	struct handle h = { .bytes = HANDLE_MAX };
	int mount;
	if (kind_is(dir, invent_handles, COUNT_OF(invent_handles)) ||
		syscall(SYS_name_to_handle_at, dir, name, &h, &mount, 0) < 0)
		return false;
	text_printf(out, "handle:%d:", h.type);
	for (unsigned i = 0; i < h.bytes; i++)
		text_printf(out, "%02x", h.data[i]);
	return true;
}

static bool by_inode(int dir, const char *name, const struct stat *st, struct text *out)
{
	struct timespec birth;
	if (!kind_is(dir, keep_inodes, COUNT_OF(keep_inodes)) || !inode_birth(dir, name, &birth))
		return false;
	text_printf(out, "inode:%llu:%lld.%09lu", (unsigned long long)st->st_ino, (long long)birth.tv_sec,
		(unsigned long)birth.tv_nsec);
	return true;
}

/* ---- a mark ---- */

/* What can have one; opening anything else could wait, or do something. */
static int open_marked(int dir, const char *name, const struct stat *st)
{
	return S_ISDIR(st->st_mode) || S_ISREG(st->st_mode)
		       ? openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
		       : -1;
}

static bool by_mark(int dir, const char *name, const struct stat *st, struct text *out)
{
	char mark[MARK_LENGTH];
	SCOPED_FD int fd = open_marked(dir, name, st);
	if (fd < 0 || fgetxattr(fd, IDENTITY_MARK, mark, sizeof mark) != (ssize_t)sizeof mark)
		return false;
	text_printf(out, "mark:%.*s", (int)sizeof mark, mark);
	return true;
}

/* Nothing is lost where it cannot be given: then the content tells. */
static void give_mark(int dir, const char *name, const struct stat *st)
{
	unsigned char random[MARK_LENGTH / 2];
	char mark[MARK_LENGTH + 1];
	SCOPED_FD int fd = open_marked(dir, name, st);
	if (fd < 0 || getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return;
	for (size_t i = 0; i < sizeof random; i++)
		snprintf(mark + 2 * i, 3, "%02x", random[i]);
	if (fsetxattr(fd, IDENTITY_MARK, mark, MARK_LENGTH, 0) == 0 && fsync(fd) < 0)
		(void)!fremovexattr(fd, IDENTITY_MARK);
}

/* ---- what it holds ---- */

static bool by_tree(int dir, const char *name, struct text *out, struct err *e)
{
	struct digest tree;
	char hex[DIGEST_HEX];
	SCOPED_FD int top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top < 0)
		return err_sys(e, "open %s", name);
	if (!listtree(top, &(struct listtree){ 0 }, &tree, e))
		return false;
	digest_hex(&tree, hex);
	text_printf(out, "tree:%s", hex);
	return true;
}

static bool digest_bytes(int fd, struct digest *out)
{
	struct digest_state state;
	char piece[65536];
	ssize_t n;
	digest_init(&state);
	while ((n = read(fd, piece, sizeof piece)) > 0)
		digest_add(&state, piece, (size_t)n);
	*out = digest_end(&state);
	return n == 0;
}

/* A file or a link: what it holds. Of a socket, a fifo or a device its numbers tell, as long as it runs. */
static bool by_content(int dir, const char *name, const struct stat *st, struct text *out, struct err *e)
{
	SCOPED(text_end) struct text target = { 0 };
	struct digest content;
	char hex[DIGEST_HEX];
	if (!S_ISLNK(st->st_mode) && !S_ISREG(st->st_mode)) {
		text_printf(out, "special:%o:%llu:%llu", st->st_mode & S_IFMT, (unsigned long long)st->st_dev,
			(unsigned long long)st->st_ino);
		return true;
	}
	if (S_ISLNK(st->st_mode)) {
		if (!tree_link(dir, name, &target, e))
			return false;
		content = digest_of(text_str(&target), target.len);
	} else {
		SCOPED_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 || !digest_bytes(fd, &content))
			return err_sys(e, "read %s", name);
	}
	digest_hex(&content, hex);
	text_printf(out, "content:%s", hex);
	return true;
}

/* One that what is written into it does not change. */
static bool by_itself(int dir, const char *name, const struct stat *st, struct text *out)
{
	return by_handle(dir, name, out) || by_inode(dir, name, st, out);
}

bool identity_of(int dir, const char *name, struct text *out, struct err *e)
{
	struct stat st;
	bool absent;
	text_clear(out);
	if (!fs_stat(dir, name, &st, &absent, e))
		return absent;
	return by_itself(dir, name, &st, out) || by_mark(dir, name, &st, out) ||
	       (S_ISDIR(st.st_mode) ? by_tree(dir, name, out, e) : by_content(dir, name, &st, out, e));
}

bool identity_give(int dir, const char *name, struct text *out, struct err *e)
{
	struct stat st;
	bool absent;
	text_clear(out);
	if (!fs_stat(dir, name, &st, &absent, e))
		return absent;
	if (!by_itself(dir, name, &st, out))
		give_mark(dir, name, &st);
	return identity_of(dir, name, out, e);
}
