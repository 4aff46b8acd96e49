/* build.c - see evil.h: the sound bundle, step by step. */
#include <stdio.h>
#include <string.h>

#include "keys/sign.h"
#include "manifest/base/scope.h"
#include "manifest/container.h"
#include "manifest/frame.h"
#include "manifest/listing.h"
#include "tests/evil/evil.h"

static const char zeros[USTAR_TRAILER];

static const struct item sound[] = {
	{ .id = "core", .path = ".", .kind = 'd', .mode = 0755 },
	{ .id = "core", .path = "bin", .kind = 'd', .mode = 0755 },
	{ .id = "core", .path = "bin/run", .kind = 'f', .mode = 0755, .content = "#!/bin/sh\n" },
	{ .id = "core", .path = "empty", .kind = 'f', .mode = 0644, .content = "" },
	{ .id = "core", .path = "lib", .kind = 'd', .mode = 0755 },
	{ .id = "core", .path = "lib/a.js", .kind = 'f', .mode = 0644, .content = "the core of it\n" },
	{ .id = "core", .path = "lib/b.js", .kind = 'f', .mode = 0644, .content = "more of the core\n" },
	{ .id = "core", .path = "main", .kind = 'l', .mode = 0777, .target = "lib/a.js" },
	{ .id = "core", .path = "plugged", .kind = 'r', .mode = 0777, .target = "hello/index.js" },
	{ .id = "hello", .path = ".", .kind = 'd', .mode = 0755 },
	{ .id = "hello", .path = "host", .kind = 'r', .mode = 0777, .target = "core" },
	{ .id = "hello", .path = "index.js", .kind = 'f', .mode = 0644, .content = "hello\n" },
};

static void make_items(struct evil *v)
{
	memcpy(v->items, sound, sizeof sound);
	v->items_count = COUNT_OF(sound);
	v->cut = (size_t)1 << 20;
}

/* ---- blocks ---- */

static void tar_entry(struct evil *v, const struct item *item, struct text *out)
{
	char *path = strcmp(item->path, ".") == 0 ? arena_str(&v->arena, item->id)
						  : arena_printf(&v->arena, "%s/%s", item->id, item->path);
	const char *target = item->target;
	if (item->kind == 'r')
		target = arena_printf(&v->arena, "../%s", item->target);
	struct ustar u = { .path = path, .target = target, .size = item->size, .mode = item->mode };
	u.type = item->kind == 'd' ? USTAR_DIR : target ? USTAR_LINK : USTAR_FILE;
	ustar_header(&u, out);
	text_add(out, item->content ? item->content : "", item->size);
	text_add(out, zeros, ustar_padding(item->size));
}

static struct text *block(struct evil *v, size_t number)
{
	if (number >= PARTS)
		evil_stop("too many blocks");
	if (v->blocks_count <= number)
		v->blocks_count = number + 1;
	return &v->blocks[number].raw;
}

/* An entry that is larger than a block has blocks of its own. */
static void lay(struct evil *v, struct item *item)
{
	SCOPED(text_end) struct text entry = { 0 };
	tar_entry(v, item, &entry);
	size_t open = v->blocks_count ? v->blocks_count - 1 : 0;
	if (block(v, open)->len && (entry.len > v->cut || block(v, open)->len + entry.len > v->cut))
		open++;
	item->block = (uint32_t)open;
	item->offset = (uint32_t)block(v, open)->len;
	item->blocks = 0;
	for (size_t at = 0; at < entry.len; item->blocks++) {
		size_t piece = entry.len - at < v->cut ? entry.len - at : v->cut;
		text_add(block(v, open + item->blocks), entry.at + at, piece);
		at += piece;
	}
	if (item->blocks > 1)
		block(v, v->blocks_count);
}

static void make_blocks(struct evil *v)
{
	for (size_t i = 0; i < v->items_count; i++) {
		struct item *item = &v->items[i];
		if (item->kind == 'f' && item->size == 0)
			item->size = strlen(item->content);
		item->digest = digest_of(item->content ? item->content : "", item->content ? item->size : 0);
		if (!item->no_entry)
			lay(v, item);
	}
	if (v->blocks[v->blocks_count - 1].raw.len == 0)
		v->blocks_count--;
	text_add(&v->blocks[v->blocks_count - 1].raw, zeros, sizeof zeros);
}

/* ---- the index ---- */

static void index_row(const struct item *item, struct text *out)
{
	struct entry entry = { .path = item->path,
		.target = item->target,
		.size = item->kind == 'f' ? item->size : 0,
		.digest = item->digest,
		.mode = (uint16_t)item->mode,
		.kind = item->kind };
	text_printf(out, "%s\t", item->id);
	listing_add(&entry, out);
	out->len--;
	text_printf(out, "\t%u\t%u\t%u\n", item->block, item->offset, item->blocks);
}

static void make_index(struct evil *v)
{
	v->index_count = 1;
	for (size_t i = 0; i < v->items_count; i++)
		if (!v->items[i].no_row)
			index_row(&v->items[i], &v->index[0].raw);
}

/* The manifest says of the components what the items say. */
static void count(struct evil *v, struct component *c)
{
	SCOPED(text_end) struct text lines = { 0 };
	for (size_t i = 0; i < v->items_count; i++) {
		const struct item *item = &v->items[i];
		if (strcmp(item->id, c->id) != 0 || item->no_row)
			continue;
		struct entry entry = { .path = item->path, .target = item->target, .digest = item->digest };
		entry.size = item->kind == 'f' ? item->size : 0;
		entry.mode = (uint16_t)item->mode;
		entry.kind = item->kind;
		listing_add(&entry, &lines);
		c->files += item->kind == 'f';
		c->dirs += item->kind == 'd';
		c->links += item->target != NULL;
		c->bytes += entry.size;
	}
	c->tree = digest_of(text_str(&lines), lines.len);
}

