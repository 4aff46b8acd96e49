/* rows - the index as text; the manifest counts what was read, so that the places are looked at too. */
#include "manifest/rows.h"
#include "manifest/ustar.h"
#include "tests/fuzz/door.h"

enum { BLOCKS = 6, CUT = 2048 };

static char core[] = "core", hello[] = "hello", companion[] = "companion", glob[] = "local/**",
	    *globs[] = { glob };
static struct component components[] = { { .id = core, .local = { globs, 1 } }, { .id = hello } };
static struct companion with = { .id = companion };
static struct blob blocks[BLOCKS];
static const struct manifest manifest = {
	.components = { components, 2 }, .with = { &with, 1 }, .blocks = { blocks, BLOCKS }
};

static void count_component(const struct rows *rows, size_t number)
{
	struct component *c = &components[number];
	SCOPED(text_end) struct text lines = { 0 };
	char path[PATH_MAX];
	c->files = c->dirs = c->links = c->bytes = 0;
	for (size_t i = rows_first(rows, number); i < rows_first(rows, number + 1); i++) {
		struct entry entry = rows_entry(rows, i, path);
		c->files += entry.kind == ENTRY_FILE;
		c->dirs += entry.kind == ENTRY_DIR;
		c->links += entry.target != NULL;
		c->bytes += entry.size;
		listing_add(&entry, &lines);
	}
	c->tree = digest_of(text_str(&lines), lines.len);
}

/* The blocks have room for exactly what stands in them, as far as rows say. */
static void count_block(const struct rows *rows, size_t i)
{
	SCOPED(text_end) struct text path = { 0 }, target = { 0 };
	const struct row *row = &rows->items[i];
	struct ustar u;
	rows_ustar(rows, &manifest, i, &path, &target, &u);
	uint64_t all = ustar_header_size(&u) + row->size + ustar_padding(row->size);
	if (row->block >= BLOCKS || row->blocks == 0 || row->blocks > BLOCKS - row->block)
		return;
	for (uint32_t k = 0; k < row->blocks && row->blocks > 1; k++) {
		blocks[row->block + k].raw = k + 1 < row->blocks || all < CUT ? CUT : all;
		all -= all < CUT ? all : CUT;
	}
	blocks[row->block].raw += row->blocks == 1 ? all : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(rows_end) struct rows rows = { 0 };
	SCOPED(text_end) struct text again = { 0 };
	SCOPED_TEXT char *text = malloc(size ? size : 1);
	struct err e = { 0 };
	size_t next = 0;
	memcpy(text, data, size);
	memset(blocks, 0, sizeof blocks);
	if (!door_answered(rows_read(&rows, &manifest, text, size, &e), &e))
		return 0;
	rows_write(&rows, &manifest, &next, SIZE_MAX, &again);
	REQUIRE(again.len == size && memcmp(again.at, data, size) == 0);
	count_component(&rows, 0);
	count_component(&rows, 1);
	for (size_t i = 0; i < rows.count; i++)
		count_block(&rows, i);
	blocks[BLOCKS - 1].raw += USTAR_TRAILER;
	(void)door_answered(rows_check(&rows, &manifest, &e), &e);
	return 0;
}
