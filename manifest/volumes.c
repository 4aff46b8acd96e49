/* volumes.c - see volumes.h. */
#include "manifest/volumes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define NAMED 8 /* missing volumes that are named */
#define PIECE ((size_t)65536)

unsigned medium_volume(const char *leaf, size_t *stem)
{
	size_t len = strlen(leaf), digits = strspn(leaf + len - (len < 4 ? 0 : 4), "0123456789");
	char number[8];
	if (len >= 5 && leaf[len - 4] == '.' && strspn(leaf + len - 3, "0123456789") == 3)
		digits = 3;
	else if (len < 6 || digits != 4 || leaf[len - 5] != '.')
		return 0;
	unsigned n = (unsigned)strtoul(leaf + len - digits, NULL, 10);
	snprintf(number, sizeof number, "%03u", n);
	if (n == 0 || strcmp(number, leaf + len - digits) != 0)
		return 0;
	*stem = len - digits - 1;
	return leaf[*stem - 1] == '/' ? 0 : n;
}

void medium_leaf(const char *stem, unsigned number, char leaf[static MEDIUM_LEAF])
{
	snprintf(leaf, MEDIUM_LEAF, "%.*s.%03u", MEDIUM_LEAF - 8, path_leaf(stem), number);
}

static bool same_bytes(int a, int b, uint64_t size)
{
	SCOPED_TEXT char *x = mem_new(PIECE, 1), *y = mem_new(PIECE, 1);
	struct err ignored = { 0 };
	for (uint64_t at = 0; at < size; at += PIECE) {
		size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
		if (!fs_read_at(a, x, n, at, &ignored) || !fs_read_at(b, y, n, at, &ignored) ||
			memcmp(x, y, n) != 0)
			return false;
	}
	return true;
}

/* The same file by another way, or a copy of it. */
static bool same(int a, int b)
{
	struct stat x, y;
	if (fstat(a, &x) < 0 || fstat(b, &y) < 0)
		return false;
	if (x.st_dev == y.st_dev && x.st_ino == y.st_ino)
		return true;
	return x.st_size == y.st_size && same_bytes(a, b, (uint64_t)x.st_size);
}

static struct medium_part *known(const struct medium *m, unsigned number)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->parts[i].number == number)
			return &m->parts[i];
	return NULL;
}

static bool add(struct medium *m, const char *dir, int held, const char *leaf, unsigned number,
	struct text *twice, struct err *e)
{
	struct stat st;
	SCOPED_FD int fd = openat(held, leaf, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "open %s/%s", dir, leaf);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FORMAT, "%s/%s: not a regular file", dir, leaf);
	const struct medium_part *other = known(m, number);
	if (other && !same(other->fd, fd))
		text_printf(twice, "%s%s/%s", twice->len ? ", " : "", dir, leaf);
	if (other)
		return true;
	m->parts = mem_grow(m->parts, m->count + 1, sizeof *m->parts);
	struct medium_part *p = &m->parts[m->count++];
	*p = (struct medium_part){ .number = number, .size = (uint64_t)st.st_size, .at = MEDIUM_NOWHERE };
	p->fd = fd_take(&fd);
	snprintf(p->name, sizeof p->name, "%s", leaf);
	return true;
}

static bool look_in(struct medium *m, const char *dir, struct text *twice, struct err *e)
{
	const char *stem = path_leaf(m->name);
	size_t len = strlen(stem), end;
	SCOPED_FD int held = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	SCOPED(scope_dir) DIR *d = held < 0 ? NULL : fs_dir(held);
	if (!d)
		return err_sys(e, "look for the volumes of %s in %s", stem, dir);
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
		unsigned number = medium_volume(entry->d_name, &end);
		if (number && end == len && strncmp(entry->d_name, stem, len) == 0 &&
			!add(m, dir, held, entry->d_name, number, twice, e))
			return false;
	}
	return true;
}

static int by_number(const void *a, const void *b)
{
	const struct medium_part *x = a, *y = b;
	return (x->number > y->number) - (x->number < y->number);
}

