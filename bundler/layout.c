/* layout.c - see layout.h. */
#include "bundler/layout.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/ustar.h"

#define TAPER_FROM 8 /* blocks: few large ones pack better than many small ones */

struct layout {
	struct rows *rows;
	const struct manifest *manifest;
	struct text path, target;
	uint64_t size; /* of a block */
	uint64_t room; /* in the open block */
	uint64_t at;   /* bytes in the open block */
	uint64_t left; /* bytes that are not in a closed block, about */
	bool taper;
	uint64_t *raw; /* sizes of the closed blocks; the open one is raw[count] */
	size_t count, slots;
};

static void end_layout(struct layout *l)
{
	text_end(&l->path);
	text_end(&l->target);
	free(l->raw);
}

static int rank(const struct row *r)
{
	return r->kind == ENTRY_DIR ? 0 : r->kind == ENTRY_FILE ? 2 : 1;
}

static int by_content(const void *a, const void *b, void *items)
{
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	const struct row *x = (const struct row *)items + i, *y = (const struct row *)items + k;
	if (x->component != y->component)
		return x->component < y->component ? -1 : 1;
	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	int names = rank(x) == 2 ? strcmp(x->name, y->name) : 0;
	if (names)
		return names;
	if (rank(x) == 2 && x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return i < k ? -1 : i > k;
}

/* The last blocks grow smaller, so that threads which take one after another end together. */
static uint64_t room_of_next(const struct layout *l)
{
	uint64_t half = l->left / 2, least = l->size / 4;
	if (!l->taper || half > l->size)
		return l->size;
	return half > least ? half : least;
}

static void close_block(struct layout *l, uint64_t raw)
{
	if (l->count == l->slots) {
		l->slots = l->slots ? l->slots * 2 : 64;
		l->raw = mem_grow(l->raw, l->slots, sizeof *l->raw);
	}
	l->raw[l->count++] = raw;
	l->at = 0;
	l->left -= raw < l->left ? raw : l->left;
	l->room = room_of_next(l);
}

/* A file larger than a block: blocks of its own, cut at multiples of the block size. */
static void put_cut(struct layout *l, struct row *row, uint64_t all)
{
	if (l->at)
		close_block(l, l->at);
	row->block = (uint32_t)l->count;
	row->offset = 0;
	row->blocks = 0;
	for (; all; row->blocks++) {
		uint64_t piece = all < l->size ? all : l->size;
		close_block(l, piece);
		all -= piece;
	}
}

static void put(struct layout *l, uint32_t number)
{
	struct row *row = &l->rows->items[number];
	struct ustar u;
	rows_ustar(l->rows, l->manifest, number, &l->path, &l->target, &u);
	uint64_t all = ustar_header_size(&u) + row->size + ustar_padding(row->size);
	if (all > l->size) {
		put_cut(l, row, all);
		return;
	}
	if (l->at && l->at + all > l->room)
		close_block(l, l->at);
	row->block = (uint32_t)l->count;
	row->offset = (uint32_t)l->at;
	row->blocks = 1;
	l->at += all;
}

/* Bytes of the archive if each entry has `headers` of them. */
static uint64_t about(const struct rows *r, unsigned headers)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < r->count; i++)
		bytes += r->items[i].size + ustar_padding(r->items[i].size) + headers * USTAR_BLOCK;
	return bytes;
}

static uint64_t block_size(const struct rows *r, struct err *e)
{
	uint64_t bytes = about(r, 4), size = LAYOUT_BLOCK;
	while (bytes / size > BLOCKS_MAX / 2 && size < BLOCK_RAW_MAX / 2)
		size *= 2;
	if (bytes / size > BLOCKS_MAX / 2)
		err_set(e, ERR_REFUSED, "%llu bytes are more than a bundle can hold",
			(unsigned long long)bytes);
	return size;
}

/* The archive's end stands in the last block; a cut file's piece makes room for it too. */
static void finish(struct layout *l)
{
	if (l->at)
		close_block(l, l->at + USTAR_TRAILER);
	else
		l->raw[l->count - 1] += USTAR_TRAILER;
}

bool layout_make(struct rows *r, struct manifest *m, struct arena *arena, struct err *e)
{
	SCOPED(end_layout) struct layout l = { .rows = r, .manifest = m, .size = block_size(r, e) };
	if (e->kind != ERR_NONE)
		return false;
	l.left = about(r, 1);
	l.room = l.size;
	l.taper = l.left / l.size >= TAPER_FROM;
	SCOPED_TEXT uint32_t *order = mem_new(r->count, sizeof *order);
	for (uint32_t i = 0; i < r->count; i++)
		order[i] = i;
	qsort_r(order, r->count, sizeof *order, by_content, r->items);
	for (size_t i = 0; i < r->count; i++)
		put(&l, order[i]);
	finish(&l);
	struct blob *blobs = arena_new(arena, l.count * sizeof *blobs);
	memset(blobs, 0, l.count * sizeof *blobs);
	for (size_t i = 0; i < l.count; i++)
		blobs[i].raw = l.raw[i];
	m->blocks = (struct json_list){ blobs, l.count };
	return true;
}
