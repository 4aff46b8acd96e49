/* artifact.c - see artifact.h. */
#include "bundler/artifact.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/container.h"
#include "manifest/json.h"
#include "manifest/jsonview.h"

#define TITLE       "org.opencontainers.image.title"
#define TYPE_BUNDLE "application/vnd.waybill.bundle.v1"

static const char *const types[] = {
	[LAYER_EMPTY] = "application/vnd.oci.empty.v1+json",
	[LAYER_MANIFEST] = "application/vnd.waybill.manifest.v1+json",
	[LAYER_SIGNATURE] = "application/vnd.waybill.signature.v1+minisig",
	[LAYER_INDEX] = "application/vnd.waybill.index.v1+zstd",
	[LAYER_BLOCK] = "application/vnd.waybill.block.v1.tar+zstd",
};

void artifact_end(struct artifact *a)
{
	free(a->layers);
	arena_end(&a->arena);
	*a = (struct artifact){ .layers = NULL };
}

/* ---- reading ---- */

bool artifact_digest(const char *text, struct digest *out)
{
	return strncmp(text, "sha256:", 7) == 0 && digest_parse(text + 7, out);
}

static bool size_of(const struct jsonview *layer, uint64_t *out)
{
	double size;
	if (!jsonview_number(jsonview_field(layer, "size"), &size) || size < 0 || size > 0x1p53)
		return false;
	*out = (uint64_t)size;
	return true;
}

static bool read_layer(struct artifact *a, const struct jsonview *v, struct layer *out)
{
	const char *type = jsonview_text(jsonview_field(v, "mediaType"));
	const char *digest = jsonview_text(jsonview_field(v, "digest"));
	const char *title = jsonview_text(jsonview_field(jsonview_field(v, "annotations"), TITLE));
	if (!type || !digest || !artifact_digest(digest, &out->sha) || !size_of(v, &out->size))
		return false;
	out->type = arena_str(&a->arena, type);
	out->title = arena_str(&a->arena, title ? title : "");
	return true;
}

static bool is_bundle(const char *what, const struct jsonview *top, struct err *e)
{
	const char *type = jsonview_text(jsonview_field(top, "artifactType"));
	if (!type) /* some registries keep it in the configuration's place only */
		type = jsonview_text(jsonview_field(jsonview_field(top, "config"), "mediaType"));
	return (type && strcmp(type, TYPE_BUNDLE) == 0) ||
	       err_set(e, ERR_FORMAT, "%s: is no bundle: its artifactType is %s, expected " TYPE_BUNDLE, what,
		       type ? type : "not there");
}

static bool is(const struct artifact *a, size_t i, enum layer_kind kind)
{
	return i < a->count && strcmp(a->layers[i].type, types[kind]) == 0;
}

bool artifact_read(const char *what, const char *bytes, size_t len, struct artifact *out, struct err *e)
{
	SCOPED(jsonview_close) struct jsonview *top = NULL;
	*out = (struct artifact){ .layers = NULL };
	if (!jsonview_open(bytes, len, NULL, &top, e))
		return err_in(e, "%s: its manifest in the registry", what);
	if (!is_bundle(what, top, e))
		return false;
	const struct jsonview *v = jsonview_first(jsonview_field(top, "layers"));
	for (; v; v = jsonview_next(v)) {
		out->layers = mem_grow(out->layers, out->count + 1, sizeof *out->layers);
		if (!read_layer(out, v, &out->layers[out->count]))
			return err_set(e, ERR_FORMAT, "%s: layer %zu is not well formed", what, out->count);
		out->count++;
	}
	while (is(out, out->signatures + 1, LAYER_SIGNATURE))
		out->signatures++;
	return (is(out, 0, LAYER_MANIFEST) && out->signatures <= CONTAINER_SIGNATURES) ||
	       err_set(e, ERR_FORMAT, "%s: expected one layer %s and at most %d signatures behind it", what,
		       types[LAYER_MANIFEST], CONTAINER_SIGNATURES);
}

/* ---- writing ---- */

void artifact_layer(
	enum layer_kind kind, const char *title, const struct digest *sha, uint64_t size, struct text *out)
{
	char hex[DIGEST_HEX];
	digest_hex(sha, hex);
	text_puts(out, "{");
	if (title) {
		text_puts(out, "\"annotations\":{\"" TITLE "\":");
		json_quote(title, out);
		text_puts(out, "},");
	}
	text_printf(out, "\"digest\":\"sha256:%s\",\"mediaType\":\"%s\",\"size\":%llu}", hex, types[kind],
		(unsigned long long)size);
}

static void annotate(const char *name, const char *value, struct text *out)
{
	text_printf(out, "\"org.opencontainers.image.%s\":", name);
	json_quote(value, out);
}

void artifact_write(const struct manifest *m, const struct text *layers, struct text *out)
{
	struct digest empty = digest_sha256(ARTIFACT_EMPTY, strlen(ARTIFACT_EMPTY));
	text_puts(out, "{\"annotations\":{");
	annotate("ref.name", m->release, out);
	text_puts(out, ",");
	annotate("title", m->name, out);
	text_puts(out, ",");
	annotate("version", m->release, out);
	text_puts(out, "},\"artifactType\":\"" TYPE_BUNDLE "\",\"config\":");
	artifact_layer(LAYER_EMPTY, NULL, &empty, strlen(ARTIFACT_EMPTY), out);
	text_printf(out, ",\"layers\":[%s],\"mediaType\":\"" ARTIFACT_TYPE "\",\"schemaVersion\":2}",
		text_str(layers));
}
