/* audit - what lies there is held against a listing, and is the tree that was meant. */
#include "installer/audit.h"

#include "installer/identity.h"
#include "installer/store.h"
#include "manifest/base/fs.h"
#include "tests/unit/installer/acts.h"

static struct digest kept(const struct node *n, const char *path)
{
	struct digest tree;
	struct err e = { 0 };
	SCOPED_FD int top = fs_open(n->root, path, O_RDONLY | O_DIRECTORY, 0);
	assert_true(top >= 0);
	MUST(store_tree(n, top, &(struct store_what){ .keep = true }, &tree, &e), &e);
	return tree;
}

static void differs(const struct node *n, const char *identity, const struct digest *want, const char *what)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(audit_end) struct audit audit = { .arena = &arena };
	struct err e = { 0 };
	MUST(identity ? audit_known(n, "core", "tree", identity, want, &audit, &e)
		      : audit_path(n, "core", "tree", want, &audit, &e),
		&e);
	assert_int_equal(audit.count, what ? 1 : 0);
	if (what) {
		assert_string_equal(audit.items[0].path, ".");
		assert_string_equal(audit.items[0].what, what);
	}
}

SPEC(another_tree_that_has_the_name_by_now_is_told)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(text_end) struct text identity = { 0 };
	struct err e = { 0 };
	given_file(n.root, "tree/file", "words");
	given_file(n.root, "like/file", "words");
	struct digest want = kept(&n, "tree");
	MUST(identity_give(n.root, "tree", &identity, &e), &e);
	differs(&n, text_str(&identity), &want, NULL);
	assert_true(fs_exchange(n.root, "tree", n.root, "like"));
	differs(&n, NULL, &want, NULL);
	differs(&n, text_str(&identity), &want, "another tree");
	assert_true(fs_exchange(n.root, "tree", n.root, "like"));
	differs(&n, text_str(&identity), &want, NULL);
}

SPEC(a_link_and_nothing_are_one_difference)
{
	SCOPED(node_end) struct node n = node_here();
	given_file(n.root, "tree/file", "words");
	struct digest want = kept(&n, "tree");
	assert_int_equal(renameat(n.root, "tree", n.root, "away"), 0);
	differs(&n, "any", &want, "missing");
	given_link(n.root, "tree", "away");
	differs(&n, "any", &want, "kind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_tree_that_has_the_name_by_now_is_told),
		cmocka_unit_test(a_link_and_nothing_are_one_difference),
	};
	return cmocka_run_group_tests_name("audit", tests, start_digests, NULL);
}
