/* capsule.c - see capsule.h. */
#include "installer/capsule.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "installer/place.h"
#include "installer/service/copy_names.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define DEPTH 64

struct listing {
	struct text *out, path;
	size_t lines, depth;
};

static const char *kind_of(mode_t mode)
{
	return S_ISDIR(mode) ? "directory" : S_ISREG(mode) ? "file" : S_ISLNK(mode) ? "link" : "other";
}

static void list_inside(struct listing *l, int dir, const char *name);

/* `shown`: what it is called here. */
static void list_entry(struct listing *l, int dir, const char *name, const char *shown)
{
	struct stat st;
	size_t len = l->path.len;
	if (l->lines++ >= CAPSULE_LINES || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	text_printf(&l->path, "%s%s", len ? "/" : "", shown);
	text_printf(l->out, "  %-9s %12lld  %s\n", kind_of(st.st_mode),
		S_ISREG(st.st_mode) ? (long long)st.st_size : 0, text_str(&l->path));
	if (S_ISDIR(st.st_mode) && l->depth < DEPTH)
		list_inside(l, dir, name);
	l->path.at[l->path.len = len] = '\0';
}

static void list_inside(struct listing *l, int dir, const char *name)
{
	SCOPED_FD int here = fs_open(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	SCOPED(names_end) struct names names = { 0 };
	if (here < 0 || !names_read(here, &names)) {
		text_printf(l->out, "  cannot be read: %s\n", strerror(errno));
		return;
	}
	l->depth++;
	for (size_t i = 0; i < names.count; i++)
		list_entry(l, here, names.items[i], names.items[i]);
	l->depth--;
}

static void list_state(const struct node *n, const struct act_state *s, struct text *out)
{
	SCOPED(text_end) struct text parent = { 0 };
	struct listing l = { .out = out };
	struct stat st;
	const char *name = strrchr(s->slot, '/') + 1, *leaf = path_leaf(s->path);
	place_parent(s->slot, &parent);
	SCOPED_FD int dir = fs_open(n->root, text_str(&parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	text_printf(out, "/%s (%s), kept in /%s\n", s->path, s->class, s->slot);
	if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		text_puts(out, "  nothing\n");
	else if (S_ISDIR(st.st_mode))
		list_inside(&l, dir, name);
	else
		list_entry(&l, dir, name, leaf);
	if (l.lines > CAPSULE_LINES)
		text_printf(out, "  and %zu more\n", l.lines - CAPSULE_LINES);
	text_end(&l.path);
}

bool capsule_list(const struct node *n, const struct act *a, struct text *out)
{
	const struct act_state *s = a->states.items;
	if (!a->capsule || a->pruned || strcmp(a->outcome, ACT_UNDONE) != 0)
		return false;
	for (size_t i = 0; i < a->states.count; i++)
		list_state(n, &s[i], out);
	return a->states.count > 0;
}