bool volumes_find(struct medium *m, const struct cli_many *dirs, struct err *e)
{
	size_t before = (size_t)(path_leaf(m->name) - m->name); /* with the "/" at its end */
	SCOPED_TEXT char *own = mem_copy(before ? m->name : ".", before > 1 ? before - 1 : 1);
	SCOPED(text_end) struct text twice = { 0 };
	if (!look_in(m, own, &twice, e))
		return false;
	for (size_t i = 0; dirs && i < dirs->count; i++)
		if (!look_in(m, dirs->items[i], &twice, e))
			return false;
	if (m->count)
		qsort(m->parts, m->count, sizeof *m->parts, by_number);
	return twice.len == 0 ||
	       err_set(e, ERR_FORMAT, "%s: there twice, with different bytes: %s: take one of each away",
		       m->name, twice.at);
}

bool volumes_chain(struct medium *m, struct err *e)
{
	char first[MEDIUM_LEAF];
	medium_leaf(m->name, 1, first);
	if (m->count == 0)
		return err_set(e, ERR_SYSTEM, "%s: there is no %s", m->name, first);
	if (m->parts[0].number != 1)
		return err_set(e, ERR_FORMAT,
			"%s is missing: it holds the manifest; %s is there (--volume-dir "
			"names more places)",
			first, m->parts[0].name);
	for (size_t i = 0; i < m->count && m->parts[i].number == i + 1; i++) {
		m->parts[i].at = m->size;
		m->size += m->parts[i].size;
	}
	return true;
}

uint64_t medium_usual(const struct medium *m)
{
	uint64_t best = 0;
	size_t most = 0;
	for (size_t i = 0; i < m->count; i++) {
		size_t n = 0;
		for (size_t j = 0; j < m->count; j++)
			n += m->parts[j].size == m->parts[i].size;
		if (n > most || (n == most && m->parts[i].size > best)) {
			most = n;
			best = m->parts[i].size;
		}
	}
	return best;
}

/* ---- one medium after another ---- */

static bool is_missing(const struct medium_part *p)
{
	return p->fd < 0 && p->skip == 0;
}

size_t volumes_missing(const struct medium *m, struct text *names)
{
	size_t count = 0;
	for (size_t i = 0; i < m->count; i++) {
		if (!is_missing(&m->parts[i]))
			continue;
		if (count++ < NAMED)
			text_printf(names, "%s%s", names->len ? ", " : "", m->parts[i].name);
	}
	if (count > NAMED)
		text_printf(names, " and %zu more", count - NAMED);
	return count;
}

/* `size` bytes of *fd are now the whole of a nameless file, which is the new *fd. */
static bool copy(int *fd, uint64_t skip, uint64_t size, int spool, struct err *e)
{
	SCOPED_TEXT char *piece = mem_new(PIECE, 1);
	SCOPED_FD int to = openat(spool, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (to < 0)
		return err_sys(e, "make a file for it");
	for (uint64_t at = 0; at < size; at += PIECE) {
		size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
		if (!fs_read_at(*fd, piece, n, skip + at, e) || !fs_write_at(to, piece, n, at, e))
			return false;
	}
	scope_close(fd);
	*fd = fd_take(&to);
	return true;
}

bool volumes_copy(struct medium *m, int spool, struct err *e)
{
	for (size_t i = 0; i < m->count; i++) {
		struct medium_part *p = &m->parts[i];
		if (p->fd >= 0 && !copy(&p->fd, p->skip, p->size, spool, e))
			return err_in(e, "copy %s", p->name);
		if (p->fd >= 0)
			p->skip = 0;
	}
	return true;
}

bool volumes_fill(struct medium *m, const char *dir, int spool, struct err *e)
{
	struct stat st;
	SCOPED_FD int held = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (held < 0)
		return err_sys(e, "open %s", dir);
	for (size_t i = 0; i < m->count; i++) {
		struct medium_part *p = &m->parts[i];
		SCOPED_FD int fd = -1;
		if (is_missing(p))
			fd = openat(held, p->name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		if ((uint64_t)st.st_size != p->size)
			return err_set(e, ERR_FORMAT, "%s/%s: has %llu bytes, needs %llu", dir, p->name,
				(unsigned long long)st.st_size, (unsigned long long)p->size);
		if (!copy(&fd, 0, p->size, spool, e))
			return err_in(e, "copy %s/%s", dir, p->name);
		p->fd = fd_take(&fd);
	}
	return true;
}
