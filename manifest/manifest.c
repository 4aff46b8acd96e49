/* manifest.c - see manifest.h. The tables are the format; the checks below are its limits. */
#include "manifest/manifest.h"

#include <stddef.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/path.h"
#include "manifest/profile.h"

#define AT(member) offsetof(struct platform, member)
static const struct json_field platform_fields[] = {
	{ "arch", JSON_TEXT, AT(arch), true, NULL },
	{ "engine", JSON_TEXT, AT(engine), true, NULL },
	{ "libc", JSON_TEXT, AT(libc), true, NULL },
	{ "libc_version", JSON_TEXT, AT(libc_version), true, NULL },
	{ "napi", JSON_COUNT, AT(napi), true, NULL },
	{ "node_abi", JSON_COUNT, AT(node_abi), true, NULL },
	{ "os", JSON_TEXT, AT(os), true, NULL },
};
static const struct json_shape platform_shape = { platform_fields, COUNT_OF(platform_fields),
	sizeof(struct platform) };
#undef AT

#define AT(member) offsetof(struct component, member)
static const struct json_field component_fields[] = {
	{ "bytes", JSON_COUNT, AT(bytes), false, NULL },
	{ "dirs", JSON_COUNT, AT(dirs), false, NULL },
	{ "files", JSON_COUNT, AT(files), false, NULL },
	{ "host", JSON_TEXT, AT(host), true, NULL },
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "links", JSON_COUNT, AT(links), false, NULL },
	{ "local", JSON_TEXTS, AT(local), true, NULL },
	{ "origin", JSON_TEXT, AT(origin), true, NULL },
	{ "owner", JSON_TEXT, AT(owner), false, NULL },
	{ "package", JSON_TEXT, AT(package), true, NULL },
	{ "platform", JSON_OBJECT, AT(platform), true, &platform_shape },
	{ "tree", JSON_DIGEST, AT(tree), false, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
};
static const struct json_shape component_shape = { component_fields, COUNT_OF(component_fields),
	sizeof(struct component) };
#undef AT

#define AT(member) offsetof(struct companion, member)
static const struct json_field companion_fields[] = {
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "tree", JSON_DIGEST, AT(tree), false, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
};
const struct json_shape companion_shape = { companion_fields, COUNT_OF(companion_fields),
	sizeof(struct companion) };
#undef AT

#define AT(member) offsetof(struct blob, member)
static const struct json_field blob_fields[] = {
	{ "digest", JSON_DIGEST, AT(digest), false, NULL },
	{ "prefix", JSON_DIGESTS, AT(prefix), true, NULL },
	{ "raw", JSON_COUNT, AT(raw), false, NULL },
	{ "size", JSON_COUNT, AT(size), false, NULL },
};
static const struct json_shape blob_shape = { blob_fields, COUNT_OF(blob_fields), sizeof(struct blob) };
#undef AT

#define AT(member) offsetof(struct gate_result, member)
static const struct json_field gate_fields[] = {
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "required", JSON_FLAG, AT(required), false, NULL },
	{ "seen", JSON_TEXTS, AT(seen), true, NULL },
	{ "verdict", JSON_TEXT, AT(verdict), false, NULL },
};
static const struct json_shape gate_shape = { gate_fields, COUNT_OF(gate_fields),
	sizeof(struct gate_result) };
#undef AT

#define AT(member) offsetof(struct evidence, member)
static const struct json_field evidence_fields[] = {
	{ "gates", JSON_LIST, AT(gates), true, &gate_shape },
	{ "made", JSON_COUNT, AT(made), true, NULL },
	{ "reason", JSON_TEXT, AT(reason), true, NULL },
	{ "soak", JSON_COUNT, AT(soak), true, NULL },
	{ "verdict", JSON_TEXT, AT(verdict), false, NULL },
};
const struct json_shape evidence_shape = { evidence_fields, COUNT_OF(evidence_fields),
	sizeof(struct evidence) };
#undef AT

#define AT(member) offsetof(struct base_component, member)
static const struct json_field base_component_fields[] = {
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "tree", JSON_DIGEST, AT(tree), false, NULL },
};
static const struct json_shape base_component_shape = { base_component_fields,
	COUNT_OF(base_component_fields), sizeof(struct base_component) };
#undef AT

