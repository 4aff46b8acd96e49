/* snapshots - a place, its copy and the two passes between them; the tests of it run as root and as nobody,
 * and on kernels that lack a call.
 */
#ifndef TESTS_UNIT_INSTALLER_SNAPSHOTS_H
#define TESTS_UNIT_INSTALLER_SNAPSHOTS_H

#include <grp.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include "tests/unit/installer/trees.h"
#include "tests/unit/without.h"

static const struct timespec long_ago[2] = { { 1000, 1 }, { 500000000, 123456789 } };

HELPER void given_mode(int dir, const char *path, mode_t mode)
{
	assert_int_equal(fchmodat(dir, path, mode, 0), 0);
}

HELPER void given_time(int dir, const char *path)
{
	assert_int_equal(utimensat(dir, path, long_ago, AT_SYMLINK_NOFOLLOW), 0);
}

HELPER void given_hole(int dir, const char *path)
{
	given_file(dir, path, "at the beginning");
	SCOPED_FD int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "in the middle", 13, 1 << 20), 13);
	assert_int_equal(ftruncate(fd, 3 << 20), 0);
}

/* False where the file system has no such attributes. */
HELPER bool given_attribute(int dir, const char *path, const char *name, const void *value, size_t len)
{
	char whole[PATH_MAX];
	return lsetxattr(path_of(dir, path, whole), name, value, len, 0) == 0;
}

/* user::rwx, user 1234 rw-, group::r--, mask::rw-, other::--- */
static const unsigned char acl[] = { 2, 0, 0, 0, 1, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, 2, 0, 6, 0, 0xd2, 4, 0,
	0, 4, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, 0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 0, 0, 0xff,
	0xff, 0xff, 0xff };

HELPER bool given_acl(int dir, const char *path, const char *kind)
{
	return given_attribute(dir, path, kind, acl, sizeof acl);
}

HELPER bool tmpfs_here(int dir)
{
	struct statfs fs;
	return fstatfs(dir, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/* Both passes over `place`, whose copy is `copy`. */
struct story {
	int from, to;
	struct snapshot *s;
	struct snapshot_count count;
};

HELPER struct story begun(void)
{
	return (struct story){ scratch(), scratch(), snapshot_new(), { 0 } };
}

HELPER void over(struct story *y)
{
	close(y->from);
	close(y->to);
	snapshot_end(&y->s);
}

HELPER void first(struct story *y)
{
	struct err e = { 0 };
	MUST(snapshot_first(y->s, y->from, "place", y->to, "copy", &e), &e);
}

HELPER void settled(struct story *y)
{
	struct err e = { 0 };
	bool there = false;
	MUST(snapshot_settle(y->s, y->from, "place", y->to, "copy", &y->count, &there, &e), &e);
	assert_true(there);
	assert_copied(y->from, "place", y->to, "copy");
}

/* The same by somebody who is not root, in a directory of his own. */
HELPER int run_as_nobody(int (*group)(void))
{
	if (geteuid() != 0)
		return 0;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		scratch_owner = 0;
		if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)
			_exit(0);
		int failed = group();
		fflush(NULL);
		scratch_remove();
		_exit(failed > 100 ? 100 : failed);
	}
	int status = 0;
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status)
										     : 1;
}

/* Where the kernel cannot be named, it is taken for one that does not report what it could not write. */
HELPER int run_everywhere(int (*group)(void))
{
	umask(022);
	return group() + run_as_nobody(group) + run_without(SYS_copy_file_range, 0, ENOSYS, group) +
	       run_without(SYS_uname, 0, EPERM, group);
}

#endif
