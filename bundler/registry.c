/* registry.c - a bundle in a registry: OCI distribution 1.1. What is there is an artifact. */
#include "bundler/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundler/artifact.h"
#include "bundler/login.h"
#include "manifest/base/scope.h"

struct registry {
	struct text base;       /* https://host:port/v2/repository */
	struct text repository; /* for messages and scopes */
	struct text reference;  /* a tag or a digest */
	struct login login;
	struct artifact there; /* to pull */
};

static void end(struct remote *r)
{
	struct registry *g = r->registry;
	if (!g)
		return;
	artifact_end(&g->there);
	text_end(&g->base);
	text_end(&g->repository);
	text_end(&g->reference);
	login_end(&g->login);
	free(g);
	r->registry = NULL;
}

/* ---- names ---- */

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
	struct digest digest;
	r->end = end;
	const char *host = r->url + strlen("oci://"), *slash = strchr(host, '/');
	const char *name = slash ? slash + 1 : "", *at = strchr(name, '@'), *colon = strchr(name, ':');
	const char *cut = at ? at : colon ? colon : name + strlen(name);
	const char *reference = *cut ? cut + 1 : "latest";
	size_t len = (size_t)(cut - name);
	if (!slash || slash == host || !every(name, len, low) || len > 255 || name[0] == '/' ||
		name[len - 1] == '/' || (at && !artifact_digest(reference, &digest)) ||
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

static void blob_url(const struct remote *r, const struct digest *sha, struct text *out)
{
	char hex[DIGEST_HEX];
	digest_hex(sha, hex);
	text_printf(out, "%s/blobs/sha256:%s", r->registry->base.at, hex);
}

static bool small_blob(struct remote *r, const struct layer *l, size_t most, struct text *out, struct err *e)
{
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	SCOPED(text_end) struct text url = { 0 };
	blob_url(r, &l->sha, &url);
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
	const struct artifact *there = &r->registry->there;
	for (size_t i = 0; i <= there->signatures; i++) {
		SCOPED(text_end) struct text bytes = { 0 };
		const struct layer *l = &there->layers[i];
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
	struct http_request ask = { .url = url.at, .headers = { "Accept: " ARTIFACT_TYPE } };
	if (!http_small(r->http, &ask, ARTIFACT_MAX, &document, &a, e))
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
	artifact_end(&g->there);
	return artifact_read(r->url, text_str(&document), document.len, &g->there, e) && write_head(r, fd, e);
}

static bool place(const struct remote *r, const struct bundle *b, size_t member, uint64_t at,
	struct remote_place *out, struct err *e)
{
	const struct artifact *there = &r->registry->there;
	const struct manifest *m = &b->manifest;
	size_t frames = m->index.count, number = 1 + there->signatures + member;
	const struct blob *blob = member < frames ? container_blob(m, CONTAINER_INDEX, member)
						  : container_blob(m, CONTAINER_BLOCK, member - frames);
	if (there->count != 1 + there->signatures + frames + m->blocks.count)
		return err_set(e, ERR_FORMAT, "%s: has %zu layers, the manifest says %zu", r->url,
			there->count, 1 + there->signatures + frames + m->blocks.count);
	if (there->layers[number].size != blob->size)
		return err_set(e, ERR_FORMAT, "%s: layer %zu has %llu bytes, the manifest says %llu", r->url,
			number, (unsigned long long)there->layers[number].size,
			(unsigned long long)blob->size);
	blob_url(r, &there->layers[number].sha, &out->url);
	out->base = at;
	out->size = blob->size;
	return true;
}

/* ---- put ---- */

/* Something that goes into a layer of its own: bytes of `from`. */
struct piece {
	const struct medium *from;
	uint64_t at, size;
	enum layer_kind kind;
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

static bool upload(struct remote *r, const struct piece *p, struct http_answer *a, struct err *e)
{
	SCOPED(text_end) struct text url = { 0 };
	char hex[DIGEST_HEX];
	digest_hex(&p->sha, hex);
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
	blob_url(r, &p->sha, &url);
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
		if (upload(r, p, &a, e))
			return true;
		if (!http_patience(r->http, &a, e))
			return false;
	}
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
		.headers = { "Content-Type: " ARTIFACT_TYPE },
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

static bool add(struct putting *p, struct piece *piece, const char *title, const void *bytes, struct err *e)
{
	piece->sha = digest_sha256(bytes, (size_t)piece->size);
	text_puts(&p->layers, p->layers.len ? "," : "");
	artifact_layer(piece->kind, title, &piece->sha, piece->size, &p->layers);
	return put_blob(p->r, piece, e) || err_in(e, "%s", title);
}

static bool add_text(
	struct putting *p, const struct text *bytes, enum layer_kind kind, const char *title, struct err *e)
{
	SCOPED(medium_end) struct medium *from = NULL;
	struct piece piece = { .size = bytes->len, .kind = kind };
	if (!medium_of_bytes(title, bytes->at, bytes->len, &from, e))
		return false;
	piece.from = from;
	return add(p, &piece, title, bytes->at, e);
}

static bool add_head(struct putting *p, const struct container *c, struct err *e)
{
	if (!add_text(p, &c->manifest, LAYER_MANIFEST, MANIFEST_NAME, e))
		return false;
	for (size_t i = 0; i < c->signed_by; i++) {
		char title[64];
		snprintf(title, sizeof title, "signatures/%s.minisig", c->signatures[i].keyid);
		if (!add_text(p, &c->signatures[i].text, LAYER_SIGNATURE, title, e))
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
			.kind = part == CONTAINER_INDEX ? LAYER_INDEX : LAYER_BLOCK };
		container_member(part, i, title);
		if (!container_read(&b->container, m, part, i, p->room, e) ||
			!add(p, &piece, title, p->room, e))
			return false;
	}
	return true;
}

/* The configuration of an artifact that has none. */
static bool put_empty(struct remote *r, struct err *e)
{
	SCOPED(medium_end) struct medium *from = NULL;
	size_t len = strlen(ARTIFACT_EMPTY);
	if (!medium_of_bytes("the configuration", ARTIFACT_EMPTY, len, &from, e))
		return false;
	return put_blob(r,
		&(struct piece){ .from = from, .size = len, .sha = digest_sha256(ARTIFACT_EMPTY, len) }, e);
}

static bool put(struct remote *r, const struct bundle *b, struct err *e)
{
	SCOPED(end_putting) struct putting p = { .r = r };
	SCOPED(text_end) struct text document = { 0 };
	const struct manifest *m = &b->manifest;
	uint64_t index = manifest_largest(&m->index), blocks = manifest_largest(&m->blocks);
	p.room = mem_new((size_t)(index > blocks ? index : blocks), 1);
	progress_start(&r->progress, "push", b->medium->size, r->args->common.json);
	if (!put_empty(r, e) || !add_head(&p, &b->container, e) || !add_members(&p, b, CONTAINER_INDEX, e) ||
		!add_members(&p, b, CONTAINER_BLOCK, e))
		return false;
	artifact_write(m, &p.layers, &document);
	if (!put_manifest(r, &document, e))
		return false;
	progress_end(&r->progress);
	return true;
}

const struct remote_kind remote_registry = { open_registry, head, place, put };
