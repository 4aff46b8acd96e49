/* scan.c - see scan.h. */
#include "bundler/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bundler/links.h"
#include "manifest/base/ahead.h"
#include "manifest/base/fs.h"
#include "manifest/base/pool.h"
#include "manifest/base/scope.h"

#define COMPLAINTS_MAX 20

/* Version control, this program's own places, and what file managers and network file systems drop. */
const char *const scan_excluded[] = { ".git", ".hg", ".svn", ".waybill", ".DS_Store", "._*", ".nfs*", NULL };

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct source *)a)->id, ((const struct source *)b)->id);
}

static bool open_source(struct source *s, struct err *e)
{
	struct stat st;
	s->real = realpath(s->dir, NULL);
	if (!s->real || stat(s->real, &st) < 0)
		return err_sys(e, "%s: open %s", s->id, s->dir);
	if (S_ISREG(st.st_mode) && strcmp(s->kind, "runtime") == 0) {
		char *slash = strrchr(s->real, '/');
		*slash = '\0';
		s->only = slash + 1;
	} else if (!S_ISDIR(st.st_mode)) {
		return err_set(e, ERR_USAGE, "%s: %s is not a directory", s->id, s->dir);
	}
	s->fd = open(*s->real ? s->real : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->fd >= 0 || err_sys(e, "%s: open %s", s->id, s->dir);
}

static bool inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);
	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool apart(const struct sources *s, size_t i, struct err *e)
{
	const struct source *a = &s->items[i];
	if (!id_plain(a->id))
		return err_set(
			e, ERR_USAGE, "\"%s\" is no component id: letters, digits and @ . _ + - only", a->id);
	if (i && strcmp(s->items[i - 1].id, a->id) == 0)
		return err_set(e, ERR_USAGE, "the component \"%s\" is given twice", a->id);
	for (size_t k = 0; k < s->count; k++)
		if (k != i && !a->only && !s->items[k].only && inside(a->real, s->items[k].real))
			return err_set(e, ERR_REFUSED, "%s lies inside %s: a file would be in two components",
				a->real, s->items[k].real);
	return true;
}

void sources_add(struct sources *s, const char *id, const char *kind, const char *dir)
{
	s->items = mem_grow(s->items, s->count + 1, sizeof *s->items);
	s->items[s->count++] = (struct source){ .id = id, .kind = kind, .dir = dir, .fd = -1 };
}

bool sources_open(struct sources *s, struct err *e)
{
	qsort(s->items, s->count, sizeof *s->items, by_id);
	for (size_t i = 0; i < s->count; i++)
		s->items[i].fd = -1;
	for (size_t i = 0; i < s->count; i++)
		if (!open_source(&s->items[i], e))
			return false;
	for (size_t i = 0; i < s->count; i++)
		if (!apart(s, i, e))
			return false;
	return true;
}

void sources_end(struct sources *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->items[i].real);
		if (s->items[i].fd >= 0)
			close(s->items[i].fd);
	}
	free(s->items);
	*s = (struct sources){ 0 };
}

void scan_end(struct scan *s)
{
	rows_end(&s->rows);
	free(s->looked);
	free(s->secrets);
	free(s->code);
	*s = (struct scan){ 0 };
}

