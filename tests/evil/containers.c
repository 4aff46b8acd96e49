/* containers.c - members and bytes that do not belong, and headers that are not the one that there is. */
#include <string.h>

#include "manifest/base/scope.h"
#include "tests/evil/evil.h"

/* Makes room for a member at `at`. */
static void add(struct evil *v, size_t at, const char *name, const char *content)
{
	memmove(&v->members[at + 1], &v->members[at], (v->members_count - at) * sizeof *v->members);
	v->members[at] = (struct member){ .name = "" };
	strcpy(v->members[at].name, name);
	text_puts(&v->members[at].bytes, content);
	v->members_count++;
}

static void swap(struct evil *v, size_t a, size_t b)
{
	struct member keep = v->members[a];
	v->members[a] = v->members[b];
	v->members[b] = keep;
}

static void drop(struct evil *v, size_t at)
{
	text_end(&v->members[at].bytes);
	memmove(&v->members[at], &v->members[at + 1], (v->members_count - at - 1) * sizeof *v->members);
	v->members_count--;
	v->members[v->members_count] = (struct member){ .name = "" };
}

static void extra_first(struct evil *v)
{
	add(v, 0, "readme", "evil\n");
}

static void extra_before_index(struct evil *v)
{
	add(v, 2, "readme", "evil\n");
}

static void extra_block(struct evil *v)
{
	add(v, 4, "blocks/00001.tar.zst", "evil\n");
}

static void extra_last(struct evil *v)
{
	add(v, 4, "../outside/planted", "evil\n");
}

static void extra_manifest(struct evil *v)
{
	add(v, 4, "waybill.json", "{}");
}

static void extra_manifest_first(struct evil *v)
{
	add(v, 0, "waybill.json", "{}");
}

static void signature_last(struct evil *v)
{
	swap(v, 1, 2);
	swap(v, 2, 3);
}

static void blocks_first(struct evil *v)
{
	swap(v, 2, 3);
}

static void signature_first(struct evil *v)
{
	swap(v, 0, 1);
}

static void no_index(struct evil *v)
{
	drop(v, 2);
}

static void no_block(struct evil *v)
{
	drop(v, 3);
}

static void no_manifest(struct evil *v)
{
	drop(v, 0);
}

static void keyid_small(struct evil *v)
{
	for (char *c = v->members[1].name + 11; *c != '.'; c++)
		*c = *c >= 'A' && *c <= 'F' ? (char)(*c + 'a' - 'A') : *c;
	memcpy(v->members[1].name + 11, "abcdef", 6);
}

static void keyid_path(struct evil *v)
{
	strcpy(v->members[1].name, "signatures/../../outside/x.minisig");
}

static void keyid_tail(struct evil *v)
{
	strcat(v->members[1].name, "x");
}

/* ---- bytes ---- */

static void header(struct evil *v, const char *member, size_t at, const char *value, size_t len)
{
	char *h = v->file.at + member_at(v, member);
	memcpy(h + at, value, len);
	header_seal(h);
}

static void manifest_type(struct evil *v)
{
	header(v, "waybill.json", 156, "2", 1);
}

static void manifest_mode(struct evil *v)
{
	header(v, "waybill.json", 100, "0004755", 7);
}

static void manifest_pad(struct evil *v)
{
	header(v, "waybill.json", 511, "x", 1);
}

static void manifest_size_form(struct evil *v)
{
	header(v, "waybill.json", 135, " ", 1);
}

static void manifest_size_base256(struct evil *v)
{
	header(v, "waybill.json", 124, "\x80\0\0\0\0\0\0\0\0\0\x01", 11);
}

static void manifest_size_none(struct evil *v)
{
	header(v, "waybill.json", 124, "00000000000", 11);
}

static void manifest_size_huge(struct evil *v)
{
	header(v, "waybill.json", 124, "77777777777", 11);
}

static void manifest_checksum(struct evil *v)
{
	v->file.at[148] ^= 1;
}

static void index_name(struct evil *v)
{
	header(v, "index/0000.zst", 9, "1", 1);
}

