/* captured.c - see captured.h. */
#include "bundler/captured.h"

#include <stdio.h>

#include "bundler/documents.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/bundle.h"

struct capture_result {
	char *bundle, *name, *release, *key;
	uint64_t sequence, files, bytes, size;
	struct digest manifest;
};

#define AT(member) offsetof(struct capture_result, member)
static const struct json_field result_fields[] = {
	{ "bundle", JSON_TEXT, AT(bundle), false, NULL },
	{ "bytes", JSON_COUNT, AT(bytes), false, NULL },
	{ "files", JSON_COUNT, AT(files), false, NULL },
	{ "key", JSON_TEXT, AT(key), true, NULL },
	{ "manifest", JSON_DIGEST, AT(manifest), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), false, NULL },
	{ "size", JSON_COUNT, AT(size), false, NULL },
};
#undef AT
const struct json_shape capture_document = { result_fields, COUNT_OF(result_fields),
	sizeof(struct capture_result) };

bool captured_tell(const char *path, const struct manifest *m, const char *key, bool json, struct err *e)
{
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text size = { 0 }, content = { 0 };
	char hex[DIGEST_HEX];
	if (!bundle_open(path, NULL, &b, e))
		return false;
	struct capture_result r = { arena_str(&arena, path), m->name, m->release,
		key ? arena_str(&arena, key) : NULL, m->sequence, 0, manifest_bytes(m), b.medium->size,
		b.digest };
	const struct component *items = m->components.items;
	for (size_t i = 0; i < m->components.count; i++)
		r.files += items[i].files;
	if (json) {
		json_print(&capture_document, &r);
		return true;
	}
	text_size(&size, r.size);
	text_size(&content, r.bytes);
	digest_hex(&r.manifest, hex);
	printf("%s: %s %s, sequence %llu, %zu components, %llu files with %s in %s\nmanifest %s\n%s%s\n",
		r.bundle, r.name, r.release, (unsigned long long)r.sequence, m->components.count,
		(unsigned long long)r.files, content.at, size.at, hex,
		key ? "signed by key " : "unsigned: nodes refuse it until `waybill sign`", key ? key : "");
	return true;
}
