/* base_fs - names below a held directory: no link is followed, what is replaced is old or new, nothing
 * outside is touched. Everything runs twice: with openat2(2), and on a kernel without it.
 */
#include <signal.h>
#include <sys/resource.h>

#include "manifest/base/fs.h"
#include "tests/unit/without.h"

/* A tree with links in it that lead everywhere, beside a directory that nobody may reach. */
static int given_tree(void)
{
	int top = scratch();
	char path[PATH_MAX];
	given_file(top, "outside/secret", "secret");
	given_file(top, "root/real/file", "content");
	given_file(top, "root/real/sub/deep", "deep");
	int root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	given_link(root, "link", "real");
	given_link(root, "real/tofile", "file");
	given_link(root, "real/up", "..");
	given_link(root, "out", "../outside");
	given_link(root, "absolute", path_of(top, "outside", path));
	given_link(root, "dangling", "nowhere");
	close(top);
	return root;
}

static bool reaches(int root, const char *path, int flags)
{
	SCOPED_FD int fd = fs_open(root, path, flags, 0644);
	return fd >= 0;
}

SPEC(plain_paths_are_reached)
{
	SCOPED_FD int root = given_tree();
	static const char *const paths[] = { "real", "real/file", "real/sub", "real/sub/deep", "." };
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		if (!reaches(root, paths[i], O_RDONLY))
			fail_msg("%s: %s", paths[i], strerror(errno));
	SCOPED_FD int fd = fs_open(root, "real/file", O_RDONLY, 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

SPEC(a_link_on_the_way_is_not_followed)
{
	SCOPED_FD int root = given_tree();
	static const char *const paths[] = { "link/file", "link/sub/deep", "out/secret", "absolute/secret",
		"real/up/real/file", "dangling/x" };
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		assert_false(reaches(root, paths[i], O_RDONLY));
		if (errno != ELOOP && errno != ENOTDIR)
			fail_msg("%s: %s", paths[i], strerror(errno));
	}
}

SPEC(a_link_at_the_end_is_not_followed)
{
	SCOPED_FD int root = given_tree();
	static const char *const paths[] = { "link", "out", "absolute", "real/tofile", "real/up",
		"dangling" };
	static const int flags[] = { O_RDONLY, O_RDONLY | O_DIRECTORY, O_WRONLY, O_WRONLY | O_CREAT };
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		for (size_t k = 0; k < COUNT_OF(flags); k++) {
			assert_false(reaches(root, paths[i], flags[k]));
			if (errno != ELOOP && errno != ENOTDIR)
				fail_msg("%s: %s", paths[i], strerror(errno));
		}
	assert_absent(root, "nowhere");
}

SPEC(no_path_leads_out_of_the_directory)
{
	SCOPED_FD int root = given_tree();
	static const char *const paths[] = { "..", "../outside", "../outside/secret",
		"real/../../outside/secret", "/etc/passwd", "/", "" };
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		if (reaches(root, paths[i], O_RDONLY))
			fail_msg("%s was reached", paths[i]);
}

SPEC(what_is_made_is_made_below_and_with_its_mode)
{
	SCOPED_FD int root = given_tree();
	struct stat st;
	umask(022);
	assert_true(reaches(root, "real/made", O_WRONLY | O_CREAT | O_EXCL));
	assert_int_equal(fstatat(root, "real/made", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_false(reaches(root, "real/made", O_WRONLY | O_CREAT | O_EXCL));
	assert_int_equal(errno, EEXIST);
}

SPEC(a_path_is_parted_into_directory_and_name)
{
	SCOPED_FD int root = given_tree();
	static const char *const good[] = { "new", "real/file", "real/sub/new" };
	static const char *const leaves[] = { "new", "file", "new" };
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		SCOPED_FD int parent = -1;
		char leaf[FS_LEAF];
		struct err e = { 0 };
		MUST(fs_parent(root, good[i], &parent, leaf, &e), &e);
		assert_string_equal(leaf, leaves[i]);
		assert_true(parent >= 0);
	}
}

SPEC(a_path_without_a_plain_name_has_no_parent)
{
	SCOPED_FD int root = given_tree();
	char *large = repeated('x', NAME_MAX + 1);
	const char *const bad[] = { "", ".", "..", "real/", "real/.", "real/..", "/", large };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		int parent = -1;
		char leaf[FS_LEAF];
		struct err e = { 0 };
		assert_false(fs_parent(root, bad[i], &parent, leaf, &e));
		assert_says(&e, ERR_FORMAT, "not a plain relative path");
		assert_int_equal(parent, -1);
	}
	free(large);
	static const char *const away[] = { "link/file", "out/x", "missing/x", "/etc/x", "../x" };
	for (size_t i = 0; i < COUNT_OF(away); i++) {
		int parent = -1;
		char leaf[FS_LEAF];
		struct err e = { 0 };
		assert_false(fs_parent(root, away[i], &parent, leaf, &e));
		assert_says(&e, ERR_SYSTEM, "open directory");
	}
}

/* ---- reading and writing ---- */

SPEC(a_file_is_read_whole_up_to_its_limit)
{
	SCOPED_FD int root = given_tree();
	SCOPED(text_end) struct text out = { 0 };
	struct err e = { 0 };
	text_puts(&out, "what was there before");
	MUST(fs_read(root, "real/file", 7, &out, &e), &e);
	assert_string_equal(text_str(&out), "content");
	assert_false(fs_read(root, "real/file", 6, &out, &e));
	assert_says(&e, ERR_FORMAT, "real/file: larger than the limit of 6 bytes");
}

SPEC(only_regular_files_are_read)
{
	SCOPED_FD int root = given_tree();
	assert_int_equal(mkfifoat(root, "fifo", 0644), 0);
	static const struct {
		const char *name;
		enum err_kind kind;
		const char *complaint;
	} cases[] = {
		{ "real", ERR_FORMAT, "real: not a regular file" },
		{ "fifo", ERR_FORMAT, "fifo: not a regular file" },
		{ "real/tofile", ERR_SYSTEM, "open real/tofile: " },
		{ "missing", ERR_SYSTEM, "open missing: No such file" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text out = { 0 };
		struct err e = { 0 };
		assert_false(fs_read(root, cases[i].name, 100, &out, &e));
		assert_says(&e, cases[i].kind, cases[i].complaint);
		if (i == 3)
			assert_int_equal(e.sys, ENOENT);
	}
}

SPEC(a_path_of_the_users_may_be_a_link_or_a_pipe)
{
	SCOPED_FD int root = given_tree();
	SCOPED(text_end) struct text out = { 0 };
	char path[PATH_MAX];
	struct err e = { 0 };
	MUST(fs_read_path(path_of(root, "link/tofile", path), 100, &out, &e), &e);
	assert_string_equal(text_str(&out), "content");
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "piped", 5), 5);
	close(ends[1]);
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
	MUST(fs_read_path(path, 5, &out, &e), &e);
	close(ends[0]);
	assert_string_equal(text_str(&out), "piped");
	assert_false(fs_read_path("/dev/zero", 5, &out, &e));
	assert_says(&e, ERR_FORMAT, "/dev/zero: larger than the limit of 5 bytes");
}

