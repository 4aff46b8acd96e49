/* remote - a place that bundles are pushed to and pulled from.
 *
 *     https://host/path/x.waybill       a mirror: the bundle is one file there
 *     oci://host/repository:tag         a registry: each member of the bundle is a blob (OCI
 * distribution 1.1)
 *
 * Both are only ways for bytes. What they give is believed no more than a stick: head, signatures and every
 * member are verified here.
 */
#ifndef BUNDLER_REMOTE_H
#define BUNDLER_REMOTE_H

#include "bundler/http.h"
#include "manifest/bundle.h"

/* The most that manifest and signatures take in a bundle. */
#define REMOTE_HEAD_MAX                                                                                      \
	((uint64_t)MANIFEST_MAX + CONTAINER_SIGNATURES * (CONTAINER_SIGNATURE_MAX + 512) + 4096)

struct remote;

/* Where a member of a bundle is: `size` bytes of a URL are the bundle's bytes from `base` on. */
struct remote_place {
	struct text url;
	uint64_t base, size;
};

struct remote_kind {
	bool (*open)(struct remote *r, struct err *e);
	/* Manifest and signatures, as a bundle begins, are in the file `fd`. *there is false if nothing is
	 * there. */
	bool (*head)(struct remote *r, int fd, bool *there, struct err *e);
	/* `member` counts index frames, then blocks; `at` is where its content begins in the bundle. */
	bool (*place)(const struct remote *r, const struct bundle *b, size_t member, uint64_t at,
		struct remote_place *out, struct err *e);
	/* The bundle, which is whole, is there under the name. */
	bool (*put)(struct remote *r, const struct bundle *b, struct err *e);
};
extern const struct remote_kind remote_mirror, remote_registry;

struct remote {
	const struct remote_kind *kind;
	struct http *http;
	const struct http_args *args;
	const char *url;
	uint64_t sent, spared; /* put: bytes; bytes that were there already */
	struct progress progress;
	struct registry *registry;
	void (*end)(struct remote *r);
};

/* ERR_USAGE if the URL is of no kind. */
MUST_CHECK bool remote_open(const char *url, const struct http_args *args, struct remote *out, struct err *e);
void remote_end(struct remote *r);

/* The head in a nameless file, opened as a bundle that ends behind its signatures; nothing is believed. */
MUST_CHECK bool remote_head(struct remote *r, struct bundle *out, bool *there, struct err *e);

#endif
