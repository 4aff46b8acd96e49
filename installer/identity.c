/* identity.c - see identity.h. */
#include "installer/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include "installer/host/listtree.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/base/tree.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#define HANDLE_MAX 128

/* name_to_handle_at(2); the type is the kernel's struct file_handle. */
struct handle {
	unsigned bytes;
	int type;
	unsigned char data[HANDLE_MAX];
};

static bool by_handle(int dir, const char *name, struct text *out)
{
	struct handle h = { .bytes = HANDLE_MAX };
	int mount;
	if (syscall(SYS_name_to_handle_at, dir, name, &h, &mount, 0) < 0)
		return false;
	text_printf(out, "handle:%d:", h.type);
	for (unsigned i = 0; i < h.bytes; i++)
		text_printf(out, "%02x", h.data[i]);
	return true;
}

static bool keeps_inodes(int dir)
{
	static const long kinds[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, TMPFS_MAGIC };
	struct statfs fs;
	if (fstatfs(dir, &fs) < 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if ((long)fs.f_type == kinds[i])
			return true;
	return false;
}

static bool by_inode(int dir, const char *name, const struct stat *st, struct text *out)
{
	struct statx_part {
		unsigned mask, blksize;
		unsigned long long attributes;
		unsigned nlink, uid, gid;
		unsigned short mode, pad;
		unsigned long long ino, size, blocks, attributes_mask;
		struct {
			long long sec;
			unsigned nsec;
			int pad;
		} atime, btime, ctime, mtime;
		unsigned char rest[128];
	} x = { 0 };
	if (!keeps_inodes(dir) || syscall(SYS_statx, dir, name, AT_SYMLINK_NOFOLLOW, 0x800u, &x) < 0 ||
		!(x.mask & 0x800u))
		return false;
	text_printf(out, "inode:%llu:%lld.%09u", (unsigned long long)st->st_ino, x.btime.sec, x.btime.nsec);
	return true;
}

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

/* A file or a link: what it holds. */
static bool by_content(int dir, const char *name, const struct stat *st, struct text *out, struct err *e)
{
	SCOPED(text_end) struct text target = { 0 };
	struct digest content;
	char hex[DIGEST_HEX];
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

bool identity_of(int dir, const char *name, struct text *out, struct err *e)
{
	struct stat st;
	bool absent;
	text_clear(out);
	if (!fs_stat(dir, name, &st, &absent, e))
		return absent;
	return by_handle(dir, name, out) || by_inode(dir, name, &st, out) ||
	       (S_ISDIR(st.st_mode) ? by_tree(dir, name, out, e) : by_content(dir, name, &st, out, e));
}
