/* store - a listing lies under its own digest, whole, or it is not there. */
#include "installer/store.h"
#include "tests/unit/installer/acts.h"

static const struct entry entries[] = {
	{ .path = ".", .kind = 'd', .mode = 0755 },
	{ .path = "file", .kind = 'f', .mode = 0644, .size = 5, .digest = { { 1 } } },
	{ .path = "odd\nname", .kind = 'f', .mode = 0644, .size = 5, .digest = { { 2 } } },
	{ .path = "link", .kind = 'l', .mode = 0777, .target = "file" },
};

static struct digest kept(const struct node *n, size_t count)
{
	SCOPED(store_end) struct store_writer w;
	struct digest tree;
	struct err e = { 0 };
	MUST(store_start(n, &w, &e), &e);
	for (size_t i = 0; i < count; i++)
		MUST(store_add(&w, &entries[i], &e), &e);
	MUST(store_finish(&w, &tree, &e), &e);
	return tree;
}

static const char *name_of(const struct digest *d)
{
	static char path[DIGEST_HEX + 8] = "trees/";
	digest_hex(d, path + 6);
	return path;
}

SPEC(a_listing_is_read_as_it_was_kept)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(store_close) struct store_reader *r = NULL;
	struct entry entry;
	bool more = true;
	struct err e = { 0 };
	struct digest tree = kept(&n, COUNT_OF(entries));
	MUST(store_open(&n, &tree, &r, &e), &e);
	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		MUST(store_next(r, &entry, &more, &e), &e);
		assert_true(more);
		assert_true(entry_equal(&entry, &entries[i]));
	}
	MUST(store_next(r, &entry, &more, &e), &e);
	assert_false(more);
}

SPEC(a_listing_is_named_by_its_digest)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(text_end) struct text lines = { 0 };
	for (size_t i = 0; i < COUNT_OF(entries); i++)
		listing_add(&entries[i], &lines);
	struct digest want = digest_of(lines.at, lines.len), have = kept(&n, COUNT_OF(entries));
	assert_true(digest_equal(&want, &have));
	assert_file(n.state, name_of(&have), lines.at);
	struct digest again = kept(&n, COUNT_OF(entries)), other = kept(&n, 2);
	assert_true(digest_equal(&again, &have));
	assert_false(digest_equal(&other, &have));
	assert_absent(n.state, "trees/.new");
}

SPEC(a_listing_of_many_lines_is_kept_whole)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(store_close) struct store_reader *r = NULL;
	struct store_writer w;
	struct digest tree;
	struct entry entry;
	size_t count = 0;
	bool more = true;
	struct err e = { 0 };
	MUST(store_start(&n, &w, &e), &e);
	for (size_t i = 0; i < 20000; i++) {
		char path[32];
		snprintf(path, sizeof path, "file-%06zu", i);
		MUST(store_add(&w, &(struct entry){ .path = path, .kind = 'd', .mode = 0755 }, &e), &e);
	}
	MUST(store_finish(&w, &tree, &e), &e);
	store_end(&w);
	MUST(store_open(&n, &tree, &r, &e), &e);
	for (;; count++) {
		MUST(store_next(r, &entry, &more, &e), &e);
		if (!more)
			break;
	}
	assert_int_equal(count, 20000);
}

SPEC(without_a_finish_nothing_is_kept)
{
	SCOPED(node_end) struct node n = node_here();
	struct store_writer w;
	struct err e = { 0 };
	MUST(store_start(&n, &w, &e), &e);
	MUST(store_add(&w, &entries[0], &e), &e);
	store_end(&w);
	assert_int_equal(unlinkat(n.state, "trees", AT_REMOVEDIR), 0);
}

SPEC(a_listing_that_is_missing_or_altered_is_stuck)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(store_close) struct store_reader *r = NULL, *other = NULL;
	struct digest tree = kept(&n, 3), missing = letter('x');
	struct err e = { 0 }, none = { 0 };
	assert_false(store_open(&n, &missing, &r, &none));
	assert_says(&none, ERR_STUCK, "is missing");
	given_file(n.state, name_of(&tree), ".\td\t0755\t0\t-\t-\n");
	assert_false(store_open(&n, &tree, &other, &e));
	assert_says(&e, ERR_STUCK, "was altered");
}

SPEC(a_listing_is_a_file_and_no_link)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(store_close) struct store_reader *r = NULL;
	struct digest tree = kept(&n, 3);
	struct err e = { 0 };
	assert_int_equal(renameat(n.state, name_of(&tree), n.state, "elsewhere"), 0);
	given_link(n.state, name_of(&tree), "../elsewhere");
	assert_false(store_open(&n, &tree, &r, &e));
	assert_non_null(strstr(e.text, "the listing trees/"));
}

