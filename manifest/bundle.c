/* bundle.c - see bundle.h. Digest before decoding, decoding before parsing, parsing before believing. */
#include "manifest/bundle.h"

#include <string.h>
#include <unistd.h>

#include "manifest/base/scope.h"
#include "manifest/decoder.h"
#include "manifest/placing.h"

/* Another volume may be the one that the bundle starts with. */
static void hint(const struct medium *m, struct err *e)
{
	char start[sizeof MANIFEST_NAME];
	for (size_t i = 1; i < m->count; i++)
		if (pread(m->parts[i].fd, start, sizeof start, 0) == sizeof start &&
			memcmp(start, MANIFEST_NAME, sizeof start) == 0)
			err_in(e, "a bundle starts in %s", m->parts[i].name);
}

static bool open_medium(struct bundle *b, struct err *e)
{
	struct err why = { 0 };
	bool opened = container_open(b->medium, &b->container, &why);
	if (!opened && !b->container.manifest.at && medium_behind_program(b->medium)) {
		why = (struct err){ 0 };
		opened = container_open(b->medium, &b->container, &why);
	}
	if (!opened) {
		hint(b->medium, &why);
		*e = why;
		return false;
	}
	b->digest = digest_of(b->container.manifest.at, b->container.manifest.len);
	return true;
}

bool bundle_open_fd(int fd, const char *name, struct bundle *out, struct err *e)
{
	*out = (struct bundle){ .medium = NULL };
	return medium_of(fd, name, &out->medium, e) && open_medium(out, e);
}

bool bundle_open(const char *path, const struct cli_many *dirs, struct bundle *out, struct err *e)
{
	*out = (struct bundle){ .medium = NULL };
	return medium_open(path, dirs, &out->medium, e) && open_medium(out, e);
}

void bundle_end(struct bundle *b)
{
	container_end(&b->container);
	arena_end(&b->arena);
	medium_end(&b->medium);
}

bool bundle_believe(struct bundle *b, struct trusted text, struct err *e)
{
	return (manifest_read(text, &b->manifest, &b->arena, e) || err_in(e, "%s", b->container.name)) &&
	       placing_make(b->medium, &b->container, &b->manifest, e);
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