#define AT(member) offsetof(struct base, member)
static const struct json_field base_fields[] = {
	{ "components", JSON_LIST, AT(components), false, &base_component_shape },
	{ "manifest", JSON_DIGEST, AT(manifest), false, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
};
static const struct json_shape base_shape = { base_fields, COUNT_OF(base_fields), sizeof(struct base) };
#undef AT

#define AT(member) offsetof(struct manifest, member)
static const struct json_field manifest_fields[] = {
	{ "base", JSON_OBJECT, AT(base), true, &base_shape },
	{ "blocks", JSON_LIST, AT(blocks), false, &blob_shape },
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "created", JSON_COUNT, AT(created), false, NULL },
	{ "evidence", JSON_OBJECT, AT(evidence), false, &evidence_shape },
	{ "index", JSON_LIST, AT(index), false, &blob_shape },
	{ "memory", JSON_COUNT, AT(memory), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "needs", JSON_TEXTS, AT(needs), false, NULL },
	{ "notes", JSON_TEXTS, AT(notes), true, NULL },
	{ "profile", JSON_OBJECT, AT(profile), true, &profile_shape },
	{ "release", JSON_TEXT, AT(release), false, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), false, NULL },
	{ "type", JSON_TEXT, AT(type), false, NULL },
	{ "waybill", JSON_COUNT, AT(waybill), false, NULL },
	{ "with", JSON_LIST, AT(with), true, &companion_shape },
};

/* What is looked at before anything else: does this reader understand the rest? */
static const struct json_field opening_fields[] = {
	{ "needs", JSON_TEXTS, AT(needs), false, NULL },
	{ "type", JSON_TEXT, AT(type), false, NULL },
	{ "waybill", JSON_COUNT, AT(waybill), false, NULL },
};
#undef AT

const struct json_shape manifest_shape = { manifest_fields, COUNT_OF(manifest_fields),
	sizeof(struct manifest) };
static const struct json_shape opening_shape = { opening_fields, COUNT_OF(opening_fields),
	sizeof(struct manifest) };

static bool understood(struct trusted text, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct manifest m;
	if (!json_peek(&opening_shape, text.bytes, text.len, &m, &arena, e))
		return false;
	if (strcmp(m.type, MANIFEST_TYPE) != 0)
		return err_set(
			e, ERR_FORMAT, "this is signed as a \"%s\", not as a \"%s\"", m.type, MANIFEST_TYPE);
	if (m.waybill != MANIFEST_VERSION)
		return err_set(e, ERR_REFUSED,
			"the bundle is of format version %llu, this program reads version %d",
			(unsigned long long)m.waybill, MANIFEST_VERSION);
	if (m.needs.count) /* this version knows none */
		return err_set(e, ERR_REFUSED, "the bundle needs \"%s\", which this program cannot do",
			*(char **)m.needs.items);
	return true;
}

static bool check_blobs(
	const struct json_list *list, const char *what, size_t most, uint64_t raw_most, struct err *e)
{
	const struct blob *b = list->items;
	for (size_t i = 0; i < list->count; i++)
		if (b[i].prefix.count)
			return err_set(
				e, ERR_FORMAT, "%s[%zu]: a prefix, but the bundle is no delta", what, i);
	if (list->count == 0 || list->count > most)
		return err_set(
			e, ERR_FORMAT, "%s: has %zu members, expected 1 to %zu", what, list->count, most);
	for (size_t i = 0; i < list->count; i++)
		if (b[i].raw == 0 || b[i].raw > raw_most || b[i].size == 0 ||
			b[i].size > b[i].raw + b[i].raw / 128 + 512)
			return err_set(e, ERR_FORMAT, "%s[%zu]: %llu bytes that become %llu: out of bounds",
				what, i, (unsigned long long)b[i].size, (unsigned long long)b[i].raw);
	return true;
}

static bool check_component(const struct component *c, const struct component *before, struct err *e)
{
	static const char *const kinds[] = { "core", "plugin", "runtime" };
	bool known = false;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		known |= strcmp(c->kind, kinds[i]) == 0;
	if (!id_plain(c->id))
		return err_set(e, ERR_FORMAT, "\"%s\" is no component id", c->id);
	if (!known)
		return err_set(e, ERR_FORMAT, "%s: \"%s\" is no kind of component", c->id, c->kind);
	if (strcmp(c->owner, "inherit") != 0)
		return err_set(e, ERR_FORMAT, "%s: \"%s\" is no owner policy", c->id, c->owner);
	if (!globs_check(&c->local, e))
		return err_in(e, "%s: local", c->id);
	if (before && strcmp(before->id, c->id) >= 0)
		return err_set(e, ERR_FORMAT, "%s: not in order, or twice", c->id);
	return true;
}

