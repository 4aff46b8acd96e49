/* inspect.c - waybill inspect: what a bundle says of itself, without asking who signed it. */
#include <stdio.h>
#include <string.h>

#include "bundler/assumed.h"
#include "bundler/commands.h"
#include "bundler/documents.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/bundle.h"

struct inspect_args {
	struct cli_common common;
	bool files;
	struct cli_many volume_dirs;
};

static const struct cli_option options[] = {
	{ "files", NULL, "list every entry: component, path, kind, mode, size, digest, target",
		offsetof(struct inspect_args, files) },
	{ "volume-dir", "DIR...", "more places where volumes of the bundle are",
		offsetof(struct inspect_args, volume_dirs) },
	{ 0 },
};

struct file_doc {
	char *component, *kind, *mode, *path, *target;
	uint64_t size;
	struct digest digest;
};

struct inspect_doc {
	struct digest digest;
	struct manifest *manifest;
	struct json_list signatures, files;
	uint64_t size;
};

#define AT(member) offsetof(struct file_doc, member)
static const struct json_field file_fields[] = {
	{ "component", JSON_TEXT, AT(component), false, NULL },
	{ "digest", JSON_DIGEST, AT(digest), true, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "mode", JSON_TEXT, AT(mode), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "size", JSON_COUNT, AT(size), false, NULL },
	{ "target", JSON_TEXT, AT(target), true, NULL },
};
#undef AT
static const struct json_shape file_shape = { file_fields, COUNT_OF(file_fields), sizeof(struct file_doc) };

#define AT(member) offsetof(struct inspect_doc, member)
static const struct json_field doc_fields[] = {
	{ "digest", JSON_DIGEST, AT(digest), false, NULL },
	{ "files", JSON_LIST, AT(files), true, &file_shape },
	{ "manifest", JSON_OBJECT, AT(manifest), false, &manifest_shape },
	{ "signatures", JSON_TEXTS, AT(signatures), false, NULL },
	{ "size", JSON_COUNT, AT(size), false, NULL },
};
#undef AT
const struct json_shape inspect_document = { doc_fields, COUNT_OF(doc_fields), sizeof(struct inspect_doc) };

static void print_component(const struct component *c)
{
	char hex[DIGEST_HEX];
	SCOPED(text_end) struct text size = { 0 };
	digest_hex(&c->tree, hex);
	text_size(&size, c->bytes);
	printf("  %-20s %-8s %s%s%s  %llu files, %llu directories, %llu links, %s\n    tree %s\n", c->id,
		c->kind, c->package, *c->package ? " " : "", c->version, (unsigned long long)c->files,
		(unsigned long long)c->dirs, (unsigned long long)c->links, size.at, hex);
	if (*c->origin)
		printf("    origin %s\n", c->origin);
}

static void print_text(const struct bundle *b, const struct inspect_doc *doc)
{
	const struct manifest *m = &b->manifest;
	char hex[DIGEST_HEX], *const *keys = doc->signatures.items, *const *notes = m->notes.items;
	const struct component *c = m->components.items;
	SCOPED(text_end) struct text size = { 0 }, memory = { 0 }, created = { 0 };
	digest_hex(&b->digest, hex);
	text_size(&size, doc->size);
	text_size(&memory, m->memory);
	text_time(&created, m->created);
	printf("%s %s, sequence %llu, made %s\nmanifest %s\n%s in %zu blocks, %s to decode one\n", m->name,
		m->release, (unsigned long long)m->sequence, created.at, hex, size.at, m->blocks.count,
		memory.at);
	printf("signatures (not checked here):%s", doc->signatures.count ? "" : " none");
	for (size_t i = 0; i < doc->signatures.count; i++)
		printf(" %s", keys[i]);
	printf("\nevidence: %s%s%s\n", m->evidence->verdict, *m->evidence->reason ? ": " : "",
		m->evidence->reason);
	for (size_t i = 0; i < m->components.count; i++)
		print_component(&c[i]);
	for (size_t i = 0; i < m->notes.count; i++)
		printf("| %s\n", notes[i]);
}

static void print_rows(const struct manifest *m, const struct rows *rows)
{
	const struct component *c = m->components.items;
	SCOPED(text_end) struct text line = { 0 };
	char path[PATH_MAX];
	for (size_t i = 0; i < rows->count; i++) {
		struct entry entry = rows_entry(rows, i, path);
		text_clear(&line);
		text_printf(&line, "%s\t", c[rows->items[i].component].id);
		listing_add(&entry, &line);
		fwrite(line.at, 1, line.len, stdout);
	}
}

static struct json_list file_docs(const struct manifest *m, const struct rows *rows, struct arena *arena)
{
	const struct component *c = m->components.items;
	struct file_doc *docs = arena_new(arena, rows->count * sizeof *docs);
	char path[PATH_MAX];
	for (size_t i = 0; i < rows->count; i++) {
		struct entry entry = rows_entry(rows, i, path);
		docs[i] = (struct file_doc){
			.component = c[rows->items[i].component].id,
			.kind = arena_copy(arena, &entry.kind, 1),
			.mode = arena_printf(arena, "%04o", entry.mode),
			.path = arena_str(arena, entry.path),
			.target = entry.target ? arena_str(arena, entry.target) : NULL,
			.size = entry.size,
			.digest = entry.digest,
		};
	}
	return (struct json_list){ docs, rows->count };
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct inspect_args *a = args;
	(void)count;
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	SCOPED(rows_end) struct rows rows = { 0 };
	if (!assumed_open(operands[0], &a->volume_dirs, &b, e))
		return false;
	if (a->files && !bundle_rows(&b, &rows, e))
		return false;
	char *keys[CONTAINER_SIGNATURES];
	for (size_t i = 0; i < b.container.signed_by; i++)
		keys[i] = b.container.signatures[i].keyid;
	struct inspect_doc doc = { b.digest, &b.manifest, { keys, b.container.signed_by }, { 0 },
		b.medium->size };
	if (a->common.json) {
		doc.files = file_docs(&b.manifest, &rows, &b.arena);
		json_print(&inspect_document, &doc);
	} else if (a->files) {
		print_rows(&b.manifest, &rows);
	} else {
		print_text(&b, &doc);
	}
	return true;
}

const struct cli_command command_inspect = { "inspect", "BUNDLE", "show what a bundle says of itself",
	options, common_options, sizeof(struct inspect_args), 1, 1, run };
