/* layout - entries fill blocks end to end, similar files side by side, and what comes out is what readers
 * check. */
#include "bundler/layout.h"
#include "manifest/ustar.h"
#include "tests/unit/unit.h"

#define WORDS(text) ((char *)(uintptr_t)(text))
#define MIB         (UINT64_C(1) << 20)

struct plan {
	struct rows rows;
	struct manifest m;
	struct component components[2];
	struct arena arena;
};

static void plan_end(struct plan *p)
{
	rows_end(&p->rows);
	arena_end(&p->arena);
}

static void add(struct plan *p, uint16_t component, const char *path, char kind, uint64_t size)
{
	struct entry entry = { .path = path,
		.kind = kind,
		.size = size,
		.mode = kind == 'l' ? 0777 : 0755,
		.target = kind == 'l' ? "x" : NULL };
	struct component *c = &p->components[component];
	struct row *row;
	struct err e = { 0 };
	MUST(rows_add(&p->rows, component, &entry, &row, &e), &e);
	c->files += kind == 'f';
	c->dirs += kind == 'd';
	c->links += kind == 'l';
	c->bytes += size;
}

static void start_plan(struct plan *p)
{
	p->components[0] = (struct component){ .id = WORDS("app") };
	p->components[1] = (struct component){ .id = WORDS("extra") };
	p->m.components = (struct json_list){ p->components, 2 };
	add(p, 0, ".", 'd', 0);
}

/* The second component, then the digests that a reader compares. */
static void finish_plan(struct plan *p)
{
	char path[PATH_MAX];
	add(p, 1, ".", 'd', 0);
	for (uint16_t c = 0; c < 2; c++) {
		SCOPED(text_end) struct text lines = { 0 };
		for (size_t i = rows_first(&p->rows, c); i < rows_first(&p->rows, c + 1u); i++) {
			struct entry entry = rows_entry(&p->rows, i, path);
			listing_add(&entry, &lines);
		}
		p->components[c].tree = digest_of(lines.at, lines.len);
	}
}

/* The archive's end goes behind the last piece of a cut file, too. */
static void finish_with_a_large_file(struct plan *p)
{
	char path[PATH_MAX];
	SCOPED(text_end) struct text lines = { 0 };
	finish_plan(p);
	add(p, 1, "z", 'f', 20 * MIB);
	for (size_t i = rows_first(&p->rows, 1); i < p->rows.count; i++) {
		struct entry entry = rows_entry(&p->rows, i, path);
		listing_add(&entry, &lines);
	}
	p->components[1].tree = digest_of(lines.at, lines.len);
}

static void laid(struct plan *p)
{
	struct err e = { 0 };
	finish_plan(p);
	MUST(layout_make(&p->rows, &p->m, &p->arena, &e), &e);
	MUST(rows_check(&p->rows, &p->m, &e), &e);
}

static const struct row *at(const struct plan *p, const char *path)
{
	char buffer[PATH_MAX];
	for (size_t i = 0; i < rows_first(&p->rows, 1); i++)
		if (strcmp(rows_path(&p->rows, i, buffer), path) == 0)
			return &p->rows.items[i];
	fail_msg("no row %s", path);
	return NULL;
}

static bool before(const struct row *a, const struct row *b)
{
	return a->block < b->block || (a->block == b->block && a->offset < b->offset);
}

static uint64_t raw_of(const struct plan *p, size_t block)
{
	return ((const struct blob *)p->m.blocks.items)[block].raw;
}

SPEC(what_is_laid_out_is_what_readers_check)
{
	static const uint64_t sizes[] = { 0, 1, 511, 512, 513, 16 * MIB - 1024, 16 * MIB - 512,
		16 * MIB - 511, 16 * MIB, 16 * MIB + 1, 32 * MIB - 512, 100 * MIB };
	for (size_t first = 0; first < COUNT_OF(sizes); first++)
		for (size_t second = 0; second < COUNT_OF(sizes); second++) {
			SCOPED(plan_end) struct plan p = { 0 };
			start_plan(&p);
			add(&p, 0, "a", 'f', sizes[first]);
			add(&p, 0, "b", 'f', 5);
			add(&p, 0, "c", 'f', sizes[second]);
			laid(&p);
		}
}

