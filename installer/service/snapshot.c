/* snapshot.c - see snapshot.h; the work is done in pass.c. */
#include "installer/service/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "installer/inode.h"
#include "installer/service/copy_names.h"
#include "installer/service/copy_walk.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define BLOCK ((uint64_t)4096)

struct snapshot {
	struct seen seen;
	struct omitted omitted;
};

static const struct omitted none;

struct snapshot *snapshot_new(void)
{
	return mem_new(1, sizeof(struct snapshot));
}

void snapshot_end(struct snapshot **s)
{
	if (!*s)
		return;
	seen_end(&(*s)->seen);
	free((*s)->omitted.entries);
	free(*s);
	*s = NULL;
}

void snapshot_omit(struct snapshot *s, dev_t dev, ino_t ino)
{
	struct omitted *o = &s->omitted;
	o->entries = mem_grow(o->entries, o->count + 1, sizeof *o->entries);
	o->entries[o->count++] = (struct omitted_entry){ dev, ino };
}

bool snapshot_first(
	struct snapshot *s, int from, const char *name, int to, const char *to_name, struct err *e)
{
	SCOPED(pass_end) struct pass p = { .omitted = &s->omitted, .fill = &s->seen };
	bool there;
	bool done = pass_run(&p, from, name, to, to_name, &there, e);
	seen_sort(&s->seen);
	return done;
}

bool snapshot_settle(struct snapshot *s, int from, const char *name, int to, const char *to_name,
	struct snapshot_count *count, bool *there, struct err *e)
{
	SCOPED(pass_end) struct pass p = { .omitted = &s->omitted, .kept = &s->seen };
	bool done = pass_run(&p, from, name, to, to_name, there, e);
	*count = p.count;
	return done;
}

bool snapshot_copy(
	int from, const char *name, int to, const char *to_name, struct snapshot_count *count, struct err *e)
{
	SCOPED(pass_end) struct pass p = { .omitted = &none, .patient = true };
	bool done = pass_run(&p, from, name, to, to_name, NULL, e);
	*count = p.count;
	return done;
}

/* ---- how large ---- */

struct weighing {
	const struct omitted *omitted;
	dev_t device;
	struct links links;
	struct text path;
	uint64_t bytes, entries;
};

static void end_weighing(struct weighing *w)
{
	links_end(&w->links);
	text_end(&w->path);
}

/* What vanishes meanwhile needs no room. */
static bool lost(const struct weighing *w, struct err *e)
{
	SCOPED(text_end) struct text shown = { 0 };
	int sys = errno;
	if (sys == ENOENT || sys == ENOTDIR || sys == ELOOP)
		return true;
	path_escape(text_str(&w->path), w->path.len, &shown);
	errno = sys;
	return err_sys(e, "look at %s", text_str(&shown));
}

static bool mounted(const struct weighing *w, struct err *e)
{
	SCOPED(text_end) struct text shown = { 0 };
	path_escape(text_str(&w->path), w->path.len, &shown);
	return err_set(e, ERR_REFUSED, "%s is a mount point: it cannot be put back", text_str(&shown));
}

/* A file with holes has fewer blocks than bytes; one that is kept in its inode has none at all. */
static uint64_t room_of(const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size, blocks = (uint64_t)st->st_blocks * 512;
	uint64_t whole = (size + BLOCK - 1) / BLOCK * BLOCK;
	return S_ISREG(st->st_mode) && size > BLOCK && blocks < whole ? blocks : whole;
}

static bool weigh(struct weighing *w, int dir, const char *name, bool top, struct err *e);

static bool weigh_inside(struct weighing *w, int dir, const char *name, struct err *e)
{
	SCOPED(names_end) struct names have = { 0 };
	SCOPED_FD int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	size_t len = w->path.len;
	if (fd < 0 || !names_read(fd, &have))
		return lost(w, e);
	for (size_t i = 0; i < have.count; i++) {
		text_byte(&w->path, '/');
		text_puts(&w->path, have.items[i]);
		if (!weigh(w, fd, have.items[i], false, e))
			return false;
		w->path.len = len;
		w->path.at[len] = '\0';
	}
	return true;
}

static bool known(struct weighing *w, const struct stat *st)
{
	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return false;
	if (links_find(&w->links, st->st_ino))
		return true;
	links_add(&w->links, st->st_ino, "");
	return false;
}

static bool weigh(struct weighing *w, int dir, const char *name, bool top, struct err *e)
{
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return lost(w, e);
	bool folder = S_ISDIR(st.st_mode);
	if (folder && omitted_has(w->omitted, &st))
		return true;
	if (top)
		w->device = st.st_dev;
	else if (inode_is_mount(dir, name, &st, w->device))
		return mounted(w, e);
	if ((folder || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) && !known(w, &st)) {
		w->bytes += room_of(&st);
		w->entries++;
	}
	return !folder || weigh_inside(w, dir, name, e);
}

bool snapshot_size(const struct snapshot *s, int from, const char *name, uint64_t *bytes, uint64_t *entries,
	struct err *e)
{
	SCOPED(end_weighing) struct weighing w = { .omitted = s ? &s->omitted : &none };
	text_puts(&w.path, name);
	bool done = weigh(&w, from, name, true, e);
	*bytes = w.bytes;
	*entries = w.entries;
	return done;
}
