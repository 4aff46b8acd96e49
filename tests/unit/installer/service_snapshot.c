/* service_snapshot - a copy of a place equals it in all facts after the second pass, whatever happened since
 * the first. Everything runs as root and as nobody, and on kernels that lack a call.
 */
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/un.h>

#include <linux/magic.h>

#include "installer/identity.h"
#include "installer/interrupt.h"
#include "manifest/base/fs.h"
#include "tests/unit/installer/trees.h"
#include "tests/unit/without.h"

#define ODD "odd\n\xff\x01name"

static const struct timespec long_ago[2] = { { 1000, 1 }, { 500000000, 123456789 } };

static void given_mode(int dir, const char *path, mode_t mode)
{
	assert_int_equal(fchmodat(dir, path, mode, 0), 0);
}

static void given_time(int dir, const char *path)
{
	assert_int_equal(utimensat(dir, path, long_ago, AT_SYMLINK_NOFOLLOW), 0);
}

static void given_hole(int dir, const char *path)
{
	given_file(dir, path, "at the beginning");
	SCOPED_FD int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "in the middle", 13, 1 << 20), 13);
	assert_int_equal(ftruncate(fd, 3 << 20), 0);
}

/* False where the file system has no such attributes. */
static bool given_attribute(int dir, const char *path, const char *name, const void *value, size_t len)
{
	char whole[PATH_MAX];
	return lsetxattr(path_of(dir, path, whole), name, value, len, 0) == 0;
}

/* user::rwx, user 1234 rw-, group::r--, mask::rw-, other::--- */
static const unsigned char acl[] = { 2, 0, 0, 0, 1, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, 2, 0, 6, 0, 0xd2, 4, 0,
	0, 4, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, 0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 0, 0, 0xff,
	0xff, 0xff, 0xff };

static bool given_acl(int dir, const char *path, const char *kind)
{
	return given_attribute(dir, path, kind, acl, sizeof acl);
}