SPEC(directories_come_first_then_links_then_files)
{
	SCOPED(plan_end) struct plan p = { 0 };
	start_plan(&p);
	add(&p, 0, "a", 'f', 5);
	add(&p, 0, "b", 'l', 0);
	add(&p, 0, "d", 'd', 0);
	add(&p, 0, "d/a", 'f', 5);
	add(&p, 0, "z", 'd', 0);
	laid(&p);
	static const char *const order[] = { ".", "d", "z", "b", "a", "d/a" };
	for (size_t i = 1; i < COUNT_OF(order); i++)
		assert_true(before(at(&p, order[i - 1]), at(&p, order[i])));
	assert_true(before(at(&p, "d/a"), &p.rows.items[rows_first(&p.rows, 1)]));
}

SPEC(files_of_one_name_and_size_stand_side_by_side)
{
	SCOPED(plan_end) struct plan p = { 0 };
	start_plan(&p);
	add(&p, 0, "a", 'd', 0);
	add(&p, 0, "a/index.js", 'f', 700);
	add(&p, 0, "a/package.json", 'f', 9);
	add(&p, 0, "b", 'd', 0);
	add(&p, 0, "b/index.js", 'f', 10);
	add(&p, 0, "b/package.json", 'f', 9);
	add(&p, 0, "c", 'd', 0);
	add(&p, 0, "c/index.js", 'f', 700);
	laid(&p);
	static const char *const order[] = { "b/index.js", "a/index.js", "c/index.js", "a/package.json",
		"b/package.json" };
	for (size_t i = 1; i < COUNT_OF(order); i++)
		assert_true(before(at(&p, order[i - 1]), at(&p, order[i])));
}

SPEC(a_block_ends_at_an_entrys_end)
{
	SCOPED(plan_end) struct plan p = { 0 };
	start_plan(&p);
	for (int i = 0; i < 5; i++)
		add(&p, 0, (const char *[]){ "a", "b", "c", "d", "e" }[i], 'f', 7 * MIB);
	laid(&p);
	assert_int_equal(p.m.blocks.count, 3);
	for (size_t b = 0; b < 3; b++)
		assert_true(raw_of(&p, b) <= LAYOUT_BLOCK + USTAR_TRAILER);
	for (size_t i = 0; i < p.rows.count; i++)
		assert_int_equal(p.rows.items[i].blocks, 1);
}

static void add_many(struct plan *p, int count)
{
	for (int i = 0; i < count; i++)
		add(p, 0, arena_printf(&p->arena, "f%03d", i), 'f', MIB - 512);
}

SPEC(the_last_blocks_of_many_grow_smaller)
{
	static const uint64_t mib[] = { 16, 11, 5, 4, 2 };
	SCOPED(plan_end) struct plan p = { 0 };
	start_plan(&p);
	add_many(&p, 165);
	laid(&p);
	size_t count = p.m.blocks.count, tail = COUNT_OF(mib);
	assert_true(count >= tail);
	for (size_t i = 0; i < tail; i++)
		assert_int_equal(raw_of(&p, count - tail + i) / MIB, mib[i]);
}

SPEC(few_blocks_are_not_cut_smaller)
{
	SCOPED(plan_end) struct plan p = { 0 };
	start_plan(&p);
	add_many(&p, 120);
	laid(&p);
	assert_int_equal(p.m.blocks.count, 8);
}

