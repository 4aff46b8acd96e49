/* base_ahead - a tree that several threads read is visited as one thread walks it. */
#include "manifest/base/ahead.h"
#include "manifest/base/text.h"
#include "manifest/base/tree.h"
#include "tests/unit/unit.h"

struct seen {
	struct text paths;
	const char *skip, *passed;
	size_t count;
};

static bool note(struct seen *s, const char *path, const char *target, const struct stat *st, bool *skip)
{
	text_printf(&s->paths, "%s %llu %o%s%s\n", path, (unsigned long long)st->st_ino,
		(unsigned)st->st_mode, target ? " -> " : "", target ? target : "");
	s->count++;
	*skip = s->skip && strcmp(path, s->skip) == 0;
	return true;
}

static bool walked(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct seen *s = ctx;
	SCOPED(text_end) struct text target = { 0 };
	bool link = S_ISLNK(entry->st->st_mode);
	if (s->passed && strcmp(entry->path, s->passed) == 0) {
		*skip = true;
		return true;
	}
	return (!link || tree_link(entry->dir, entry->name, &target, e)) &&
	       note(s, entry->path, link ? text_str(&target) : NULL, entry->st, skip);
}

static bool passes_over(void *ctx, const char *path)
{
	const struct seen *s = ctx;
	return s->passed && strcmp(path, s->passed) == 0;
}

static bool visited(void *ctx, const struct ahead_entry *entry, bool *skip, struct err *e)
{
	struct seen *s = ctx;
	if (s->count == 1000000)
		return err_set(e, ERR_GATE, "enough at %s", entry->path);
	return note(s, entry->path, entry->target, entry->st, skip);
}

/* More directories than one batch hands out, one of which holds more than a batch holds. */
static int given_tree(void)
{
	int top = scratch();
	char path[64];
	for (int i = 0; i < 60; i++) {
		snprintf(path, sizeof path, "modules/m%02d/dist/deep/er/file", i);
		given_file(top, path, "");
		snprintf(path, sizeof path, "modules/m%02d/dist/link", i);
		given_link(top, path, "../../../elsewhere");
	}
	for (int i = 0; i < 9000; i++) {
		snprintf(path, sizeof path, "modules/m30/many/%04d", i);
		given_file(top, path, "");
	}
	given_link(top, "modules/m30/many/link", "0001");
	given_file(top, "a", "");
	return top;
}

static void then_as_walked(int top, const char *skip, const char *passed)
{
	SCOPED(text_end) struct text want = { 0 };
	for (unsigned threads = 0; threads < 5; threads++) {
		struct seen s = { .skip = skip, .passed = passed };
		struct err e = { 0 };
		if (threads == 0)
			MUST(tree_walk(top, walked, &s, &e), &e);
		else
			MUST(ahead_walk(top, &(struct ahead){ threads, passes_over, visited, &s }, &e), &e);
		if (threads == 0)
			text_puts(&want, text_str(&s.paths));
		assert_string_equal(text_str(&s.paths), text_str(&want));
		text_end(&s.paths);
	}
}

SPEC(a_tree_that_is_read_ahead_is_visited_in_order)
{
	SCOPED_FD int top = given_tree();
	then_as_walked(top, NULL, NULL);
}

SPEC(what_is_skipped_or_passed_over_is_not_entered)
{
	SCOPED_FD int top = given_tree();
	static const char *const paths[] = { "modules", "modules/m07", "modules/m30/many", "modules/m59/dist",
		"modules/m12/dist/deep", "modules/m12/dist/link" };
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		then_as_walked(top, paths[i], NULL);
		then_as_walked(top, NULL, paths[i]);
	}
	then_as_walked(top, "modules/m07", "modules/m30/many");
	then_as_walked(top, ".", NULL);
}

SPEC(the_visitors_failure_stops_the_walk)
{
	SCOPED_FD int top = given_tree();
	struct seen s = { .count = 1000000 };
	struct err e = { 0 };
	assert_false(ahead_walk(top, &(struct ahead){ 2, NULL, visited, &s }, &e));
	assert_says(&e, ERR_GATE, "enough at .");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_that_is_read_ahead_is_visited_in_order),
		cmocka_unit_test(what_is_skipped_or_passed_over_is_not_entered),
		cmocka_unit_test(the_visitors_failure_stops_the_walk),
	};
	return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}
