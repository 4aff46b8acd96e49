/* rows - an index is read in one order only, a path always stands in a directory, and everything is written
 * back. */
#include "tests/unit/manifest/sample.h"

/* The sample's index in frames of at most `most` bytes, read into `out` again. */
static void read_in_frames(struct sample *s, size_t most, struct rows *out)
{
	for (size_t next = 0; next < s->rows.count;) {
		SCOPED(text_end) struct text frame = { 0 };
		size_t before = next;
		struct err e = { 0 };
		rows_write(&s->rows, &s->m, &next, most, &frame);
		assert_true(next > before);
		assert_true(frame.len <= most);
		MUST(rows_read(out, &s->m, frame.at, frame.len, &e), &e);
	}
}

SPEC(rows_are_read_as_they_were_written)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	static const size_t sizes[] = { 200, 300, 1000, 1 << 20 };
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		SCOPED(rows_end) struct rows again = { 0 };
		read_in_frames(s, sizes[i], &again);
		assert_int_equal(again.count, s->rows.count);
		for (size_t k = 0; k < again.count; k++) {
			const struct row *a = &again.items[k], *b = &s->rows.items[k];
			char path_a[PATH_MAX], path_b[PATH_MAX];
			struct entry x = rows_entry(&again, k, path_a), y = rows_entry(&s->rows, k, path_b);
			assert_true(entry_equal(&x, &y));
			assert_int_equal(a->component, b->component);
			assert_int_equal(a->parent, b->parent);
			assert_true(a->block == b->block && a->offset == b->offset && a->blocks == b->blocks);
		}
	}
}

SPEC(rows_of_a_component_stand_together)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	assert_int_equal(rows_first(&s->rows, 0), 0);
	assert_int_equal(rows_first(&s->rows, 1), 10);
	assert_int_equal(rows_first(&s->rows, 2), 12);
	SCOPED(rows_end) struct rows none = { 0 };
	assert_int_equal(rows_first(&none, 0), 0);
}

/* What is added after ".", "a", "a/b", "a/b/c" (a file), "a/d" (a link), "e" (a file). */
static const struct {
	uint16_t component;
	const char *path;
	char kind;
	const char *complaint; /* NULL: it may stand there */
} additions[] = {
	{ 0, "f", 'f', NULL },
	{ 0, "e0", 'f', NULL },
	{ 1, ".", 'd', NULL },
	{ 7, ".", 'd', NULL },
	{ 0, "e", 'f', "e: given twice" },
	{ 0, "a/d", 'f', "a/d: out of order" },
	{ 0, "a/e", 'f', "a/e: out of order" },
	{ 0, "b/c", 'f', "b/c: out of order" },
	{ 0, ".", 'd', ".: out of order" },
	{ 0, "e/x", 'f', "e/x: what it is in is not a directory" },
	{ 0, "g/x", 'f', "g/x: what it is in is not a directory" },
	{ 1, "x", 'f', "x: the first row of a component is its top directory" },
	{ 1, ".", 'f', ".: the first row of a component is its top directory" },
	{ 1, ".", 'l', ".: the first row of a component is its top directory" },
	{ 0, "../x", 'f', "../x: its path is not one that a bundle may hold: a . or .. in it" },
	{ 0, "/x", 'f', "/x: its path is not one that a bundle may hold: absolute" },
	{ 0, "f//x", 'f', "f//x: its path is not one that a bundle may hold: an empty name" },
	{ 0, "f\x1b", 'f', "its path is not one that a bundle may hold: not UTF-8" },
	{ 0, "", 'f', "its path is not one that a bundle may hold: an empty name" },
};

static void given_rows(struct rows *r)
{
	static const char *const paths[] = { ".", "a", "a/b", "a/b/c", "a/d", "e" };
	static const char kinds[] = "dddflf";
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct entry entry = {
			.path = paths[i], .kind = kinds[i], .target = kinds[i] == 'l' ? "b" : NULL
		};
		struct row *row;
		struct err e = { 0 };
		MUST(rows_add(r, 0, &entry, &row, &e), &e);
	}
}

