/* mirror.c - a bundle that is one file of a web server: RFC 9110 (ranges), PUT as nginx and Apache have it.
 */
#include <string.h>

#include "bundler/remote.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define FIRST ((uint64_t)64 * 1024) /* holds most heads */

static bool open_mirror(struct remote *r, struct err *e)
{
	SCOPED(text_end) struct text origin = { 0 };
	return http_origin(r->url, &origin, e);
}

struct writing {
	int fd;
	uint64_t to;
};

static bool on_head(void *ctx, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	const struct writing *w = ctx;
	size_t n = at >= w->to ? 0 : w->to - at < len ? (size_t)(w->to - at) : len;
	return n == 0 || fs_write_at(w->fd, bytes, n, at, e);
}

/* The first `to` bytes, or all if there are fewer, are in the file. */
static bool get(struct remote *r, int fd, uint64_t to, struct http_answer *a, struct err *e)
{
	struct writing w = { fd, to };
	struct http_request ask = { .url = r->url, .to = to, .arrived = on_head, .ctx = &w };
	return http_insist(r->http, &ask, a, e);
}

/* Where the signatures end is not known before: the usual size first, then the largest that there may be. */
static bool head_fits(int fd)
{
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	struct err ignored = { 0 };
	int again = dup(fd);
	return again >= 0 && bundle_open_fd(again, "", &b, &ignored);
}

static bool head(struct remote *r, int fd, bool *there, struct err *e)
{
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	if (!get(r, fd, FIRST, &a, e))
		return false;
	*there = a.status == 200 || a.status == 206;
	if (!*there)
		return a.status == 404 || a.status == 410 || http_refused(r->url, &a, e);
	if (a.total <= FIRST || head_fits(fd))
		return true;
	return get(r, fd, REMOTE_HEAD_MAX, &a, e) &&
	       (a.status == 200 || a.status == 206 || http_refused(r->url, &a, e));
}

static bool place(const struct remote *r, const struct bundle *b, size_t member, uint64_t at,
	struct remote_place *out, struct err *e)
{
	(void)member;
	(void)at;
	(void)e;
	text_puts(&out->url, r->url);
	out->base = 0;
	out->size = b->medium->size;
	return true;
}

/* ---- put ---- */

static bool same_bundle(const struct bundle *a, const struct bundle *b)
{
	if (!digest_equal(&a->digest, &b->digest) || a->container.signed_by != b->container.signed_by)
		return false;
	for (size_t i = 0; i < a->container.signed_by; i++)
		if (strcmp(text_str(&a->container.signatures[i].text),
			    text_str(&b->container.signatures[i].text)) != 0)
			return false;
	return true;
}

/* What the server gives now begins as the bundle does, and is as long. */
static bool arrived(struct remote *r, const struct bundle *b, struct err *e)
{
	SCOPED(bundle_end) struct bundle now = { .medium = NULL };
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	SCOPED(text_end) struct text none = { 0 };
	struct http_request ask = { .method = "HEAD", .url = r->url };
	bool there;
	if (!http_small(r->http, &ask, 0, &none, &a, e))
		return false;
	if (a.status != 200 || a.total != b->medium->size)
		return err_set(e, ERR_SYSTEM, "%s: sent %llu bytes, the server now says %u and %llu bytes",
			r->url, (unsigned long long)b->medium->size, a.status,
			(unsigned long long)(a.total == HTTP_UNKNOWN ? 0 : a.total));
	return remote_head(r, &now, &there, e) &&
	       ((there && same_bundle(&now, b)) ||
		       err_set(e, ERR_SYSTEM, "%s: the server gives another bundle than it was sent",
			       r->url));
}

static bool put(struct remote *r, const struct bundle *b, struct err *e)
{
	SCOPED(http_answer_end) struct http_answer a = { 0 };
	SCOPED(text_end) struct text none = { 0 };
	struct http_request ask = { .method = "PUT",
		.url = r->url,
		.headers = { "Content-Type: application/octet-stream" },
		.body = b->medium,
		.size = b->medium->size,
		.sent = &r->progress };
	progress_start(&r->progress, "push", b->medium->size, r->args->common.json);
	if (!http_small(r->http, &ask, 65536, &none, &a, e))
		return false;
	if (a.status < 200 || a.status >= 300)
		return http_refused(r->url, &a, e);
	progress_end(&r->progress);
	r->sent = b->medium->size;
	return arrived(r, b, e);
}

const struct remote_kind remote_mirror = { open_mirror, head, place, put };
