/* service_snapshot_changes - what happens to a place between the passes is in the copy after the second, and
 * nothing else is copied again.
 */
#include <signal.h>
#include <sys/mman.h>

#include "manifest/base/fs.h"
#include "tests/unit/installer/snapshots.h"

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

static int tests(void)
{
	const struct CMUnitTest list[] = {
		cmocka_unit_test(what_has_changed_is_copied_again_and_nothing_else),
		cmocka_unit_test(a_change_within_a_tick_of_the_clock_is_seen),
		cmocka_unit_test(what_is_written_through_a_mapping_is_seen),
		cmocka_unit_test(what_is_written_through_a_mapping_all_the_time_is_seen),
		cmocka_unit_test(what_shares_its_bytes_with_the_copy_stays),
		cmocka_unit_test(what_lies_at_the_copys_name_gives_way),
	};
	return cmocka_run_group_tests_name("service_snapshot_changes", list, NULL, NULL);
}

int main(void)
{
	return run_everywhere(tests);
}
