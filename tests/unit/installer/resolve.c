/* resolve - a path is resolved inside the root, and a link counts only where nobody else could have made it.
 */
#include "installer/resolve.h"
#include "tests/unit/unit.h"

static int given_root(void)
{
	int root = scratch();
	given_file(root, "opt/real/file", "");
	given_link(root, "opt/link", "real");
	given_link(root, "opt/absolute", "/opt/real");
	given_link(root, "opt/up", "../opt");
	given_link(root, "opt/out", "../../../../etc");
	given_link(root, "opt/dangling", "nowhere/x");
	given_link(root, "opt/chain", "link");
	given_link(root, "opt/loop", "loop");
	given_link(root, "slashes", "opt//real/");
	return root;
}

SPEC(paths_become_real_inside_the_root)
{
	static const struct {
		const char *path, *real;
		bool there;
	} cases[] = {
		{ "/opt/real", "opt/real", true }, { "opt/real", "opt/real", true }, { "/", ".", true },
		{ "", ".", true }, { "//opt///real//", "opt/real", true },
		{ "/opt/./real/.", "opt/real", true }, { "/opt/link", "opt/real", true },
		{ "/opt/link/file", "opt/real/file", true }, { "/opt/absolute/file", "opt/real/file", true },
		{ "/opt/chain", "opt/real", true }, { "/opt/up/link", "opt/real", true },
		{ "/slashes/file", "opt/real/file", true }, { "/opt/real/..", "opt", true },
		{ "/opt/link/..", "opt", true }, { "/..", ".", true }, { "/../../opt", "opt", true },
		{ "/opt/new", "opt/new", false }, { "/opt/new/er", "opt/new/er", false },
		{ "/opt/link/new", "opt/real/new", false }, { "/opt/dangling", "opt/nowhere/x", false },
		{ "/opt/out", "etc", false }, /* the root has no parent */
	};
	SCOPED_FD int root = given_root();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text real = { 0 };
		bool there = !cases[i].there;
		struct err e = { 0 };
		text_puts(&real, "what was there before");
		MUST(resolve_path(root, cases[i].path, &real, &there, &e), &e);
		if (strcmp(text_str(&real), cases[i].real) != 0 || there != cases[i].there)
			fail_msg("%s: %s%s", cases[i].path, text_str(&real), there ? "" : " (not there)");
	}
}

static void assert_refused(int root, const char *path, enum err_kind kind, const char *complaint)
{
	SCOPED(text_end) struct text real = { 0 };
	bool there;
	struct err e = { 0 };
	if (resolve_path(root, path, &real, &there, &e))
		fail_msg("%s: %s", path, text_str(&real));
	assert_says(&e, kind, complaint);
}

SPEC(a_path_that_leads_nowhere_is_refused)
{
	SCOPED_FD int root = given_root();
	char *large = repeated('x', PATH_MAX);
	assert_refused(root, "/opt/loop", ERR_REFUSED, "too many links");
	assert_refused(root, "/opt/real/file/x", ERR_SYSTEM, "open /opt/real/file");
	assert_refused(root, "/opt/a\nb", ERR_USAGE, "control characters");
	assert_refused(root, "/opt/\xff", ERR_USAGE, "UTF-8");
	assert_refused(root, large, ERR_USAGE, "too long");
	free(large);
}

SPEC(a_link_in_a_directory_that_others_can_write_is_refused)
{
	static const mode_t modes[] = { 0775, 0757, 0777, 01777 };
	SCOPED_FD int root = given_root();
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		SCOPED(text_end) struct text real = { 0 };
		bool there;
		struct err e = { 0 };
		assert_int_equal(fchmodat(root, "opt", modes[i], 0), 0);
		assert_refused(
			root, "/opt/link/file", ERR_REFUSED, "/opt/link is a link that others can change");
		MUST(resolve_path(root, "/opt/real/file", &real, &there, &e), &e); /* no link, no doubt */
	}
}

SPEC(a_link_that_others_own_is_refused)
{
	SCOPED_FD int root = given_root();
	if (geteuid() != 0)
		skip();
	assert_int_equal(fchownat(root, "opt/link", 4711, 4711, AT_SYMLINK_NOFOLLOW), 0);
	assert_refused(root, "/opt/link", ERR_REFUSED, "/opt/link is a link that others can change");
	assert_refused(root, "/opt/chain", ERR_REFUSED, "/opt/link is a link that others can change");
	assert_int_equal(fchownat(root, "opt", 4711, 4711, 0), 0);
	assert_refused(root, "/opt/absolute", ERR_REFUSED, "(directory owner 4711, mode 0755)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_become_real_inside_the_root),
		cmocka_unit_test(a_path_that_leads_nowhere_is_refused),
		cmocka_unit_test(a_link_in_a_directory_that_others_can_write_is_refused),
		cmocka_unit_test(a_link_that_others_own_is_refused),
	};
	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
