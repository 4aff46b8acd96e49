/* inode.c - see inode.h. */
#include "installer/inode.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOUNT_ROOT 0x2000u
#define BIRTH      0x800u

/* The kernel's struct statx. */
struct extended {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t ino, size, blocks, attributes_mask;
	struct {
		int64_t sec;
		uint32_t nsec;
		int32_t pad;
	} atime, btime, ctime, mtime;
	unsigned char rest[128];
};

static bool ask(int dir, const char *name, unsigned want, struct extended *x)
{
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
	*x = (struct extended){ 0 };
	return syscall(SYS_statx, dir, name, flags, want, x) == 0;
}

bool inode_is_mount(int dir, const char *name, const struct stat *st, dev_t device)
{
	struct extended x;
	return st->st_dev != device || (ask(dir, name, 0, &x) && (x.attributes & MOUNT_ROOT));
}

bool inode_birth(int dir, const char *name, struct timespec *birth)
{
	struct extended x;
	if (!ask(dir, name, BIRTH, &x) || !(x.mask & BIRTH))
		return false;
	*birth = (struct timespec){ .tv_sec = (time_t)x.btime.sec, .tv_nsec = (long)x.btime.nsec };
	return true;
}