static void index_size(struct evil *v)
{
	header(v, "index/0000.zst", 124, "00000000001", 11);
}

static void index_owner(struct evil *v)
{
	header(v, "index/0000.zst", 108, "0001750", 7);
}

static void block_link(struct evil *v)
{
	header(v, "blocks/00000.tar.zst", 157, "/etc/passwd", 11);
}

static void block_time(struct evil *v)
{
	header(v, "blocks/00000.tar.zst", 146, "1", 1);
}

static void block_bit(struct evil *v)
{
	v->file.at[member_at(v, "blocks/00000.tar.zst") + USTAR_BLOCK + 100] ^= 1;
}

static void index_bit(struct evil *v)
{
	v->file.at[member_at(v, "index/0000.zst") + USTAR_BLOCK + 100] ^= 1;
}

static void manifest_bit(struct evil *v)
{
	text_swap(&v->file, "\"sequence\":9", "\"sequence\":8");
}

static void padding_of(struct evil *v, const char *next)
{
	v->file.at[(next ? member_at(v, next) : v->file.len - USTAR_TRAILER) - 1] = 'x';
}

static void manifest_padding(struct evil *v)
{
	padding_of(v, "signatures/");
}

static void signature_padding(struct evil *v)
{
	padding_of(v, "index/");
}

static void index_padding(struct evil *v)
{
	padding_of(v, "blocks/");
}

static void block_padding(struct evil *v)
{
	padding_of(v, NULL);
}

static void end_byte(struct evil *v)
{
	v->file.at[v->file.len - 1] = 'x';
}

static void end_entry(struct evil *v)
{
	SCOPED(text_end) struct text h = { 0 }, none = { 0 };
	member_bytes("planted", &none, &h);
	memcpy(v->file.at + v->file.len - USTAR_TRAILER, h.at, USTAR_BLOCK);
}

static void end_missing(struct evil *v)
{
	v->file.len -= USTAR_TRAILER;
}

static void end_half(struct evil *v)
{
	v->file.len -= USTAR_BLOCK;
}

static void end_byte_less(struct evil *v)
{
	v->file.len--;
}

static void end_byte_more(struct evil *v)
{
	text_byte(&v->file, '\0');
}

static void end_zeros(struct evil *v)
{
	text_fill(&v->file, '\0', 10240 - v->file.len % 10240);
}

static void twice(struct evil *v)
{
	SCOPED(text_end) struct text copy = { 0 };
	text_add(&copy, v->file.at, v->file.len);
	text_add(&v->file, copy.at, copy.len);
}

static void bytes_before(struct evil *v)
{
	SCOPED(text_end) struct text copy = { 0 };
	text_fill(&copy, '\0', USTAR_BLOCK);
	text_add(&copy, v->file.at, v->file.len);
	text_set(&v->file, copy.at, copy.len);
}

static void cut_at_the_manifest(struct evil *v)
{
	v->file.len = 700;
}

static void cut_in_the_header(struct evil *v)
{
	v->file.len = 100;
}

static void nothing(struct evil *v)
{
	v->file.len = 0;
}

#define START "does not start with waybill.json"
#define FORM  "not well formed"