static void given_everything(int dir, const char *top)
{
	char path[PATH_MAX];
	given_dir(dir, top);
	SCOPED_FD int at = openat(dir, top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	given_file(at, "a/b/file", "some text");
	given_file(at, "a/empty", "");
	given_file(at, ODD "/" ODD, "odd");
	given_hole(at, "a/holes");
	given_file(at, "a/nothing but a hole", "");
	assert_int_equal(truncate(path_of(at, "a/nothing but a hole", path), 123456), 0);
	given_file(at, "setuid", "x");
	given_link(at, "a/dangling", "no\xffwhere");
	given_link(at, "z-up", "../..");
	assert_int_equal(linkat(at, "a/b/file", at, "z-same", 0), 0);
	assert_int_equal(linkat(at, "a/dangling", at, "z-same-link", 0), 0);
	given_attribute(at, "a/empty", "user.note", "with\0nul", 8);
	given_attribute(at, "a", "user.dir", "", 0);
	given_acl(at, "a/empty", "system.posix_acl_access");
	given_dir(at, "inherits");
	given_acl(at, "inherits", "system.posix_acl_default");
	given_file(at, "inherits/plain", "inherited an ACL");
	if (geteuid() == 0) {
		assert_int_equal(fchownat(at, "a/b/file", 12, 34, 0), 0);
		assert_int_equal(fchownat(at, "a/dangling", 56, 78, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(fchownat(at, ODD, 5, 6, 0), 0);
		given_attribute(at, "a/empty", "security.selinux", "system_u:object_r:etc_t:s0", 27);
		given_attribute(at, "a/dangling", "security.selinux", "system_u:object_r:lnk_t:s0", 27);
	}
	given_mode(at, "setuid", 06711);
	given_mode(at, ODD, 01777);
	given_mode(at, "a/b/file", 0400);
	given_time(at, "a/b/file");
	given_time(at, "a/dangling");
	given_time(at, "a/b");
	given_mode(at, "a/b", 02555);
	given_mode(at, "a", 0500);
	given_time(at, "a");
	given_time(at, ".");
}

static bool tmpfs_here(int dir)
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

static struct story begun(void)
{
	return (struct story){ scratch(), scratch(), snapshot_new(), { 0 } };
}

static void over(struct story *y)
{
	close(y->from);
	close(y->to);
	snapshot_end(&y->s);
}

static void first(struct story *y)
{
	struct err e = { 0 };
	MUST(snapshot_first(y->s, y->from, "place", y->to, "copy", &e), &e);
}

static void settled(struct story *y)
{
	struct err e = { 0 };
	bool there = false;
	MUST(snapshot_settle(y->s, y->from, "place", y->to, "copy", &y->count, &there, &e), &e);
	assert_true(there);
	assert_copied(y->from, "place", y->to, "copy");
}

/* ---- what a copy keeps ---- */

SPEC(a_copy_in_one_go_has_all_facts)
{
	SCOPED(over) struct story y = begun();
	struct err e = { 0 };
	given_everything(y.from, "place");
	MUST(snapshot_copy(y.from, "place", y.to, "copy", &y.count, &e), &e);
	assert_copied(y.from, "place", y.to, "copy");
	assert_int_equal(y.count.files, 7);
	assert_int_equal(y.count.skipped, 0);
	MUST(snapshot_copy(y.from, "place", y.to, "copy", &y.count, &e), &e);
	assert_copied(y.from, "place", y.to, "copy");
}

SPEC(two_passes_keep_all_facts)
{
	SCOPED(over) struct story y = begun();
	given_everything(y.from, "place");
	first(&y);
	assert_copied(y.from, "place", y.to, "copy");
	settled(&y);
}

SPEC(without_a_first_pass_the_second_copies_all)
{
	SCOPED(over) struct story y = begun();
	given_everything(y.from, "place");
	settled(&y);
	assert_int_equal(y.count.files, 7);
}

SPEC(holes_take_no_room_in_the_copy)
{
	SCOPED(over) struct story y = begun();
	struct stat st;
	given_dir(y.from, "place");
	given_hole(y.from, "place/holes");
	settled(&y);
	assert_int_equal(fstatat(y.to, "copy/holes", &st, 0), 0);
	assert_int_equal(st.st_size, 3 << 20);
	assert_true(st.st_blocks <= 64);
	SCOPED_FD int fd = openat(y.to, "copy/holes", O_RDONLY | O_CLOEXEC);
	assert_in_range(lseek(fd, 1, SEEK_HOLE), 16, 65536);
	assert_in_range(lseek(fd, 65536, SEEK_DATA), (1 << 20) - 65536, 1 << 20);
	assert_in_range(lseek(fd, 1 << 20, SEEK_HOLE), 1 << 20, (1 << 20) + 65536);
	assert_int_equal(y.count.bytes, 3 << 20);
}

SPEC(a_file_and_a_link_are_places_too)
{
	SCOPED(over) struct story y = begun();
	given_file(y.from, "place", "a file");
	a_while_later();
	first(&y);
	settled(&y);
	assert_int_equal(y.count.files, tmpfs_here(y.from) ? 1 : 0);
	assert_int_equal(unlinkat(y.from, "place", 0), 0);
	given_link(y.from, "place", "elsewhere");
	settled(&y);
	assert_int_equal(y.count.files, 0);
}

SPEC(one_snapshot_is_of_several_places)
{
	SCOPED(over) struct story y = begun();
	struct err e = { 0 };
	bool there;
	given_file(y.from, "place/file", "one");
	given_file(y.from, "other/file", "two");
	a_while_later();
	first(&y);
	MUST(snapshot_first(y.s, y.from, "other", y.to, "other", &e), &e);
	assert_int_equal(renameat(y.from, "place", y.from, "aside"), 0);
	assert_int_equal(renameat(y.from, "other", y.from, "place"), 0);
	assert_int_equal(renameat(y.from, "aside", y.from, "other"), 0);
	settled(&y);
	MUST(snapshot_settle(y.s, y.from, "other", y.to, "other", &y.count, &there, &e), &e);
	assert_copied(y.from, "other", y.to, "other");
}

SPEC(what_is_not_there_has_no_copy)
{
	SCOPED(over) struct story y = begun();
	struct err e = { 0 };
	bool there = true;
	first(&y);
	assert_absent(y.to, "copy");
	given_file(y.to, "copy/from an earlier time", "x");
	MUST(snapshot_settle(y.s, y.from, "place", y.to, "copy", &y.count, &there, &e), &e);
	assert_false(there);
	assert_absent(y.to, "copy");
	assert_false(snapshot_copy(y.from, "place", y.to, "copy", &y.count, &e));
	assert_says(&e, ERR_SYSTEM, "place");
}

SPEC(no_link_is_followed)
{
	SCOPED(over) struct story y = begun();
	given_file(y.from, "outside/file", "outside");
	given_file(y.to, "outside/file", "outside");
	given_link(y.from, "place/dir", "../outside");
	given_file(y.from, "place/real/file", "inside");
	given_link(y.to, "copy", "outside");
	settled(&y);
	assert_file(y.to, "outside/file", "outside");
	assert_absent(y.to, "outside/real");
	assert_int_equal(fs_remove(y.to, "copy/real", &(struct err){ 0 }), true);
	given_link(y.to, "copy/real", "../outside");
	settled(&y);
	assert_file(y.to, "outside/file", "outside");
}

SPEC(sockets_and_fifos_are_left_out)
{
	SCOPED(over) struct story y = begun();
	given_file(y.from, "place/file", "x");
	given_file(y.from, "place/was a file", "x");
	given_file(y.from, "place/was a directory/file", "x");
	first(&y);
	assert_int_equal(unlinkat(y.from, "place/was a file", 0), 0);
	assert_true(fs_remove(y.from, "place/was a directory", &(struct err){ 0 }));
	assert_int_equal(mkfifoat(y.from, "place/was a file", 0600), 0);
	assert_int_equal(mkfifoat(y.from, "place/was a directory", 0600), 0);
	assert_int_equal(mknodat(y.from, "place/socket", S_IFSOCK | 0600, 0), 0);
	settled(&y);
	assert_int_equal(y.count.skipped, 3);
	assert_absent(y.to, "copy/was a file");
	assert_absent(y.to, "copy/was a directory");
	assert_absent(y.to, "copy/socket");
}

SPEC(a_copy_does_not_get_the_mark_that_tells_trees_apart)
{
	SCOPED_FD int dir = scratch();
	struct snapshot_count count;
	struct err e = { 0 };
	char path[PATH_MAX];
	given_file(dir, "place/file", "x");
	if (!given_attribute(dir, "place", IDENTITY_MARK, "of the place", 12))
		skip();
	given_attribute(dir, "place", "user.note", "1", 1);
	MUST(snapshot_copy(dir, "place", dir, "copy", &count, &e), &e);
	assert_int_equal(lgetxattr(path_of(dir, "copy", path), "user.note", NULL, 0), 1);
	assert_int_equal(lgetxattr(path_of(dir, "copy", path), IDENTITY_MARK, NULL, 0), -1);
}

SPEC(a_deep_tree_is_copied)
{
	SCOPED(over) struct story y = begun();
	SCOPED(text_end) struct text path = { 0 };
	text_puts(&path, "place");
	for (int i = 0; i < 200; i++)
		text_puts(&path, "/d");
	text_puts(&path, "/file");
	given_file(y.from, path.at, "deep");
	first(&y);
	settled(&y);
	memcpy(path.at, "/copy", 5);
	assert_file(y.to, path.at + 1, "deep");
}

/* ---- what changes between the passes ---- */

static void grown(int dir)
{
	SCOPED_FD int fd = openat(dir, "place/file", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "more", 4), 4);
}

static void cut(int dir)
{
	given_file(dir, "place/file", "co");
}

static void replaced(int dir)
{
	struct stat st;
	given_file(dir, "place/new", "CONTENT");
	assert_int_equal(fstatat(dir, "place/file", &st, 0), 0);
	assert_int_equal(utimensat(dir, "place/new", (struct timespec[2]){ st.st_atim, st.st_mtim }, 0), 0);
	assert_int_equal(renameat(dir, "place/new", dir, "place/file"), 0);
}

static void reset(int dir)
{
	struct stat st;
	assert_int_equal(fstatat(dir, "place/file", &st, 0), 0);
	given_file(dir, "place/file", "CONTENT");
	assert_int_equal(utimensat(dir, "place/file", (struct timespec[2]){ st.st_atim, st.st_mtim }, 0), 0);
}

static void removed(int dir)
{
	assert_int_equal(unlinkat(dir, "place/file", 0), 0);
}

static void all_removed(int dir)
{
	assert_true(fs_remove(dir, "place/dir", &(struct err){ 0 }));
}

static void added(int dir)
{
	given_file(dir, "place/dir/sub/new", "new");
	given_file(dir, "place/new/one", "new");
}

static void became_a_file(int dir)
{
	all_removed(dir);
	given_file(dir, "place/dir", "a file");
}

static void became_a_directory(int dir)
{
	removed(dir);
	given_file(dir, "place/file/inside", "x");
}

static void became_a_link(int dir)
{
	all_removed(dir);
	removed(dir);
	given_link(dir, "place/dir", "file");
	given_link(dir, "place/file", ".");
}

static void other_mode(int dir)
{
	given_mode(dir, "place/file", 0600);
	given_mode(dir, "place/dir/sub", 0711);
}

static void other_owner(int dir)
{
	if (geteuid() == 0) {
		assert_int_equal(fchownat(dir, "place/file", 3, 4, 0), 0);
		assert_int_equal(fchownat(dir, "place/dir", 3, 4, 0), 0);
		assert_int_equal(fchownat(dir, "place/link", 3, 4, AT_SYMLINK_NOFOLLOW), 0);
	}
}

static void renamed(int dir)
{
	assert_int_equal(renameat(dir, "place/dir", dir, "place/directory"), 0);
}

static void swapped(int dir)
{
	assert_true(fs_exchange(dir, "place/dir/sub", dir, "place/dir/twin"));
}

static void elsewhere(int dir)
{
	assert_int_equal(unlinkat(dir, "place/link", 0), 0);
	given_link(dir, "place/link", "FILE");
}

static void other_attributes(int dir)
{
	char path[PATH_MAX];
	given_attribute(dir, "place/file", "user.note", "2", 1);
	given_attribute(dir, "place/dir", "user.new", "2", 1);
	lremovexattr(path_of(dir, "place/dir", path), "user.note");
	lremovexattr(path_of(dir, "place/dir", path), "system.posix_acl_access");
	given_acl(dir, "place/dir", "system.posix_acl_default");
	given_file(dir, "place/dir/with an acl", "x");
	given_file(dir, "place/dir/without", "x");
	lremovexattr(path_of(dir, "place/dir/without", path), "system.posix_acl_access");
}

static void linked(int dir)
{
	assert_int_equal(linkat(dir, "place/file", dir, "place/dir/a name", 0), 0);
}

static void unlinked(int dir)
{
	assert_int_equal(unlinkat(dir, "place/names/b", 0), 0);
	given_file(dir, "place/names/b", "names");
}

static void written_by_another_name(int dir)
{
	given_file(dir, "place/names/c", "NAMES");
}

static void in_a_closed_directory(int dir)
{
	given_mode(dir, "place/closed", 0700);
	given_file(dir, "place/closed/new", "x");
	given_mode(dir, "place/closed", 0555);
	given_file(dir, "place/closed/sub/new", "x");
}

static void nothing(int dir)
{
	(void)dir;
}

static void given_ordinary(int dir)
{
	given_file(dir, "place/file", "content");
	given_file(dir, "place/dir/sub/file", "first");
	given_file(dir, "place/dir/twin/file", "other");
	given_link(dir, "place/link", "file");
	given_file(dir, "place/names/b", "names");
	assert_int_equal(linkat(dir, "place/names/b", dir, "place/names/a", 0), 0);
	assert_int_equal(linkat(dir, "place/names/b", dir, "place/names/c", 0), 0);
	given_file(dir, "place/closed/file", "x");
	given_file(dir, "place/closed/sub/file", "x");
	given_mode(dir, "place/closed", 0555);
	given_attribute(dir, "place/file", "user.note", "1", 1);
	given_attribute(dir, "place/dir", "user.note", "1", 1);
	given_acl(dir, "place/dir", "system.posix_acl_access");
}

/* How many files each copies again. */
static const struct {
	void (*change)(int dir);
	uint64_t files;
} changes[] = { { nothing, 0 }, { grown, 1 }, { cut, 1 }, { replaced, 1 }, { reset, 1 }, { removed, 0 },
	{ all_removed, 0 }, { added, 2 }, { became_a_file, 1 }, { became_a_directory, 1 },
	{ became_a_link, 0 }, { other_mode, 1 }, { other_owner, 1 }, { renamed, 2 }, { swapped, 2 },
	{ elsewhere, 0 }, { other_attributes, 3 }, { linked, 1 }, { unlinked, 2 },
	{ written_by_another_name, 1 }, { in_a_closed_directory, 2 } };

SPEC(what_has_changed_is_copied_again_and_nothing_else)
{
	struct story y[COUNT_OF(changes)];
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		y[i] = begun();
		given_ordinary(y[i].from);
	}
	a_while_later();
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		first(&y[i]);
		assert_copied(y[i].from, "place", y[i].to, "copy");
		changes[i].change(y[i].from);
		settled(&y[i]);
		uint64_t want = changes[i].change == other_owner && geteuid() != 0 ? 0 : changes[i].files;
		if (y[i].count.files != want && !tmpfs_here(y[i].from))
			fail_msg("change %zu: %d files, not %d", i, (int)y[i].count.files, (int)want);
		settled(&y[i]);
		over(&y[i]);
	}
}