SPEC(without_records_every_listing_is_missing)
{
	struct node none = { .root = -1, .state = -1, .lock = -1 };
	SCOPED(store_close) struct store_reader *r = NULL;
	struct digest tree = letter('x');
	struct err e = { 0 };
	errno = EIO;
	assert_false(store_open(&none, &tree, &r, &e));
	if (e.kind == ERR_SYSTEM)
		skip(); /* a known fault: it tells an errno that is none of its own */
	assert_says(&e, ERR_STUCK, "is missing");
}

SPEC(a_tree_on_disk_is_listed)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED_FD int top = scratch();
	SCOPED(store_close) struct store_reader *r = NULL;
	static const char *const want[] = { ".", "a", "a/file", "link" };
	char *local[] = { WORDS("*.log") };
	struct json_list ignore = { local, 1 };
	struct entry entry;
	struct digest tree;
	bool more;
	struct err e = { 0 };
	given_file(top, "a/file", "words");
	given_file(top, "a/x.log", "the node's own");
	given_link(top, "link", "a");
	MUST(store_tree(&n, top, &(struct store_what){ .ignore = &ignore, .keep = true }, &tree, &e), &e);
	MUST(store_open(&n, &tree, &r, &e), &e);
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		MUST(store_next(r, &entry, &more, &e), &e);
		assert_true(more);
		assert_string_equal(entry.path, want[i]);
		if (i == 2) {
			struct digest words = digest_of("words", 5);
			assert_true(digest_equal(&entry.digest, &words));
		}
	}
	MUST(store_next(r, &entry, &more, &e), &e);
	assert_false(more);
}

/* The digest of the listing of `top`, without *.log and by what the listing `before` has. */
static struct digest tree_after(const struct node *n, int dir, const struct digest *before)
{
	SCOPED_FD int top = openat(dir, ".", O_RDONLY | O_DIRECTORY); /* a walk takes it to its end */
	char *local[] = { WORDS("*.log") };
	struct json_list ignore = { local, 1 };
	struct store_what what = { .ignore = &ignore, .before = before, .keep = true };
	struct digest tree;
	struct err e = { 0 };
	MUST(store_tree(n, top, &what, &tree, &e), &e);
	return tree;
}

SPEC(directories_of_nothing_but_local_files_count_if_they_counted_before)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED_FD int top = scratch();
	given_file(top, "b/file", "words");
	struct digest first = tree_after(&n, top, NULL), again;
	given_file(top, "a/deep/x.log", "the node's own");
	given_file(top, "b/empty/x.log", "the node's own");
	again = tree_after(&n, top, &first);
	assert_true(digest_equal(&first, &again));
	given_file(top, "a/deep/file", "words");
	struct digest more = tree_after(&n, top, &first);
	assert_false(digest_equal(&first, &more));
	assert_int_equal(unlinkat(top, "a/deep/file", 0), 0);
	again = tree_after(&n, top, &more);
	struct digest missing = letter('x'), neither = tree_after(&n, top, &missing);
	assert_false(digest_equal(&again, &first)); /* its listing has a and a/deep */
	assert_true(digest_equal(&neither, &first));
}

static bool is_wanted(const void *ctx, const struct digest *tree)
{
	return digest_equal(ctx, tree);
}

SPEC(listings_that_nothing_names_are_swept_away)
{
	SCOPED(node_end) struct node n = node_here();
	struct err e = { 0 };
	struct digest wanted = letter('n');
	MUST(store_sweep(&n, is_wanted, &wanted, &e), &e); /* nothing there yet */
	wanted = kept(&n, 2);
	struct digest other = kept(&n, 3);
	given_file(n.state, "trees/README", "not ours");
	given_file(n.state, "trees/.new", "left by a crash");
	for (int i = 0; i < 2; i++) {
		MUST(store_sweep(&n, is_wanted, &wanted, &e), &e);
		assert_true(is_there(n.state, name_of(&wanted)));
		assert_absent(n.state, name_of(&other));
		assert_absent(n.state, "trees/.new");
		assert_true(is_there(n.state, "trees/README"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listing_is_read_as_it_was_kept),
		cmocka_unit_test(a_listing_is_named_by_its_digest),
		cmocka_unit_test(a_listing_of_many_lines_is_kept_whole),
		cmocka_unit_test(without_a_finish_nothing_is_kept),
		cmocka_unit_test(a_listing_that_is_missing_or_altered_is_stuck),
		cmocka_unit_test(a_listing_is_a_file_and_no_link),
		cmocka_unit_test(without_records_every_listing_is_missing),
		cmocka_unit_test(a_tree_on_disk_is_listed),
		cmocka_unit_test(directories_of_nothing_but_local_files_count_if_they_counted_before),
		cmocka_unit_test(listings_that_nothing_names_are_swept_away),
	};
	return cmocka_run_group_tests_name("store", tests, start_digests, NULL);
}
