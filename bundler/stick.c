/* stick.c - see stick.h. */
#include "bundler/stick.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define FAT_MAGIC 0x4d44
#define FAT_LIMIT (((uint64_t)1 << 32) - 1)
#define PAGE      4096 /* what reading past the kernel's memory is aligned to */

bool stick_open(const char *path, struct stick *out, struct err *e)
{
	struct statfs fs;
	struct rlimit most;
	*out = (struct stick){ .path = path, .limit = UINT64_MAX };
	out->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->dir < 0 || fstatfs(out->dir, &fs) < 0)
		return err_sys(e, "--to %s", path);
	if ((unsigned long)fs.f_type == FAT_MAGIC)
		out->limit = FAT_LIMIT;
	if (getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur < out->limit)
		out->limit = most.rlim_cur;
	return true;
}

void stick_end(struct stick *s)
{
	scope_close(&s->dir);
}

void stick_file_end(struct stick_file *f)
{
	scope_close(&f->fd);
	free(f->sums);
	f->sums = NULL;
}

uint64_t stick_volume(uint64_t limit)
{
	return limit < STICK_PIECE ? limit : limit / STICK_PIECE * STICK_PIECE;
}

static size_t piece(const struct stick_file *f, uint64_t at)
{
	return f->size - at < STICK_PIECE ? (size_t)(f->size - at) : STICK_PIECE;
}

static void aside(const struct stick_file *f, char name[static MEDIUM_LEAF + 8])
{
	snprintf(name, MEDIUM_LEAF + 8, ".%s.part", f->name);
}

/* The bytes of `fd` from `at` on, as far as there are any; -1 and errno. Past the kernel's memory where it
 * can be: `to` is aligned and has room for a piece. */
static ssize_t read_piece(int fd, char *to, uint64_t at)
{
	size_t have = 0;
	while (have < STICK_PIECE) {
		ssize_t n = pread(fd, to + have, STICK_PIECE - have, (off_t)(at + have));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EINVAL && fcntl(fd, F_GETFL) & O_DIRECT) {
			fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_DIRECT);
			continue;
		}
		if (n < 0)
			return -1;
		have += (size_t)n;
		if (n == 0 || have % PAGE)
			break;
	}
	return (ssize_t)have;
}

static bool right(int fd, const struct stick_file *f, uint64_t at, char *buffer)
{
	ssize_t n = read_piece(fd, buffer, at);
	if (n < 0 || (size_t)n < piece(f, at))
		return false;
	struct digest d = digest_of(buffer, piece(f, at));
	return digest_equal(&d, &f->sums[at / STICK_PIECE]);
}

static char *aligned(void)
{
	void *at = NULL;
	if (posix_memalign(&at, PAGE, STICK_PIECE) != 0)
		return mem_new(STICK_PIECE, 1);
	return at;
}

/* ---- before anything is written ---- */

static bool sum_up(struct stick_file *f, char *buffer, struct err *e)
{
	struct digest_state all;
	digest_init(&all);
	f->sums = mem_new((size_t)(f->size / STICK_PIECE) + 1, sizeof *f->sums);
	for (uint64_t at = 0; at < f->size; at += STICK_PIECE) {
		if (!medium_read(f->from, buffer, piece(f, at), f->at + at, e))
			return err_in(e, "%s", f->from->name);
		f->sums[at / STICK_PIECE] = digest_of(buffer, piece(f, at));
		digest_add(&all, buffer, piece(f, at));
	}
	f->digest = digest_end(&all);
	return true;
}

static bool is_there(const struct stick *s, const struct stick_file *f, char *buffer)
{
	struct stat st;
	SCOPED_FD int fd = fs_open(s->dir, f->name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != f->size)
		return false;
	for (uint64_t at = 0; at < f->size; at += STICK_PIECE)
		if (!right(fd, f, at, buffer))
			return false;
	return true;
}

static uint64_t begun(const struct stick *s, const struct stick_file *f)
{
	struct stat st;
	char name[MEDIUM_LEAF + 8];
	aside(f, name);
	if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return 0;
	return (uint64_t)st.st_blocks * 512 < f->size ? (uint64_t)st.st_blocks * 512 : f->size;
}

bool stick_plan(struct stick *s, struct stick_file *files, size_t count, struct err *e)
{
	struct statfs fs;
	uint64_t need = 0;
	SCOPED_TEXT char *buffer = aligned();
	SCOPED(text_end) struct text want = { 0 }, have = { 0 };
	for (size_t i = 0; i < count; i++) {
		files[i].fd = -1;
		if (!sum_up(&files[i], buffer, e))
			return false;
		files[i].there = is_there(s, &files[i], buffer);
		if (!files[i].there)
			need += files[i].size - begun(s, &files[i]);
	}
	if (fstatfs(s->dir, &fs) < 0)
		return err_sys(e, "--to %s", s->path);
	uint64_t free_bytes = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
	text_size(&want, need);
	text_size(&have, free_bytes);
	return need <= free_bytes ||
	       err_set(e, ERR_REFUSED, "needs %s more on %s, %s free; nothing was written", want.at, s->path,
		       have.at);
}

/* ---- writing ---- */

static bool open_aside(const struct stick *s, struct stick_file *f, struct err *e)
{
	char name[MEDIUM_LEAF + 8];
	aside(f, name);
	f->fd = fs_open(s->dir, name, O_RDWR | O_CREAT, f->program ? 0755 : 0644);
	if (f->fd < 0)
		return err_sys(e, "create %s/%s", s->path, name);
	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return err_set(e, ERR_REFUSED, "%s/%s is being written by another waybill", s->path, f->name);
	return true;
}