/* ---- frames and manifest ---- */

static void pack(struct part *part)
{
	struct err e = { 0 };
	SCOPED(frame_writer_end) struct frame_writer *w = frame_writer_make(FRAME_LEVEL_DEFAULT);
	SCOPED_TEXT char *packed = mem_new(frame_bound(part->raw.len), 1);
	size_t len;
	if (!frame_write(w, part->raw.at, part->raw.len, packed, &len, &e))
		evil_stop(e.text);
	text_set(&part->packed, packed, len);
}

static void make_frames(struct evil *v)
{
	for (size_t i = 0; i < v->index_count; i++)
		pack(&v->index[i]);
	for (size_t i = 0; i < v->blocks_count; i++)
		pack(&v->blocks[i]);
}

static struct json_list blobs(const struct part *parts, size_t count, struct blob *to)
{
	for (size_t i = 0; i < count; i++)
		to[i] = (struct blob){ .digest = digest_of(parts[i].packed.at, parts[i].packed.len),
			.raw = parts[i].raw.len,
			.size = parts[i].packed.len };
	return (struct json_list){ to, count };
}

static char *words(struct evil *v, const char *s)
{
	return arena_str(&v->arena, s);
}

static void make_manifest(struct evil *v)
{
	v->components[0] = (struct component){
		.id = words(v, "core"), .kind = words(v, "core"), .owner = words(v, "inherit")
	};
	v->components[1] = (struct component){
		.id = words(v, "hello"), .kind = words(v, "plugin"), .owner = words(v, "inherit")
	};
	count(v, &v->components[0]);
	count(v, &v->components[1]);
	v->evidence =
		(struct evidence){ .verdict = words(v, MANIFEST_UNPROVEN), .reason = words(v, "a test") };
	v->m = (struct manifest){ .waybill = MANIFEST_VERSION,
		.created = 1700000000,
		.sequence = 9,
		.type = words(v, MANIFEST_TYPE),
		.name = words(v, "demo"),
		.release = words(v, "evil"),
		.components = { v->components, 2 },
		.index = blobs(v->index, v->index_count, v->index_blobs),
		.blocks = blobs(v->blocks, v->blocks_count, v->block_blobs),
		.evidence = &v->evidence };
	for (size_t i = 0; i < v->blocks_count; i++)
		if (v->block_blobs[i].raw + v->block_blobs[i].size > v->m.memory)
			v->m.memory = v->block_blobs[i].raw + v->block_blobs[i].size;
}

static void make_json(struct evil *v)
{
	manifest_write(&v->m, &v->json);
}

/* ---- signatures and the container ---- */

static void make_signatures(struct evil *v)
{
	sign_as(v, &v->key, NULL, NULL);
}

static void member(struct evil *v, const char *name, const struct text *bytes)
{
	struct member *m = &v->members[v->members_count++];
	snprintf(m->name, sizeof m->name, "%s", name);
	text_set(&m->bytes, bytes->at, bytes->len);
}

static void make_members(struct evil *v)
{
	char name[64];
	member(v, "waybill.json", &v->json);
	for (size_t i = 0; i < v->signatures_count; i++) {
		snprintf(name, sizeof name, "signatures/%s.minisig", v->signatures[i].keyid);
		member(v, name, &v->signatures[i].text);
	}
	for (size_t i = 0; i < v->index_count; i++) {
		container_member(CONTAINER_INDEX, i, name);
		member(v, name, &v->index[i].packed);
	}
	for (size_t i = 0; i < v->blocks_count; i++) {
		container_member(CONTAINER_BLOCK, i, name);
		member(v, name, &v->blocks[i].packed);
	}
}

static void make_bytes(struct evil *v)
{
	for (size_t i = 0; i < v->members_count; i++)
		member_bytes(v->members[i].name, &v->members[i].bytes, &v->file);
	text_add(&v->file, zeros, sizeof zeros);
}

static void nothing(struct evil *v)
{
	(void)v;
}

/* ---- the steps ---- */

static void change(struct evil *v, const struct evil_case *c)
{
	if (c->change)
		c->change(v);
	else if (c->at == INDEX)
		text_swap(&v->index[0].raw, c->from, c->to);
	else if (c->at == JSON)
		text_swap(&v->json, c->from, c->to);
	else
		evil_stop("a change of a text at a step that has none");
}

void evil_build(struct evil *v, const struct evil_case *c)
{
	static void (*const make[STEPS])(struct evil *) = {
		[ITEM] = make_items,
		[TAR] = make_blocks,
		[ROW] = nothing,
		[INDEX] = make_index,
		[FRAME] = make_frames,
		[MANIFEST] = make_manifest,
		[JSON] = make_json,
		[SIGNATURE] = make_signatures,
		[MEMBER] = make_members,
		[BYTES] = make_bytes,
	};
	for (enum step step = ITEM; step < STEPS; step++) {
		make[step](v);
		if (c->at == step)
			change(v, c);
		if (v->then_at == step)
			v->then(v);
	}
}

static void end_parts(struct part *parts)
{
	for (size_t i = 0; i < PARTS; i++) {
		text_end(&parts[i].raw);
		text_end(&parts[i].packed);
	}
}

void evil_end(struct evil *v)
{
	end_parts(v->blocks);
	end_parts(v->index);
	for (size_t i = 0; i < SIGNATURES; i++)
		text_end(&v->signatures[i].text);
	for (size_t i = 0; i < ITEMS; i++)
		text_end(&v->members[i].bytes);
	text_end(&v->json);
	text_end(&v->file);
	arena_end(&v->arena);
	secret_key_wipe(&v->key);
}
