/* place.c - see place.h. */
#include "installer/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "installer/identity.h"
#include "manifest/base/fs.h"
#include "manifest/base/private.h"
#include "manifest/base/scope.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY)

void place_parent(const char *path, struct text *out)
{
	const char *slash = strrchr(path, '/');
	SCOPED_TEXT char *parent = slash ? mem_copy(path, (size_t)(slash - path)) : mem_copy(".", 1);
	text_clear(out);
	text_puts(out, parent);
}

bool place_inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);
	return strcmp(dir, ".") == 0 ||
	       (strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

bool place_open_parent(
	const struct node *n, const char *path, int *fd, char leaf[static FS_LEAF], struct err *e)
{
	struct err why = { 0 };
	if (fs_parent(n->root, path, fd, leaf, &why))
		return true;
	*fd = -1;
	return why.sys == ENOENT || err_set(e, why.kind, "%s", why.text);
}

bool place_identity(const struct node *n, const char *path, struct text *out, struct err *e)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	text_clear(out);
	if (strcmp(path, ".") == 0) /* the root itself, which stands in nothing of ours */
		return identity_of(n->root, path, out, e);
	return place_open_parent(n, path, &parent, leaf, e) &&
	       (parent < 0 || identity_of(parent, leaf, out, e));
}

/* ---- mounts ---- */

/* By the device, which a part of the same file system that is bound there does not change: such mounts belong
 * to whoever looks, and recovery can be somebody else. */
static bool is_mounted(const struct node *n, const char *path, bool *mounted, struct err *e)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	struct stat above, st;
	bool absent = true;
	*mounted = false;
	if (!place_open_parent(n, path, &parent, leaf, e))
		return false;
	if (parent < 0 || !fs_stat(parent, leaf, &st, &absent, e))
		return absent;
	if (fstat(parent, &above) < 0)
		return err_sys(e, "look at the directory of /%s", path);
	*mounted = S_ISDIR(st.st_mode) && st.st_dev != above.st_dev;
	return true;
}

bool place_mount(const struct node *n, const char *path, struct text *mount, struct err *e)
{
	bool mounted = false;
	place_parent(path, mount);
	while (strcmp(text_str(mount), ".") != 0) {
		if (!is_mounted(n, text_str(mount), &mounted, e) || mounted)
			return mounted;
		SCOPED_TEXT char *child = mem_copy(mount->at, mount->len);
		place_parent(child, mount);
	}
	text_clear(mount);
	return true;
}

bool place_mounted(const struct node *n, const char *mount, struct err *e)
{
	bool mounted = true;
	if (mount && *mount && !is_mounted(n, mount, &mounted, e))
		return false;
	return mounted ||
	       err_set(e, ERR_STUCK, "nothing is mounted at /%s, where a file system was when the act began",
		       mount);
}

/* ---- slots ---- */

/* The nearest directory at or above `path` that exists. */
static int open_nearest(const struct node *n, const char *path, struct err *e)
{
	SCOPED(text_end) struct text at = { 0 };
	text_puts(&at, path);
	for (;;) {
		int fd = fs_open(n->root, text_str(&at), DIR_FLAGS, 0);
		if (fd >= 0)
			return fd;
		if (errno != ENOENT || strcmp(text_str(&at), ".") == 0) {
			err_sys(e, "open /%s", text_str(&at));
			return -1;
		}
		SCOPED_TEXT char *child = mem_copy(at.at, at.len);
		place_parent(child, &at);
	}
}

static bool same_mount(int a, int b)
{
	struct stat x, y;
	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev;
}

static bool in_a_component(const char *path, const struct json_list *targets)
{
	char *const *t = targets->items;
	for (size_t i = 0; i < targets->count; i++)
		if (place_inside(path, t[i]))
			return true;
	return false;
}

bool place_slot(const struct node *n, const char *target, const char *kind, const struct json_list *targets,
	uint64_t number, const char *id, struct text *slot, struct err *e)
{
	SCOPED(text_end) struct text at = { 0 };
	SCOPED_FD int home = -1;
	place_parent(target, &at);
	home = open_nearest(n, text_str(&at), e);
	if (home < 0)
		return false;
	for (bool skip = strcmp(kind, "plugin") == 0;; skip = false) {
		SCOPED_FD int fd = open_nearest(n, text_str(&at), e);
		if (fd < 0)
			return false;
		if (!same_mount(fd, home))
			return err_set(e, ERR_REFUSED,
				"/%s: no directory above it on its own file system can hold the new tree",
				target);
		if (!skip && !in_a_component(text_str(&at), targets))
			break;
		if (strcmp(text_str(&at), ".") == 0)
			return err_set(
				e, ERR_REFUSED, "/%s: no directory above it can hold the new tree", target);
		SCOPED_TEXT char *child = mem_copy(at.at, at.len);
		place_parent(child, &at);
	}
	bool top = strcmp(text_str(&at), ".") == 0;
	text_clear(slot);
	text_printf(slot, "%s%s" PLACE_DIR "/%s/%06llu/%s", top ? "" : text_str(&at), top ? "" : "/",
		text_str(&n->application), (unsigned long long)number, id);
	return true;
}

