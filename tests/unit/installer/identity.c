/* identity - a directory keeps it when it is renamed, and no other directory has it. Everything runs again
 * where the file system has no handles: then by inode, by a mark of ours, or by the whole tree.
 */
#include "installer/identity.h"
#include "tests/unit/without.h"

static void identify(int dir, const char *name, struct text *out)
{
	struct err e = { 0 };
	text_puts(out, "what was there before");
	MUST(identity_of(dir, name, out, &e), &e);
}

SPEC(nothing_has_no_identity)
{
	SCOPED_FD int dir = scratch();
	SCOPED(text_end) struct text id = { 0 };
	identify(dir, "missing", &id);
	assert_string_equal(text_str(&id), "");
}

SPEC(a_directory_keeps_its_identity_when_it_is_renamed)
{
	SCOPED_FD int dir = scratch();
	SCOPED(text_end) struct text before = { 0 }, after = { 0 }, gone = { 0 };
	given_file(dir, "a/file", "x");
	given_dir(dir, "other/place");
	identify(dir, "a", &before);
	assert_true(before.len > 0);
	assert_int_equal(renameat(dir, "a", dir, "other/place/b"), 0);
	identify(dir, "other/place/b", &after);
	assert_string_equal(after.at, before.at);
	identify(dir, "a", &gone);
	assert_string_equal(text_str(&gone), "");
}

SPEC(two_directories_differ)
{
	SCOPED_FD int dir = scratch();
	SCOPED(text_end) struct text a = { 0 }, b = { 0 };
	given_file(dir, "a/file", "x");
	given_file(dir, "b/file", "y");
	identify(dir, "a", &a);
	identify(dir, "b", &b);
	assert_string_not_equal(a.at, b.at);
}

SPEC(a_link_is_not_the_directory_that_it_leads_to)
{
	SCOPED_FD int dir = scratch();
	SCOPED(text_end) struct text a = { 0 }, link = { 0 };
	struct err e = { 0 };
	given_file(dir, "a/file", "x");
	given_link(dir, "link", "a");
	identify(dir, "a", &a);
	if (identity_of(dir, "link", &link, &e))
		assert_string_not_equal(text_str(&link), a.at);
	else
		assert_int_equal(e.kind, ERR_SYSTEM);
}

static void give(int dir, const char *name, struct text *out)
{
	struct err e = { 0 };
	MUST(identity_give(dir, name, out, &e), &e);
}

SPEC(a_given_identity_stays_while_a_program_writes_into_its_own_tree)
{
	SCOPED_FD int dir = scratch();
	SCOPED(text_end) struct text given = { 0 }, later = { 0 };
	given_file(dir, "a/file", "x");
	if (!has_attributes(dir))
		skip();
	give(dir, "a", &given);
	given_file(dir, "a/more", "written since");
	identify(dir, "a", &later);
	assert_string_equal(text_str(&later), text_str(&given));
}

SPEC(no_two_trees_are_given_the_same_identity)
{
	SCOPED_FD int dir = scratch();
	SCOPED(text_end) struct text a = { 0 }, b = { 0 };
	given_file(dir, "a/file", "x");
	given_file(dir, "b/file", "x");
	if (!has_attributes(dir))
		skip();
	give(dir, "a", &a);
	give(dir, "b", &b);
	assert_string_not_equal(text_str(&a), text_str(&b));
}

SPEC(what_a_socket_lies_in_has_an_identity)
{
	SCOPED_FD int dir = scratch();
	SCOPED(text_end) struct text tree = { 0 }, fifo = { 0 };
	given_file(dir, "a/file", "x");
	assert_int_equal(mknodat(dir, "a/socket", S_IFSOCK | 0600, 0), 0);
	assert_int_equal(mknodat(dir, "a/fifo", S_IFIFO | 0600, 0), 0);
	identify(dir, "a", &tree);
	assert_true(tree.len > 0);
	identify(dir, "a/socket", &fifo);
	assert_true(fifo.len > 0);
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
		cmocka_unit_test(nothing_has_no_identity),
		cmocka_unit_test(a_directory_keeps_its_identity_when_it_is_renamed),
		cmocka_unit_test(two_directories_differ),
		cmocka_unit_test(a_given_identity_stays_while_a_program_writes_into_its_own_tree),
		cmocka_unit_test(no_two_trees_are_given_the_same_identity),
		cmocka_unit_test(what_a_socket_lies_in_has_an_identity),
		cmocka_unit_test(a_link_is_not_the_directory_that_it_leads_to),
	};
	return cmocka_run_group_tests_name("identity", list, start_digests, NULL);
}

static int tests_without_marks(void)
{
	return tests() + run_without(SYS_fsetxattr, 0, EOPNOTSUPP, tests);
}

static int tests_without_birth_times(void)
{
	return run_without(SYS_statx, 0, ENOSYS, tests_without_marks);
}

int main(void)
{
	return tests() + run_without(SYS_name_to_handle_at, 0, EOPNOTSUPP, tests) +
	       run_without(SYS_name_to_handle_at, 0, EOPNOTSUPP, tests_without_birth_times);
}
