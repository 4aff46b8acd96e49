/* scan - a tree becomes rows in order; what cannot travel is named, all of it at once; a change is noticed.
 */
#include "tests/unit/bundler/sources.h"

static const struct cli_many no_exclude;
static const struct scan_rules no_rules = { &no_exclude, NULL };

static struct canary given_app(void)
{
	struct canary c = { .dir = scratch() };
	given_file(c.dir, "app/bin/run", "#!/bin/sh\n");
	given_file(c.dir, "app/a-b", "");
	given_file(c.dir, "app/a/b", "words");
	given_link(c.dir, "app/link", "bin/run");
	canary_add(&c, "app", "core", "app");
	return c;
}

static void assert_paths(const struct scan *scan, const char *const *want, size_t count)
{
	char path[PATH_MAX];
	for (size_t i = 0; i < count && i < scan->rows.count; i++)
		assert_string_equal(rows_path(&scan->rows, i, path), want[i]);
	assert_int_equal(scan->rows.count, count);
}

SPEC(a_tree_becomes_rows_in_order)
{
	static const char *const want[] = { ".", "a", "a/b", "a-b", "bin", "bin/run", "link", ".", "x" };
	SCOPED(canary_end) struct canary c = given_app();
	SCOPED(scan_end) struct scan scan = { 0 };
	struct err e = { 0 };
	given_file(c.dir, "extra/x", "123");
	canary_add(&c, "aa", "plugin", "extra");
	c.s.items[1].id = "extra";
	canary_open(&c);
	MUST(scan_sources(&c.s, &no_rules, 2, &scan, &e), &e);
	assert_paths(&scan, want, COUNT_OF(want));
	assert_int_equal(scan.bytes, 10 + 5 + 3);
	assert_int_equal(scan.rows.items[8].component, 1);
	assert_int_equal(scan.rows.items[2].size, 5);
	assert_int_equal(scan.rows.items[2].mode, 0644);
	assert_int_equal(scan.rows.items[6].kind, ENTRY_LINK);
	assert_string_equal(scan.rows.items[6].target, "bin/run");
	for (size_t i = 0; i < scan.rows.count; i++)
		assert_true(digest_zero(&scan.rows.items[i].digest));
}

SPEC(what_is_excluded_is_no_row)
{
	static const char *const left_out[] = { ".git/config", "sub/.git", ".hg/x", ".svn/x",
		".waybill/app/x", ".DS_Store", "._resource", ".nfs000123", "x.log", "cache/big",
		"local.env" };
	static const char *const want[] = { ".", "a", "a/b", "a-b", "bin", "bin/run", "link", "sub" };
	SCOPED(canary_end) struct canary c = given_app();
	SCOPED(scan_end) struct scan scan = { 0 };
	const char *patterns[] = { "*.log", "cache" };
	char *local[] = { (char *)(uintptr_t) "local.env" };
	struct cli_many exclude = { patterns, 2 };
	struct profile profile = { .local = { local, 1 } };
	struct err e = { 0 };
	for (size_t i = 0; i < COUNT_OF(left_out); i++) {
		char path[128];
		snprintf(path, sizeof path, "app/%s", left_out[i]);
		given_file(c.dir, path, "x");
	}
	canary_open(&c);
	MUST(scan_sources(&c.s, &(struct scan_rules){ &exclude, &profile }, 2, &scan, &e), &e);
	assert_paths(&scan, want, COUNT_OF(want));
}

SPEC(every_entry_that_cannot_travel_is_named)
{
	SCOPED(canary_end) struct canary c = given_app();
	SCOPED(scan_end) struct scan scan = { 0 };
	struct err e = { 0 };
	assert_int_equal(mkfifoat(c.dir, "app/fifo", 0600), 0);
	given_file(c.dir, "app/setuid", "");
	assert_int_equal(fchmodat(c.dir, "app/setuid", 04755, 0), 0);
	given_dir(c.dir, "app/sticky/inside");
	assert_int_equal(fchmodat(c.dir, "app/sticky", 01777, 0), 0);
	given_file(c.dir, "app/line\nfeed", "");
	given_file(c.dir, "app/latin\xf6", "");
	given_link(c.dir, "app/out", "/etc/passwd");
	given_link(c.dir, "app/up", "../../nowhere");
	canary_open(&c);
	assert_false(scan_sources(&c.s, &no_rules, 2, &scan, &e));
	static const char *const complaints[] = { "7 entries cannot be captured:",
		"app: fifo: neither file, directory nor link", "app: setuid: setuid, setgid or sticky",
		"app: sticky: setuid, setgid or sticky", "app: line\\x0afeed: ", "app: latin\\xf6: not UTF-8",
		"app: out: a link that leads out of every captured component",
		"app: up: a link that leads nowhere" };
	for (size_t i = 0; i < COUNT_OF(complaints); i++)
		assert_says(&e, ERR_REFUSED, complaints[i]);
}

SPEC(many_complaints_are_counted_and_cut)
{
	SCOPED(canary_end) struct canary c = given_app();
	SCOPED(scan_end) struct scan scan = { 0 };
	struct err e = { 0 };
	for (int i = 0; i < 30; i++) {
		char path[32];
		snprintf(path, sizeof path, "app/fifo-%02d", i);
		assert_int_equal(mkfifoat(c.dir, path, 0600), 0);
	}
	canary_open(&c);
	assert_false(scan_sources(&c.s, &no_rules, 2, &scan, &e));
	assert_says(&e, ERR_REFUSED, "30 entries cannot be captured:");
	assert_says(&e, ERR_REFUSED, "fifo-19");
	assert_null(strstr(e.text, "fifo-20"));
}

