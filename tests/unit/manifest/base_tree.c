/* base_tree - a tree is walked in the order of its paths, and a link in it is only looked at. */
#include <sched.h>
#include <sys/mount.h>

#include "manifest/base/tree.h"
#include "manifest/path.h"
#include "tests/unit/unit.h"

struct seen {
	char paths[64][256];
	size_t count;
	const char *skip, *fail, *mount;
};

static bool visit(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct seen *s = ctx;
	struct stat st;
	snprintf(s->paths[s->count++], sizeof s->paths[0], "%s", entry->path);
	if (fstatat(entry->dir, entry->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_ino != entry->st->st_ino)
		return err_set(e, ERR_STUCK, "%s: not the entry that it says", entry->path);
	if (entry->mount)
		s->mount = s->paths[s->count - 1];
	*skip = s->skip && strcmp(entry->path, s->skip) == 0;
	if (s->fail && strcmp(entry->path, s->fail) == 0)
		return err_set(e, ERR_GATE, "enough at %s", entry->path);
	return true;
}

static void assert_seen(const struct seen *s, const char *const *want, size_t count)
{
	for (size_t i = 0; i < count && i < s->count; i++)
		assert_string_equal(s->paths[i], want[i]);
	assert_int_equal(s->count, count);
}

/* Names around "/" in the order of bytes: '-' and '.' stand before it, '0' behind. */
static const char *const in_order[] = { ".", "a", "a/b", "a/b/c", "a/b-c", "a-b", "a.b", "a0", "link",
	"\xc3\xa9" };

static int given_tree(void)
{
	int top = scratch();
	given_file(top, "\xc3\xa9", "");
	given_file(top, "a0", "");
	given_file(top, "a.b", "");
	given_file(top, "a-b", "");
	given_file(top, "a/b/c", "");
	given_file(top, "a/b-c", "");
	given_link(top, "link", "a");
	return top;
}

SPEC(a_tree_is_walked_depth_first_in_the_order_of_bytes)
{
	SCOPED_FD int top = given_tree();
	struct seen s = { 0 };
	struct err e = { 0 };
	MUST(tree_walk(top, visit, &s, &e), &e);
	assert_seen(&s, in_order, COUNT_OF(in_order));
	for (size_t i = 1; i < s.count; i++)
		assert_true(path_order(s.paths[i - 1], s.paths[i]) < 0);
}

SPEC(a_directory_can_be_left_out)
{
	SCOPED_FD int top = given_tree();
	static const char *const rest[] = { ".", "a", "a-b", "a.b", "a0", "link", "\xc3\xa9" };
	struct seen s = { .skip = "a" };
	struct err e = { 0 };
	MUST(tree_walk(top, visit, &s, &e), &e);
	assert_seen(&s, rest, COUNT_OF(rest));
	struct seen none = { .skip = "." };
	MUST(tree_walk(top, visit, &none, &e), &e);
	assert_seen(&none, rest, 1);
}

SPEC(a_failure_stops_the_walk)
{
	SCOPED_FD int top = given_tree();
	struct seen s = { .fail = "a/b/c" };
	struct err e = { 0 };
	assert_false(tree_walk(top, visit, &s, &e));
	assert_says(&e, ERR_GATE, "enough at a/b/c");
	assert_seen(&s, in_order, 4);
}

SPEC(a_link_to_a_directory_is_not_entered)
{
	SCOPED_FD int outside = scratch(), top = scratch();
	char path[PATH_MAX];
	given_file(outside, "secret", "");
	given_link(top, "way", path_of(outside, NULL, path));
	given_link(top, "self", ".");
	static const char *const want[] = { ".", "self", "way" };
	struct seen s = { 0 };
	struct err e = { 0 };
	MUST(tree_walk(top, visit, &s, &e), &e);
	assert_seen(&s, want, COUNT_OF(want));
}

SPEC(an_empty_tree_is_its_top)
{
	SCOPED_FD int top = scratch();
	struct seen s = { 0 };
	struct err e = { 0 };
	MUST(tree_walk(top, visit, &s, &e), &e);
	assert_seen(&s, in_order, 1);
	MUST(tree_walk(top, visit, &(struct seen){ 0 }, &e), &e);
}

SPEC(what_is_no_directory_is_not_walked)
{
	SCOPED_FD int top = scratch();
	given_file(top, "file", "x");
	SCOPED_FD int file = openat(top, "file", O_RDONLY | O_CLOEXEC);
	struct seen s = { 0 };
	struct err e = { 0 };
	assert_false(tree_walk(file, visit, &s, &e));
	assert_false(tree_walk(-1, visit, &s, &(struct err){ 0 }));
}

/* In a child with mounts of its own: 0 when the mount was reported and not entered, 77 when none can be made.
 */
static int walk_over_a_mount(int top)
{
	char path[PATH_MAX], above[PATH_MAX];
	path_of(top, NULL, above);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("none", path_of(top, "a", path), "tmpfs", 0, NULL) < 0)
		return 77;
	top = open(above, O_RDONLY | O_DIRECTORY); /* as these mounts have it */
	if (top < 0 || mkdirat(top, "a/hidden", 0755) < 0)
		return 77;
	struct seen s = { 0 };
	struct err e = { 0 };
	if (!tree_walk(top, visit, &s, &e) || !s.mount || strcmp(s.mount, "a") != 0)
		return 1;
	for (size_t i = 0; i < s.count; i++)
		if (strncmp(s.paths[i], "a/", 2) == 0)
			return 2;
	return 0;
}

SPEC(another_file_system_is_told_and_not_entered)
{
	SCOPED_FD int top = given_tree();
	pid_t child = fork();
	if (child == 0)
		_exit(walk_over_a_mount(top));
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

SPEC(the_target_of_a_link_is_read_whole)
{
	SCOPED_FD int top = scratch();
	SCOPED(text_end) struct text target = { 0 };
	struct err e = { 0 };
	text_puts(&target, "what was there before");
	given_link(top, "short", "x");
	MUST(tree_link(top, "short", &target, &e), &e);
	assert_string_equal(text_str(&target), "x");
	char *large = repeated('t', PATH_MAX - 1);
	given_link(top, "long", large);
	MUST(tree_link(top, "long", &target, &e), &e);
	assert_string_equal(text_str(&target), large);
	free(large);
	given_file(top, "file", "");
	assert_false(tree_link(top, "file", &target, &e));
	assert_says(&e, ERR_SYSTEM, "read link file");
	assert_int_equal(e.sys, EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_is_walked_depth_first_in_the_order_of_bytes),
		cmocka_unit_test(a_directory_can_be_left_out),
		cmocka_unit_test(a_failure_stops_the_walk),
		cmocka_unit_test(a_link_to_a_directory_is_not_entered),
		cmocka_unit_test(an_empty_tree_is_its_top),
		cmocka_unit_test(what_is_no_directory_is_not_walked),
		cmocka_unit_test(another_file_system_is_told_and_not_entered),
		cmocka_unit_test(the_target_of_a_link_is_read_whole),
	};
	return cmocka_run_group_tests_name("base_tree", tests, NULL, NULL);
}
