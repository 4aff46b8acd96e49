/* sample - a small bundle in memory that is right in every field, for tests that then break one of them. */
#ifndef TESTS_UNIT_MANIFEST_SAMPLE_H
#define TESTS_UNIT_MANIFEST_SAMPLE_H

#include "manifest/rows.h"
#include "manifest/ustar.h"
#include "tests/unit/unit.h"

enum { SAMPLE_ROWS = 32, SAMPLE_BLOCKS = 16 };

struct sample {
	struct arena arena;
	struct manifest m;
	struct component components[2];
	struct companion with;
	struct evidence evidence;
	struct blob blocks[SAMPLE_BLOCKS], index;
	struct rows rows;
	const char *contents[SAMPLE_ROWS];
	struct text raw[SAMPLE_BLOCKS]; /* of each block */
	size_t count;                   /* of blocks */
};

HELPER void sample_end(struct sample **s)
{
	for (size_t i = 0; i < SAMPLE_BLOCKS; i++)
		text_end(&(*s)->raw[i]);
	rows_end(&(*s)->rows);
	arena_end(&(*s)->arena);
	free(*s);
	*s = NULL;
}

/* Words that differ from place to place. */
HELPER const char *sample_words(struct sample *s, size_t len)
{
	char *words = arena_new(&s->arena, len + 1);
	for (size_t i = 0; i < len; i++)
		words[i] = (char)('a' + (i * i + i / 7) % 26);
	words[len] = '\0';
	return words;
}

HELPER void sample_add(struct sample *s, uint16_t component, const struct entry *entry, const char *content)
{
	struct entry full = *entry;
	struct row *row;
	struct err e = { 0 };
	if (entry->kind == ENTRY_FILE) {
		full.size = strlen(content);
		full.digest = digest_of(content, strlen(content));
	}
	MUST(rows_add(&s->rows, component, &full, &row, &e), &e);
	s->contents[s->rows.count - 1] = content;
}

HELPER void sample_rows(struct sample *s)
{
	sample_add(s, 0, &(struct entry){ .path = ".", .kind = 'd', .mode = 0755 }, NULL);
	sample_add(s, 0, &(struct entry){ .path = "bin", .kind = 'd', .mode = 0755 }, NULL);
	sample_add(s, 0, &(struct entry){ .path = "bin/run", .kind = 'f', .mode = 0755 }, "#!/bin/sh\n");
	sample_add(s, 0, &(struct entry){ .path = "data", .kind = 'd', .mode = 0700 }, NULL);
	sample_add(s, 0, &(struct entry){ .path = "data/empty", .kind = 'f', .mode = 0600 }, "");
	sample_add(s, 0, &(struct entry){ .path = "data/large", .kind = 'f', .mode = 0644 },
		sample_words(s, 5000));
	sample_add(s, 0, &(struct entry){ .path = "data/\xc3\xb6", .kind = 'f', .mode = 0644 }, "umlaut");
	sample_add(s, 0, &(struct entry){ .path = "link", .target = "bin/run", .kind = 'l', .mode = 0777 },
		NULL);
	sample_add(
		s, 0, &(struct entry){ .path = "to", .target = "extra/x", .kind = 'r', .mode = 0777 }, NULL);
	sample_add(s, 0, &(struct entry){ .path = "with", .target = "companion", .kind = 'r', .mode = 0777 },
		NULL);
	sample_add(s, 1, &(struct entry){ .path = ".", .kind = 'd', .mode = 0755 }, NULL);
	sample_add(s, 1, &(struct entry){ .path = "x", .kind = 'f', .mode = 0644 }, "the plugin\n");
}

/* The manifest says of the components what the rows say. */
HELPER void sample_count(struct sample *s)
{
	struct text lines[2] = { { 0 }, { 0 } };
	char path[PATH_MAX];
	for (size_t i = 0; i < 2; i++)
		s->components[i].files = s->components[i].dirs = s->components[i].links =
			s->components[i].bytes = 0;
	for (size_t i = 0; i < s->rows.count; i++) {
		struct entry entry = rows_entry(&s->rows, i, path);
		struct component *c = &s->components[s->rows.items[i].component];
		c->files += entry.kind == 'f';
		c->dirs += entry.kind == 'd';
		c->links += entry.target != NULL;
		c->bytes += entry.size;
		listing_add(&entry, &lines[s->rows.items[i].component]);
	}
	for (size_t i = 0; i < 2; i++) {
		s->components[i].tree = digest_of(text_str(&lines[i]), lines[i].len);
		text_end(&lines[i]);
	}
}

