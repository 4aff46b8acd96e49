/* pull.c - waybill pull: a bundle from a mirror or a registry; only what is not here yet is fetched. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bundler/assumed.h"
#include "bundler/commands.h"
#include "bundler/counted.h"
#include "bundler/documents.h"
#include "bundler/partial.h"
#include "bundler/remote.h"
#include "keys/seal.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define CHANGES 3 /* how often what is there may become another bundle meanwhile */

struct pull_args {
	struct http_args http;
	const char *output, *threshold;
	struct cli_many publics, from;
};

static const struct cli_option options[] = {
	{ "public", "FILE...", "a public key that counts", offsetof(struct pull_args, publics) },
	{ "threshold", "N", "how many of them must have signed (default 1)",
		offsetof(struct pull_args, threshold) },
	{ "output", "FILE", "what the bundle is called here (default: as in the URL)",
		offsetof(struct pull_args, output) },
	{ "from", "BUNDLE...", "bundles that are here: what they have is not fetched",
		offsetof(struct pull_args, from) },
	{ 0 },
};

struct pull_result {
	char *to, *name, *release;
	uint64_t sequence, size, fetched, kept, copied;
	struct digest manifest;
	struct json_list keys;
};

#define AT(member) offsetof(struct pull_result, member)
static const struct json_field result_fields[] = {
	{ "copied", JSON_COUNT, AT(copied), false, NULL },
	{ "fetched", JSON_COUNT, AT(fetched), false, NULL },
	{ "kept", JSON_COUNT, AT(kept), false, NULL },
	{ "keys", JSON_TEXTS, AT(keys), false, NULL },
	{ "manifest", JSON_DIGEST, AT(manifest), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), false, NULL },
	{ "size", JSON_COUNT, AT(size), false, NULL },
	{ "to", JSON_TEXT, AT(to), false, NULL },
};
#undef AT
const struct json_shape pull_document = { result_fields, COUNT_OF(result_fields),
	sizeof(struct pull_result) };

struct pulling {
	const struct pull_args *args;
	struct remote remote;
	struct keyring ring;
	struct partial partial;
	struct verified_by by;
	struct text to;
	struct progress progress;
	struct remote_place place;
	uint64_t fetched;
};

static void end_pulling(struct pulling *p)
{
	partial_end(&p->partial);
	remote_end(&p->remote);
	ring_end(&p->ring);
	text_end(&p->to);
	text_end(&p->place.url);
}

/* ---- bytes ---- */

static bool on_bytes(void *ctx, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct pulling *p = ctx;
	uint64_t before = p->partial.done;
	p->fetched += len;
	if (!partial_arrived(&p->partial, p->place.base + at, bytes, len, e))
		return false;
	if (p->partial.done > before)
		http_progress(p->remote.http);
	progress_set(&p->progress, p->partial.done);
	return true;
}

/* One stretch of what is missing, or the part of it that the place has. */
static bool ask(struct pulling *p, uint64_t from, uint64_t to, struct http_answer *a, struct err *e)
{
	const struct remote_place *place = &p->place;
	uint64_t end = place->base + place->size;
	struct http_request r = { .url = place->url.at,
		.from = from - place->base,
		.to = (to < end ? to : end) - place->base,
		.arrived = on_bytes,
		.ctx = p };
	if (r.from == 0 && r.to == place->size)
		r.to = 0;
	if (!http_ask(p->remote.http, &r, a, e))
		return false;
	if (a->again)
		return false;
	if (a->status != 200 && a->status != 206)
		return http_refused(r.url, a, e);
	return a->total >= place->size || /* what stands behind it is not the bundle's */
	       err_set(e, ERR_FORMAT, "%s: the server has %llu bytes, the bundle needs %llu", r.url,
		       (unsigned long long)a->total, (unsigned long long)place->size);
}

static bool find(struct pulling *p, struct err *e)
{
	const struct partial *here = &p->partial;
	text_clear(&p->place.url);
	return p->remote.kind->place(
		&p->remote, &here->bundle, here->next, here->members[here->next].at, &p->place, e);
}

static bool fetch(struct pulling *p, struct err *e)
{
	uint64_t from, to;
	while (partial_missing(&p->partial, &from, &to)) {
		SCOPED(http_answer_end) struct http_answer a = { 0 };
		uint64_t before = p->partial.done;
		if (!find(p, e))
			return false;
		if (ask(p, from, to, &a, e)) {
			if (p->partial.done == before)
				return err_set(
					e, ERR_SYSTEM, "%s: the server gives nothing", p->place.url.at);
			continue;
		}
		if (!http_patience(p->remote.http, &a, e))
			return e->kind ? false : http_refused(p->place.url.at, &a, e);
	}
	return true;
}

/* ---- the bundle ---- */

