/* rows.c - see rows.h: the table itself and its text. rows_check.c has the rules. */
#include "manifest/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/path.h"
#include "manifest/ustar.h"

void rows_end(struct rows *r)
{
	arena_end(&r->names);
	free(r->items);
	text_end(&r->last);
	*r = (struct rows){ 0 };
}

const char *rows_path(const struct rows *r, size_t row, char path[static PATH_MAX])
{
	size_t at = PATH_MAX - 1;
	path[at] = '\0';
	const struct row *item = &r->items[row];
	if (item->parent == ROW_NONE)
		return PATH_ROOT;
	for (; item->parent != ROW_NONE; item = &r->items[item->parent]) {
		size_t len = item->name_len;
		if (path[at] != '\0')
			path[--at] = '/';
		at -= len;
		memcpy(path + at, item->name, len);
	}
	return path + at;
}

struct entry rows_entry(const struct rows *r, size_t row, char path[static PATH_MAX])
{
	const struct row *item = &r->items[row];
	return (struct entry){
		.path = rows_path(r, row, path),
		.target = item->target,
		.size = item->size,
		.digest = item->digest,
		.mode = item->mode,
		.kind = item->kind,
	};
}

size_t rows_first(const struct rows *r, size_t component)
{
	size_t low = 0, high = r->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (r->items[mid].component < component)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The row of the directory that holds `path`: the last row or one of its ancestors, since rows come depth
 * first. */
static uint32_t parent_of(const struct rows *r, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t want = slash ? (size_t)(slash - path) : 0;
	char last[PATH_MAX];
	for (uint32_t row = (uint32_t)r->count - 1; row != ROW_NONE; row = r->items[row].parent) {
		const char *here = rows_path(r, row, last);
		bool top = r->items[row].parent == ROW_NONE;
		if (want == 0 ? top : !top && strlen(here) == want && strncmp(here, path, want) == 0)
			return r->items[row].kind == ENTRY_DIR ? row : ROW_NONE;
	}
	return ROW_NONE;
}

/* Directories above the paths of one directory are found once: its entries follow each other. */
static uint32_t find_parent(const struct rows *r, const char *path)
{
	const char *slash = strrchr(path, '/'), *before = strrchr(text_str(&r->last), '/');
	size_t dir = slash ? (size_t)(slash - path) : 0;
	if (slash && before && (size_t)(before - r->last.at) == dir && memcmp(r->last.at, path, dir) == 0)
		return r->items[r->count - 1].parent;
	return parent_of(r, path);
}

static bool in_order(const struct rows *r, uint16_t component, const struct entry *entry, struct err *e)
{
	bool top = strcmp(entry->path, PATH_ROOT) == 0;
	if (r->count == 0 || r->items[r->count - 1].component < component)
		return (top && entry->kind == ENTRY_DIR) ||
		       err_set(e, ERR_FORMAT, "%s: the first row of a component is its top directory",
			       entry->path);
	if (r->items[r->count - 1].component > component)
		return err_set(e, ERR_FORMAT, "%s: its component is out of order", entry->path);
	int order = path_order(text_str(&r->last), entry->path);
	if (order == 0)
		return err_set(e, ERR_FORMAT, "%s: given twice", entry->path);
	return order < 0 || err_set(e, ERR_FORMAT, "%s: out of order", entry->path);
}

bool rows_add(struct rows *r, uint16_t component, const struct entry *entry, struct row **out, struct err *e)
{
	const char *why = NULL;
	bool top = strcmp(entry->path, PATH_ROOT) == 0;
	if (!top && !path_plain(entry->path, &why)) {
		SCOPED(text_end) struct text shown = { 0 };
		path_escape(entry->path, strlen(entry->path), &shown);
		return err_set(e, ERR_FORMAT, "%s: its path is not one that a bundle may hold: %s",
			text_str(&shown), why);
	}
	if (!in_order(r, component, entry, e))
		return false;
	uint32_t parent = top ? ROW_NONE : find_parent(r, entry->path);
	if (!top && parent == ROW_NONE)
		return err_set(
			e, ERR_FORMAT, "%s: what it is in is not a directory of the bundle", entry->path);
	if (r->count == r->room) {
		r->room = r->room ? r->room * 2 : 1024;
		r->items = mem_grow(r->items, r->room, sizeof *r->items);
	}
	const char *name = path_leaf(entry->path);
	*out = &r->items[r->count++];
	**out = (struct row){
		.name = arena_str(&r->names, name),
		.name_len = (uint8_t)strlen(name),
		.target = entry->target ? arena_str(&r->names, entry->target) : NULL,
		.size = entry->size,
		.parent = parent,
		.digest = entry->digest,
		.mode = entry->mode,
		.component = component,
		.kind = entry->kind,
	};
	text_clear(&r->last);
	text_puts(&r->last, entry->path);
	return true;
}

void rows_write(const struct rows *r, const struct manifest *m, size_t *next, size_t most, struct text *out)
{
	const struct component *components = m->components.items;
	char path[PATH_MAX];
	for (; *next < r->count; ++*next) {
		const struct row *row = &r->items[*next];
		struct entry entry = rows_entry(r, *next, path);
		size_t before = out->len;
		text_puts(out, components[row->component].id);
		text_byte(out, '\t');
		listing_add(&entry, out);
		out->len--;
		for (size_t i = 0; i < 3; i++) {
			text_byte(out, '\t');
			text_number(out, i == 0 ? row->block : i == 1 ? row->offset : row->blocks);
		}
		text_byte(out, '\n');
		if (out->len > most) {
			out->len = before;
			return;
		}
	}
}

static bool place(char *rest, struct row *row)
{
	uint64_t n[3];
	for (size_t i = 0; i < 3; i++) {
		char *field = listing_field(&rest);
		if (!field || !listing_number(field, &n[i]) || n[i] >= UINT32_MAX)
			return false;
	}
	row->block = (uint32_t)n[0];
	row->offset = (uint32_t)n[1];
	row->blocks = (uint32_t)n[2];
	return !rest;
}

/* The three last fields of the line, cut off it. */
static char *cut_place(char *line)
{
	char *at = line + strlen(line);
	for (int tabs = 0; at > line; at--)
		if (at[-1] == '\t' && ++tabs == 3)
			break;
	if (at > line)
		at[-1] = '\0';
	return at;
}

static bool read_line(struct rows *r, const struct manifest *m, char *line, size_t *component, struct err *e)
{
	const struct component *c = m->components.items;
	char *rest = line, *tail = cut_place(line), *id = listing_field(&rest);
	while (*component < m->components.count && strcmp(c[*component].id, id) != 0)
		++*component;
	if (*component == m->components.count)
		return err_set(e, ERR_FORMAT, "\"%.64s\" is not a component, or out of order", id);
	struct entry entry;
	struct row *row;
	if (!rest || !listing_parse(rest, &entry, e))
		return err_set(e, ERR_FORMAT, "a row is not well formed");
	if (entry.kind == ENTRY_OTHER)
		return err_set(e, ERR_FORMAT, "%s: neither file, directory nor link", entry.path);
	if (!rows_add(r, (uint16_t)*component, &entry, &row, e))
		return false;
	return place(tail, row) || err_set(e, ERR_FORMAT, "%s: its place is not well formed", entry.path);
}

bool rows_read(struct rows *r, const struct manifest *m, char *text, size_t len, struct err *e)
{
	size_t component = r->count ? r->items[r->count - 1].component : 0;
	if (len == 0 || text[len - 1] != '\n' || memchr(text, '\0', len))
		return err_set(e, ERR_FORMAT, "an index frame that does not hold whole lines");
	for (char *line = text; line < text + len;) {
		char *end = memchr(line, '\n', (size_t)(text + len - line));
		*end = '\0';
		if (!read_line(r, m, line, &component, e))
			return err_in(e, "index row %zu", r->count);
		line = end + 1;
	}
	return true;
}

void rows_ustar(const struct rows *r, const struct manifest *m, size_t row, struct text *path,
	struct text *target, struct ustar *out)
{
	const struct component *c = m->components.items;
	const struct row *item = &r->items[row];
	char buffer[PATH_MAX];
	const char *relative = rows_path(r, row, buffer);
	text_clear(path);
	text_clear(target);
	text_puts(path, c[item->component].id);
	if (item->parent != ROW_NONE) {
		text_byte(path, '/');
		text_puts(path, relative);
	}
	if (item->kind == ENTRY_REFERENCE) {
		SCOPED(text_end) struct text from = { 0 }, to = { 0 };
		text_printf(&from, "/%s", text_str(path));
		text_printf(&to, "/%s", item->target);
		path_relative(text_str(&from), text_str(&to), target);
	} else if (item->target) {
		text_puts(target, item->target);
	}
	*out = (struct ustar){
		.path = text_str(path),
		.target = item->target ? text_str(target) : NULL,
		.size = item->size,
		.mode = item->mode,
		.type = item->kind == ENTRY_DIR ? USTAR_DIR
			: item->target          ? USTAR_LINK
						: USTAR_FILE,
	};
}

#define DIGIT 11 /* bits that are sorted by in one pass */

/* By offset, digit after digit, the lowest first: each pass keeps what the one before it made. */
static void sort_by_offset(const struct rows *r, uint32_t *order)
{
	SCOPED_TEXT uint32_t *other = mem_new(r->count, sizeof *other);
	for (unsigned shift = 0; shift < 32; shift += DIGIT) {
		size_t place[(1 << DIGIT) + 1] = { 0 };
		uint32_t mask = (1 << DIGIT) - 1;
		for (size_t i = 0; i < r->count; i++)
			place[(r->items[i].offset >> shift & mask) + 1]++;
		for (size_t i = 0; i < mask; i++)
			place[i + 1] += place[i];
		for (size_t i = 0; i < r->count; i++)
			other[place[r->items[order[i]].offset >> shift & mask]++] = order[i];
		memcpy(order, other, r->count * sizeof *order);
	}
}

/* A bucket for each block; in each the rows stand as they were sorted. */
static void sort_blocks(const struct rows *r, struct block_map *map)
{
	SCOPED_TEXT uint32_t *next = mem_new(map->blocks + 1, sizeof *next);
	SCOPED_TEXT uint32_t *sorted = mem_new(r->count, sizeof *sorted);
	memcpy(next, map->start, (map->blocks + 1) * sizeof *next);
	for (uint32_t i = 0; i < r->count; i++)
		sorted[i] = i;
	sort_by_offset(r, sorted);
	for (size_t i = 0; i < r->count; i++)
		map->order[next[r->items[sorted[i]].block]++] = sorted[i];
}

void block_map_make(const struct rows *r, size_t blocks, struct block_map *map)
{
	*map = (struct block_map){
		.order = mem_new(r->count, sizeof *map->order),
		.start = mem_new(blocks + 1, sizeof *map->start),
		.cut = mem_new(blocks, sizeof *map->cut),
		.blocks = blocks,
	};
	for (size_t b = 0; b < blocks; b++)
		map->cut[b] = ROW_NONE;
	for (size_t i = 0; i < r->count; i++) {
		const struct row *row = &r->items[i];
		map->start[row->block + 1]++;
		for (uint32_t k = 0; row->blocks > 1 && k < row->blocks; k++)
			map->cut[row->block + k] = (uint32_t)i;
	}
	for (size_t b = 0; b < blocks; b++)
		map->start[b + 1] += map->start[b];
	sort_blocks(r, map);
}

void block_map_end(struct block_map *map)
{
	free(map->order);
	free(map->start);
	free(map->cut);
	*map = (struct block_map){ 0 };
}