static bool check_components(const struct manifest *m, struct err *e)
{
	const struct component *c = m->components.items;
	if (m->components.count == 0 || m->components.count > COMPONENTS_MAX)
		return err_set(e, ERR_FORMAT, "components: has %zu, expected 1 to %d", m->components.count,
			COMPONENTS_MAX);
	for (size_t i = 0; i < m->components.count; i++)
		if (!check_component(&c[i], i ? &c[i - 1] : NULL, e))
			return err_in(e, "components[%zu]", i);
	return true;
}

/* The decoder holds one block and what it becomes; what that takes is declared, so that nobody finds out by
 * running out. */
static bool check_memory(const struct manifest *m, struct err *e)
{
	const struct blob *b = m->blocks.items;
	for (size_t i = 0; i < m->blocks.count; i++)
		if (b[i].raw + b[i].size > m->memory)
			return err_set(e, ERR_FORMAT,
				"blocks[%zu]: takes %llu bytes to decode, memory declares %llu", i,
				(unsigned long long)(b[i].raw + b[i].size), (unsigned long long)m->memory);
	return true;
}

static bool check(const struct manifest *m, struct err *e)
{
	if (!application_plain(m->name))
		return err_set(e, ERR_FORMAT, "name: \"%s\" is no application name", m->name);
	if (m->release[0] == '\0' || strlen(m->release) > ID_MAX_LEN)
		return err_set(e, ERR_FORMAT, "release: expected 1 to %d bytes", ID_MAX_LEN);
	if (m->sequence == 0)
		return err_set(e, ERR_FORMAT, "sequence: expected 1 or more");
	if (m->base)
		return err_set(e, ERR_FORMAT, "base: a delta that does not say so in needs");
	if (strcmp(m->evidence->verdict, MANIFEST_UNPROVEN) != 0 &&
		strcmp(m->evidence->verdict, "passed") != 0)
		return err_set(e, ERR_FORMAT, "evidence: \"%s\" is no verdict", m->evidence->verdict);
	return check_components(m, e) &&
	       check_blobs(&m->index, "index", INDEX_FRAMES_MAX, INDEX_FRAME_MAX, e) &&
	       check_blobs(&m->blocks, "blocks", BLOCKS_MAX, BLOCK_RAW_MAX, e) && check_memory(m, e);
}

bool manifest_read(struct trusted text, struct manifest *out, struct arena *arena, struct err *e)
{
	if (text.len > MANIFEST_MAX)
		return err_set(e, ERR_FORMAT, "the manifest has %zu bytes, at most %zu are allowed", text.len,
			MANIFEST_MAX);
	bool good = understood(text, e) && json_read(&manifest_shape, text.bytes, text.len, out, arena, e) &&
		    json_is_canonical(&manifest_shape, out, text.bytes, text.len, e) && check(out, e);
	return good || err_in(e, "manifest");
}

void manifest_write(const struct manifest *m, struct text *out)
{
	json_write(&manifest_shape, m, out);
}

struct component *manifest_component(const struct manifest *m, const char *id)
{
	struct component *c = m->components.items;
	for (size_t i = 0; i < m->components.count; i++)
		if (strcmp(c[i].id, id) == 0)
			return &c[i];
	return NULL;
}

uint64_t manifest_bytes(const struct manifest *m)
{
	const struct component *c = m->components.items;
	uint64_t bytes = 0;
	for (size_t i = 0; i < m->components.count; i++)
		bytes += c[i].bytes;
	return bytes;
}

uint64_t manifest_largest(const struct json_list *blobs)
{
	const struct blob *b = blobs->items;
	uint64_t most = 0;
	for (size_t i = 0; i < blobs->count; i++)
		most = b[i].size > most ? b[i].size : most;
	return most;
}

uint64_t manifest_largest_raw(const struct json_list *blobs)
{
	const struct blob *b = blobs->items;
	uint64_t most = 0;
	for (size_t i = 0; i < blobs->count; i++)
		most = b[i].raw > most ? b[i].raw : most;
	return most;
}
