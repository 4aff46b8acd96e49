/* rows_check.c - what rows must say before anything is made of them; see rows_check() in rows.h.
 *
 * After this, a row's numbers can be trusted: they were signed, they agree with the manifest, and
 * the blocks are filled by exactly these entries, in this order, with nothing in between.
 */
#include <string.h>

#include "manifest/base/pool.h"
#include "manifest/base/scope.h"
#include "manifest/profile.h"
#include "manifest/rows.h"
#include "manifest/ustar.h"

static bool check_target(const struct manifest *m, const struct entry *entry, struct err *e)
{
	const char *why = NULL, *slash;
	SCOPED(text_end) struct text shown = { 0 };
	path_escape(entry->target, strlen(entry->target), &shown);
	if (entry->kind == ENTRY_LINK)
		return (strlen(entry->target) <= PATH_MAX_LEN && link_stays(entry->path, entry->target)) ||
		       err_set(e, ERR_FORMAT, "%s: the link to %s leaves its component", entry->path,
			       text_str(&shown));
	if (!path_plain(entry->target, &why))
		return err_set(
			e, ERR_FORMAT, "%s: the reference to %s is %s", entry->path, text_str(&shown), why);
	slash = strchr(entry->target, '/');
	SCOPED_TEXT char *id =
		mem_copy(entry->target, slash ? (size_t)(slash - entry->target) : strlen(entry->target));
	if (manifest_component(m, id))
		return true;
	const struct companion *with = m->with.items;
	for (size_t i = 0; i < m->with.count; i++)
		if (strcmp(with[i].id, id) == 0)
			return true;
	return err_set(e, ERR_FORMAT, "%s: refers to the component \"%s\", which the bundle does not know",
		entry->path, id);
}

static bool check_entry(
	const struct manifest *m, const struct component *c, const struct entry *entry, struct err *e)
{
	if (globs_match(&c->local, entry->path))
		return err_set(e, ERR_FORMAT, "%s: local files belong to the node and are in no bundle",
			entry->path);
	if (entry->kind == ENTRY_OTHER)
		return err_set(e, ERR_FORMAT, "%s: neither file, directory nor link", entry->path);
	if (entry->mode & 07000)
		return err_set(e, ERR_FORMAT, "%s: mode %04o: setuid, setgid and sticky are not installed",
			entry->path, entry->mode);
	return !entry->target || check_target(m, entry, e);
}

struct totals {
	uint64_t files, dirs, links, bytes;
	struct digest_state tree;
};

static void count(struct totals *t, const struct entry *entry, struct text *line)
{
	t->files += entry->kind == ENTRY_FILE;
	t->dirs += entry->kind == ENTRY_DIR;
	t->links += entry->target != NULL;
	t->bytes += entry->size;
	text_clear(line);
	listing_add(entry, line);
	digest_add(&t->tree, line->at, line->len);
}

static bool agree(const struct component *c, struct totals *t, struct err *e)
{
	struct digest tree = digest_end(&t->tree);
	if (t->files != c->files || t->dirs != c->dirs || t->links != c->links || t->bytes != c->bytes)
		return err_set(e, ERR_FORMAT,
			"the index has %llu files with %llu bytes, the manifest %llu with %llu",
			(unsigned long long)t->files, (unsigned long long)t->bytes,
			(unsigned long long)c->files, (unsigned long long)c->bytes);
	return digest_equal(&tree, &c->tree) ||
	       err_set(e, ERR_FORMAT, "the index is not the tree whose digest the manifest has");
}

static bool check_component(const struct rows *r, const struct manifest *m, size_t number, struct err *e)
{
	const struct component *c = (const struct component *)m->components.items + number;
	SCOPED(text_end) struct text line = { 0 };
	struct totals totals = { 0 };
	char path[PATH_MAX];
	digest_init(&totals.tree);
	if (rows_first(r, number) == rows_first(r, number + 1))
		return err_set(e, ERR_FORMAT, "%s: the index has no row of it", c->id);
	for (size_t i = rows_first(r, number), end = rows_first(r, number + 1); i < end; i++) {
		struct entry entry = rows_entry(r, i, path);
		if (!check_entry(m, c, &entry, e))
			return err_in(e, "%s", c->id);
		count(&totals, &entry, &line);
	}
	return agree(c, &totals, e) || err_in(e, "%s", c->id);
}

