/* push.c - waybill push: a bundle to a mirror or a registry. */
#include <stdio.h>
#include <string.h>

#include "bundler/assumed.h"
#include "bundler/commands.h"
#include "bundler/counted.h"
#include "bundler/documents.h"
#include "bundler/remote.h"
#include "manifest/base/scope.h"

struct push_args {
	struct http_args http;
	struct cli_many publics, volume_dirs;
	bool replace;
};

static const struct cli_option options[] = {
	{ "public", "FILE...", "a public key: the bundle must be signed by one of these",
		offsetof(struct push_args, publics) },
	{ "replace", NULL, "even if another bundle is there that is not older",
		offsetof(struct push_args, replace) },
	{ "volume-dir", "DIR...", "more places where volumes of the bundle are",
		offsetof(struct push_args, volume_dirs) },
	{ 0 },
};

struct push_result {
	char *url, *name, *release;
	uint64_t sequence, size, sent, spared;
	struct digest manifest;
};

#define AT(member) offsetof(struct push_result, member)
static const struct json_field result_fields[] = {
	{ "manifest", JSON_DIGEST, AT(manifest), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
	{ "sent", JSON_COUNT, AT(sent), false, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), false, NULL },
	{ "size", JSON_COUNT, AT(size), false, NULL },
	{ "spared", JSON_COUNT, AT(spared), false, NULL },
	{ "url", JSON_TEXT, AT(url), false, NULL },
};
#undef AT
const struct json_shape push_document = { result_fields, COUNT_OF(result_fields),
	sizeof(struct push_result) };

/* Only a bundle that is whole, and signed by who was named, goes out. */
static bool open_whole(const struct push_args *a, const char *path, struct bundle *b, struct err *e)
{
	SCOPED(ring_end) struct keyring ring = { 0 };
	return (a->publics.count == 0 || counted_keys("push", &a->publics, NULL, &ring, e)) &&
	       bundle_open(path, &a->volume_dirs, b, e) && assumed_whole(b, &ring, a->http.common.json, e);
}

/* What is there under the name must be an older release of the same application. */
static bool may_replace(const struct push_args *a, struct remote *r, const struct bundle *b, struct err *e)
{
	SCOPED(bundle_end) struct bundle old = { .medium = NULL };
	struct err why = { 0 };
	bool there = false;
	if (a->replace)
		return true;
	bool read = remote_head(r, &old, &there, &why);
	if (!read && why.kind != ERR_FORMAT) {
		*e = why;
		return false;
	}
	if (read && !there)
		return true;
	if (!read || !assumed(&old, &why))
		return err_set(
			e, ERR_REFUSED, "%s is there and not replaced (--replace): %s", r->url, why.text);
	if (digest_equal(&old.digest, &b->digest))
		return true;
	if (strcmp(old.manifest.name, b->manifest.name) == 0 && old.manifest.sequence < b->manifest.sequence)
		return true;
	return err_set(e, ERR_REFUSED,
		"%s is there and not replaced (--replace): %s %s with sequence %llu, this is %s %s with "
		"sequence %llu",
		r->url, old.manifest.name, old.manifest.release, (unsigned long long)old.manifest.sequence,
		b->manifest.name, b->manifest.release, (unsigned long long)b->manifest.sequence);
}

static void tell(const struct push_args *a, const struct remote *r, const struct bundle *b)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text sent = { 0 }, spared = { 0 };
	struct push_result result = { arena_str(&arena, r->url), b->manifest.name, b->manifest.release,
		b->manifest.sequence, b->medium->size, r->sent, r->spared, b->digest };
	if (a->http.common.json) {
		json_print(&push_document, &result);
		return;
	}
	text_size(&sent, r->sent);
	text_size(&spared, r->spared);
	printf("%s: %s %s, sequence %llu; %s sent, %s were there\n", r->url, b->manifest.name,
		b->manifest.release, (unsigned long long)b->manifest.sequence, sent.at, spared.at);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct push_args *a = args;
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	SCOPED(remote_end) struct remote r = { 0 };
	(void)count;
	if (!open_whole(a, operands[0], &b, e) || !remote_open(operands[1], &a->http, &r, e) ||
		!may_replace(a, &r, &b, e) || !r.kind->put(&r, &b, e))
		return false;
	tell(a, &r, &b);
	return true;
}

const struct cli_command command_push = { "push", "BUNDLE URL",
	"send a bundle to a mirror (https://) or a registry (oci://)", options, http_options,
	sizeof(struct push_args), 2, 2, run };
