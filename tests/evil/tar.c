/* tar.c - tar entries that are not what the index says, byte for byte; and bytes that no entry owns. */
#include <stdio.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "tests/evil/evil.h"

enum {
	MODE = 100,
	UID = 108,
	GID = 116,
	SIZE = 124,
	MTIME = 136,
	TYPE = 156,
	LINK = 157,
	UNAME = 265,
	DEVMAJOR = 329,
	PREFIX = 345,
	PAD = 500
};

/* One field of the header of lib/a.js, with a right checksum. */
static void field(struct evil *v, size_t at, const char *value)
{
	char *h = header_at(v, "lib/a.js");
	memcpy(h + at, value, strlen(value) + 1);
	header_seal(h);
}

static void path(struct evil *v)
{
	field(v, 0, "core/lib/c.js");
}

static void path_out(struct evil *v)
{
	field(v, 0, "core/../../../outside/planted");
}

static void path_absolute(struct evil *v)
{
	field(v, 0, "/tmp/planted");
}

static void prefix(struct evil *v)
{
	field(v, PREFIX, "..");
}

static void mode(struct evil *v)
{
	field(v, MODE, "0000755");
}

static void setuid_mode(struct evil *v)
{
	field(v, MODE, "0004644");
}

static void size_less(struct evil *v)
{
	field(v, SIZE, "00000000001");
}

static void size_more(struct evil *v)
{
	field(v, SIZE, "00000000777");
}

static void size_huge(struct evil *v)
{
	field(v, SIZE, "77777777777");
}

static void size_negative(struct evil *v)
{
	char *h = header_at(v, "lib/a.js");
	memset(h + SIZE, 0xff, 12);
	header_seal(h);
}

static void mtime(struct evil *v)
{
	field(v, MTIME, "02263523001");
}

static void uid(struct evil *v)
{
	field(v, UID, "0000001");
}

static void gid(struct evil *v)
{
	field(v, GID, "0000001");
}

static void uname(struct evil *v)
{
	field(v, UNAME, "root");
}

static void devmajor(struct evil *v)
{
	field(v, DEVMAJOR, "0000001");
}

static void pad(struct evil *v)
{
	field(v, PAD, "x");
}

static void checksum(struct evil *v)
{
	header_at(v, "lib/a.js")[149] ^= 1;
}

static void checksum_form(struct evil *v)
{
	char *h = header_at(v, "lib/a.js");
	h[148] = ' ';
}

/* The file's header says that it is something else. */
static void type(struct evil *v, char letter, const char *target)
{
	char *h = header_at(v, "lib/a.js");
	h[TYPE] = letter;
	memcpy(h + LINK, target, strlen(target));
	header_seal(h);
}

static void type_link(struct evil *v)
{
	type(v, '2', "/etc/passwd");
}

static void type_hard_link(struct evil *v)
{
	type(v, '1', "core/bin/run");
}

static void type_hard_link_out(struct evil *v)
{
	type(v, '1', "/etc/passwd");
}

static void type_character_device(struct evil *v)
{
	type(v, '3', "");
}

static void type_block_device(struct evil *v)
{
	type(v, '4', "");
}

static void type_dir(struct evil *v)
{
	type(v, '5', "");
}

static void type_fifo(struct evil *v)
{
	type(v, '6', "");
}

static void type_contiguous(struct evil *v)
{
	type(v, '7', "");
}

static void type_sparse(struct evil *v)
{
	type(v, 'S', "");
}

static void type_gnu_name(struct evil *v)
{
	type(v, 'L', "");
}

static void type_old(struct evil *v)
{
	char *h = header_at(v, "lib/a.js");
	h[TYPE] = '\0';
	header_seal(h);
}

static void target(struct evil *v)
{
	char *h = header_at(v, "main");
	memcpy(h + LINK, "lib/b.js", 8);
	header_seal(h);
}

static void target_out(struct evil *v)
{
	char *h = header_at(v, "main");
	memcpy(h + LINK, "/etc/passwd", 11);
	header_seal(h);
}

static void target_of_a_reference(struct evil *v)
{
	char *h = header_at(v, "plugged");
	memcpy(h + LINK, "../../outside", 14);
	header_seal(h);
}

static void swapped(struct evil *v)
{
	char *a = header_at(v, "lib/a.js"), *b = header_at(v, "lib/b.js"), keep[2 * USTAR_BLOCK];
	memcpy(keep, a, sizeof keep);
	memcpy(a, b, sizeof keep);
	memcpy(b, keep, sizeof keep);
}

