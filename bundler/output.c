/* output.c - see output.h. */
#include "bundler/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

bool output_place(const char *path, int *dir, char **leaf, struct err *e)
{
	const char *name = path_leaf(path);
	SCOPED_TEXT char *above = name > path ? mem_copy(path, (size_t)(name - path)) : mem_copy(".", 1);
	if (*name == '\0')
		return err_set(e, ERR_USAGE, "--output %s is not the name of a file", path);
	*leaf = mem_copy(name, strlen(name));
	*dir = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *dir >= 0 || err_sys(e, "open the directory of %s", path);
}

bool output_start(const char *path, struct output *out, struct err *e)
{
	SCOPED(text_end) struct text aside = { 0 };
	*out = (struct output){ .dir = -1, .fd = -1 };
	if (!output_place(path, &out->dir, &out->leaf, e))
		return false;
	text_printf(&aside, ".%s.part", out->leaf);
	out->aside = mem_copy(aside.at, aside.len);
	out->fd = openat(out->dir, out->aside, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (out->fd < 0)
		return err_sys(e, "create %s", path);
	if (flock(out->fd, LOCK_EX | LOCK_NB) < 0) {
		free(out->aside);
		out->aside = NULL; /* it is the other one's */
		return err_set(e, ERR_REFUSED, "%s is being written by another waybill", path);
	}
	return ftruncate(out->fd, 0) == 0 || err_sys(e, "empty %s", out->aside);
}

bool output_commit(struct output *o, struct err *e)
{
	if (!fs_finish(&o->fd, e))
		return err_in(e, "%s", o->leaf);
	if (renameat(o->dir, o->aside, o->dir, o->leaf) < 0)
		return err_sys(e, "rename to %s", o->leaf);
	free(o->aside);
	o->aside = NULL;
	return fs_flush_dir(o->dir, e);
}

void output_end(struct output *o)
{
	if (o->aside)
		unlinkat(o->dir, o->aside, 0);
	scope_close(&o->fd);
	scope_close(&o->dir);
	free(o->leaf);
	free(o->aside);
}

bool output_scratch(const struct output *o, int *fd, struct err *e)
{
	*fd = openat(o->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return true;
	SCOPED(text_end) struct text name = { 0 };
	text_printf(&name, "%s.blocks", o->aside);
	*fd = openat(o->dir, name.at, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return err_sys(e, "create a scratch file beside %s", o->leaf);
	unlinkat(o->dir, name.at, 0);
	return true;
}

/* For kernels and file systems that cannot copy by themselves. */
static bool copy_by_hand(int to, int from, uint64_t offset, uint64_t len, struct err *e)
{
	char piece[65536];
	while (len) {
		ssize_t n =
			pread(from, piece, len < sizeof piece ? (size_t)len : sizeof piece, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read");
		if (n == 0)
			return true;
		if (!fs_write_all(to, piece, (size_t)n, e))
			return false;
		offset += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return true;
}

/* So that the flush at the end is short. */
static void start_writing(const struct output *o)
{
	sync_file_range(o->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

bool output_put(const struct output *o, const char *member, const char *bytes, size_t len, struct err *e)
{
	if (!container_put(o->fd, member, bytes, len, e))
		return err_in(e, "%s", o->leaf);
	start_writing(o);
	return true;
}

bool output_copy(const struct output *o, int from, uint64_t offset, uint64_t len, struct err *e)
{
	off_t at = (off_t)offset;
	while (len) {
		size_t most = (size_t)8 * 1024 * 1024;
		ssize_t n = copy_file_range(from, &at, o->fd, NULL, len < most ? (size_t)len : most, 0);
		if (n == 0)
			return true;
		if (n < 0 && (errno == ENOSPC || errno == EIO || errno == EDQUOT || errno == EFBIG))
			return err_sys(e, "%s: write", o->leaf);
		if (n < 0)
			return copy_by_hand(o->fd, from, (uint64_t)at, len, e) || err_in(e, "%s", o->leaf);
		len -= (uint64_t)n;
		start_writing(o);
	}
	return true;
}

static int by_keyid(const void *a, const void *b)
{
	const struct container_signature *const *x = a, *const *y = b;
	return strcmp((*x)->keyid, (*y)->keyid);
}

bool output_head(const struct output *o, const struct text *manifest,
	const struct container_signature *signatures, size_t count, struct err *e)
{
	const struct container_signature *sorted[CONTAINER_SIGNATURES] = { 0 };
	for (size_t i = 0; i < count; i++)
		sorted[i] = &signatures[i];
	qsort(sorted, count, sizeof *sorted, by_keyid);
	if (!output_put(o, "waybill.json", manifest->at, manifest->len, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		char member[64];
		snprintf(member, sizeof member, "signatures/%s.minisig", sorted[i]->keyid);
		if (!output_put(o, member, sorted[i]->text.at, sorted[i]->text.len, e))
			return false;
	}
	return true;
}