HELPER void sample_put(struct sample *s, size_t row, size_t cut)
{
	static const char zeros[USTAR_BLOCK];
	SCOPED(text_end) struct text path = { 0 }, target = { 0 }, entry = { 0 };
	struct row *r = &s->rows.items[row];
	struct ustar u;
	rows_ustar(&s->rows, &s->m, row, &path, &target, &u);
	ustar_header(&u, &entry);
	text_add(&entry, s->contents[row] ? s->contents[row] : "", r->size);
	text_add(&entry, zeros, ustar_padding(r->size));
	bool large = entry.len > cut;
	if (s->count && (large || s->raw[s->count - 1].len + entry.len > cut))
		s->count++;
	s->count += s->count == 0;
	r->block = (uint32_t)s->count - 1;
	r->offset = (uint32_t)s->raw[r->block].len;
	r->blocks = 0;
	for (size_t at = 0; at < entry.len; r->blocks++) {
		size_t piece = entry.len - at < cut ? entry.len - at : cut;
		assert_true(r->block + r->blocks < SAMPLE_BLOCKS);
		text_add(&s->raw[r->block + r->blocks], entry.at + at, piece);
		at += piece;
	}
	s->count = r->block + r->blocks;
}

/* The entries in blocks of at most `cut` bytes; the archive's end is in the last. */
HELPER void sample_lay(struct sample *s, size_t cut)
{
	static const char zeros[USTAR_TRAILER];
	for (size_t i = 0; i < SAMPLE_BLOCKS; i++)
		text_clear(&s->raw[i]);
	s->count = 0;
	for (size_t i = 0; i < s->rows.count; i++) {
		if (i && s->rows.items[i - 1].blocks > 1)
			s->count++;
		sample_put(s, i, cut);
	}
	text_add(&s->raw[s->count - 1], zeros, sizeof zeros);
	for (size_t i = 0; i < s->count; i++)
		s->blocks[i] = (struct blob){ .digest = digest_of(s->raw[i].at, s->raw[i].len),
			.raw = s->raw[i].len,
			.size = s->raw[i].len };
	s->m.blocks = (struct json_list){ s->blocks, s->count };
}

#define SAMPLE_TEXT(words) ((char *)(uintptr_t)(words))

HELPER void sample_manifest(struct sample *s)
{
	s->components[0] = (struct component){
		.id = SAMPLE_TEXT("app"), .kind = SAMPLE_TEXT("core"), .owner = SAMPLE_TEXT("inherit")
	};
	s->components[1] = (struct component){
		.id = SAMPLE_TEXT("extra"), .kind = SAMPLE_TEXT("plugin"), .owner = SAMPLE_TEXT("inherit")
	};
	s->with = (struct companion){ .id = SAMPLE_TEXT("companion"), .tree = { { 1 } } };
	s->evidence = (struct evidence){ .verdict = SAMPLE_TEXT(MANIFEST_UNPROVEN) };
	s->index = (struct blob){ .digest = { { 2 } }, .raw = 100, .size = 50 };
	s->m = (struct manifest){
		.waybill = MANIFEST_VERSION,
		.created = 1,
		.memory = 1 << 20,
		.sequence = 7,
		.type = SAMPLE_TEXT(MANIFEST_TYPE),
		.name = SAMPLE_TEXT("sample"),
		.release = SAMPLE_TEXT("1.0"),
		.components = { s->components, 2 },
		.with = { &s->with, 1 },
		.index = { &s->index, 1 },
		.evidence = &s->evidence,
	};
}

/* Blocks of 2 KiB: several entries in one, one entry in several. */
HELPER struct sample *sample_new(void)
{
	struct sample *s = mem_new(1, sizeof *s);
	sample_manifest(s);
	sample_rows(s);
	sample_count(s);
	sample_lay(s, 2048);
	return s;
}

/* The sample's row with this path in component 0. */
HELPER struct row *sample_row(struct sample *s, const char *path)
{
	char buffer[PATH_MAX];
	for (size_t i = 0; i < s->rows.count; i++)
		if (s->rows.items[i].component == 0 && strcmp(rows_path(&s->rows, i, buffer), path) == 0)
			return &s->rows.items[i];
	fail_msg("no row %s", path);
	return NULL;
}

#endif
