/* index.c - rows that are not in their one spelling or order, and places and sizes that lie. */
#include <string.h>

#include "manifest/base/scope.h"
#include "tests/evil/evil.h"

/* ---- spelling ---- */

static void not_utf8(struct evil *v)
{
	text_swap(&v->index[0].raw, "lib/a.js", "lib/\xff.js");
}

static void capital(struct evil *v)
{
	strstr(v->index[0].raw.at, "\t15\t")[4] = 'A';
}

static void nul(struct evil *v)
{
	char *at = strstr(v->index[0].raw.at, "lib/a.js");
	at[4] = '\0';
}

static void no_line_feed(struct evil *v)
{
	v->index[0].raw.len--;
}

static void empty_line(struct evil *v)
{
	text_puts(&v->index[0].raw, "\n");
}

static void line_of_tabs(struct evil *v)
{
	text_puts(&v->index[0].raw, "\t\t\t\t\t\t\t\t\t\n");
}

/* ---- order ---- */

static void swap_items(struct evil *v, const char *a, const char *b)
{
	struct item keep = *item_at(v, "core", a), *x = item_at(v, "core", a), *y = item_at(v, "core", b);
	*x = *y;
	*y = keep;
}

static void unsorted(struct evil *v)
{
	swap_items(v, "lib/a.js", "lib/b.js");
}

static void below_before_above(struct evil *v)
{
	swap_items(v, "lib", "lib/a.js");
}

static void components_unsorted(struct evil *v)
{
	struct item all[ITEMS];
	size_t core = 9, count = v->items_count;
	memcpy(all, v->items, sizeof all);
	memcpy(v->items, all + core, (count - core) * sizeof *all);
	memcpy(v->items + count - core, all, core * sizeof *all);
}

static void component_again(struct evil *v)
{
	struct item last = *item_at(v, "core", "plugged");
	v->items[v->items_count++] = last;
}

static void no_top(struct evil *v)
{
	item_at(v, "hello", ".")->no_row = true;
}

static void component_without_rows(struct evil *v)
{
	for (size_t i = 0; i < v->items_count; i++)
		v->items[i].no_row = strcmp(v->items[i].id, "hello") == 0;
}

static void cut_in_a_row(struct evil *v)
{
	struct text *first = &v->index[0].raw;
	size_t half = (size_t)(strstr(first->at, "lib/a.js") - first->at);
	v->index_count = 2;
	text_add(&v->index[1].raw, first->at + half, first->len - half);
	first->len = half;
}

static void frame_twice(struct evil *v)
{
	v->index_count = 2;
	text_add(&v->index[1].raw, v->index[0].raw.at, v->index[0].raw.len);
}

/* ---- sizes and places; the manifest agrees with them ---- */

static void size_more(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->size++;
}

static void size_less(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->size--;
}

static void size_beyond_block(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->size += 1 << 20;
}

static void size_huge(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->size = JSON_COUNT_LIMIT - 1000;
}

static void size_of_many(struct evil *v)
{
	for (size_t i = 0; i < v->items_count; i++)
		if (v->items[i].kind == 'f')
			v->items[i].size = JSON_COUNT_LIMIT / 2;
}

static void block_beyond(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->block = 1;
}

static void block_huge(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->block = UINT32_MAX - 1;
}

static void block_limit(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->block = UINT32_MAX;
}

static void offset_zero(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->offset = 0;
}

static void offset_beyond(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->offset = UINT32_MAX - 1;
}

static void offset_odd(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->offset++;
}

static void blocks_none(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->blocks = 0;
}

static void blocks_beyond(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->blocks = 2;
}

static void blocks_huge(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->blocks = UINT32_MAX - 1;
}

static void mode_other(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->mode = 0600;
}

static void path_other(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->path = "lib/a.jt";
}

static void target_other(struct evil *v)
{
	item_at(v, "core", "main")->target = "lib/b.js";
}

