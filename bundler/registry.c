/* registry.c - a bundle in a registry: OCI distribution 1.1, an artifact whose layers are the bundle's
 * members.
 *
 * Layers stand in the order of the members: manifest, signatures, index, blocks. A block that two releases
 * share is one blob, which registries, mirrors and caches keep once.
 */
#include "bundler/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundler/login.h"
#include "manifest/base/scope.h"
#include "manifest/jsonview.h"

#define DOCUMENT_MAX  ((size_t)8 * 1024 * 1024)
#define OCI_MANIFEST  "application/vnd.oci.image.manifest.v1+json"
#define OCI_EMPTY     "application/vnd.oci.empty.v1+json"
#define TYPE_BUNDLE   "application/vnd.waybill.bundle.v1"
#define TYPE_MANIFEST "application/vnd.waybill.manifest.v1+json"
#define TYPE_SIGNED   "application/vnd.waybill.signature.v1+minisig"
#define TYPE_INDEX    "application/vnd.waybill.index.v1+zstd"
#define TYPE_BLOCK    "application/vnd.waybill.block.v1.tar+zstd"
#define EMPTY         "{}"
#define TITLE         "org.opencontainers.image.title"

struct layer {
	char *type, *title;
	char digest[72]; /* "sha256:" and hex */
	uint64_t size;
};

struct registry {
	struct text base;       /* https://host:port/v2/repository */
	struct text repository; /* for messages and scopes */
	struct text reference;  /* a tag or a digest */
	struct login login;
	struct layer *layers;
	size_t count, signatures;
	struct arena arena;
};

static void forget(struct registry *g)
{
	free(g->layers);
	arena_end(&g->arena);
	g->layers = NULL;
	g->count = g->signatures = 0;
}

static void end(struct remote *r)
{
	struct registry *g = r->registry;
	if (!g)
		return;
	forget(g);
	text_end(&g->base);
	text_end(&g->repository);
	text_end(&g->reference);
	login_end(&g->login);
	free(g);
	r->registry = NULL;
}

/* ---- names ---- */

static bool hex_digest(const char *s, char out[static 72])
{
	struct digest d;
	if (strncmp(s, "sha256:", 7) != 0 || !digest_parse(s + 7, &d))
		return false;
	snprintf(out, 72, "%s", s);
	return true;
}

static bool every(const char *s, size_t len, const char *allowed)
{
	return len > 0 && strspn(s, allowed) >= len;
}

