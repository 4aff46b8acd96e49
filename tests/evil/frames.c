/* frames.c - members that are not one frame of what was declared, and declarations that lie. */
#include <string.h>

#include "manifest/base/scope.h"
#include "tests/evil/evil.h"

enum {
	SIZE_4 = 0x80, /* four bytes of content size */
	SINGLE = 0x20, /* no window: the content is it */
	CHECKSUM = 0x04,
	RESERVED = 0x08,
	DICTIONARY = 0x01
};

static struct part *first(struct evil *v)
{
	return &v->blocks[0];
}

/* The first block as stored bytes, with the size that is said. */
static void stored(struct evil *v, unsigned char descriptor, const char *window, size_t len, uint32_t said)
{
	char fields[16];
	memcpy(fields, window, len);
	memcpy(fields + len, &said, sizeof said);
	frame_stored((unsigned char)(SIZE_4 | descriptor), fields, len + sizeof said, &first(v)->raw,
		&first(v)->packed);
}

static uint32_t raw_len(struct evil *v)
{
	return (uint32_t)first(v)->raw.len;
}

static void stored_sound(struct evil *v)
{
	stored(v, SINGLE, "", 0, raw_len(v));
}

/* A window that nobody allocates: the content has its place already. */
static void window_2_gib(struct evil *v)
{
	stored(v, 0, "\xa8", 1, raw_len(v));
}

static void window_4_tib(struct evil *v)
{
	stored(v, 0, "\xff", 1, raw_len(v));
}

static void checksum_wrong(struct evil *v)
{
	stored(v, SINGLE | CHECKSUM, "", 0, raw_len(v));
	text_puts(&first(v)->packed, "sumX");
}

static void checksum_missing(struct evil *v)
{
	stored(v, SINGLE | CHECKSUM, "", 0, raw_len(v));
}

static void reserved(struct evil *v)
{
	stored(v, SINGLE | RESERVED, "", 0, raw_len(v));
}

static void dictionary(struct evil *v)
{
	stored(v, SINGLE | DICTIONARY, "\x07", 1, raw_len(v));
}

static void says_less(struct evil *v)
{
	stored(v, SINGLE, "", 0, raw_len(v) - USTAR_BLOCK);
}

static void says_more(struct evil *v)
{
	stored(v, SINGLE, "", 0, raw_len(v) + USTAR_BLOCK);
}

static void says_huge(struct evil *v)
{
	stored(v, SINGLE, "", 0, UINT32_MAX);
}

static void says_nothing(struct evil *v)
{
	frame_stored(0, "\x58", 1, &first(v)->raw, &first(v)->packed);
}

/* The size is right, the content goes on behind it. */
static void becomes_more(struct evil *v)
{
	SCOPED(text_end) struct text all = { 0 };
	uint32_t said = raw_len(v);
	text_add(&all, first(v)->raw.at, first(v)->raw.len);
	text_fill(&all, '\0', 100);
	frame_stored(SIZE_4 | SINGLE, &said, sizeof said, &all, &first(v)->packed);
}

static void becomes_less(struct evil *v)
{
	SCOPED(text_end) struct text all = { 0 };
	uint32_t said = raw_len(v);
	text_add(&all, first(v)->raw.at, first(v)->raw.len - 100);
	frame_stored(SIZE_4 | SINGLE, &said, sizeof said, &all, &first(v)->packed);
}

/* Every block of the frame is one byte that stands for 128 KiB. */
static void bomb(struct evil *v, uint32_t said, size_t blocks)
{
	static const unsigned char repeated[] = { 0x02, 0x00, 0x10, 'x' }, last[] = { 0x03, 0x00, 0x10, 'x' };
	SCOPED(text_end) struct text none = { 0 };
	frame_stored(SIZE_4 | SINGLE, &said, sizeof said, &none, &first(v)->packed);
	for (size_t i = 1; i < blocks; i++)
		text_add(&first(v)->packed, repeated, sizeof repeated);
	text_add(&first(v)->packed, last, sizeof last);
}

static void bomb_honest(struct evil *v)
{
	bomb(v, 2048u << 17, 2048);
}

static void bomb_hidden(struct evil *v)
{
	bomb(v, raw_len(v), 2048);
}

static void two_frames(struct evil *v)
{
	text_add(&first(v)->packed, v->index[0].packed.at, v->index[0].packed.len);
}

static void same_frame_twice(struct evil *v)
{
	SCOPED(text_end) struct text copy = { 0 };
	text_add(&copy, first(v)->packed.at, first(v)->packed.len);
	text_add(&first(v)->packed, copy.at, copy.len);
}