/* What the index takes for a file's content is a pax record and the header that it changes. */
static void pax(struct evil *v, const char *record)
{
	char *h = header_at(v, "lib/a.js"), *next = h + USTAR_BLOCK;
	char size[24];
	memcpy(next, h, USTAR_BLOCK);
	snprintf(size, sizeof size, "%011zo", strlen(record));
	memset(h, 0, 100);
	memcpy(h, "pax", 3);
	memcpy(h + SIZE, size, 12);
	h[TYPE] = 'x';
	header_seal(h);
	memset(next, 0, USTAR_BLOCK);
	memcpy(next, record, strlen(record));
}

static void pax_path(struct evil *v)
{
	pax(v, "33 path=../../../outside/planted\n");
}

static void pax_size(struct evil *v)
{
	pax(v, "11 size=16\n");
}

static void pax_capability(struct evil *v)
{
	pax(v, "40 SCHILY.xattr.security.capability=xyz\n");
}

static void content(struct evil *v)
{
	header_at(v, "lib/a.js")[USTAR_BLOCK] ^= 1;
}

static void padding(struct evil *v)
{
	header_at(v, "lib/a.js")[2 * USTAR_BLOCK - 1] = 'x';
}

static void trailer(struct evil *v)
{
	struct text *last = &v->blocks[v->blocks_count - 1].raw;
	last->at[last->len - 1] = 'x';
}

/* Whoever unpacks the content with tar gets one more file than the index has. */
static void trailer_entry(struct evil *v)
{
	SCOPED(text_end) struct text h = { 0 };
	struct text *last = &v->blocks[v->blocks_count - 1].raw;
	ustar_header(
		&(struct ustar){ .path = "core/planted", .target = "/etc", .mode = 0777, .type = USTAR_LINK },
		&h);
	memcpy(last->at + last->len - USTAR_TRAILER, h.at, USTAR_BLOCK);
}

static void trailer_missing(struct evil *v)
{
	v->blocks[v->blocks_count - 1].raw.len -= USTAR_TRAILER;
}

static void trailer_half(struct evil *v)
{
	v->blocks[v->blocks_count - 1].raw.len -= USTAR_BLOCK;
}

static void trailer_long(struct evil *v)
{
	text_fill(&v->blocks[v->blocks_count - 1].raw, '\0', USTAR_BLOCK);
}

static void row_without_entry(struct evil *v)
{
	item_at(v, "core", "lib/b.js")->no_entry = true;
}

static void entry_without_row(struct evil *v)
{
	item_at(v, "core", "lib/b.js")->no_row = true;
}

static void last_entry_without_row(struct evil *v)
{
	item_at(v, "hello", "index.js")->no_row = true;
	item_at(v, "core", "plugged")->target = "hello";
}

/* The file is larger than a block; `then` changes the blocks. */
static void cut(struct evil *v, struct item *item, void (*then)(struct evil *))
{
	SCOPED(text_end) struct text words = { 0 };
	text_fill(&words, 'a', 5000);
	v->cut = 2048;
	item->content = arena_str(&v->arena, words.at);
	v->then_at = TAR;
	v->then = then;
}

static void spoil_padding(struct evil *v)
{
	const struct item *item = item_at(v, "core", "lib/b.js");
	struct text *last = &v->blocks[item->block + item->blocks - 1].raw;
	last->at[last->len - 1] = 'x';
}

static void cut_padding(struct evil *v)
{
	cut(v, item_at(v, "core", "lib/b.js"), spoil_padding);
}

static void cut_trailer(struct evil *v)
{
	cut(v, &v->items[v->items_count - 1], trailer);
}

static void spoil_piece(struct evil *v)
{
	v->blocks[item_at(v, "core", "lib/b.js")->block + 1].raw.at[7] ^= 1;
}

static void cut_content(struct evil *v)
{
	cut(v, item_at(v, "core", "lib/b.js"), spoil_piece);
}

