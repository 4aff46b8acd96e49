/* service_snapshot_keeps - a copy of a place has all its facts, after one pass or two, and follows no link.
 */
#include "manifest/base/fs.h"
#include "tests/unit/installer/snapshots.h"

#define ODD "odd\n\xff\x01name"

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
		cmocka_unit_test(a_deep_tree_is_copied),
	};
	return cmocka_run_group_tests_name("service_snapshot_keeps", list, NULL, NULL);
}

int main(void)
{
	return run_everywhere(tests);
}
