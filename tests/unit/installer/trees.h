/* trees - a tree as a text with all that a copy has to keep, so that two can be compared and the difference
 * read.
 */
#ifndef TESTS_UNIT_INSTALLER_TREES_H
#define TESTS_UNIT_INSTALLER_TREES_H

#include <sys/xattr.h>

#include "installer/service/snapshot.h"
#include "manifest/base/tree.h"
#include "manifest/path.h"
#include "tests/unit/unit.h"

/* Longer than the first pass takes for a change that may still go on without a new time. */
HELPER void a_while_later(void)
{
	usleep(80000);
}

/* The paths of inodes that were met. */
struct described {
	struct text *out;
	struct met {
		ino_t inode;
		char path[512];
	} met[512];
	size_t count;
};

HELPER void describe_content(int dir, const char *name, const struct stat *st, struct text *out)
{
	uint64_t sum = 0;
	char piece[4096];
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s: %s", name, strerror(errno));
	for (ssize_t n; (n = read(fd, piece, sizeof piece)) > 0;)
		for (ssize_t i = 0; i < n; i++)
			sum = (sum ^ (unsigned char)piece[i]) * 0x100000001b3u;
	text_printf(out, " %lld %016llx", (long long)st->st_size, (unsigned long long)sum);
	close(fd);
}

HELPER int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

HELPER void describe_attributes(int dir, const char *name, struct text *out)
{
	char path[PATH_MAX], names[4096], value[4096], *sorted[64] = { 0 };
	size_t count = 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dir, name);
	ssize_t n = llistxattr(path, names, sizeof names);
	for (ssize_t at = 0; at < n; at += (ssize_t)strlen(names + at) + 1)
		sorted[count++] = names + at;
	qsort(sorted, count, sizeof *sorted, by_text);
	for (size_t i = 0; i < count; i++) {
		ssize_t len = lgetxattr(path, sorted[i], value, sizeof value);
		text_printf(out, " %s=", sorted[i]);
		path_escape(value, len < 0 ? 0 : (size_t)len, out);
	}
}

HELPER void describe_names(struct described *d, const char *path, const struct stat *st)
{
	if (st->st_nlink < 2 || S_ISDIR(st->st_mode))
		return;
	for (size_t i = 0; i < d->count; i++) {
		if (d->met[i].inode != st->st_ino)
			continue;
		text_puts(d->out, " is ");
		path_escape(d->met[i].path, strlen(d->met[i].path), d->out);
		return;
	}
	assert_true(d->count < COUNT_OF(d->met));
	d->met[d->count].inode = st->st_ino;
	snprintf(d->met[d->count++].path, sizeof d->met[0].path, "%s", path);
}

HELPER bool describe_entry(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct described *d = ctx;
	const struct stat *st = entry->st;
	SCOPED(text_end) struct text target = { 0 };
	*skip = entry->mount;
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode) && !S_ISLNK(st->st_mode))
		return true;
	path_escape(entry->path, strlen(entry->path), d->out);
	text_printf(d->out, " %o %u:%u %lld.%09ld", st->st_mode, st->st_uid, st->st_gid,
		(long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	if (S_ISREG(st->st_mode))
		describe_content(entry->dir, entry->name, st, d->out);
	if (S_ISLNK(st->st_mode) && tree_link(entry->dir, entry->name, &target, e))
		text_printf(d->out, " -> %s", text_str(&target));
	describe_attributes(entry->dir, entry->name, d->out);
	describe_names(d, entry->path, st);
	text_byte(d->out, '\n');
	return true;
}

/* A line for each entry that a copy keeps. */
HELPER void describe(int dir, const char *name, struct text *out)
{
	struct described *d = mem_new(1, sizeof *d);
	struct err e = { 0 };
	struct stat st;
	d->out = out;
	text_clear(out);
	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	if (S_ISDIR(st.st_mode)) {
		SCOPED_FD int top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		MUST(tree_walk(top, describe_entry, d, &e), &e);
	} else {
		bool skip;
		describe_entry(d, &(struct tree_entry){ ".", dir, name, &st, false }, &skip, &e);
	}
	free(d);
}

HELPER void assert_copied(int from, const char *name, int to, const char *to_name)
{
	SCOPED(text_end) struct text have = { 0 };
	SCOPED(text_end) struct text want = { 0 };
	describe(from, name, &want);
	describe(to, to_name, &have);
	if (strcmp(want.at, have.at) == 0)
		return;
	fail_msg("\n--- the place\n%s--- the copy\n%s", want.at, have.at);
}

#endif