static void skippable_before(struct evil *v)
{
	SCOPED(text_end) struct text all = { 0 };
	text_add(&all, "\x50\x2a\x4d\x18\x04\0\0\0skip", 12);
	text_add(&all, first(v)->packed.at, first(v)->packed.len);
	text_set(&first(v)->packed, all.at, all.len);
}

static void skippable_behind(struct evil *v)
{
	text_add(&first(v)->packed, "\x50\x2a\x4d\x18\x04\0\0\0skip", 12);
}

static void skippable_alone(struct evil *v)
{
	text_set(&first(v)->packed, "\x50\x2a\x4d\x18\x04\0\0\0skip", 12);
}

static void trailing(struct evil *v)
{
	text_puts(&first(v)->packed, "x");
}

static void cut_short(struct evil *v)
{
	first(v)->packed.len--;
}

static void no_frame(struct evil *v)
{
	text_set(&first(v)->packed, first(v)->raw.at, first(v)->raw.len);
}

static void magic(struct evil *v)
{
	first(v)->packed.at[0] ^= 1;
}

static void index_trailing(struct evil *v)
{
	text_puts(&v->index[0].packed, "x");
}

static void index_no_frame(struct evil *v)
{
	text_set(&v->index[0].packed, v->index[0].raw.at, v->index[0].raw.len);
}

/* ---- what the manifest says of the members ---- */

static void raw_more(struct evil *v)
{
	v->block_blobs[0].raw++;
	v->m.memory++;
}

static void raw_less(struct evil *v)
{
	v->block_blobs[0].raw--;
}

static void raw_none(struct evil *v)
{
	v->block_blobs[0].raw = 0;
}

static void raw_beyond(struct evil *v)
{
	v->block_blobs[0].raw = BLOCK_RAW_MAX + 1;
	v->m.memory = JSON_COUNT_LIMIT - 1;
}

static void raw_of_index_more(struct evil *v)
{
	v->index_blobs[0].raw++;
}

static void raw_of_index_beyond(struct evil *v)
{
	v->index_blobs[0].raw = INDEX_FRAME_MAX + 1;
}

static void size_more(struct evil *v)
{
	v->block_blobs[0].size++;
	v->m.memory++;
}

static void size_less(struct evil *v)
{
	v->block_blobs[0].size--;
}

static void size_none(struct evil *v)
{
	v->block_blobs[0].size = 0;
}

static void size_beyond(struct evil *v)
{
	v->block_blobs[0].size = v->block_blobs[0].raw * 2;
	v->m.memory *= 3;
}

static void size_huge(struct evil *v)
{
	v->block_blobs[0].size = JSON_COUNT_LIMIT - 1;
	v->m.memory = JSON_COUNT_LIMIT - 1;
}

static void digest(struct evil *v)
{
	v->block_blobs[0].digest.bytes[0] ^= 1;
}

static void digest_of_index(struct evil *v)
{
	v->index_blobs[0].digest.bytes[0] ^= 1;
}

static void no_index(struct evil *v)
{
	v->m.index.count = 0;
}

static void no_blocks(struct evil *v)
{
	v->m.blocks.count = 0;
}

static void block_that_is_not_there(struct evil *v)
{
	v->block_blobs[1] = v->block_blobs[0];
	v->m.blocks.count = 2;
}

static void many_index_members(struct evil *v)
{
	struct blob *all = arena_new(&v->arena, (INDEX_FRAMES_MAX + 1) * sizeof *all);
	for (size_t i = 0; i <= INDEX_FRAMES_MAX; i++)
		all[i] = v->index_blobs[0];
	v->m.index = (struct json_list){ all, INDEX_FRAMES_MAX + 1 };
}

static void many_blocks(struct evil *v)
{
	struct blob *all = arena_new(&v->arena, (BLOCKS_MAX + 1) * sizeof *all);
	for (size_t i = 0; i <= BLOCKS_MAX; i++)
		all[i] = v->block_blobs[0];
	v->m.blocks = (struct json_list){ all, BLOCKS_MAX + 1 };
}

static void prefix(struct evil *v)
{
	v->block_blobs[0].prefix = (struct json_list){ &v->block_blobs[0].digest, 1 };
}

static void memory_small(struct evil *v)
{
	v->m.memory--;
}

static void memory_none(struct evil *v)
{
	v->m.memory = 0;
}

static void memory_huge(struct evil *v)
{
	v->m.memory = JSON_COUNT_LIMIT - 1;
}

#define ONE "not one zstd frame"