/* Rows may not point outside the blocks: before a map is made of them. */
static bool check_places(const struct rows *r, const struct manifest *m, struct err *e)
{
	char path[PATH_MAX];
	uint64_t pieces = 0;
	for (size_t i = 0; i < r->count; i++) {
		const struct row *row = &r->items[i];
		bool one = row->kind != ENTRY_FILE;
		if (row->blocks == 0 || (one && row->blocks > 1) || row->block >= m->blocks.count ||
			row->blocks > m->blocks.count - row->block || (row->blocks > 1 && row->offset != 0))
			return err_set(
				e, ERR_FORMAT, "%s: its place is outside the blocks", rows_path(r, i, path));
		pieces += row->blocks > 1 ? row->blocks : 0;
		if (pieces > m->blocks.count)
			return err_set(e, ERR_FORMAT, "two cut files share a block");
	}
	return true;
}

/* The raw bytes of the blocks that a cut file takes, from its header to its padding. */
static bool check_cut(
	const struct rows *r, const struct manifest *m, uint32_t row, uint64_t want, struct err *e)
{
	const struct blob *b = m->blocks.items;
	const struct row *item = &r->items[row];
	uint64_t have = 0;
	for (uint32_t k = 0; k < item->blocks; k++)
		have += b[item->block + k].raw;
	char path[PATH_MAX];
	if (b[item->block].raw < want - item->size - ustar_padding(item->size))
		return err_set(e, ERR_FORMAT, "%s: cut within its header", rows_path(r, row, path));
	if (item->block + item->blocks == m->blocks.count)
		want += USTAR_TRAILER;
	return have == want ||
	       err_set(e, ERR_FORMAT, "%s: cut into blocks of %llu bytes, takes %llu",
		       rows_path(r, row, path), (unsigned long long)have, (unsigned long long)want);
}

/* The entries of one block stand end to end and fill it. */
static bool check_block(const struct rows *r, const struct manifest *m, const struct block_map *map,
	size_t block, struct err *e)
{
	SCOPED(text_end) struct text path = { 0 }, target = { 0 };
	const struct blob *b = (const struct blob *)m->blocks.items + block;
	uint64_t at = 0;
	for (uint32_t i = map->start[block]; i < map->start[block + 1]; i++) {
		const struct row *row = &r->items[map->order[i]];
		struct ustar u;
		rows_ustar(r, m, map->order[i], &path, &target, &u);
		if (row->offset != at)
			return err_set(e, ERR_FORMAT, "%s: stands at byte %u of block %zu, expected at %llu",
				text_str(&path), row->offset, block, (unsigned long long)at);
		at += ustar_header_size(&u);
		if (row->blocks > 1)
			return map->start[block + 1] - map->start[block] == 1
				       ? check_cut(r, m, map->order[i],
						 at + row->size + ustar_padding(row->size), e)
				       : err_set(e, ERR_FORMAT, "%s: a cut file shares its block",
						 text_str(&path));
		at += row->size + ustar_padding(row->size);
	}
	if (map->cut[block] != ROW_NONE)
		return at == 0 ||
		       err_set(e, ERR_FORMAT, "block %zu: a piece of a cut file shares its block", block);
	if (block + 1 == m->blocks.count)
		at += USTAR_TRAILER;
	return at == b->raw || err_set(e, ERR_FORMAT, "block %zu: its entries take %llu bytes, it has %llu",
				       block, (unsigned long long)at, (unsigned long long)b->raw);
}

/* No block is a piece of two files. */
static bool check_cuts(const struct rows *r, const struct block_map *map, struct err *e)
{
	size_t pieces = 0, taken = 0;
	for (size_t i = 0; i < r->count; i++)
		pieces += r->items[i].blocks > 1 ? r->items[i].blocks : 0;
	for (size_t b = 0; b < map->blocks; b++)
		taken += map->cut[b] != ROW_NONE;
	return pieces == taken || err_set(e, ERR_FORMAT, "two cut files share a block");
}

static bool check_blocks(const struct rows *r, const struct manifest *m, struct err *e)
{
	SCOPED(block_map_end) struct block_map map = { 0 };
	if (!check_places(r, m, e))
		return false;
	block_map_make(r, m->blocks.count, &map);
	if (!check_cuts(r, &map, e))
		return false;
	for (size_t b = 0; b < m->blocks.count; b++)
		if (!check_block(r, m, &map, b, e))
			return false;
	return true;
}

struct checked {
	const struct rows *rows;
	const struct manifest *manifest;
};

/* One job each for the components, and one for where everything stands: neither needs what the other finds.
 */
static bool check(void *ctx, void *scratch, size_t job, struct err *e)
{
	const struct checked *c = ctx;
	(void)scratch;
	return job < c->manifest->components.count ? check_component(c->rows, c->manifest, job, e)
						   : check_blocks(c->rows, c->manifest, e);
}

bool rows_check(const struct rows *r, const struct manifest *m, struct err *e)
{
	struct checked c = { r, m };
	struct pool_plan plan = { pool_threads(2), m->components.count + 1, &c, NULL, NULL, check, NULL };
	return pool_run(&plan, e);
}