/* The part of the slot's path before "/.waybill/", and the part after it. */
static const char *cut(const char *slot, struct text *above)
{
	const char *ours =
		slot; /* the last name that is exactly ours, wherever else it may stand inside a name */
	for (const char *later = slot; later; later = strchr(later + 1, '/'))
		if (strncmp(later + (*later == '/'), PLACE_DIR "/", sizeof PLACE_DIR) == 0)
			ours = later + (*later == '/');
	text_clear(above);
	if (ours == slot)
		text_puts(above, ".");
	else
		text_add(above, slot, (size_t)(ours - slot) - 1);
	return ours + sizeof PLACE_DIR;
}

static bool open_above(const struct node *n, const char *above, int *fd, struct err *e)
{
	if (strcmp(above, ".") != 0)
		return fs_make_dirs(n->root, above, fd, NULL, e);
	*fd = openat(n->root, ".", DIR_FLAGS | O_CLOEXEC);
	return *fd >= 0 || err_sys(e, "open the root");
}

bool place_make(const struct node *n, const char *slot, int *fd, struct err *e)
{
	SCOPED(text_end) struct text above = { 0 }, inner = { 0 };
	SCOPED_FD int top = -1;
	SCOPED_FD int ours = -1;
	const char *rest = cut(slot, &above);
	place_parent(rest, &inner);
	if (!open_above(n, text_str(&above), &top, e))
		return false;
	ours = openat(top, PLACE_DIR, DIR_FLAGS | O_NOFOLLOW | O_CLOEXEC);
	if (ours < 0 && errno == ENOENT && mkdirat(top, PLACE_DIR, 0700) == 0)
		ours = openat(top, PLACE_DIR, DIR_FLAGS | O_NOFOLLOW | O_CLOEXEC);
	if (ours < 0)
		return err_sys(e, "open /%s/" PLACE_DIR, text_str(&above));
	text_puts(&above, "/" PLACE_DIR);
	if (!private_check(ours, text_str(&above), e))
		return false;
	if (fchmod(ours, 0700) < 0)
		return err_sys(e, "close /%s to others", text_str(&above));
	return fs_flush_dir(top, e) && fs_make_dirs(ours, text_str(&inner), fd, NULL, e);
}

bool place_remove(const struct node *n, const char *slot, struct err *e)
{
	SCOPED(text_end) struct text dir = { 0 };
	place_parent(slot, &dir);
	SCOPED_FD int fd = fs_open(n->root, text_str(&dir), DIR_FLAGS, 0);
	if (fd < 0)
		return errno == ENOENT || err_sys(e, "open /%s", text_str(&dir));
	if (!fs_remove(fd, strrchr(slot, '/') + 1, e) || !fs_flush_dir(fd, e))
		return err_in(e, "/%s", slot);
	for (int level = 0; level < 3; level++) { /* the act's, the application's, .waybill itself */
		SCOPED_TEXT char *child = mem_copy(dir.at, dir.len);
		SCOPED_FD int parent = -1;
		char leaf[FS_LEAF];
		struct err ignored = { 0 };
		if (!fs_parent(n->root, child, &parent, leaf, &ignored) ||
			unlinkat(parent, leaf, AT_REMOVEDIR) < 0)
			break;
		place_parent(child, &dir);
	}
	return true;
}

static bool listed(const struct json_list *list, const char *path)
{
	char *const *items = list->items;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(items[i], path) == 0)
			return true;
	return false;
}

void place_missing(const struct node *n, const char *path, struct json_list *list, struct arena *arena)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		char *dir = arena_copy(arena, path, (size_t)(slash - path));
		SCOPED_FD int fd = fs_open(n->root, dir, O_PATH, 0);
		if (fd >= 0 || errno != ENOENT || listed(list, dir))
			continue;
		char **items = arena_new(arena, (list->count + 1) * sizeof *items);
		if (list->count)
			memcpy(items, list->items, list->count * sizeof *items);
		items[list->count++] = dir;
		list->items = items;
	}
}