SPEC(a_runtime_may_be_one_file)
{
	static const char *const want[] = { ".", "run" };
	SCOPED(canary_end) struct canary c = { .dir = scratch() };
	SCOPED(scan_end) struct scan scan = { 0 };
	struct err e = { 0 };
	given_file(c.dir, "bin/run", "x");
	given_file(c.dir, "bin/other", "x");
	canary_add(&c, "node", "runtime", "bin/run");
	canary_open(&c);
	MUST(scan_sources(&c.s, &no_rules, 2, &scan, &e), &e);
	assert_paths(&scan, want, COUNT_OF(want));
}

/* ---- sources ---- */

static const struct {
	const char *first[2], *second[2]; /* id and path */
	enum err_kind kind;
	const char *complaint;
} pairs[] = {
	{ { "app", "app" }, { "app", "extra" }, ERR_USAGE, "the component \"app\" is given twice" },
	{ { "app", "app" }, { "in", "app/bin" }, ERR_REFUSED, "lies inside" },
	{ { "in", "app" }, { "app", "app/bin" }, ERR_REFUSED, "lies inside" },
	{ { "app", "app" }, { "same", "app" }, ERR_REFUSED, "lies inside" },
	{ { "app", "app" }, { "same", "way" }, ERR_REFUSED, "lies inside" },
	{ { "app", "app" }, { "a/b", "extra" }, ERR_USAGE, "\"a/b\" is no component id" },
	{ { "app", "app" }, { "none", "missing" }, ERR_SYSTEM, "none: open " },
	{ { "app", "app" }, { "file", "app/a-b" }, ERR_USAGE, "is not a directory" },
	{ { "app", "app" }, { "apple", "apple" }, ERR_NONE, "" },
};

SPEC(sources_are_apart_and_have_names)
{
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		SCOPED(canary_end) struct canary c = { .dir = scratch() };
		struct err e = { 0 };
		given_file(c.dir, "app/bin/run", "");
		given_file(c.dir, "app/a-b", "");
		given_dir(c.dir, "extra");
		given_dir(c.dir, "apple");
		given_link(c.dir, "way", "app");
		canary_add(&c, pairs[i].first[0], "core", pairs[i].first[1]);
		canary_add(&c, pairs[i].second[0], "plugin", pairs[i].second[1]);
		assert_int_equal(sources_open(&c.s, &e), pairs[i].kind == ERR_NONE);
		assert_says(&e, pairs[i].kind, pairs[i].complaint);
	}
}

/* ---- changes ---- */

static void touched(int dir)
{
	given_file(dir, "app/a/b", "wordz");
}

static void grown(int dir)
{
	given_file(dir, "app/a/b", "words and more");
}

static void removed(int dir)
{
	assert_int_equal(unlinkat(dir, "app/a/b", 0), 0);
}

static void replaced(int dir)
{
	removed(dir);
	given_file(dir, "app/a/b", "words");
}

static void made_executable(int dir)
{
	assert_int_equal(fchmodat(dir, "app/a/b", 0755, 0), 0);
}

static void below_a_file(int dir)
{
	removed(dir);
	assert_int_equal(unlinkat(dir, "app/a", AT_REMOVEDIR), 0);
	given_file(dir, "app/a", "");
}

static void added(int dir)
{
	given_file(dir, "app/a/new", "");
}

SPEC(what_changed_since_the_scan_is_named)
{
	static const struct {
		void (*change)(int dir);
		const char *complaint;
	} changes[] = { { touched, "app: a/b" }, { grown, "app: a/b" }, { removed, "app: a/b" },
		{ replaced, "app: a/b" }, { made_executable, "app: a/b" }, { below_a_file, "app: a/b" },
		{ added, "app: a" } };
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		SCOPED(canary_end) struct canary c = given_app();
		SCOPED(scan_end) struct scan scan = { 0 };
		struct err e = { 0 };
		canary_open(&c);
		MUST(scan_sources(&c.s, &no_rules, 2, &scan, &e), &e);
		MUST(scan_again(&c.s, &scan, 2, &e), &e);
		usleep(20000); /* longer than a tick of the file system's clock */
		changes[i].change(c.dir);
		assert_false(scan_again(&c.s, &scan, 2, &e));
		assert_says(&e, ERR_REFUSED, "changed while they were captured:");
		assert_says(&e, ERR_REFUSED, changes[i].complaint);
	}
}

SPEC(two_looks_are_the_same_in_all_or_differ)
{
	struct stat st = { .st_ino = 1, .st_size = 2, .st_mtim = { 3, 4 }, .st_ctim = { 5, 6 } };
	struct looked a = looked_at(&st), others[] = { a, a, a, a, a, a };
	assert_true(looked_same(&a, &others[0]));
	others[0].inode++;
	others[1].size++;
	others[2].mtime.tv_sec++;
	others[3].mtime.tv_nsec++;
	others[4].ctime.tv_sec++;
	others[5].ctime.tv_nsec++;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(looked_same(&a, &others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_becomes_rows_in_order),
		cmocka_unit_test(what_is_excluded_is_no_row),
		cmocka_unit_test(every_entry_that_cannot_travel_is_named),
		cmocka_unit_test(many_complaints_are_counted_and_cut),
		cmocka_unit_test(a_runtime_may_be_one_file),
		cmocka_unit_test(sources_are_apart_and_have_names),
		cmocka_unit_test(what_changed_since_the_scan_is_named),
		cmocka_unit_test(two_looks_are_the_same_in_all_or_differ),
	};
	return cmocka_run_group_tests_name("scan", tests, start_digests, NULL);
}