/* oci://HOST/REPOSITORY:TAG, or @sha256:HEX in place of the tag; no tag is "latest". */
static bool open_registry(struct remote *r, struct err *e)
{
	static const char low[] = "abcdefghijklmnopqrstuvwxyz0123456789._-/";
	static const char tags[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	struct registry *g = r->registry = mem_new(1, sizeof *g);
	SCOPED(text_end) struct text url = { 0 };
	char digest[72];
	r->end = end;
	const char *host = r->url + strlen("oci://"), *slash = strchr(host, '/');
	const char *name = slash ? slash + 1 : "", *at = strchr(name, '@'), *colon = strchr(name, ':');
	const char *cut = at ? at : colon ? colon : name + strlen(name);
	const char *reference = *cut ? cut + 1 : "latest";
	size_t len = (size_t)(cut - name);
	if (!slash || slash == host || !every(name, len, low) || len > 255 || name[0] == '/' ||
		name[len - 1] == '/' || (at && !hex_digest(reference, digest)) ||
		(!at && (!every(reference, strlen(reference), tags) || strlen(reference) > 128)))
		return err_set(
			e, ERR_USAGE, "%s: expected oci://HOST/REPOSITORY:TAG, or @sha256:HEX", r->url);
	text_printf(&url, "%s://%.*s", r->args->plain_http ? "http" : "https", (int)(slash - host), host);
	text_add(&g->repository, name, len);
	text_puts(&g->reference, reference);
	text_printf(&g->base, "%s/v2/%s", url.at, g->repository.at);
	return login_open(&g->login, r->http, url.at, r->args, e);
}

/* ---- pull ---- */

static bool size_of(const struct jsonview *layer, uint64_t *out)
{
	double size;
	if (!jsonview_number(jsonview_field(layer, "size"), &size) || size < 0 || size > 0x1p53)
		return false;
	*out = (uint64_t)size;
	return true;
}

static bool read_layer(struct registry *g, const struct jsonview *v, struct layer *out)
{
	const char *type = jsonview_text(jsonview_field(v, "mediaType"));
	const char *digest = jsonview_text(jsonview_field(v, "digest"));
	const char *title = jsonview_text(jsonview_field(jsonview_field(v, "annotations"), TITLE));
	if (!type || !digest || !hex_digest(digest, out->digest) || !size_of(v, &out->size))
		return false;
	out->type = arena_str(&g->arena, type);
	out->title = arena_str(&g->arena, title ? title : "");
	return true;
}

static bool is_bundle(const struct remote *r, const struct jsonview *top, struct err *e)
{
	const char *type = jsonview_text(jsonview_field(top, "artifactType"));
	if (!type) /* some registries keep it in the configuration's place only */
		type = jsonview_text(jsonview_field(jsonview_field(top, "config"), "mediaType"));
	return (type && strcmp(type, TYPE_BUNDLE) == 0) ||
	       err_set(e, ERR_FORMAT, "%s: is no bundle: its artifactType is %s, expected " TYPE_BUNDLE,
		       r->url, type ? type : "not there");
}

static bool read_layers(struct remote *r, const struct text *document, struct err *e)
{
	struct registry *g = r->registry;
	SCOPED(jsonview_close) struct jsonview *top = NULL;
	if (!jsonview_open(text_str(document), document->len, NULL, &top, e))
		return err_in(e, "%s: its manifest in the registry", r->url);
	if (!is_bundle(r, top, e))
		return false;
	forget(g);
	const struct jsonview *v = jsonview_first(jsonview_field(top, "layers"));
	for (; v; v = jsonview_next(v)) {
		g->layers = mem_grow(g->layers, g->count + 1, sizeof *g->layers);
		if (!read_layer(g, v, &g->layers[g->count]))
			return err_set(e, ERR_FORMAT, "%s: layer %zu is not well formed", r->url, g->count);
		g->count++;
	}
	while (g->count > g->signatures + 1 && strcmp(g->layers[g->signatures + 1].type, TYPE_SIGNED) == 0)
		g->signatures++;
	return (g->count && strcmp(g->layers[0].type, TYPE_MANIFEST) == 0 &&
		       g->signatures <= CONTAINER_SIGNATURES) ||
	       err_set(e, ERR_FORMAT,
		       "%s: expected one layer " TYPE_MANIFEST " and at most %d signatures behind it", r->url,
		       CONTAINER_SIGNATURES);
}

static bool small_blob(struct remote *r, const struct layer *l, size_t most, struct text *out, struct err *e)
{
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	SCOPED(text_end) struct text url = { 0 };
	text_printf(&url, "%s/blobs/%s", r->registry->base.at, l->digest);
	struct http_request ask = { .url = url.at };
	if (l->size == 0 || l->size > most)
		return err_set(e, ERR_FORMAT, "%s: %s has %llu bytes, 1 to %zu are allowed", r->url, l->type,
			(unsigned long long)l->size, most);
	if (!http_small(r->http, &ask, most, out, &a, e))
		return false;
	return a.status == 200 || http_refused(url.at, &a, e);
}

/* The name is checked as any bundle's, when the head is opened. */
static bool write_head(struct remote *r, int fd, struct err *e)
{
	struct registry *g = r->registry;
	for (size_t i = 0; i <= g->signatures; i++) {
		SCOPED(text_end) struct text bytes = { 0 };
		const struct layer *l = &g->layers[i];
		if (i && (strlen(l->title) >= 64 || strncmp(l->title, "signatures/", 11) != 0))
			return err_set(e, ERR_FORMAT, "%s: layer %zu has no name of a signature", r->url, i);
		if (!small_blob(r, l, i ? CONTAINER_SIGNATURE_MAX : MANIFEST_MAX, &bytes, e) ||
			!container_put(fd, i ? l->title : MANIFEST_NAME, bytes.at, bytes.len, e))
			return false;
	}
	return container_put_end(fd, e);
}

static bool head(struct remote *r, int fd, bool *there, struct err *e)
{
	struct registry *g = r->registry;
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	SCOPED(text_end) struct text url = { 0 }, document = { 0 };
	text_printf(&url, "%s/manifests/%s", g->base.at, g->reference.at);
	struct http_request ask = { .url = url.at, .headers = { "Accept: " OCI_MANIFEST } };
	if (!http_small(r->http, &ask, DOCUMENT_MAX, &document, &a, e))
		return false;
	*there = a.status == 200;
	if (!*there)
		return a.status == 404 || http_refused(url.at, &a, e);
	struct digest d = digest_sha256(document.at, document.len);
	char hex[DIGEST_HEX];
	digest_hex(&d, hex);
	if (strncmp(g->reference.at, "sha256:", 7) == 0 && strcmp(g->reference.at + 7, hex) != 0)
		return err_set(e, ERR_FORMAT, "%s: the registry gives a manifest with the digest sha256:%s",
			r->url, hex);
	return read_layers(r, &document, e) && write_head(r, fd, e);
}

static bool place(const struct remote *r, const struct bundle *b, size_t member, uint64_t at,
	struct remote_place *out, struct err *e)
{
	const struct registry *g = r->registry;
	const struct manifest *m = &b->manifest;
	size_t frames = m->index.count, number = 1 + g->signatures + member;
	const struct blob *blob = member < frames ? container_blob(m, CONTAINER_INDEX, member)
						  : container_blob(m, CONTAINER_BLOCK, member - frames);
	if (g->count != 1 + g->signatures + frames + m->blocks.count)
		return err_set(e, ERR_FORMAT, "%s: has %zu layers, the manifest says %zu", r->url, g->count,
			1 + g->signatures + frames + m->blocks.count);
	if (g->layers[number].size != blob->size)
		return err_set(e, ERR_FORMAT, "%s: layer %zu has %llu bytes, the manifest says %llu", r->url,
			number, (unsigned long long)g->layers[number].size, (unsigned long long)blob->size);
	text_printf(&out->url, "%s/blobs/%s", g->base.at, g->layers[number].digest);
	out->base = at;
	out->size = blob->size;
	return true;
}

/* ---- put ---- */

/* Something that goes into a layer of its own: bytes of `from`. */
struct piece {
	const struct medium *from;
	uint64_t at, size;
	const char *type, *title; /* title NULL: the configuration */
	struct digest sha;
};

static bool ask_upload(struct remote *r, struct text *where, struct err *e)
{
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	SCOPED(text_end) struct text url = { 0 }, none = { 0 };
	text_printf(&url, "%s/blobs/uploads/", r->registry->base.at);
	struct http_request ask = { .method = "POST", .url = url.at };
	if (!http_small(r->http, &ask, 65536, &none, &a, e))
		return false;
	if (a.status != 202 || !a.location.len)
		return http_refused(url.at, &a, e);
	text_puts(where, a.location.at);
	return http_as_safe(url.at, where->at) ||
	       err_set(e, ERR_SYSTEM, "%s: the registry sends the upload to %s, which is not https", url.at,
		       where->at);
}

static bool upload(
	struct remote *r, const struct piece *p, const char *hex, struct http_answer *a, struct err *e)
{
	SCOPED(text_end) struct text url = { 0 };
	if (!ask_upload(r, &url, e))
		return false;
	text_printf(&url, "%sdigest=sha256%%3A%s", strchr(text_str(&url), '?') ? "&" : "?", hex);
	struct http_request ask = { .method = "PUT",
		.url = url.at,
		.headers = { "Content-Type: application/octet-stream" },
		.body = p->from,
		.at = p->at,
		.size = p->size,
		.sent = &r->progress };
	if (!http_ask(r->http, &ask, a, e))
		return false;
	if (a->status != 201)
		return http_refused(url.at, a, e);
	r->sent += p->size;
	http_progress(r->http);
	return true;
}

/* An upload that was cut short is begun anew: what was sent of it is the registry's to forget. */
static bool put_blob(struct remote *r, const struct piece *p, struct err *e)
{
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	SCOPED(text_end) struct text url = { 0 }, none = { 0 };
	char hex[DIGEST_HEX];
	digest_hex(&p->sha, hex);
	text_printf(&url, "%s/blobs/sha256:%s", r->registry->base.at, hex);
	struct http_request ask = { .method = "HEAD", .url = url.at };
	if (!http_small(r->http, &ask, 0, &none, &a, e))
		return false;
	if (a.status == 200) {
		r->spared += p->size;
		progress_add(&r->progress, p->size);
		return true;
	}
	for (;;) {
		http_answer_end(&a);
		if (upload(r, p, hex, &a, e))
			return true;
		if (!http_patience(r->http, &a, e))
			return false;
	}
}

static void describe(const struct piece *p, struct text *out)
{
	char hex[DIGEST_HEX];
	digest_hex(&p->sha, hex);
	text_puts(out, "{");
	if (p->title) {
		text_puts(out, "\"annotations\":{\"" TITLE "\":");
		json_quote(p->title, out);
		text_puts(out, "},");
	}
	text_printf(out, "\"digest\":\"sha256:%s\",\"mediaType\":\"%s\",\"size\":%llu}", hex, p->type,
		(unsigned long long)p->size);
}

/* Names for people; the signed manifest is what counts. */
static void annotate(const struct manifest *m, struct text *out)
{
	text_puts(out, "\"annotations\":{\"org.opencontainers.image.ref.name\":");
	json_quote(m->release, out);
	text_puts(out, ",\"org.opencontainers.image.title\":");
	json_quote(m->name, out);
	text_puts(out, ",\"org.opencontainers.image.version\":");
	json_quote(m->release, out);
	text_puts(out, "},");
}

static bool put_manifest(struct remote *r, const struct text *document, struct err *e)
{
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	SCOPED(text_end) struct text url = { 0 }, none = { 0 };
	SCOPED(medium_end) struct medium *body = NULL;
	if (!medium_of_bytes("manifest", document->at, document->len, &body, e))
		return false;
	text_printf(&url, "%s/manifests/%s", r->registry->base.at, r->registry->reference.at);
	struct http_request ask = { .method = "PUT",
		.url = url.at,
		.headers = { "Content-Type: " OCI_MANIFEST },
		.body = body,
		.size = document->len };
	if (!http_small(r->http, &ask, 65536, &none, &a, e))
		return false;
	return a.status == 201 || http_refused(url.at, &a, e);
}

struct putting {
	struct remote *r;
	struct text layers;
	void *room;
};

static void end_putting(struct putting *p)
{
	text_end(&p->layers);
	free(p->room);
}

static bool add(struct putting *p, struct piece *piece, const void *bytes, struct err *e)
{
	piece->sha = digest_sha256(bytes, (size_t)piece->size);
	text_puts(&p->layers, p->layers.len ? "," : "");
	describe(piece, &p->layers);
	return put_blob(p->r, piece, e) || err_in(e, "%s", piece->title);
}

static bool add_text(
	struct putting *p, const struct text *bytes, const char *type, const char *title, struct err *e)
{
	SCOPED(medium_end) struct medium *from = NULL;
	struct piece piece = { .size = bytes->len, .type = type, .title = title };
	if (!medium_of_bytes(title, bytes->at, bytes->len, &from, e))
		return false;
	piece.from = from;
	return add(p, &piece, bytes->at, e);
}

static bool add_head(struct putting *p, const struct container *c, struct err *e)
{
	if (!add_text(p, &c->manifest, TYPE_MANIFEST, MANIFEST_NAME, e))
		return false;
	for (size_t i = 0; i < c->signed_by; i++) {
		char title[64];
		snprintf(title, sizeof title, "signatures/%s.minisig", c->signatures[i].keyid);
		if (!add_text(p, &c->signatures[i].text, TYPE_SIGNED, title, e))
			return false;
	}
	return true;
}

static bool add_members(struct putting *p, const struct bundle *b, enum container_part part, struct err *e)
{
	const struct manifest *m = &b->manifest;
	size_t count = part == CONTAINER_INDEX ? m->index.count : m->blocks.count;
	for (size_t i = 0; i < count; i++) {
		char title[32];
		struct piece piece = { .from = b->medium,
			.at = container_offset(&b->container, m, part, i) + 512,
			.size = container_blob(m, part, i)->size,
			.type = part == CONTAINER_INDEX ? TYPE_INDEX : TYPE_BLOCK,
			.title = title };
		container_member(part, i, title);
		if (!container_read(&b->container, m, part, i, p->room, e) || !add(p, &piece, p->room, e))
			return false;
	}
	return true;
}

static bool put(struct remote *r, const struct bundle *b, struct err *e)
{
	SCOPED(end_putting) struct putting p = { .r = r };
	SCOPED(text_end) struct text document = { 0 };
	SCOPED(medium_end) struct medium *empty = NULL;
	struct piece nothing = {
		.size = strlen(EMPTY), .type = OCI_EMPTY, .sha = digest_sha256(EMPTY, strlen(EMPTY))
	};
	const struct manifest *m = &b->manifest;
	uint64_t index = manifest_largest(&m->index), blocks = manifest_largest(&m->blocks);
	p.room = mem_new((size_t)(index > blocks ? index : blocks), 1);
	if (!medium_of_bytes("the configuration", EMPTY, strlen(EMPTY), &empty, e))
		return false;
	nothing.from = empty;
	progress_start(&r->progress, "push", b->medium->size, r->args->common.json);
	if (!put_blob(r, &nothing, e) || !add_head(&p, &b->container, e) ||
		!add_members(&p, b, CONTAINER_INDEX, e) || !add_members(&p, b, CONTAINER_BLOCK, e))
		return false;
	text_puts(&document, "{");
	annotate(m, &document);
	text_puts(&document, "\"artifactType\":\"" TYPE_BUNDLE "\",\"config\":");
	describe(&nothing, &document);
	text_printf(&document, ",\"layers\":[%s],\"mediaType\":\"" OCI_MANIFEST "\",\"schemaVersion\":2}",
		p.layers.at);
	if (!put_manifest(r, &document, e))
		return false;
	progress_end(&r->progress);
	return true;
}

const struct remote_kind remote_registry = { open_registry, head, place, put };