SPEC(a_file_larger_than_a_block_has_blocks_of_its_own)
{
	SCOPED(plan_end) struct plan p = { 0 };
	start_plan(&p);
	add(&p, 0, "a", 'f', 5);
	add(&p, 0, "b", 'f', 40 * MIB);
	add(&p, 0, "c", 'f', 5);
	laid(&p);
	const struct row *large = at(&p, "b");
	assert_int_equal(large->blocks, 3);
	assert_int_equal(large->offset, 0);
	assert_int_equal(raw_of(&p, large->block), LAYOUT_BLOCK);
	assert_int_equal(raw_of(&p, large->block + 1), LAYOUT_BLOCK);
	assert_int_equal(raw_of(&p, large->block + 2), 8 * MIB + 512);
	assert_int_equal(at(&p, "a")->block, large->block - 1);
	assert_int_equal(at(&p, "c")->block, large->block + 3);
}

SPEC(a_cut_file_may_be_the_last)
{
	SCOPED(plan_end) struct plan p = { 0 };
	struct err e = { 0 };
	start_plan(&p);
	finish_with_a_large_file(&p);
	MUST(layout_make(&p.rows, &p.m, &p.arena, &e), &e);
	MUST(rows_check(&p.rows, &p.m, &e), &e);
	assert_int_equal(raw_of(&p, p.m.blocks.count - 1), 4 * MIB + 512 + USTAR_TRAILER);
}

SPEC(blocks_grow_with_the_tree)
{
	SCOPED(plan_end) struct plan p = { 0 };
	start_plan(&p);
	for (int i = 0; i < 20; i++)
		add(&p, 0, arena_printf(&p.arena, "f%02d", i), 'f', UINT64_C(1) << 36);
	laid(&p);
	assert_true(p.m.blocks.count <= BLOCKS_MAX);
	assert_true(raw_of(&p, 1) > LAYOUT_BLOCK);
	for (size_t b = 0; b < p.m.blocks.count; b++)
		assert_true(raw_of(&p, b) <= BLOCK_RAW_MAX);
}

SPEC(more_than_a_bundle_can_hold_is_refused)
{
	SCOPED(plan_end) struct plan p = { 0 };
	struct err e = { 0 };
	start_plan(&p);
	for (int i = 0; i < 4; i++)
		add(&p, 0, arena_printf(&p.arena, "f%02d", i), 'f', UINT64_C(1) << 43);
	finish_plan(&p);
	assert_false(layout_make(&p.rows, &p.m, &p.arena, &e));
	assert_says(&e, ERR_REFUSED, "bytes are more than a bundle can hold");
}

SPEC(the_same_rows_give_the_same_blocks)
{
	struct plan plans[2] = { { .m = { 0 } }, { .m = { 0 } } };
	for (int i = 0; i < 2; i++) {
		start_plan(&plans[i]);
		for (int k = 0; k < 100; k++)
			add(&plans[i], 0, arena_printf(&plans[i].arena, "f%02d", k), 'f',
				(uint64_t)(k * k * 997 % 300000));
		laid(&plans[i]);
	}
	assert_int_equal(plans[0].m.blocks.count, plans[1].m.blocks.count);
	for (size_t i = 0; i < plans[0].rows.count; i++) {
		assert_int_equal(plans[0].rows.items[i].block, plans[1].rows.items[i].block);
		assert_int_equal(plans[0].rows.items[i].offset, plans[1].rows.items[i].offset);
	}
	plan_end(&plans[0]);
	plan_end(&plans[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_laid_out_is_what_readers_check),
		cmocka_unit_test(directories_come_first_then_links_then_files),
		cmocka_unit_test(files_of_one_name_and_size_stand_side_by_side),
		cmocka_unit_test(a_block_ends_at_an_entrys_end),
		cmocka_unit_test(the_last_blocks_of_many_grow_smaller),
		cmocka_unit_test(few_blocks_are_not_cut_smaller),
		cmocka_unit_test(a_file_larger_than_a_block_has_blocks_of_its_own),
		cmocka_unit_test(a_cut_file_may_be_the_last),
		cmocka_unit_test(blocks_grow_with_the_tree),
		cmocka_unit_test(more_than_a_bundle_can_hold_is_refused),
		cmocka_unit_test(the_same_rows_give_the_same_blocks),
	};
	return cmocka_run_group_tests_name("layout", tests, start_digests, NULL);
}