SPEC(a_change_within_a_tick_of_the_clock_is_seen)
{
	for (int i = 0; i < 20; i++) {
		SCOPED(over) struct story y = begun();
		given_file(y.from, "place/file", "content");
		first(&y);
		given_file(y.from, "place/file", "CONTENT");
		settled(&y);
	}
}

SPEC(what_is_written_through_a_mapping_is_seen)
{
	SCOPED(over) struct story y = begun();
	given_file(y.from, "place/mapped", "content");
	SCOPED_FD int fd = openat(y.from, "place/mapped", O_RDWR | O_CLOEXEC);
	char *at = mmap(NULL, 7, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	memcpy(at, "CONTENT", 7);
	a_while_later();
	first(&y);
	memcpy(at, "another", 7);
	munmap(at, 7);
	settled(&y);
	assert_file(y.to, "copy/mapped", "another");
}

/* The page is dirty again right after the flush, and further writes give the file no new time. */
SPEC(what_is_written_through_a_mapping_all_the_time_is_seen)
{
	SCOPED(over) struct story y = begun();
	given_file(y.from, "place/mapped", "content");
	SCOPED_FD int fd = openat(y.from, "place/mapped", O_RDWR | O_CLOEXEC);
	unsigned volatile *at = mmap(NULL, 7, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	pid_t child = fork();
	while (child == 0)
		++*at;
	a_while_later();
	first(&y);
	a_while_later();
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	munmap((void *)at, 7);
	settled(&y);
}

SPEC(what_shares_its_bytes_with_the_copy_stays)
{
	SCOPED(over) struct story y = begun();
	given_file(y.from, "place/file", "content");
	first(&y);
	assert_int_equal(linkat(y.to, "copy/file", y.to, "shared", 0), 0);
	cut(y.from);
	settled(&y);
	assert_file(y.to, "shared", "content");
}

SPEC(what_lies_at_the_copys_name_gives_way)
{
	SCOPED(over) struct story y = begun();
	given_ordinary(y.from);
	given_file(y.to, "copy/dir", "a file in the way");
	given_file(y.to, "copy/file/in/the", "way");
	given_file(y.to, "copy/more", "");
	given_dir(y.to, "copy/closed");
	given_mode(y.to, "copy/closed", 0);
	first(&y);
	settled(&y);
}

/* ---- what is left out, and what is refused ---- */

SPEC(omitted_directories_are_in_no_copy)
{
	SCOPED(over) struct story y = begun();
	struct err e = { 0 };
	struct stat st;
	uint64_t bytes, entries;
	given_file(y.from, "place/file", "x");
	given_file(y.from, "place/.waybill/demo/big", "x");
	given_dir(y.to, "copy/.waybill/x");
	assert_int_equal(fstatat(y.from, "place/.waybill", &st, 0), 0);
	snapshot_omit(y.s, st.st_dev, st.st_ino);
	assert_int_equal(fstatat(y.from, ".", &st, 0), 0);
	snapshot_omit(y.s, st.st_dev, st.st_ino);
	first(&y);
	bool there = false;
	MUST(snapshot_settle(y.s, y.from, "place", y.to, "copy", &y.count, &there, &e), &e);
	assert_file(y.to, "copy/file", "x");
	assert_absent(y.to, "copy/.waybill");
	MUST(snapshot_size(y.s, y.from, "place", &bytes, &entries, &e), &e);
	assert_int_equal(entries, 2);
	MUST(snapshot_size(NULL, y.from, "place", &bytes, &entries, &e), &e);
	assert_int_equal(entries, 5);
}

SPEC(sizes_are_of_blocks_without_holes_and_of_each_inode_once)
{
	SCOPED(over) struct story y = begun();
	struct err e = { 0 };
	uint64_t bytes = 1, entries = 1;
	MUST(snapshot_size(NULL, y.from, "place", &bytes, &entries, &e), &e);
	assert_int_equal(bytes + entries, 0);
	given_file(y.from, "place/small", "x");
	given_hole(y.from, "place/holes");
	assert_int_equal(linkat(y.from, "place/small", y.from, "place/again", 0), 0);
	assert_int_equal(mkfifoat(y.from, "place/fifo", 0600), 0);
	MUST(snapshot_size(NULL, y.from, "place", &bytes, &entries, &e), &e);
	assert_int_equal(entries, 3);
	assert_in_range(bytes, 8192, 65536);
}

/* In a child with mounts of its own: what it gives is the status; 77: no mounts are to be had. */
static int with_a_mount(int (*then)(const char *at), const char *at, const char *source, const char *where,
	const char *kind, const char *options)
{
	pid_t child = fork();
	if (child == 0) {
		char target[PATH_MAX + 64];
		snprintf(target, sizeof target, "%s/%s", at, where);
		if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0 ||
			mount(source, target, kind, strcmp(kind, "none") == 0 ? MS_BIND : 0, options) < 0)
			_exit(77);
		_exit(then(at));
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool says_mounted(const struct err *e)
{
	return e->kind == ERR_REFUSED &&
	       strcmp(e->text, "place/dir/m\\x0a is a mount point: it cannot be put back") == 0;
}

static int refused(const char *at)
{
	SCOPED_FD int dir = open(at, O_RDONLY | O_DIRECTORY);
	SCOPED(snapshot_end) struct snapshot *s = snapshot_new();
	struct snapshot_count count;
	struct err e[4] = { 0 };
	uint64_t bytes, entries;
	bool there;
	if (snapshot_first(s, dir, "place", dir, "copy", &e[0]) ||
		snapshot_settle(s, dir, "place", dir, "copy", &count, &there, &e[1]) ||
		snapshot_copy(dir, "place", dir, "copy", &count, &e[2]) ||
		snapshot_size(NULL, dir, "place", &bytes, &entries, &e[3]))
		return 1;
	for (size_t i = 0; i < COUNT_OF(e); i++)
		if (!says_mounted(&e[i]))
			return 2;
	return 0;
}

SPEC(a_mount_point_inside_is_refused)
{
	SCOPED_FD int dir = scratch();
	char path[PATH_MAX], source[PATH_MAX];
	given_dir(dir, "place/dir/m\n");
	given_dir(dir, "source");
	path_of(dir, NULL, path);
	int status = with_a_mount(refused, path, "none", "place/dir/m\n", "tmpfs", "");
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
	assert_int_equal(
		with_a_mount(refused, path, path_of(dir, "source", source), "place/dir/m\n", "none", ""), 0);
	assert_int_equal(unlinkat(dir, "place/dir/m\n", AT_REMOVEDIR), 0);
	given_file(dir, "place/dir/m\n", "");
	given_file(dir, "file", "");
	assert_int_equal(
		with_a_mount(refused, path, path_of(dir, "file", source), "place/dir/m\n", "none", ""), 0);
}

static int place_is_mounted(const char *at)
{
	SCOPED_FD int dir = open(at, O_RDONLY | O_DIRECTORY);
	struct snapshot_count count;
	struct err e = { 0 };
	given_file(dir, "place/dir/file", "x");
	return snapshot_copy(dir, "place", dir, "copy", &count, &e) && is_there(dir, "copy/dir/file") ? 0 : 1;
}

SPEC(the_place_itself_may_be_a_mount_point)
{
	SCOPED_FD int dir = scratch();
	char path[PATH_MAX];
	given_dir(dir, "place");
	int status = with_a_mount(place_is_mounted, path_of(dir, NULL, path), "none", "place", "tmpfs", "");
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

static int runs_full(const char *at)
{
	SCOPED_FD int dir = open(at, O_RDONLY | O_DIRECTORY);
	SCOPED_FD int full = openat(dir, "full", O_RDONLY | O_DIRECTORY);
	SCOPED(snapshot_end) struct snapshot *s = snapshot_new();
	struct snapshot_count count;
	struct err e[3] = { 0 };
	bool there;
	if (snapshot_first(s, dir, "place", full, "copy", &e[0]) ||
		snapshot_settle(s, dir, "place", full, "copy", &count, &there, &e[1]) ||
		snapshot_copy(dir, "many", full, "many", &count, &e[2]))
		return 1;
	if (is_there(full, "copy/dir/large"))
		return 2;
	for (size_t i = 0; i < COUNT_OF(e); i++)
		if (e[i].kind != ERR_SYSTEM || e[i].sys != ENOSPC || !strstr(e[i].text, "free there"))
			return 3;
	if (!strstr(e[0].text, "copy place/dir/large: 1048576 bytes") ||
		!strstr(e[2].text, " 0 inodes are free"))
		return 4;
	return strcmp(e[0].text, e[1].text) == 0 ? 0 : 5;
}

SPEC(a_full_file_system_is_told_with_what_is_needed)
{
	SCOPED_FD int dir = scratch();
	char path[PATH_MAX], *large = repeated('x', 1 << 20);
	given_file(dir, "place/dir/a", "a");
	given_bytes(dir, "place/dir/large", large, 1 << 20);
	free(large);
	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof path, "many/%d", i);
		given_file(dir, path, "");
	}
	given_dir(dir, "full");
	path_of(dir, NULL, path);
	int status = with_a_mount(runs_full, path, "none", "full", "tmpfs", "size=512k,nr_inodes=20");
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

SPEC(a_signal_stops_the_passes_and_not_what_puts_back)
{
	SCOPED(over) struct story y = begun();
	struct err e = { 0 };
	bool there;
	given_file(y.from, "place/file", "x");
	interrupt_hold();
	kill(getpid(), SIGTERM);
	assert_false(snapshot_first(y.s, y.from, "place", y.to, "copy", &e));
	assert_says(&e, ERR_SYSTEM, "interrupted");
	kill(getpid(), SIGTERM);
	e = (struct err){ 0 };
	assert_false(snapshot_settle(y.s, y.from, "place", y.to, "copy", &y.count, &there, &e));
	assert_says(&e, ERR_SYSTEM, "interrupted");
	kill(getpid(), SIGTERM);
	e = (struct err){ 0 };
	MUST(snapshot_copy(y.from, "place", y.to, "copy", &y.count, &e), &e);
	interrupt_release();
	assert_copied(y.from, "place", y.to, "copy");
}

SPEC(what_cannot_be_read_is_named)
{
	if (geteuid() == 0)
		skip();
	SCOPED(over) struct story y = begun();
	struct err e = { 0 };
	given_file(y.from, "place/dir/secret\n", "x");
	given_mode(y.from, "place/dir/secret\n", 0);
	assert_false(snapshot_first(y.s, y.from, "place", y.to, "copy", &e));
	assert_says(&e, ERR_SYSTEM, "open place/dir/secret\\x0a: Permission denied");
}

/* As nobody: what root owns. */
static int copied_by_nobody(const char *from, const char *to)
{
	SCOPED_FD int source = open(from, O_RDONLY | O_DIRECTORY), dest = open(to, O_RDONLY | O_DIRECTORY);
	struct snapshot_count count;
	struct err e = { 0 };
	struct stat st;
	if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)
		return 77;
	if (!snapshot_copy(source, "place", dest, "copy", &count, &e))
		return fprintf(stderr, "%s\n", e.text), 1;
	if (fstatat(dest, "copy/setuid", &st, 0) < 0 || st.st_uid != 65534 || (st.st_mode & 07777) != 0755)
		return 2;
	if (fstatat(dest, "copy/dir", &st, 0) < 0 || (st.st_mode & 07777) != 0555)
		return 3;
	return fstatat(dest, "copy/link", &st, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : 4;
}

SPEC(who_is_not_root_keeps_what_can_be_kept)
{
	SCOPED_FD int from = scratch();
	SCOPED_FD int to = scratch();
	char source[PATH_MAX], dest[PATH_MAX];
	if (geteuid() != 0)
		skip();
	given_file(from, "place/setuid", "x");
	given_file(from, "place/dir/file", "x");
	given_link(from, "place/link", "dir");
	given_attribute(from, "place/setuid", "security.selinux", "system_u:object_r:etc_t:s0", 27);
	given_attribute(from, "place/link", "security.selinux", "system_u:object_r:etc_t:s0", 27);
	given_mode(from, "place/setuid", 06755);
	given_mode(from, "place/dir", 0555);
	assert_int_equal(fchown(to, 65534, 65534), 0);
	path_of(from, NULL, source);
	path_of(to, NULL, dest);
	pid_t child = fork();
	if (child == 0)
		_exit(copied_by_nobody(source, dest));
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- databases ---- */

SPEC(databases_are_left_for_the_second_pass)
{
	static const char *const left[] = { "db", "db-wal", "db-shm", "db-journal", "empty header" };
	SCOPED(over) struct story y = begun();
	char path[64];
	given_file(y.from, "place/plain", "SQLite format 4");
	given_file(y.from, "place/plain-wal", "x");
	given_file(y.from, "place/-wal", "x");
	for (size_t i = 0; i < COUNT_OF(left); i++) {
		snprintf(path, sizeof path, "place/%s", left[i]);
		bool companion = strchr(left[i], '-') != NULL;
		given_bytes(y.from, path, companion ? "x" : "SQLite format 3\0more", companion ? 1 : 20);
	}
	a_while_later();
	first(&y);
	for (size_t i = 0; i < COUNT_OF(left); i++) {
		snprintf(path, sizeof path, "copy/%s", left[i]);
		assert_absent(y.to, path);
	}
	assert_true(is_there(y.to, "copy/plain-wal"));
	assert_true(is_there(y.to, "copy/-wal"));
	settled(&y);
	assert_true(tmpfs_here(y.from) || y.count.files == COUNT_OF(left));
}

SPEC(a_real_database_is_whole_in_the_copy)
{
	char path[PATH_MAX], command[2 * PATH_MAX];
	if (shell("sqlite3 -version >/dev/null 2>&1") != 0)
		skip();
	SCOPED(over) struct story y = begun();
	given_dir(y.from, "place");
	snprintf(command, sizeof command, "sqlite3 '%s' >/dev/null", path_of(y.from, "place/db", path));
	FILE *writer = popen(command, "w");
	assert_non_null(writer);
	fputs("pragma journal_mode=wal; create table t(n); insert into t values(1);\n", writer);
	fflush(writer);
	for (int i = 0; i < 1000 && !is_there(y.from, "place/db-wal"); i++)
		usleep(10000);
	a_while_later();
	first(&y);
	assert_absent(y.to, "copy/db-wal");
	fputs("insert into t values(41);\n", writer);
	assert_int_equal(pclose(writer), 0);
	settled(&y);
	snprintf(command, sizeof command, "test \"$(sqlite3 '%s' 'select sum(n) from t')\" = 42",
		path_of(y.to, "copy/db", path));
	assert_int_equal(shell(command), 0);
}

/* ---- */

static int tests(void)
{
	const struct CMUnitTest list[] = {
		cmocka_unit_test(a_copy_in_one_go_has_all_facts),
		cmocka_unit_test(two_passes_keep_all_facts),
		cmocka_unit_test(without_a_first_pass_the_second_copies_all),
		cmocka_unit_test(holes_take_no_room_in_the_copy),
		cmocka_unit_test(a_file_and_a_link_are_places_too),
		cmocka_unit_test(one_snapshot_is_of_several_places),
		cmocka_unit_test(what_is_not_there_has_no_copy),
		cmocka_unit_test(no_link_is_followed),
		cmocka_unit_test(sockets_and_fifos_are_left_out),
		cmocka_unit_test(a_copy_does_not_get_the_mark_that_tells_trees_apart),
		cmocka_unit_test(a_deep_tree_is_copied),
		cmocka_unit_test(what_has_changed_is_copied_again_and_nothing_else),
		cmocka_unit_test(a_change_within_a_tick_of_the_clock_is_seen),
		cmocka_unit_test(what_is_written_through_a_mapping_is_seen),
		cmocka_unit_test(what_is_written_through_a_mapping_all_the_time_is_seen),
		cmocka_unit_test(what_shares_its_bytes_with_the_copy_stays),
		cmocka_unit_test(what_lies_at_the_copys_name_gives_way),
		cmocka_unit_test(omitted_directories_are_in_no_copy),
		cmocka_unit_test(sizes_are_of_blocks_without_holes_and_of_each_inode_once),
		cmocka_unit_test(a_mount_point_inside_is_refused),
		cmocka_unit_test(the_place_itself_may_be_a_mount_point),
		cmocka_unit_test(a_full_file_system_is_told_with_what_is_needed),
		cmocka_unit_test(a_signal_stops_the_passes_and_not_what_puts_back),
		cmocka_unit_test(what_cannot_be_read_is_named),
		cmocka_unit_test(who_is_not_root_keeps_what_can_be_kept),
		cmocka_unit_test(databases_are_left_for_the_second_pass),
		cmocka_unit_test(a_real_database_is_whole_in_the_copy),
	};
	return cmocka_run_group_tests_name("service_snapshot", list, NULL, NULL);
}

/* The same by somebody who is not root, in a directory of his own. */
static int tests_as_nobody(void)
{
	if (geteuid() != 0)
		return 0;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		scratch_owner = 0;
		if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)
			_exit(0);
		int failed = tests();
		fflush(NULL);
		scratch_remove();
		_exit(failed > 100 ? 100 : failed);
	}
	int status = 0;
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status)
										     : 1;
}

/* Where the kernel cannot be named, it is taken for one that does not report what it could not write. */
int main(void)
{
	umask(022);
	return tests() + tests_as_nobody() + run_without(SYS_copy_file_range, 0, ENOSYS, tests) +
	       run_without(SYS_uname, 0, EPERM, tests);
}