/* A newer release of the same application is not replaced, nor anything that is no bundle. */
static bool may_replace(const struct pulling *p, const struct manifest *m, struct err *e)
{
	SCOPED(bundle_end) struct bundle old = { .medium = NULL };
	struct err why = { 0 };
	if (access(p->to.at, F_OK) < 0)
		return true;
	if (!assumed_open(p->to.at, NULL, &old, &why))
		return err_set(e, ERR_REFUSED, "%s is there and not replaced: %s", p->to.at, why.text);
	if (strcmp(old.manifest.name, m->name) != 0)
		return err_set(e, ERR_REFUSED, "%s is there and not replaced: it is of %s, this is of %s",
			p->to.at, old.manifest.name, m->name);
	if (old.manifest.sequence > m->sequence)
		return err_set(e, ERR_UNTRUSTED,
			"%s is there and not replaced: it is newer: %s with sequence %llu, this is %s with "
			"sequence %llu",
			p->to.at, old.manifest.release, (unsigned long long)old.manifest.sequence, m->release,
			(unsigned long long)m->sequence);
	return true;
}

static bool copy_from(struct pulling *p, const char *path, struct err *e)
{
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	return assumed_open(path, NULL, &b, e) && partial_copy(&p->partial, &b, e);
}

/* From what is to be replaced, and from what --from names. */
static bool copy_all(struct pulling *p, struct err *e)
{
	if (access(p->to.at, F_OK) == 0 && !copy_from(p, p->to.at, e))
		return false;
	for (size_t i = 0; i < p->args->from.count; i++)
		if (!copy_from(p, p->args->from.items[i], e))
			return err_in(e, "--from");
	return true;
}

/* Nothing is written before the signatures are right and what is there may be replaced. */
static bool begin(struct pulling *p, struct err *e)
{
	SCOPED(bundle_end) struct bundle head = { .medium = NULL };
	struct trusted text;
	bool there;
	if (!remote_head(&p->remote, &head, &there, e))
		return false;
	if (!there)
		return err_set(e, ERR_SYSTEM, "%s: there is nothing", p->remote.url);
	if (!seal_check(&head.container, &p->ring, &text, &p->by, e) || !bundle_believe(&head, text, e) ||
		!may_replace(p, &head.manifest, e))
		return false;
	if (p->partial.dir < 0 && !partial_open(p->to.at, &p->partial, e))
		return false;
	return partial_begin(&p->partial, &head.container, text, e) && copy_all(p, e);
}

/* A mirror may get another bundle under the name while it is read; what was fetched of the first one helps.
 */
static bool pull(struct pulling *p, struct err *e)
{
	for (int changes = 0;; changes++) {
		if (!begin(p, e))
			return false;
		progress_start(&p->progress, "pull", p->partial.total, p->args->http.common.json);
		progress_set(&p->progress, p->partial.done);
		if (fetch(p, e))
			break;
		if (e->kind != ERR_FORMAT || changes == CHANGES)
			return false;
		say(p->args->http.common.json, "%s; once more from the manifest on", e->text);
		*e = (struct err){ 0 };
	}
	progress_end(&p->progress);
	return partial_commit(&p->partial, e);
}

static void tell(const struct pulling *p)
{
	const struct bundle *b = &p->partial.bundle;
	char ids[SIGNATURES_MAX][KEY_ID_HEX], *keys[SIGNATURES_MAX];
	SCOPED(text_end) struct text fetched = { 0 }, here = { 0 };
	for (size_t i = 0; i < p->by.count; i++) {
		key_id_hex(p->by.ids[i], ids[i]);
		keys[i] = ids[i];
	}
	struct pull_result r = { p->to.at, b->manifest.name, b->manifest.release, b->manifest.sequence,
		b->medium->size, p->fetched, p->partial.kept, p->partial.copied, b->digest,
		{ keys, p->by.count } };
	if (p->args->http.common.json) {
		json_print(&pull_document, &r);
		return;
	}
	text_size(&fetched, r.fetched);
	text_size(&here, r.kept + r.copied);
	printf("%s: %s %s, sequence %llu; %s fetched, %s were here\nsigned by", r.to, r.name, r.release,
		(unsigned long long)r.sequence, fetched.at, here.at);
	for (size_t i = 0; i < p->by.count; i++)
		printf(" %s", keys[i]);
	printf("\n");
}

/* x.waybill of https://host/x.waybill?token=..., of oci://host/x:1.0 "x-1.0.waybill". */
static void name_output(struct pulling *p, const char *url)
{
	const char *leaf = path_leaf(url);
	size_t len = strcspn(leaf, "?#");
	if (p->args->output)
		text_puts(&p->to, p->args->output);
	else
		text_add(&p->to, leaf, len);
	if (p->args->output || strncmp(url, "oci://", 6) != 0)
		return;
	for (char *c = p->to.at; c && *c; c++)
		if (*c == ':' || *c == '@')
			*c = '-';
	text_puts(&p->to, ".waybill");
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	SCOPED(end_pulling) struct pulling p = { .args = args, .partial = { .dir = -1, .fd = -1 } };
	(void)count;
	name_output(&p, operands[0]);
	if (!counted_keys("pull", &p.args->publics, p.args->threshold, &p.ring, e) ||
		!remote_open(operands[0], &p.args->http, &p.remote, e) || !pull(&p, e))
		return false;
	tell(&p);
	return true;
}

const struct cli_command command_pull = { "pull", "URL",
	"fetch a bundle from a mirror (https://) or a registry (oci://)", options, http_options,
	sizeof(struct pull_args), 1, 1, run };