SPEC(bytes_are_read_and_written_where_they_are_asked_for)
{
	SCOPED_FD int root = scratch();
	SCOPED_FD int fd = fs_open(root, "file", O_RDWR | O_CREAT, 0644);
	char have[8] = { 0 };
	struct err e = { 0 };
	MUST(fs_write_all(fd, "abc", 3, &e), &e);
	MUST(fs_write_all(fd, NULL, 0, &e), &e);
	MUST(fs_write_at(fd, "xyz", 3, 5, &e), &e);
	MUST(fs_read_at(fd, have, 8, 0, &e), &e);
	assert_memory_equal(have, "abc\0\0xyz", 8);
	MUST(fs_read_at(fd, have, 0, 100, &e), &e);
	assert_false(fs_read_at(fd, have, 4, 6, &e));
	assert_says(&e, ERR_FORMAT, "ends at byte 8, 2 bytes too early");
	struct err broken = { 0 };
	assert_false(fs_write_all(-1, "abc", 3, &broken));
	assert_int_equal(broken.sys, EBADF);
}

SPEC(a_full_disk_speaks_up)
{
	SCOPED_FD int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct err e = { 0 };
	assert_false(fs_write_all(fd, "abc", 3, &e));
	assert_int_equal(e.kind, ERR_SYSTEM);
	assert_int_equal(e.sys, ENOSPC);
}

SPEC(a_finished_file_is_forgotten)
{
	SCOPED_FD int root = scratch();
	int fd = fs_open(root, "file", O_RDWR | O_CREAT, 0644);
	struct err e = { 0 };
	MUST(fs_finish(&fd, &e), &e);
	assert_int_equal(fd, -1);
	assert_false(fs_finish(&fd, &e));
	assert_int_equal(e.kind, ERR_SYSTEM);
}

/* ---- replacing ---- */