static bool open_file(const struct stick *s, struct stick_file *f, struct err *e)
{
	struct stat st;
	f->fd = s->repair ? fs_open(s->dir, f->name, O_RDWR | O_NONBLOCK, 0) : -1;
	f->in_place = f->fd >= 0;
	if (!f->in_place)
		return (s->repair && errno != ENOENT) ? err_sys(e, "open %s/%s", s->path, f->name)
						      : open_aside(s, f, e);
	if (fstat(f->fd, &st) < 0)
		return err_sys(e, "look at %s/%s", s->path, f->name);
	return S_ISREG(st.st_mode) || err_set(e, ERR_FORMAT, "%s/%s: not a regular file", s->path, f->name);
}

/* Of a piece that is not right, the pages that differ are written; of what cannot be read, all. */
static bool mend(struct stick *s, const struct stick_file *f, uint64_t at, char *buffer, struct err *e)
{
	SCOPED_TEXT char *old = aligned();
	size_t len = piece(f, at);
	ssize_t have = read_piece(f->fd, old, at);
	if (!medium_read(f->from, buffer, len, f->at + at, e))
		return false;
	for (size_t page = 0; page < len; page += PAGE) {
		size_t n = len - page < PAGE ? len - page : PAGE;
		bool same = have >= (ssize_t)(page + n) && memcmp(old + page, buffer + page, n) == 0;
		if (!same && !fs_write_at(f->fd, buffer + page, n, at + page, e))
			return false;
		*(same ? &s->kept : &s->written) += n;
	}
	return true;
}

static bool write_piece(struct stick *s, const struct stick_file *f, uint64_t at, char *buffer, struct err *e)
{
	size_t n = piece(f, at);
	if (right(f->fd, f, at, buffer)) {
		s->kept += n;
		return true;
	}
	if (f->in_place)
		return mend(s, f, at, buffer, e);
	s->written += n;
	return medium_read(f->from, buffer, n, f->at + at, e) && fs_write_at(f->fd, buffer, n, at, e);
}

static bool write_file(struct stick *s, struct stick_file *f, char *buffer, struct err *e)
{
	if (!open_file(s, f, e))
		return false;
	for (uint64_t at = 0; at < f->size; at += STICK_PIECE) {
		if (!write_piece(s, f, at, buffer, e))
			return err_in(e, "%s/%s", s->path, f->name);
		progress_add(&s->progress, piece(f, at));
	}
	if (ftruncate(f->fd, (off_t)f->size) < 0 || fsync(f->fd) < 0)
		return err_sys(e, "flush %s/%s", s->path, f->name);
	return true;
}

bool stick_write(struct stick *s, struct stick_file *files, size_t count, struct err *e)
{
	SCOPED_TEXT char *buffer = aligned();
	for (size_t i = 0; i < count; i++) {
		if (files[i].there) {
			s->kept += files[i].size;
			progress_add(&s->progress, files[i].size);
		} else if (!write_file(s, &files[i], buffer, e)) {
			return false;
		}
	}
	return true;
}

/* ---- reading back ---- */

static void add_range(struct text *out, uint64_t from, uint64_t to)
{
	text_printf(out, "%sbytes %llu to %llu", out->len ? ", " : "", (unsigned long long)from,
		(unsigned long long)to - 1);
}

/* Appends the ranges that are not what was written, neighbours as one. */
static void look(struct stick *s, const struct stick_file *f, int fd, char *buffer, struct text *bad)
{
	uint64_t from = UINT64_MAX;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_DIRECT);
	for (uint64_t at = 0; at < f->size; at += STICK_PIECE) {
		bool good = right(fd, f, at, buffer);
		if (!good && from == UINT64_MAX)
			from = at;
		if (good && from != UINT64_MAX) {
			add_range(bad, from, at);
			from = UINT64_MAX;
		}
		progress_add(&s->progress, piece(f, at));
	}
	if (from != UINT64_MAX)
		add_range(bad, from, f->size);
}

static bool read_back(struct stick *s, struct stick_file *f, char *buffer, struct text *all, struct err *e)
{
	char name[MEDIUM_LEAF + 8];
	SCOPED(text_end) struct text bad = { 0 };
	SCOPED_FD int there = f->there ? fs_open(s->dir, f->name, O_RDONLY, 0) : -1;
	if (f->there && there < 0)
		return err_sys(e, "read %s/%s back", s->path, f->name);
	look(s, f, f->there ? there : f->fd, buffer, &bad);
	if (bad.len)
		text_printf(all, "%s%s %s", all->len ? "; " : "", f->name, bad.at);
	if (bad.len || f->there || f->in_place)
		return true;
	aside(f, name);
	if (renameat(s->dir, name, s->dir, f->name) < 0)
		return err_sys(e, "rename to %s/%s", s->path, f->name);
	return fs_flush_dir(s->dir, e);
}

bool stick_read_back(struct stick *s, struct stick_file *files, size_t count, struct err *e)
{
	SCOPED_TEXT char *buffer = aligned();
	SCOPED(text_end) struct text all = { 0 };
	for (size_t i = 0; i < count; i++)
		if (!read_back(s, &files[i], buffer, &all, e))
			return false;
	return all.len == 0 ||
	       err_set(e, ERR_FORMAT, "%s does not give back what was written: %s", s->path, all.at);
}
