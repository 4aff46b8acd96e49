/* medium.c - see medium.h. */
#include "manifest/medium.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "manifest/appended.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/container.h"
#include "manifest/volumes.h"

void medium_end(struct medium **of)
{
	struct medium *m = *of;
	if (!m)
		return;
	for (size_t i = 0; i < m->count; i++)
		scope_close(&m->parts[i].fd);
	free(m->parts);
	free(m->name);
	free(m);
	*of = NULL;
}

bool medium_of(int fd, const char *name, struct medium **out, struct err *e)
{
	struct stat st;
	struct medium *m = mem_new(1, sizeof *m);
	*out = m;
	m->name = mem_copy(name, strlen(name));
	m->parts = mem_new(1, sizeof *m->parts);
	m->count = 1;
	m->parts[0].fd = fd;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "look at %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FORMAT, "%s: not a regular file", name);
	m->size = m->parts[0].size = (uint64_t)st.st_size;
	return true;
}

bool medium_of_bytes(const char *name, const void *bytes, size_t len, struct medium **out, struct err *e)
{
	SCOPED_FD int fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "hold %s", name);
	return fs_write_all(fd, bytes, len, e) && medium_of(fd_take(&fd), name, out, e);
}

bool medium_behind_program(struct medium *m)
{
	uint64_t at = m->volumes ? 0 : appended_at(m->parts[0].fd);
	if (at == 0 || at >= m->size)
		return false;
	m->parts[0].skip = at;
	m->size = m->parts[0].size = m->size - at;
	return true;
}

/* What the path means: a file, or the stem of volumes. */
static int open_file(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* A bundle whose own name ends as a volume's does. */
static bool alone(const char *path, const struct medium *m, int *fd)
{
	char start[MEDIUM_LEAF] = "";
	if (m->count && m->parts[0].number == 1)
		return false;
	*fd = open_file(path);
	return *fd >= 0 && pread(*fd, start, sizeof start - 1, 0) > 0 && strcmp(start, MANIFEST_NAME) == 0;
}

static bool open_volumes(
	const char *path, size_t stem, const struct cli_many *dirs, struct medium **out, struct err *e)
{
	SCOPED_FD int fd = -1;
	struct medium *m = mem_new(1, sizeof *m);
	*out = m;
	m->volumes = true;
	m->name = mem_copy(path, stem);
	if (!volumes_find(m, dirs, e))
		return false;
	if (alone(path, m, &fd)) {
		medium_end(out);
		return medium_of(fd_take(&fd), path, out, e);
	}
	return volumes_chain(m, e);
}

bool medium_open(const char *path, const struct cli_many *dirs, struct medium **out, struct err *e)
{
	size_t stem;
	*out = NULL;
	if (medium_volume(path, &stem))
		return open_volumes(path, stem, dirs, out, e);
	int fd = open_file(path);
	if (fd >= 0)
		return medium_of(fd, path, out, e);
	struct err why = { 0 }, none = { 0 };
	err_sys(&why, "open the bundle %s", path);
	if (why.sys == ENOENT && open_volumes(path, strlen(path), dirs, out, &none))
		return true;
	*e = none.kind == ERR_NONE || (*out && (*out)->count == 0) ? why : none;
	return false;
}

/* ---- reading ---- */

static const struct medium_part *part_at(const struct medium *m, uint64_t at)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct medium_part *p = &m->parts[i];
		if (p->at != MEDIUM_NOWHERE && at >= p->at && at - p->at < p->size)
			return p;
	}
	return NULL;
}

bool medium_hole(const struct medium *m, uint64_t from, uint64_t to)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct medium_part *p = &m->parts[i];
		if (p->fd < 0 && p->at < to && p->at + p->size > from)
			return true;
	}
	return false;
}

static bool read_part(const struct medium_part *p, void *to, size_t len, uint64_t at, struct err *e)
{
	if (p->fd < 0)
		return err_set(e, ERR_FORMAT, "%s: %s", p->name, p->why);
	if (fs_read_at(p->fd, to, len, p->skip + (at - p->at), e))
		return true;
	return p->name[0] ? err_in(e, "%s", p->name) : false;
}

static bool past_end(const struct medium *m, size_t len, struct err *e)
{
	char next[MEDIUM_LEAF];
	size_t known = 0;
	while (known < m->count && m->parts[known].at != MEDIUM_NOWHERE)
		known++;
	medium_leaf(m->name, (unsigned)known + 1, next);
	if (m->volumes && known < m->count)
		return err_set(e, ERR_FORMAT, "%s is missing", next);
	return err_set(e, ERR_FORMAT, "%s at byte %llu, %zu bytes too early",
		m->volumes ? "the volumes end" : "ends", (unsigned long long)m->size, len);
}

bool medium_read(const struct medium *m, void *to, size_t len, uint64_t at, struct err *e)
{
	char *next = to;
	while (len) {
		const struct medium_part *p = part_at(m, at);
		if (!p && at < m->size)
			return err_set(e, ERR_SYSTEM, "byte %llu is nowhere", (unsigned long long)at);
		if (!p)
			return past_end(m, len, e);
		uint64_t room = p->at + p->size - at;
		size_t n = len < room ? len : (size_t)room;
		if (!read_part(p, next, n, at, e))
			return false;
		next += n;
		at += n;
		len -= n;
	}
	return true;
}

bool medium_whole(const struct medium *m, struct err *e)
{
	SCOPED(text_end) struct text all = { 0 };
	for (size_t i = 0; i < m->count; i++) {
		const struct medium_part *p = &m->parts[i];
		unsigned long long end = p->skip + p->size;
		if (p->fd < 0)
			text_printf(&all, "%s%s bytes %llu to %llu: %s", all.len ? "; " : "", p->name,
				(unsigned long long)p->skip, end - 1, p->why);
		if (p->extra)
			text_printf(&all, "%s%s bytes %llu to %llu: do not belong", all.len ? "; " : "",
				p->name, end, end + p->extra - 1);
	}
	return all.len == 0 || err_set(e, ERR_FORMAT, "%s: %s", m->name, all.at);
}

int medium_file(const struct medium *m)
{
	return m->volumes || m->parts[0].skip ? -1 : m->parts[0].fd;
}