static const struct evil_case cases[] = {
	{ "frame-stored", 0, "", FRAME, stored_sound, NULL, NULL },
	{ "frame-window-2-gib", 0, "", FRAME, window_2_gib, NULL, NULL },
	{ "frame-window-4-tib", 4, ONE, FRAME, window_4_tib, NULL, NULL },
	{ "frame-checksum-wrong", 4, "zstd", FRAME, checksum_wrong, NULL, NULL },
	{ "frame-checksum-missing", 4, ONE, FRAME, checksum_missing, NULL, NULL },
	{ "frame-reserved-bit", 4, ONE, FRAME, reserved, NULL, NULL },
	{ "frame-dictionary", 4, "zstd", FRAME, dictionary, NULL, NULL },
	{ "frame-says-less", 4, ONE, FRAME, says_less, NULL, NULL },
	{ "frame-says-more", 4, ONE, FRAME, says_more, NULL, NULL },
	{ "frame-says-huge", 4, ONE, FRAME, says_huge, NULL, NULL },
	{ "frame-says-nothing", 4, ONE, FRAME, says_nothing, NULL, NULL },
	{ "frame-becomes-more", 4, "zstd", FRAME, becomes_more, NULL, NULL },
	{ "frame-becomes-less", 4, "zstd", FRAME, becomes_less, NULL, NULL },
	{ "frame-bomb", 4, ONE, FRAME, bomb_honest, NULL, NULL },
	{ "frame-bomb-hidden", 4, "zstd", FRAME, bomb_hidden, NULL, NULL },
	{ "frame-and-another", 4, ONE, FRAME, two_frames, NULL, NULL },
	{ "frame-twice", 4, ONE, FRAME, same_frame_twice, NULL, NULL },
	{ "frame-behind-a-skippable-one", 4, ONE, FRAME, skippable_before, NULL, NULL },
	{ "frame-before-a-skippable-one", 4, ONE, FRAME, skippable_behind, NULL, NULL },
	{ "frame-skippable", 4, ONE, FRAME, skippable_alone, NULL, NULL },
	{ "frame-and-a-byte", 4, ONE, FRAME, trailing, NULL, NULL },
	{ "frame-cut-short", 4, ONE, FRAME, cut_short, NULL, NULL },
	{ "frame-none", 4, ONE, FRAME, no_frame, NULL, NULL },
	{ "frame-magic", 4, ONE, FRAME, magic, NULL, NULL },
	{ "index-frame-and-a-byte", 4, ONE, FRAME, index_trailing, NULL, NULL },
	{ "index-frame-none", 4, ONE, FRAME, index_no_frame, NULL, NULL },
	{ "raw-more", 4, "", MANIFEST, raw_more, NULL, NULL },
	{ "raw-less", 4, "", MANIFEST, raw_less, NULL, NULL },
	{ "raw-none", 4, "out of bounds", MANIFEST, raw_none, NULL, NULL },
	{ "raw-beyond", 4, "out of bounds", MANIFEST, raw_beyond, NULL, NULL },
	{ "raw-of-index-more", 4, ONE, MANIFEST, raw_of_index_more, NULL, NULL },
	{ "raw-of-index-beyond", 4, "out of bounds", MANIFEST, raw_of_index_beyond, NULL, NULL },
	{ "size-of-a-member-more", 4, "", MANIFEST, size_more, NULL, NULL },
	{ "size-of-a-member-less", 4, "", MANIFEST, size_less, NULL, NULL },
	{ "size-of-a-member-none", 4, "out of bounds", MANIFEST, size_none, NULL, NULL },
	{ "size-of-a-member-beyond", 4, "out of bounds", MANIFEST, size_beyond, NULL, NULL },
	{ "size-of-a-member-huge", 4, "out of bounds", MANIFEST, size_huge, NULL, NULL },
	{ "digest-of-a-member", 4, "blocks/00000.tar.zst", MANIFEST, digest, NULL, NULL },
	{ "digest-of-the-index", 4, "index/0000.zst", MANIFEST, digest_of_index, NULL, NULL },
	{ "no-index", 4, "expected 1 to", MANIFEST, no_index, NULL, NULL },
	{ "no-blocks", 4, "expected 1 to", MANIFEST, no_blocks, NULL, NULL },
	{ "block-that-is-not-there", 4, "truncated", MANIFEST, block_that_is_not_there, NULL, NULL },
	{ "many-index-members", 4, "10001 members", MANIFEST, many_index_members, NULL, NULL },
	{ "many-blocks", 4, "", MANIFEST, many_blocks, NULL, NULL },
	{ "prefix-without-a-delta", 4, "no delta", MANIFEST, prefix, NULL, NULL },
	{ "memory-too-small", 4, "memory declares", MANIFEST, memory_small, NULL, NULL },
	{ "memory-none", 4, "memory declares", MANIFEST, memory_none, NULL, NULL },
	{ "memory-huge", 6, "decoding a block takes", MANIFEST, memory_huge, NULL, NULL },
};
const struct evil_table frame_cases = { cases, COUNT_OF(cases) };