SPEC(a_row_stands_in_order_and_in_a_directory)
{
	for (size_t i = 0; i < COUNT_OF(additions); i++) {
		SCOPED(rows_end) struct rows r = { 0 };
		struct entry entry = { .path = additions[i].path, .kind = additions[i].kind };
		struct row *row;
		struct err e = { 0 };
		given_rows(&r);
		bool added = rows_add(&r, additions[i].component, &entry, &row, &e);
		if (!additions[i].complaint)
			MUST(added, &e);
		else
			assert_says(&e, ERR_FORMAT, additions[i].complaint);
		assert_int_equal(r.count, 6 + added);
	}
}

static void when_cut(struct rows *r, size_t count)
{
	char path[PATH_MAX];
	r->count = count;
	text_clear(&r->last);
	text_puts(&r->last, rows_path(r, count - 1, path));
}

SPEC(nothing_can_stand_below_a_link_or_a_file)
{
	static const struct {
		const char *path, *complaint;
	} cases[] = { { "a/b/c/x", "a/b/c/x: what it is in" }, { "a/b/x", NULL } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(rows_end) struct rows r = { 0 };
		struct row *row;
		struct err e = { 0 };
		given_rows(&r);
		when_cut(&r, 4);
		assert_int_equal(
			rows_add(&r, 0, &(struct entry){ .path = cases[i].path, .kind = 'f' }, &row, &e),
			!cases[i].complaint);
	}
	SCOPED(rows_end) struct rows r = { 0 };
	struct row *row;
	struct err e = { 0 };
	given_rows(&r);
	when_cut(&r, 5);
	assert_false(rows_add(&r, 0, &(struct entry){ .path = "a/d/x", .kind = 'f' }, &row, &e));
	assert_says(&e, ERR_FORMAT, "a/d/x: what it is in is not a directory");
}

SPEC(the_deepest_and_longest_path_is_kept)
{
	SCOPED(rows_end) struct rows r = { 0 };
	SCOPED(text_end) struct text path = { 0 };
	char buffer[PATH_MAX];
	struct row *row;
	struct err e = { 0 };
	MUST(rows_add(&r, 0, &(struct entry){ .path = ".", .kind = 'd' }, &row, &e), &e);
	for (int depth = 0; depth < PATH_DEPTH_MAX; depth++) {
		text_puts(&path, path.len ? "/ddddddddddd" : "ddddddddddd");
		MUST(rows_add(&r, 0, &(struct entry){ .path = path.at, .kind = 'd' }, &row, &e), &e);
	}
	assert_int_equal(path.len, PATH_MAX_LEN);
	assert_string_equal(rows_path(&r, r.count - 1, buffer), path.at);
}

/* ---- text ---- */

#define TAB7(a, b, c, d, e, f, g) a "\t" b "\t" c "\t" d "\t" e "\t" f "\t" g
#define TOP                       TAB7("app", ".", "d", "0755", "0", "-", "-") "\t0\t0\t1\n"
#define DIR_                      TAB7("app", "d", "d", "0755", "0", "-", "-")
#define NEXT                      TAB7("extra", ".", "d", "0755", "0", "-", "-") "\t0\t512\t1\n"

static const struct {
	const char *text, *complaint;
} frames[] = {
	{ TOP, NULL },
	{ TOP DIR_ "\t0\t512\t1\n" NEXT, NULL },
	{ NEXT, NULL },
	{ "", "does not hold whole lines" },
	{ "app", "does not hold whole lines" },
	{ TOP "app", "does not hold whole lines" },
	{ TOP "\n", "index row 1: " },
	{ "none\t.\td\t0755\t0\t-\t-\t0\t0\t1\n",
		"index row 0: \"none\" is not a component, or out of order" },
	{ NEXT TOP, "index row 1: \"app\" is not a component, or out of order" },
	{ TOP DIR_ "\t0\t512\t1\n" DIR_ "\t0\t512\t1\n", "index row 2: d: given twice" },
	{ TOP TOP, "index row 1: .: given twice" },
	{ DIR_ "\t0\t0\t1\n", "d: the first row of a component is its top directory" },
	{ TOP DIR_ "\n", "index row 1: " },
	{ TOP DIR_ "\t0\t512\n", "index row 1: " },
	{ TOP DIR_ "\t0\t512\t1\t\n", "index row 1: " },
	{ TOP DIR_ "\t-1\t512\t1\n", "d: its place is not well formed" },
	{ TOP DIR_ "\t00\t512\t1\n", "d: its place is not well formed" },
	{ TOP DIR_ "\t0\t512\t \n", "d: its place is not well formed" },
	{ TOP DIR_ "\t4294967296\t512\t1\n", "d: its place is not well formed" },
	{ TOP DIR_ "\t0\t4294967296\t1\n", "d: its place is not well formed" },
	{ TOP DIR_ "\t0\t512\t9007199254740993\n", "d: its place is not well formed" },
	{ "app\t.\tq\t0755\t0\t-\t-\t0\t0\t1\n", "index row 0: " },
	{ "app\t.\td\t0755\t0\t-\n", "index row 0: " },
};