static const struct evil_case cases[] = {
	{ "tar-path", 4, "is not what the index says", TAR, path, NULL, NULL },
	{ "tar-path-out", 4, "is not what the index says", TAR, path_out, NULL, NULL },
	{ "tar-path-absolute", 4, "is not what the index says", TAR, path_absolute, NULL, NULL },
	{ "tar-prefix", 4, "is not what the index says", TAR, prefix, NULL, NULL },
	{ "tar-mode", 4, "is not what the index says", TAR, mode, NULL, NULL },
	{ "tar-setuid", 4, "is not what the index says", TAR, setuid_mode, NULL, NULL },
	{ "tar-size-less", 4, "is not what the index says", TAR, size_less, NULL, NULL },
	{ "tar-size-more", 4, "is not what the index says", TAR, size_more, NULL, NULL },
	{ "tar-size-huge", 4, "is not what the index says", TAR, size_huge, NULL, NULL },
	{ "tar-size-negative", 4, "tar", TAR, size_negative, NULL, NULL },
	{ "tar-mtime", 4, "is not what the index says", TAR, mtime, NULL, NULL },
	{ "tar-uid", 4, "is not what the index says", TAR, uid, NULL, NULL },
	{ "tar-gid", 4, "is not what the index says", TAR, gid, NULL, NULL },
	{ "tar-user-name", 4, "is not what the index says", TAR, uname, NULL, NULL },
	{ "tar-device-number", 4, "is not what the index says", TAR, devmajor, NULL, NULL },
	{ "tar-pad", 4, "is not what the index says", TAR, pad, NULL, NULL },
	{ "tar-checksum", 4, "tar", TAR, checksum, NULL, NULL },
	{ "tar-checksum-form", 4, "is not what the index says", TAR, checksum_form, NULL, NULL },
	{ "tar-type-link", 4, "is not what the index says", TAR, type_link, NULL, NULL },
	{ "tar-type-hard-link", 4, "is not what the index says", TAR, type_hard_link, NULL, NULL },
	{ "tar-type-hard-link-out", 4, "is not what the index says", TAR, type_hard_link_out, NULL, NULL },
	{ "tar-type-character-device", 4, "is not what the index says", TAR, type_character_device, NULL,
		NULL },
	{ "tar-type-block-device", 4, "is not what the index says", TAR, type_block_device, NULL, NULL },
	{ "tar-type-directory", 4, "is not what the index says", TAR, type_dir, NULL, NULL },
	{ "tar-type-fifo", 4, "is not what the index says", TAR, type_fifo, NULL, NULL },
	{ "tar-type-contiguous", 4, "is not what the index says", TAR, type_contiguous, NULL, NULL },
	{ "tar-type-sparse", 4, "tar", TAR, type_sparse, NULL, NULL },
	{ "tar-type-gnu-name", 4, "is not what the index says", TAR, type_gnu_name, NULL, NULL },
	{ "tar-type-old", 4, "is not what the index says", TAR, type_old, NULL, NULL },
	{ "tar-target", 4, "is not what the index says", TAR, target, NULL, NULL },
	{ "tar-target-out", 4, "is not what the index says", TAR, target_out, NULL, NULL },
	{ "tar-target-of-a-reference", 4, "is not what the index says", TAR, target_of_a_reference, NULL,
		NULL },
	{ "tar-swapped", 4, "is not what the index says", TAR, swapped, NULL, NULL },
	{ "tar-pax-path", 4, "is not what the index says", TAR, pax_path, NULL, NULL },
	{ "tar-pax-size", 4, "is not what the index says", TAR, pax_size, NULL, NULL },
	{ "tar-pax-capability", 4, "is not what the index says", TAR, pax_capability, NULL, NULL },
	{ "tar-content", 4, "is not what the index says", TAR, content, NULL, NULL },
	{ "tar-padding", 4, "not zero", TAR, padding, NULL, NULL },
	{ "tar-trailer", 4, "not zero", TAR, trailer, NULL, NULL },
	{ "tar-trailer-is-an-entry", 4, "not zero", TAR, trailer_entry, NULL, NULL },
	{ "tar-trailer-missing", 4, "its entries take", TAR, trailer_missing, NULL, NULL },
	{ "tar-trailer-half", 4, "its entries take", TAR, trailer_half, NULL, NULL },
	{ "tar-trailer-long", 4, "its entries take", TAR, trailer_long, NULL, NULL },
	{ "row-without-entry", 4, "place", ITEM, row_without_entry, NULL, NULL },
	{ "entry-without-row", 4, "expected at", ITEM, entry_without_row, NULL, NULL },
	{ "last-entry-without-row", 4, "its entries take", ITEM, last_entry_without_row, NULL, NULL },
	{ "cut-file-content", 4, "is not what the index says", ITEM, cut_content, NULL, NULL },
	{ "cut-file-padding", 4, "not zero", ITEM, cut_padding, NULL, NULL },
	{ "cut-file-trailer", 4, "not zero", ITEM, cut_trailer, NULL, NULL },
};
const struct evil_table tar_cases = { cases, COUNT_OF(cases) };