SPEC(a_file_is_made_or_replaced)
{
	SCOPED_FD int root = scratch();
	struct err e = { 0 };
	struct stat st;
	umask(022);
	MUST(fs_replace(root, "file", "first", 5, 0600, &e), &e);
	assert_file(root, "file", "first");
	MUST(fs_replace(root, "file", "", 0, 0644, &e), &e);
	assert_file(root, "file", "");
	assert_int_equal(fstatat(root, "file", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	given_file(root, ".new-file", "left by a crash, and longer than what comes now");
	MUST(fs_replace(root, "file", "second", 6, 0644, &e), &e);
	assert_file(root, "file", "second");
	assert_absent(root, ".new-file");
}

SPEC(a_link_is_replaced_and_not_written_through)
{
	SCOPED_FD int root = scratch();
	struct err e = { 0 };
	given_file(root, "other", "as before");
	given_link(root, "file", "other");
	given_link(root, ".new-file", "other");
	MUST(fs_replace(root, "file", "new", 3, 0644, &e), &e);
	assert_file(root, "other", "as before");
	assert_file(root, "file", "new");
}

SPEC(what_a_crash_left_of_a_replacement_is_removed)
{
	SCOPED_FD int root = scratch();
	struct err e = { 0 };
	given_file(root, "file", "whole");
	given_file(root, ".new-file", "ha");
	given_file(root, ".newer", "another's");
	MUST(fs_replaced(root, &e), &e);
	assert_absent(root, ".new-file");
	assert_file(root, "file", "whole");
	assert_file(root, ".newer", "another's");
}

SPEC(what_cannot_be_replaced_stays)
{
	SCOPED_FD int root = scratch();
	struct err e = { 0 };
	given_file(root, "dir/inside", "x");
	assert_false(fs_replace(root, "dir", "new", 3, 0644, &e));
	assert_says(&e, ERR_SYSTEM, "replace dir: rename to dir");
	assert_file(root, "dir/inside", "x");
	assert_absent(root, ".new-dir");
}

SPEC(a_write_that_fails_leaves_the_old_bytes)
{
	SCOPED_FD int root = scratch();
	struct rlimit before, small = { 10, 0 };
	struct err e = { 0 };
	given_file(root, "file", "old");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	bool done = fs_replace(root, "file", "more than ten bytes", 19, 0644, &e);
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	assert_false(done);
	assert_int_equal(e.sys, EFBIG);
	assert_file(root, "file", "old");
	assert_absent(root, ".new-file");
}

static _Noreturn void replace_for_ever(int root, const char *a, const char *b, size_t len)
{
	for (;;) {
		struct err e = { 0 };
		if (!fs_replace(root, "file", a, len, 0644, &e) ||
			!fs_replace(root, "file", b, len, 0644, &e))
			_exit(1);
	}
}

/* Whoever looks, and whenever the writer dies: one of the two, whole. */
SPEC(a_reader_sees_the_old_file_or_the_new_one)
{
	SCOPED_FD int root = scratch();
	char *a = repeated('a', 20000), *b = repeated('b', 20000);
	SCOPED(text_end) struct text seen = { 0 };
	given_file(root, "file", a);
	for (int round = 0; round < 5; round++) {
		pid_t child = fork();
		if (child == 0)
			replace_for_ever(root, a, b, 20000);
		for (int i = 0; i <= 200; i++) {
			struct err e = { 0 };
			if (i == 200) {
				kill(child, SIGKILL);
				waitpid(child, NULL, 0);
			}
			MUST(fs_read(root, "file", 20000, &seen, &e), &e);
			assert_true(strcmp(seen.at, a) == 0 || strcmp(seen.at, b) == 0);
		}
	}
	free(a);
	free(b);
}

SPEC(a_new_file_of_the_users_never_replaces_one)
{
	SCOPED_FD int root = scratch();
	char path[PATH_MAX];
	struct err e = { 0 };
	MUST(fs_create_path(path_of(root, "file", path), "mine", 4, 0600, &e), &e);
	assert_false(fs_create_path(path, "other", 5, 0600, &e));
	assert_says(&e, ERR_REFUSED, "file is there already and is left as it is");
	assert_file(root, "file", "mine");
	given_link(root, "dangling", "elsewhere");
	struct err link = { 0 };
	assert_false(fs_create_path(path_of(root, "dangling", path), "x", 1, 0600, &link));
	assert_int_equal(link.kind, ERR_REFUSED);
	assert_absent(root, "elsewhere");
	struct err missing = { 0 };
	assert_false(fs_create_path(path_of(root, "no/file", path), "x", 1, 0600, &missing));
	assert_int_equal(missing.sys, ENOENT);
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
		cmocka_unit_test(plain_paths_are_reached),
		cmocka_unit_test(a_link_on_the_way_is_not_followed),
		cmocka_unit_test(a_link_at_the_end_is_not_followed),
		cmocka_unit_test(no_path_leads_out_of_the_directory),
		cmocka_unit_test(what_is_made_is_made_below_and_with_its_mode),
		cmocka_unit_test(a_path_is_parted_into_directory_and_name),
		cmocka_unit_test(a_path_without_a_plain_name_has_no_parent),
		cmocka_unit_test(a_file_is_read_whole_up_to_its_limit),
		cmocka_unit_test(only_regular_files_are_read),
		cmocka_unit_test(a_path_of_the_users_may_be_a_link_or_a_pipe),
		cmocka_unit_test(bytes_are_read_and_written_where_they_are_asked_for),
		cmocka_unit_test(a_full_disk_speaks_up),
		cmocka_unit_test(a_finished_file_is_forgotten),
		cmocka_unit_test(a_file_is_made_or_replaced),
		cmocka_unit_test(a_link_is_replaced_and_not_written_through),
		cmocka_unit_test(what_a_crash_left_of_a_replacement_is_removed),
		cmocka_unit_test(what_cannot_be_replaced_stays),
		cmocka_unit_test(a_write_that_fails_leaves_the_old_bytes),
		cmocka_unit_test(a_reader_sees_the_old_file_or_the_new_one),
		cmocka_unit_test(a_new_file_of_the_users_never_replaces_one),
	};
	return cmocka_run_group_tests_name("base_fs", list, NULL, NULL);
}

int main(void)
{
	return tests() + run_without(SYS_openat2, 0, ENOSYS, tests);
}
