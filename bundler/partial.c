/* partial.c - see partial.h. */
#include "bundler/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bundler/assumed.h"
#include "bundler/output.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/ustar.h"

static const char zeros[USTAR_TRAILER];

bool partial_open(const char *path, struct partial *out, struct err *e)
{
	SCOPED(text_end) struct text aside = { 0 };
	*out = (struct partial){ .dir = -1, .fd = -1 };
	if (!output_place(path, &out->dir, &out->leaf, e))
		return false;
	text_printf(&aside, ".%s.pull", out->leaf);
	out->aside = mem_copy(aside.at, aside.len);
	text_puts(&aside, ".before");
	out->before = mem_copy(aside.at, aside.len);
	out->fd = openat(out->dir, out->aside, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (out->fd < 0)
		return err_sys(e, "create %s", out->aside);
	return flock(out->fd, LOCK_EX | LOCK_NB) == 0 ||
	       err_set(e, ERR_REFUSED, "%s is being pulled by another waybill", path);
}

static void forget(struct partial *p)
{
	bundle_end(&p->bundle);
	free(p->members);
	free(p->room);
	p->bundle = (struct bundle){ .medium = NULL };
	p->members = NULL;
	p->room = NULL;
	p->count = p->next = 0;
}

void partial_end(struct partial *p)
{
	forget(p);
	scope_close(&p->fd);
	scope_close(&p->dir);
	free(p->leaf);
	free(p->aside);
	free(p->before);
}

/* ---- what it is to become ---- */

static enum container_part part_of(const struct partial *p, size_t *number)
{
	size_t frames = p->bundle.manifest.index.count;
	if (*number < frames)
		return CONTAINER_INDEX;
	*number -= frames;
	return CONTAINER_BLOCK;
}

static const struct blob *blob_of(const struct partial *p, size_t i)
{
	enum container_part part = part_of(p, &i);
	return container_blob(&p->bundle.manifest, part, i);
}

static bool same_head(int fd, const struct container *head)
{
	SCOPED_TEXT char *here = mem_new((size_t)head->body, 1), *there = mem_new((size_t)head->body, 1);
	struct err ignored = { 0 };
	return fs_read_at(fd, here, (size_t)head->body, 0, &ignored) &&
	       medium_read(head->medium, there, (size_t)head->body, 0, &ignored) &&
	       memcmp(here, there, (size_t)head->body) == 0;
}

/* What was pulled of another bundle becomes a source, and a new file takes its place. */
static bool start_anew(struct partial *p, const struct container *head, struct err *e)
{
	SCOPED_TEXT char *bytes = mem_new((size_t)head->body, 1);
	char first;
	if (pread(p->fd, &first, 1, 0) == 1) {
		if (renameat(p->dir, p->aside, p->dir, p->before) < 0)
			return err_sys(e, "put %s aside", p->aside);
		scope_close(&p->fd);
		p->fd = openat(p->dir, p->aside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (p->fd < 0 || flock(p->fd, LOCK_EX | LOCK_NB) < 0)
			return err_sys(e, "create %s", p->aside);
	}
	return medium_read(head->medium, bytes, (size_t)head->body, 0, e) &&
	       fs_write_at(p->fd, bytes, (size_t)head->body, 0, e) &&
	       (ftruncate(p->fd, (off_t)head->body + USTAR_BLOCK) == 0 || err_sys(e, "size %s", p->aside));
}

/* All of its size, on the disk where the file system can promise that. */
static bool reserve(struct partial *p, struct err *e)
{
	struct container *c = &p->bundle.container;
	const struct manifest *m = &p->bundle.manifest;
	uint64_t size = container_offset(c, m, CONTAINER_BLOCK, m->blocks.count) + USTAR_TRAILER;
	if (ftruncate(p->fd, (off_t)size) < 0 || (fallocate(p->fd, 0, 0, (off_t)size) < 0 && errno == ENOSPC))
		return err_sys(e, "%s: make room for %llu bytes", p->aside, (unsigned long long)size);
	p->bundle.medium->size = p->bundle.medium->parts[0].size = size;
	return true;
}

/* Offset and computed header of each member. */
static bool lay_out(struct partial *p, struct err *e)
{
	const struct manifest *m = &p->bundle.manifest;
	uint64_t at = p->bundle.container.body, largest = 0;
	p->count = m->index.count + m->blocks.count;
	p->members = mem_new(p->count, sizeof *p->members);
	for (size_t i = 0; i < p->count; i++) {
		SCOPED(text_end) struct text header = { 0 };
		char member[32];
		const struct blob *blob = blob_of(p, i);
		size_t number = i;
		enum container_part part = part_of(p, &number);
		container_member(part, number, member);
		container_header(member, blob->size, &header);
		if (!fs_write_at(p->fd, header.at, header.len, at, e) ||
			!fs_write_at(
				p->fd, zeros, ustar_padding(blob->size), at + USTAR_BLOCK + blob->size, e))
			return err_in(e, "%s", p->aside);
		p->members[i].at = at + USTAR_BLOCK;
		p->total += blob->size;
		at += container_padded(blob->size);
		largest = blob->size > largest ? blob->size : largest;
	}
	p->room = mem_new((size_t)largest, 1);
	return fs_write_at(p->fd, zeros, USTAR_TRAILER, at, e) || err_in(e, "%s", p->aside);
}

static bool is_right(struct partial *p, size_t i, struct err *e)
{
	struct partial_member *m = &p->members[i];
	size_t number = i;
	enum container_part part = part_of(p, &number);
	m->right = container_read(&p->bundle.container, &p->bundle.manifest, part, number, p->room, e);
	p->done = p->done - m->filled + (m->right ? blob_of(p, i)->size : 0);
	m->filled = 0;
	return m->right;
}

static void count_here(struct partial *p, uint64_t had)
{
	for (size_t i = 0; i < p->count; i++) {
		struct err ignored = { 0 };
		if (p->members[i].at < had && is_right(p, i, &ignored))
			p->kept += blob_of(p, i)->size;
	}
}

static bool copy_before(struct partial *p, struct err *e)
{
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	struct err unusable = { 0 };
	int fd = openat(p->dir, p->before, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || err_sys(e, "open %s", p->before);
	if (!bundle_open_fd(fd, p->before, &b, &unusable) || !assumed(&b, &unusable))
		return true;
	return partial_copy(p, &b, e);
}

bool partial_begin(struct partial *p, const struct container *head, struct trusted text, struct err *e)
{
	struct stat st;
	forget(p);
	p->total = p->done = p->kept = p->copied = 0;
	if (fstat(p->fd, &st) < 0)
		return err_sys(e, "look at %s", p->aside);
	uint64_t had = same_head(p->fd, head) ? (uint64_t)st.st_size : 0;
	if (!had && !start_anew(p, head, e))
		return err_in(e, "%s", p->aside);
	SCOPED_FD int again = fcntl(p->fd, F_DUPFD_CLOEXEC, 3);
	if (again < 0)
		return err_sys(e, "open %s again", p->aside);
	if (!bundle_open_fd(fd_take(&again), p->aside, &p->bundle, e) ||
		!bundle_believe(&p->bundle, text, e) || !reserve(p, e) || !lay_out(p, e))
		return false;
	count_here(p, had);
	return copy_before(p, e);
}

/* ---- from other bundles ---- */

struct source {
	const struct blob *blob;
	enum container_part part;
	size_t number;
};

static int by_digest(const void *a, const void *b)
{
	const struct source *x = a, *y = b;
	return memcmp(x->blob->digest.bytes, y->blob->digest.bytes, DIGEST_BYTES);
}

static struct source *sources_of(const struct manifest *m, size_t *count)
{
	struct source *all = mem_new(m->index.count + m->blocks.count, sizeof *all);
	*count = 0;
	for (size_t i = 0; i < m->index.count; i++)
		all[(*count)++] =
			(struct source){ container_blob(m, CONTAINER_INDEX, i), CONTAINER_INDEX, i };
	for (size_t i = 0; i < m->blocks.count; i++)
		all[(*count)++] =
			(struct source){ container_blob(m, CONTAINER_BLOCK, i), CONTAINER_BLOCK, i };
	qsort(all, *count, sizeof *all, by_digest);
	return all;
}

bool partial_copy(struct partial *p, const struct bundle *from, struct err *e)
{
	size_t count;
	SCOPED_TEXT struct source *all = sources_of(&from->manifest, &count);
	for (size_t i = 0; i < p->count; i++) {
		struct source want = { .blob = blob_of(p, i) };
		struct err damaged = { 0 };
		const struct source *s =
			p->members[i].right ? NULL : bsearch(&want, all, count, sizeof *all, by_digest);
		if (!s || s->blob->size != want.blob->size ||
			!container_read(
				&from->container, &from->manifest, s->part, s->number, p->room, &damaged))
			continue;
		if (!fs_write_at(p->fd, p->room, (size_t)want.blob->size, p->members[i].at, e) ||
			!is_right(p, i, e))
			return err_in(e, "%s", p->aside);
		p->copied += want.blob->size;
	}
	return true;
}

/* ---- from far ---- */

bool partial_missing(struct partial *p, uint64_t *from, uint64_t *to)
{
	while (p->next < p->count && p->members[p->next].right)
		p->next++;
	if (p->next == p->count)
		return false;
	*from = p->members[p->next].at + p->members[p->next].filled;
	for (size_t i = p->next; i < p->count && !p->members[i].right; i++)
		*to = p->members[i].at + blob_of(p, i)->size;
	return true;
}

/* The part of what arrived that this member lacks. */
static bool fill(struct partial *p, size_t i, uint64_t at, const char *bytes, size_t len, struct err *e)
{
	struct partial_member *m = &p->members[i];
	uint64_t size = blob_of(p, i)->size, want = m->at + m->filled, end = m->at + size;
	if (m->right || want < at || want >= at + len)
		return true;
	size_t n = (size_t)((at + len < end ? at + len : end) - want);
	if (!fs_write_at(p->fd, bytes + (want - at), n, want, e))
		return err_in(e, "%s", p->aside);
	m->filled += n;
	p->done += n;
	return m->filled < size || is_right(p, i, e);
}

bool partial_arrived(struct partial *p, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	for (size_t i = p->next; i < p->count && p->members[i].at < at + len; i++)
		if (!fill(p, i, at, bytes, len, e))
			return false;
	return true;
}

bool partial_commit(struct partial *p, struct err *e)
{
	if (!container_check_end(&p->bundle.container, &p->bundle.manifest, e))
		return false;
	if (fsync(p->fd) < 0)
		return err_sys(e, "flush %s", p->aside);
	if (renameat(p->dir, p->aside, p->dir, p->leaf) < 0)
		return err_sys(e, "rename to %s", p->leaf);
	unlinkat(p->dir, p->before, 0);
	return fs_flush_dir(p->dir, e);
}
