/* service_caches_clear - a cache goes, and nothing beside it: whatever links, owners and mounts were put
 * there. */
#include "installer/service/caches.h"

#include <sched.h>
#include <sys/mount.h>

#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "tests/unit/unit.h"

struct cleared {
	struct arena arena;
	struct json_list notes;
	struct err e;
	bool good;
};

static void cleared_end(struct cleared *c)
{
	arena_end(&c->arena);
}

static struct cleared clear_as(int root, const char *path, uid_t uid)
{
	struct cleared c = { 0 };
	struct json_list paths = { NULL, 0 };
	texts_add(&paths, path, &c.arena);
	c.good = caches_clear(root, &paths, uid, &c.notes, &c.arena, &c.e);
	return c;
}

static const char *said(const struct cleared *c)
{
	return c->notes.count ? ((char *const *)c->notes.items)[0] : "";
}

static void assert_cleared(int root, const char *path, const char *note)
{
	SCOPED(cleared_end) struct cleared c = clear_as(root, path, geteuid());
	MUST(c.good, &c.e);
	assert_string_equal(said(&c), note);
}

/* Beside the cache: what has to survive. */
static int given_root(void)
{
	int root = scratch();
	given_file(root, "home/claw/precious", "x");
	given_file(root, "elsewhere/file", "x");
	given_dir(root, "tmp");
	assert_int_equal(fchmodat(root, "tmp", 01777, 0), 0);
	return root;
}

static void assert_survived(int root)
{
	assert_file(root, "home/claw/precious", "x");
	assert_file(root, "elsewhere/file", "x");
}

SPEC(a_cache_goes_with_all_below_it)
{
	SCOPED_FD int root = given_root();
	given_file(root, "tmp/jiti/a.mjs", "12345");
	given_file(root, "tmp/jiti/deep/er/b.mjs", "67890");
	given_file(root, "tmp/jiti/closed/c.mjs", "");
	given_dir(root, "tmp/jiti/empty/dir");
	given_file(root, "tmp/jiti2/a", "");
	assert_int_equal(mkfifoat(root, "tmp/jiti/fifo", 0600), 0);
	assert_int_equal(fchmodat(root, "tmp/jiti/a.mjs", 0, 0), 0);
	assert_int_equal(fchmodat(root, "tmp/jiti/closed", 0, 0), 0);
	assert_int_equal(fchmodat(root, "tmp/jiti/empty", 0500, 0), 0);
	assert_cleared(root, "/tmp/jiti", "cleared /tmp/jiti: 4 files, 10 bytes");
	assert_absent(root, "tmp/jiti");
	assert_true(is_there(root, "tmp/jiti2/a"));
	assert_cleared(root, "/tmp/jiti", ""); /* and again */
	assert_cleared(root, "/tmp/no/such/jiti", "");
	assert_survived(root);
}

SPEC(several_are_cleared_and_one_may_be_a_file)
{
	SCOPED_FD int root = given_root();
	struct cleared c = { 0 };
	struct json_list paths = { NULL, 0 };
	given_file(root, "var/cache/a/x", "1");
	given_file(root, "var/cache/b.db", "22");
	texts_add(&paths, "/var/cache/a", &c.arena);
	texts_add(&paths, "/var/cache/none", &c.arena);
	texts_add(&paths, "/var/cache/b.db", &c.arena);
	MUST(caches_clear(root, &paths, geteuid(), &c.notes, &c.arena, &c.e), &c.e);
	assert_int_equal(c.notes.count, 2);
	assert_string_equal(((char **)c.notes.items)[0], "cleared /var/cache/a: 1 file, 1 bytes");
	assert_string_equal(((char **)c.notes.items)[1], "cleared /var/cache/b.db: 1 file, 2 bytes");
	assert_absent(root, "var/cache/a");
	assert_absent(root, "var/cache/b.db");
	arena_end(&c.arena);
}