struct looked looked_at(const struct stat *st)
{
	return (struct looked){ st->st_ino, st->st_size, st->st_mtim, st->st_ctim };
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool looked_same(const struct looked *a, const struct looked *b)
{
	return a->inode == b->inode && a->size == b->size && same_time(&a->mtime, &b->mtime) &&
	       same_time(&a->ctime, &b->ctime);
}

struct scanning {
	struct scan *out;
	const struct sources *sources;
	const struct source *source;
	uint16_t number;
	const struct scan_rules *rules;
	struct text target, complaints;
	size_t complained;
};

static bool excluded(void *ctx, const char *path)
{
	const struct scanning *s = ctx;
	if (s->source->only && strcmp(path, s->source->only) != 0)
		return true;
	for (const char *const *glob = scan_excluded; *glob; glob++)
		if (path_matches(*glob, path))
			return true;
	for (size_t i = 0; i < s->rules->exclude->count; i++)
		if (path_matches(s->rules->exclude->items[i], path))
			return true;
	const struct profile *profile = s->rules->profile;
	return profile && (globs_match(&profile->excluded, path) || globs_match(&profile->local, path));
}

static void complain(struct scanning *s, const char *path, const char *why)
{
	if (s->complained++ >= COMPLAINTS_MAX)
		return;
	text_printf(&s->complaints, "\n  %s: ", s->source->id);
	path_escape(path, strlen(path), &s->complaints);
	text_printf(&s->complaints, ": %s", why);
}

/* What kind of row the entry is; NULL, or why it cannot travel. */
static const char *classify(struct scanning *s, const struct ahead_entry *entry, struct entry *row)
{
	const struct stat *st = entry->st;
	const char *why = NULL;
	row->mode = (uint16_t)(st->st_mode & 07777);
	if (strcmp(entry->path, PATH_ROOT) != 0 && !path_plain(entry->path, &why))
		return why;
	if (entry->mount)
		return "another file system is mounted there";
	if (!S_ISLNK(st->st_mode) && (row->mode & 07000))
		return "setuid, setgid or sticky: such modes are not installed";
	if (S_ISDIR(st->st_mode)) {
		row->kind = ENTRY_DIR;
	} else if (S_ISREG(st->st_mode)) {
		row->kind = ENTRY_FILE;
		row->size = (uint64_t)st->st_size;
	} else if (S_ISLNK(st->st_mode)) {
		row->mode = 0777;
		text_clear(&s->target);
		text_puts(&s->target, entry->target);
		return link_classify(s->sources, s->source, entry->path, &s->target, row);
	} else {
		return "neither file, directory nor link";
	}
	return NULL;
}

static bool keep(struct scanning *s, const struct entry *row, const struct stat *st, struct err *e)
{
	struct row *added;
	struct scan *out = s->out;
	if (!rows_add(&out->rows, s->number, row, &added, e))
		return false;
	if (out->rows.count > out->room) {
		out->room = out->rows.room;
		out->looked = mem_grow(out->looked, out->room, sizeof *out->looked);
	}
	out->looked[out->rows.count - 1] = looked_at(st);
	out->bytes += row->size;
	return true;
}

static bool visit(void *ctx, const struct ahead_entry *entry, bool *skip, struct err *e)
{
	struct scanning *s = ctx;
	struct entry row = { .path = entry->path };
	const char *why = classify(s, entry, &row);
	if (!why)
		return keep(s, &row, entry->st, e);
	complain(s, entry->path, why);
	*skip = true;
	return true;
}

static void end_scanning(struct scanning *s)
{
	text_end(&s->target);
	text_end(&s->complaints);
}

bool scan_sources(const struct sources *sources, const struct scan_rules *rules, unsigned threads,
	struct scan *out, struct err *e)
{
	SCOPED(end_scanning) struct scanning s = { .out = out, .sources = sources, .rules = rules };
	for (size_t i = 0; i < sources->count; i++) {
		s.source = &sources->items[i];
		s.number = (uint16_t)i;
		if (!ahead_walk(s.source->fd, &(struct ahead){ threads, excluded, visit, &s }, e))
			return err_in(e, "capture %s", s.source->dir);
	}
	if (!s.complained)
		return true;
	return err_set(e, ERR_REFUSED, "%zu entries cannot be captured:%s%s", s.complained,
		text_str(&s.complaints), s.complained > COMPLAINTS_MAX ? "\n  ..." : "");
}

static bool unchanged(const struct source *s, const struct scan *scan, size_t row, bool *same, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;
	const char *at = rows_path(&scan->rows, row, path);
	*same = false;
	if (fstatat(s->fd, at, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
		       err_sys(e, "%s: look at %s", s->id, at);
	struct looked now = looked_at(&st);
	*same = looked_same(&now, &scan->looked[row]);
	return true;
}

#define AGAIN_ROWS 2048 /* that one thread looks at in one go */

struct again {
	const struct sources *sources;
	const struct scan *scan;
	struct text changed;
	size_t count;
};

struct again_room {
	size_t changed[AGAIN_ROWS], count;
};

static bool look_again(void *ctx, void *scratch, size_t job, struct err *e)
{
	const struct again *a = ctx;
	struct again_room *room = scratch;
	size_t end = (job + 1) * AGAIN_ROWS;
	room->count = 0;
	for (size_t i = job * AGAIN_ROWS; i < end && i < a->scan->rows.count; i++) {
		bool same;
		if (!unchanged(&a->sources->items[a->scan->rows.items[i].component], a->scan, i, &same, e))
			return false;
		if (!same)
			room->changed[room->count++] = i;
	}
	return true;
}

static bool tell_changed(void *ctx, void *scratch, size_t job, struct err *e)
{
	struct again *a = ctx;
	const struct again_room *room = scratch;
	const struct rows *rows = &a->scan->rows;
	char path[PATH_MAX];
	(void)job;
	(void)e;
	for (size_t i = 0; i < room->count && a->count + i < COMPLAINTS_MAX; i++)
		text_printf(&a->changed, "\n  %s: %s",
			a->sources->items[rows->items[room->changed[i]].component].id,
			rows_path(rows, room->changed[i], path));
	a->count += room->count;
	return true;
}

static void end_again(struct again *a)
{
	text_end(&a->changed);
}

bool scan_again(const struct sources *s, const struct scan *scan, unsigned threads, struct err *e)
{
	SCOPED(end_again) struct again a = { .sources = s, .scan = scan };
	SCOPED_TEXT struct again_room *rooms = mem_new(threads, sizeof *rooms);
	SCOPED_TEXT void **scratch = mem_new(threads, sizeof *scratch);
	for (unsigned i = 0; i < threads; i++)
		scratch[i] = &rooms[i];
	struct pool_plan plan = { threads, (scan->rows.count + AGAIN_ROWS - 1) / AGAIN_ROWS, &a, scratch,
		NULL, look_again, tell_changed };
	if (!pool_run(&plan, e))
		return false;
	return a.count == 0 ||
	       err_set(e, ERR_REFUSED, "%zu entries changed while they were captured:%s%s", a.count,
		       text_str(&a.changed), a.count > COMPLAINTS_MAX ? "\n  ..." : "");
}