static void kind_other(struct evil *v)
{
	struct item *item = item_at(v, "core", "empty");
	item->kind = 'd';
}

static void local_is(struct evil *v, const char *glob)
{
	char **globs = arena_new(&v->arena, sizeof *globs);
	globs[0] = arena_str(&v->arena, glob);
	v->components[0].local = (struct json_list){ globs, 1 };
}

static void local(struct evil *v)
{
	local_is(v, "lib/*.js");
}

/* A pattern that a careless matcher tries in more ways than there is time for. */
static void local_slow(struct evil *v)
{
	local_is(v, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");
}

static void glob_slow(struct evil *v)
{
	SCOPED(text_end) struct text path = { 0 };
	text_puts(&path, "lib/");
	text_fill(&path, 'a', 250);
	item_at(v, "core", "lib/a.js")->path = arena_str(&v->arena, path.at);
	item_at(v, "core", "main")->target = "lib/b.js";
	v->then_at = MANIFEST;
	v->then = local_slow;
}

/* ---- cut files ---- */

static void cut(struct evil *v, void (*then)(struct evil *))
{
	SCOPED(text_end) struct text words = { 0 };
	text_fill(&words, 'a', 5000);
	v->cut = 2048;
	item_at(v, "core", "lib/a.js")->content = arena_str(&v->arena, words.at);
	item_at(v, "core", "lib/b.js")->content = item_at(v, "core", "lib/a.js")->content;
	v->then_at = ROW;
	v->then = then;
}

static void move_pieces(struct evil *v)
{
	item_at(v, "core", "lib/b.js")->block = item_at(v, "core", "lib/a.js")->block + 1;
}

static void share_pieces(struct evil *v)
{
	item_at(v, "core", "lib/b.js")->block = item_at(v, "core", "lib/a.js")->block;
}

static void drop_piece(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->blocks--;
}

static void one_piece_more(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->blocks++;
}

static void move_start(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->offset = 512;
}

static void cut_directory(struct evil *v)
{
	item_at(v, "core", "lib")->blocks = 2;
}

static void all_pieces(struct evil *v)
{
	for (size_t i = 0; i < v->items_count; i++) {
		if (v->items[i].kind != 'f')
			continue;
		v->items[i].block = v->items[i].offset = 0;
		v->items[i].blocks = (uint32_t)v->blocks_count;
	}
}

static void cut_overlap(struct evil *v)
{
	cut(v, move_pieces);
}

static void cut_same_blocks(struct evil *v)
{
	cut(v, share_pieces);
}

static void cut_short(struct evil *v)
{
	cut(v, drop_piece);
}

static void cut_long(struct evil *v)
{
	cut(v, one_piece_more);
}

static void cut_offset(struct evil *v)
{
	cut(v, move_start);
}

static void cut_no_file(struct evil *v)
{
	cut(v, cut_directory);
}

static void cut_everything(struct evil *v)
{
	cut(v, all_pieces);
}

/* The pax header of a long name takes 1024 bytes more than the first block has. */
static void cut_in_header(struct evil *v)
{
	SCOPED(text_end) struct text path = { 0 };
	text_puts(&path, "lib/");
	text_fill(&path, 'z', 250);
	item_at(v, "core", "lib/b.js")->path = arena_str(&v->arena, path.at);
	v->cut = 1024;
}

static const struct evil_case cases[] = {
	{ "row-size-leading-zero", 4, "not well formed", INDEX, NULL, "\t15\t", "\t015\t" },
	{ "row-size-sign", 4, "not well formed", INDEX, NULL, "\t15\t", "\t+15\t" },
	{ "row-size-negative", 4, "not well formed", INDEX, NULL, "\t15\t", "\t-15\t" },
	{ "row-size-hex", 4, "not well formed", INDEX, NULL, "\t15\t", "\t0xf\t" },
	{ "row-size-space", 4, "not well formed", INDEX, NULL, "\t15\t", "\t 15\t" },
	{ "row-size-empty", 4, "not well formed", INDEX, NULL, "\t15\t", "\t\t" },
	{ "row-size-2-to-53", 4, "not well formed", INDEX, NULL, "\t15\t", "\t9007199254740992\t" },
	{ "row-size-2-to-64", 4, "not well formed", INDEX, NULL, "\t15\t", "\t18446744073709551631\t" },
	{ "row-offset-leading-zero", 4, "place is not well formed", INDEX, NULL, "\t3072\t", "\t03072\t" },
	{ "row-offset-2-to-32", 4, "place is not well formed", INDEX, NULL, "\t3072\t", "\t4294970368\t" },
	{ "row-mode-three-digits", 4, "not well formed", INDEX, NULL, "\t0644\t", "\t644\t" },
	{ "row-mode-five-digits", 4, "not well formed", INDEX, NULL, "\t0644\t", "\t00644\t" },
	{ "row-mode-eight", 4, "not well formed", INDEX, NULL, "\t0644\t", "\t0648\t" },
	{ "row-kind-two", 4, "not well formed", INDEX, NULL, "\tf\t", "\tff\t" },
	{ "row-kind-none", 4, "not well formed", INDEX, NULL, "\tf\t", "\t\t" },
	{ "row-escape-needless", 4, "not well formed", INDEX, NULL, "lib/a.js", "lib/\\x61.js" },
	{ "row-escape-capital", 4, "not well formed", INDEX, NULL, "lib/a.js", "lib/\\xFF.js" },
	{ "row-escape-cut", 4, "not well formed", INDEX, NULL, "lib/a.js", "lib/a.js\\x" },
	{ "row-escape-nul", 4, "not well formed", INDEX, NULL, "lib/a.js", "lib/\\x00.js" },
	{ "row-escape-slash", 4, "not well formed", INDEX, NULL, "lib/a.js", "lib\\x2fa.js" },
	{ "row-carriage-return", 4, "not well formed", INDEX, NULL, "\t1\ncore\tlib\t",
		"\t1\r\ncore\tlib\t" },
	{ "row-digest-of-a-directory", 4, "not well formed", INDEX, NULL, "\t0755\t0\t-\t",
		"\t0755\t0\t0\t" },
	{ "row-digest-long", 4, "digest is not well formed", INDEX, NULL, "\t15\t", "\t15\t0" },
	{ "row-digest-capital", 4, "not well formed", INDEX, capital, NULL, NULL },
	{ "row-size-of-a-directory", 4, "not well formed", INDEX, NULL, "\t0755\t0\t", "\t0755\t1\t" },
	{ "row-target-of-a-file", 4, "not well formed", INDEX, NULL, "\t-\t0\t3072\t1\n",
		"\tlib/b.js\t0\t3072\t1\n" },
	{ "row-target-of-a-link-missing", 4, "not well formed", INDEX, NULL, "\t-\tlib/a.js\t", "\t-\t\t" },
	{ "row-field-more", 4, "more than 6 fields", INDEX, NULL, "\t3072\t1\n", "\t3072\t1\t1\n" },
	{ "row-field-less", 4, "of 6 fields", INDEX, NULL, "\t3072\t1\n", "\t3072\n" },
	{ "row-not-utf8", 4, "not well formed", INDEX, not_utf8, NULL, NULL },
	{ "row-nul", 4, "whole lines", INDEX, nul, NULL, NULL },
	{ "row-without-end", 4, "whole lines", INDEX, no_line_feed, NULL, NULL },
	{ "row-empty", 4, "is not a component", INDEX, empty_line, NULL, NULL },
	{ "row-of-tabs", 4, "is not a component", INDEX, line_of_tabs, NULL, NULL },
	{ "row-of-an-unknown-component", 4, "is not a component", INDEX, NULL, "hello\tindex.js",
		"other\tindex.js" },
	{ "row-of-a-component-that-is-a-path", 4, "is not a component", INDEX, NULL, "hello\tindex.js",
		"../x\tindex.js" },
	{ "row-cut-by-the-frame", 4, "whole lines", INDEX, cut_in_a_row, NULL, NULL },
	{ "rows-twice", 4, "out of order", INDEX, frame_twice, NULL, NULL },
	{ "rows-unsorted", 4, "out of order", ROW, unsorted, NULL, NULL },
	{ "rows-below-before-above", 4, "is not a directory of the bundle", ROW, below_before_above, NULL,
		NULL },
	{ "rows-components-unsorted", 4, "out of order", ROW, components_unsorted, NULL, NULL },
	{ "rows-component-again", 4, "out of order", ROW, component_again, NULL, NULL },
	{ "rows-without-a-top", 4, "top directory", ROW, no_top, NULL, NULL },
	{ "rows-of-one-component-only", 4, "has no row", ROW, component_without_rows, NULL, NULL },
	{ "size-more", 4, "is not what the index says", ROW, size_more, NULL, NULL },
	{ "size-less", 4, "is not what the index says", ROW, size_less, NULL, NULL },
	{ "size-beyond-its-block", 4, "expected at", ROW, size_beyond_block, NULL, NULL },
	{ "size-huge", 4, "expected at", ROW, size_huge, NULL, NULL },
	{ "size-sum-beyond-2-to-53", 4, "below 2^53", ROW, size_of_many, NULL, NULL },
	{ "block-beyond", 4, "outside the blocks", ROW, block_beyond, NULL, NULL },
	{ "block-huge", 4, "outside the blocks", ROW, block_huge, NULL, NULL },
	{ "block-2-to-32", 4, "place is not well formed", ROW, block_limit, NULL, NULL },
	{ "offset-zero", 4, "expected at", ROW, offset_zero, NULL, NULL },
	{ "offset-beyond", 4, "expected at", ROW, offset_beyond, NULL, NULL },
	{ "offset-odd", 4, "expected at", ROW, offset_odd, NULL, NULL },
	{ "blocks-none", 4, "outside the blocks", ROW, blocks_none, NULL, NULL },
	{ "blocks-beyond", 4, "outside the blocks", ROW, blocks_beyond, NULL, NULL },
	{ "blocks-huge", 4, "outside the blocks", ROW, blocks_huge, NULL, NULL },
	{ "row-of-another-mode", 4, "is not what the index says", ROW, mode_other, NULL, NULL },
	{ "row-of-another-path", 4, "is not what the index says", ROW, path_other, NULL, NULL },
	{ "row-of-another-target", 4, "is not what the index says", ROW, target_other, NULL, NULL },
	{ "row-of-another-kind", 4, "is not what the index says", ROW, kind_other, NULL, NULL },
	{ "row-that-is-local", 4, "local files belong to the node", MANIFEST, local, NULL, NULL },
	{ "local-slow", 0, "", ITEM, glob_slow, NULL, NULL },
	{ "cut-files-overlap", 4, "share a block", ITEM, cut_overlap, NULL, NULL },
	{ "cut-files-in-the-same-blocks", 4, "share a block", ITEM, cut_same_blocks, NULL, NULL },
	{ "cut-file-short-of-a-piece", 4, "cut into blocks", ITEM, cut_short, NULL, NULL },
	{ "cut-file-with-a-piece-more", 4, "share a block", ITEM, cut_long, NULL, NULL },
	{ "cut-file-not-at-the-start", 4, "outside the blocks", ITEM, cut_offset, NULL, NULL },
	{ "cut-directory", 4, "outside the blocks", ITEM, cut_no_file, NULL, NULL },
	{ "cut-files-everywhere", 4, "share a block", ITEM, cut_everything, NULL, NULL },
	{ "cut-in-the-header", 4, "cut within its header", ITEM, cut_in_header, NULL, NULL },
};
const struct evil_table index_cases = { cases, COUNT_OF(cases) };
