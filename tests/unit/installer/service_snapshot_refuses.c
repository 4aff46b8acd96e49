/* service_snapshot_refuses - what is left out of a copy, and what stops one: mounts, a full disk, a signal,
 * what may not be read.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include "installer/interrupt.h"
#include "tests/unit/installer/snapshots.h"

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

static int tests(void)
{
	const struct CMUnitTest list[] = {
		cmocka_unit_test(omitted_directories_are_in_no_copy),
		cmocka_unit_test(sizes_are_of_blocks_without_holes_and_of_each_inode_once),
		cmocka_unit_test(a_mount_point_inside_is_refused),
		cmocka_unit_test(the_place_itself_may_be_a_mount_point),
		cmocka_unit_test(a_full_file_system_is_told_with_what_is_needed),
		cmocka_unit_test(a_signal_stops_the_passes_and_not_what_puts_back),
		cmocka_unit_test(what_cannot_be_read_is_named),
		cmocka_unit_test(who_is_not_root_keeps_what_can_be_kept),
	};
	return cmocka_run_group_tests_name("service_snapshot_refuses", list, NULL, NULL);
}

int main(void)
{
	return run_everywhere(tests);
}
