/* bundle.c - see bundle.h. Digest before decoding, decoding before parsing, parsing before believing. */
#include "manifest/bundle.h"

#include <fcntl.h>
#include <unistd.h>

#include "manifest/base/scope.h"
#include "manifest/decoder.h"

bool bundle_open_fd(int fd, const char *name, struct bundle *out, struct err *e)
{
	*out = (struct bundle){ .fd = fd };
	if (!container_open(out->fd, name, &out->container, e))
		return false;
	out->digest = digest_of(out->container.manifest.at, out->container.manifest.len);
	return true;
}

bool bundle_open(const char *path, struct bundle *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	*out = (struct bundle){ .fd = -1 };
	return fd >= 0 ? bundle_open_fd(fd, path, out, e) : err_sys(e, "open the bundle %s", path);
}

void bundle_end(struct bundle *b)
{
	container_end(&b->container);
	arena_end(&b->arena);
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}

bool bundle_believe(struct bundle *b, struct trusted text, struct err *e)
{
	return manifest_read(text, &b->manifest, &b->arena, e) || err_in(e, "%s", b->container.name);
}

static bool read_frame(
	const struct bundle *b, struct decoder *decoder, size_t number, struct rows *rows, struct err *e)
{
	const struct blob *blob = container_blob(&b->manifest, CONTAINER_INDEX, number);
	size_t size = (size_t)blob->size, raw = (size_t)blob->raw;
	if (!container_read(&b->container, &b->manifest, CONTAINER_INDEX, number, decoder_packed(decoder), e))
		return false;
	if (!decoder_frame(decoder, size, raw, e))
		return err_in(e, "%s: index/%04zu.zst", b->container.name, number);
	SCOPED_TEXT char *text = mem_copy(decoder_raw(decoder), raw);
	return rows_read(rows, &b->manifest, text, raw, e) ||
	       err_in(e, "%s: index/%04zu.zst", b->container.name, number);
}

/* What the manifest says that the index holds: more is not read, however much of it there is. */
static uint64_t rows_said(const struct manifest *m)
{
	const struct component *c = m->components.items;
	uint64_t rows = 0;
	for (size_t i = 0; i < m->components.count; i++)
		rows += c[i].files + c[i].dirs + c[i].links;
	return rows;
}

bool bundle_rows(const struct bundle *b, struct rows *rows, struct err *e)
{
	SCOPED(decoder_end) struct decoder *decoder = NULL;
	const struct json_list *frames = &b->manifest.index;
	if (!decoder_start(NULL, (size_t)manifest_largest(frames), (size_t)manifest_largest_raw(frames),
		    &decoder, e))
		return err_in(e, "%s: index", b->container.name);
	for (size_t i = 0; i < b->manifest.index.count; i++) {
		if (!read_frame(b, decoder, i, rows, e))
			return false;
		if (rows->count > rows_said(&b->manifest))
			return err_set(e, ERR_FORMAT, "%s: the index has more rows than the manifest says",
				b->container.name);
	}
	return rows_check(rows, &b->manifest, e) || err_in(e, "%s: index", b->container.name);
}