SPEC(links_inside_are_removed_and_not_followed)
{
	SCOPED_FD int root = given_root();
	given_dir(root, "tmp/jiti/x");
	given_link(root, "tmp/jiti/home", "../../home");
	given_link(root, "tmp/jiti/x/file", "../../../elsewhere/file");
	given_link(root, "tmp/jiti/x/etc", "/etc");
	given_link(root, "tmp/jiti/dangling", "nowhere");
	assert_cleared(root, "/tmp/jiti", "cleared /tmp/jiti: 4 files, 0 bytes");
	assert_absent(root, "tmp/jiti");
	assert_survived(root);
}

SPEC(a_cache_that_is_a_link_is_left)
{
	SCOPED_FD int root = given_root();
	given_link(root, "tmp/jiti", "../elsewhere");
	given_link(root, "tmp/way", "/home");
	assert_cleared(root, "/tmp/jiti", "left /tmp/jiti: it is a link");
	SCOPED(cleared_end) struct cleared c = clear_as(root, "/tmp/way/claw/precious", geteuid());
	MUST(c.good, &c.e);
	assert_non_null(strstr(said(&c), "left /tmp/way/claw/precious: "));
	assert_non_null(strstr(said(&c), "/tmp/way is a link that others can change"));
	assert_true(is_there(root, "tmp/jiti"));
	assert_survived(root);
}

SPEC(a_link_of_ours_on_the_way_counts_but_not_to_what_is_too_wide)
{
	SCOPED_FD int root = given_root();
	given_file(root, "disk/cache/jiti/x", "1");
	given_link(root, "data/cache", "/disk/cache");
	given_link(root, "data/way", "/home");
	assert_cleared(root, "/data/cache/jiti", "cleared /data/cache/jiti: 1 file, 1 bytes");
	assert_absent(root, "disk/cache/jiti");
	SCOPED(cleared_end) struct cleared c = clear_as(root, "/data/way/claw", geteuid());
	assert_false(c.good);
	assert_says(&c.e, ERR_REFUSED,
		"clear the cache /data/way/claw: it leads to /home/claw, which is too wide");
	assert_survived(root);
}

SPEC(what_is_no_cache_is_refused_whoever_asks)
{
	static const char *const wrong[] = { "/", "/tmp", "/home/claw", "/home/claw/.cache", "/root/.local",
		"tmp/jiti", "/tmp/../home/claw/precious", "" };
	SCOPED_FD int root = given_root();
	given_file(root, "tmp/jiti/x", "");
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		SCOPED(cleared_end) struct cleared c = clear_as(root, wrong[i], geteuid());
		assert_false(c.good);
		assert_says(&c.e, ERR_REFUSED, "no plain absolute path, or too wide");
	}
	assert_true(is_there(root, "tmp/jiti/x"));
	assert_survived(root);
}

SPEC(a_directory_that_others_can_write_must_be_sticky)
{
	static const mode_t modes[] = { 0777, 0775, 0757 };
	SCOPED_FD int root = given_root();
	given_file(root, "tmp/jiti/x", "");
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		char note[128];
		assert_int_equal(fchmodat(root, "tmp", modes[i], 0), 0);
		snprintf(note, sizeof note,
			"left /tmp/jiti: others can write its directory (mode %04o) and exchange it",
			modes[i]);
		assert_cleared(root, "/tmp/jiti", note);
	}
	assert_true(is_there(root, "tmp/jiti/x"));
	assert_int_equal(fchmodat(root, "tmp", 01777, 0), 0);
	assert_cleared(root, "/tmp/jiti", "cleared /tmp/jiti: 1 file, 0 bytes");
}

/* ---- owners (as root) ---- */

static void given_owner(int root, const char *path, uid_t uid)
{
	assert_int_equal(fchownat(root, path, uid, uid, AT_SYMLINK_NOFOLLOW), 0);
}