SPEC(an_index_that_is_not_well_formed_is_refused_with_its_row)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	for (size_t i = 0; i < COUNT_OF(frames); i++) {
		SCOPED(rows_end) struct rows r = { 0 };
		SCOPED_TEXT char *exact = exact_copy(frames[i].text, strlen(frames[i].text));
		struct err e = { 0 };
		bool read = rows_read(&r, &s->m, exact, strlen(frames[i].text), &e);
		if (!frames[i].complaint)
			MUST(read, &e);
		else if (read)
			fail_msg("row %zu was read", i);
		else
			assert_says(&e, ERR_FORMAT, frames[i].complaint);
	}
	SCOPED(rows_end) struct rows r = { 0 };
	char nul[] = TOP "\0\n";
	struct err e = { 0 };
	assert_false(rows_read(&r, &s->m, nul, sizeof nul - 1, &e));
	assert_says(&e, ERR_FORMAT, "does not hold whole lines");
}

/* ---- tar and the map of blocks ---- */

SPEC(a_row_knows_its_tar_entry)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	static const struct {
		const char *row, *path, *target;
		enum ustar_type type;
	} cases[] = {
		{ ".", "app", NULL, USTAR_DIR },
		{ "bin/run", "app/bin/run", NULL, USTAR_FILE },
		{ "link", "app/link", "bin/run", USTAR_LINK },
		{ "to", "app/to", "../extra/x", USTAR_LINK },
		{ "with", "app/with", "../companion", USTAR_LINK },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text path = { 0 }, target = { 0 };
		const struct row *row = sample_row(s, cases[i].row);
		struct ustar u;
		rows_ustar(&s->rows, &s->m, (size_t)(row - s->rows.items), &path, &target, &u);
		assert_string_equal(u.path, cases[i].path);
		assert_int_equal(u.type, cases[i].type);
		assert_int_equal(u.mode, row->mode);
		assert_int_equal(u.size, row->size);
		assert_int_equal(!u.target, !cases[i].target);
		if (u.target)
			assert_string_equal(u.target, cases[i].target);
	}
}

SPEC(the_map_knows_which_rows_a_block_holds)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	SCOPED(block_map_end) struct block_map map = { 0 };
	size_t seen = 0;
	block_map_make(&s->rows, s->count, &map);
	assert_int_equal(map.blocks, s->count);
	for (size_t b = 0; b < s->count; b++)
		for (uint32_t i = map.start[b]; i < map.start[b + 1]; i++, seen++) {
			assert_int_equal(s->rows.items[map.order[i]].block, b);
			assert_true(i == map.start[b] || s->rows.items[map.order[i - 1]].offset <
								 s->rows.items[map.order[i]].offset);
		}
	assert_int_equal(seen, s->rows.count);
	const struct row *large = sample_row(s, "data/large");
	assert_true(large->blocks > 1);
	for (size_t b = 0; b < s->count; b++)
		assert_int_equal(map.cut[b], b >= large->block && b < large->block + large->blocks
						     ? (uint32_t)(large - s->rows.items)
						     : ROW_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read_as_they_were_written),
		cmocka_unit_test(rows_of_a_component_stand_together),
		cmocka_unit_test(a_row_stands_in_order_and_in_a_directory),
		cmocka_unit_test(nothing_can_stand_below_a_link_or_a_file),
		cmocka_unit_test(the_deepest_and_longest_path_is_kept),
		cmocka_unit_test(an_index_that_is_not_well_formed_is_refused_with_its_row),
		cmocka_unit_test(a_row_knows_its_tar_entry),
		cmocka_unit_test(the_map_knows_which_rows_a_block_holds),
	};
	return cmocka_run_group_tests_name("rows", tests, start_digests, NULL);
}