static const struct evil_case cases[] = {
	{ "member-first", 4, START, MEMBER, extra_first, NULL, NULL },
	{ "member-before-the-index", 4, "", MEMBER, extra_before_index, NULL, NULL },
	{ "member-of-another-block", 4, "behind its end", MEMBER, extra_block, NULL, NULL },
	{ "member-last", 4, "behind its end", MEMBER, extra_last, NULL, NULL },
	{ "member-second-manifest", 4, "behind its end", MEMBER, extra_manifest, NULL, NULL },
	{ "member-another-manifest-first", 5, "", MEMBER, extra_manifest_first, NULL, NULL },
	{ "members-signature-last", 5, "", MEMBER, signature_last, NULL, NULL },
	{ "members-blocks-first", 4, "", MEMBER, blocks_first, NULL, NULL },
	{ "members-signature-first", 4, START, MEMBER, signature_first, NULL, NULL },
	{ "member-missing-index", 4, "truncated", MEMBER, no_index, NULL, NULL },
	{ "member-missing-block", 4, "truncated", MEMBER, no_block, NULL, NULL },
	{ "member-missing-manifest", 4, START, MEMBER, no_manifest, NULL, NULL },
	{ "signature-name-small-letters", 4, "no key id", MEMBER, keyid_small, NULL, NULL },
	{ "signature-name-path", 4, "no key id", MEMBER, keyid_path, NULL, NULL },
	{ "signature-name-tail", 4, "no key id", MEMBER, keyid_tail, NULL, NULL },
	{ "header-type", 4, FORM, BYTES, manifest_type, NULL, NULL },
	{ "header-mode", 4, FORM, BYTES, manifest_mode, NULL, NULL },
	{ "header-pad", 4, FORM, BYTES, manifest_pad, NULL, NULL },
	{ "header-size-form", 4, FORM, BYTES, manifest_size_form, NULL, NULL },
	{ "header-size-base-256", 4, FORM, BYTES, manifest_size_base256, NULL, NULL },
	{ "header-size-none", 4, "1 to 4194304", BYTES, manifest_size_none, NULL, NULL },
	{ "header-size-huge", 4, "1 to 4194304", BYTES, manifest_size_huge, NULL, NULL },
	{ "header-checksum", 4, FORM, BYTES, manifest_checksum, NULL, NULL },
	{ "header-of-the-index-name", 4, "index/0000.zst", BYTES, index_name, NULL, NULL },
	{ "header-of-the-index-size", 4, "index/0000.zst", BYTES, index_size, NULL, NULL },
	{ "header-of-the-index-owner", 4, "index/0000.zst", BYTES, index_owner, NULL, NULL },
	{ "header-of-a-block-link", 4, "blocks/00000.tar.zst", BYTES, block_link, NULL, NULL },
	{ "header-of-a-block-time", 4, "blocks/00000.tar.zst", BYTES, block_time, NULL, NULL },
	{ "bit-in-the-manifest", 5, "", BYTES, manifest_bit, NULL, NULL },
	{ "bit-in-the-index", 4, "index/0000.zst", BYTES, index_bit, NULL, NULL },
	{ "bit-in-a-block", 4, "blocks/00000.tar.zst", BYTES, block_bit, NULL, NULL },
	{ "padding-of-the-manifest", 4, "not zero", BYTES, manifest_padding, NULL, NULL },
	{ "padding-of-a-signature", 4, "not zero", BYTES, signature_padding, NULL, NULL },
	{ "padding-of-the-index", 4, "index/0000.zst", BYTES, index_padding, NULL, NULL },
	{ "padding-of-a-block", 4, "blocks/00000.tar.zst", BYTES, block_padding, NULL, NULL },
	{ "end-with-a-byte", 4, "not zero", BYTES, end_byte, NULL, NULL },
	{ "end-with-an-entry", 4, "not zero", BYTES, end_entry, NULL, NULL },
	{ "end-missing", 4, "truncated", BYTES, end_missing, NULL, NULL },
	{ "end-half", 4, "truncated", BYTES, end_half, NULL, NULL },
	{ "end-a-byte-less", 4, "truncated", BYTES, end_byte_less, NULL, NULL },
	{ "end-a-byte-more", 4, "behind its end", BYTES, end_byte_more, NULL, NULL },
	{ "end-in-records-of-tar", 4, "behind its end", BYTES, end_zeros, NULL, NULL },
	{ "bundle-twice", 4, "behind its end", BYTES, twice, NULL, NULL },
	{ "bundle-behind-bytes", 4, START, BYTES, bytes_before, NULL, NULL },
	{ "bundle-cut-in-the-manifest", 4, "", BYTES, cut_at_the_manifest, NULL, NULL },
	{ "bundle-cut-in-the-header", 4, "not a bundle", BYTES, cut_in_the_header, NULL, NULL },
	{ "bundle-empty", 4, "not a bundle", BYTES, nothing, NULL, NULL },
};
const struct evil_table container_cases = { cases, COUNT_OF(cases) };