static void assert_cleared_for(int root, uid_t uid, const char *note)
{
	SCOPED(cleared_end) struct cleared c = clear_as(root, "/tmp/jiti", uid);
	MUST(c.good, &c.e);
	assert_string_equal(said(&c), note);
}

SPEC(a_cache_of_somebody_else_is_left)
{
	SCOPED_FD int root = given_root();
	if (geteuid() != 0)
		skip();
	given_file(root, "tmp/jiti/x", "");
	given_owner(root, "tmp/jiti", 1001);
	assert_cleared_for(root, 1000, "left /tmp/jiti: it belongs to user 1001, not to user 1000 or root");
	assert_cleared_for(root, 0, "left /tmp/jiti: it belongs to user 1001, not to user 0 or root");
	assert_true(is_there(root, "tmp/jiti/x"));
	given_owner(root, "tmp", 1001);
	given_owner(root, "tmp/jiti", 1000);
	assert_cleared_for(
		root, 1000, "left /tmp/jiti: its directory belongs to user 1001, who can exchange it");
	assert_true(is_there(root, "tmp/jiti/x"));
	given_owner(root, "tmp", 0);
	assert_cleared_for(root, 1000, "cleared /tmp/jiti: 1 file, 0 bytes");
	given_file(root, "tmp/jiti/x", ""); /* root's, made by hand */
	assert_cleared_for(root, 1000, "cleared /tmp/jiti: 1 file, 0 bytes");
}

SPEC(what_others_have_in_a_shared_cache_is_left)
{
	static const mode_t modes[] = { 01777, 0777, 0775, 01755 };
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		SCOPED_FD int root = given_root();
		given_file(root, "tmp/jiti/ours", "123");
		given_file(root, "tmp/jiti/deep/theirs\n", "");
		given_file(root, "tmp/jiti/deep/ours", "");
		given_file(root, "tmp/jiti/folder/inside", "");
		given_owner(root, "tmp/jiti", 1000);
		given_owner(root, "tmp/jiti/deep/theirs\n", 1001);
		given_owner(root, "tmp/jiti/folder", 1001);
		assert_int_equal(fchmodat(root, "tmp/jiti", modes[i], 0), 0);
		assert_int_equal(fchmodat(root, "tmp/jiti/deep", modes[i], 0), 0);
		SCOPED(cleared_end) struct cleared c = clear_as(root, "/tmp/jiti", 1000);
		MUST(c.good, &c.e);
		assert_non_null(strstr(said(&c), "cleared /tmp/jiti: 2 files, 3 bytes; left /tmp/jiti/"));
		assert_non_null(strstr(said(&c), ": it belongs to user 1001, and 1 more"));
		assert_true(is_there(root, "tmp/jiti/deep/theirs\n"));
		assert_true(is_there(root, "tmp/jiti/folder/inside"));
		assert_absent(root, "tmp/jiti/ours");
		assert_absent(root, "tmp/jiti/deep/ours");
	}
}

SPEC(what_others_own_in_a_private_cache_goes)
{
	SCOPED_FD int root = given_root();
	if (geteuid() != 0)
		skip();
	given_file(root, "tmp/jiti/deep/theirs", "");
	given_owner(root, "tmp/jiti", 1000);
	given_owner(root, "tmp/jiti/deep", 1001);
	given_owner(root, "tmp/jiti/deep/theirs", 1001);
	assert_cleared_for(root, 1000, "cleared /tmp/jiti: 1 file, 0 bytes");
	assert_absent(root, "tmp/jiti");
}

/* ---- mounts (as root, in a namespace of its own) ---- */

/* In a process of its own, which may mount: the note, or the error. False: it may not. */
static bool clear_with_mount(
	int root, const char *from, const char *to, unsigned long flags, char note[static 512])
{
	int say[2];
	char top[PATH_MAX], source[PATH_MAX],
		target[PATH_MAX]; /* what is held open is of the other namespace */
	assert_int_equal(pipe2(say, O_CLOEXEC), 0);
	path_of(root, NULL, top);
	path_of(root, from, source);
	path_of(root, to, target);
	pid_t pid = fork();
	if (pid == 0) {
		bool mounted = unshare(CLONE_NEWNS) == 0 &&
			       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			       mount(source, target, "tmpfs", flags & ~(unsigned long)MS_RDONLY, NULL) == 0;
		if (flags & MS_RDONLY)
			mounted = mounted && mount(NULL, target, NULL, MS_REMOUNT | flags, NULL) == 0;
		SCOPED_FD int inside = mounted ? open(top, O_RDONLY | O_DIRECTORY) : -1;
		struct cleared c = mounted ? clear_as(inside, "/tmp/jiti", 0) : (struct cleared){ 0 };
		const char *line = !mounted ? "not mounted" : c.good ? said(&c) : c.e.text;
		_exit(write(say[1], line, strlen(line)) < 0);
	}
	close(say[1]);
	ssize_t n = read(say[0], note, 511);
	close(say[0]);
	waitpid(pid, NULL, 0);
	assert_true(n >= 0);
	note[n] = '\0';
	return strcmp(note, "not mounted") != 0;
}

SPEC(what_is_mounted_there_is_not_entered)
{
	SCOPED_FD int root = given_root();
	char note[512];
	given_file(root, "tmp/jiti/a", "1");
	given_dir(root, "tmp/jiti/m");
	if (!clear_with_mount(root, "elsewhere", "tmp/jiti", MS_BIND, note))
		skip();
	assert_string_equal(note, "left /tmp/jiti: a file system is mounted there");
	assert_true(clear_with_mount(root, "elsewhere", "tmp/jiti", 0, note));
	assert_string_equal(note, "left /tmp/jiti: a file system is mounted there");
	assert_true(is_there(root, "tmp/jiti/a"));
	assert_true(clear_with_mount(root, "elsewhere", "tmp/jiti/m", MS_BIND, note));
	assert_string_equal(
		note, "cleared /tmp/jiti: 1 file, 1 bytes; left /tmp/jiti/m: a file system is mounted there");
	assert_survived(root);
	given_file(root, "tmp/jiti/a", "1");
	assert_true(clear_with_mount(root, "elsewhere/file", "tmp/jiti/a", MS_BIND, note));
	assert_string_equal(
		note, "cleared /tmp/jiti: 0 files, 0 bytes; left /tmp/jiti/a: something is mounted there");
	assert_survived(root);
}

SPEC(what_cannot_be_removed_is_a_failure)
{
	SCOPED_FD int root = given_root();
	char note[512];
	given_file(root, "tmp/jiti/a", "1");
	if (!clear_with_mount(root, "tmp", "tmp", MS_BIND | MS_RDONLY, note))
		skip();
	assert_string_equal(note, "clear the cache /tmp/jiti: remove /tmp/jiti/a: Read-only file system");
	assert_true(is_there(root, "tmp/jiti/a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cache_goes_with_all_below_it),
		cmocka_unit_test(several_are_cleared_and_one_may_be_a_file),
		cmocka_unit_test(links_inside_are_removed_and_not_followed),
		cmocka_unit_test(a_cache_that_is_a_link_is_left),
		cmocka_unit_test(a_link_of_ours_on_the_way_counts_but_not_to_what_is_too_wide),
		cmocka_unit_test(what_is_no_cache_is_refused_whoever_asks),
		cmocka_unit_test(a_directory_that_others_can_write_must_be_sticky),
		cmocka_unit_test(a_cache_of_somebody_else_is_left),
		cmocka_unit_test(what_others_have_in_a_shared_cache_is_left),
		cmocka_unit_test(what_others_own_in_a_private_cache_goes),
		cmocka_unit_test(what_is_mounted_there_is_not_entered),
		cmocka_unit_test(what_cannot_be_removed_is_a_failure),
	};
	return cmocka_run_group_tests_name("service_caches_clear", tests, NULL, NULL);
}
