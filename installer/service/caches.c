/* caches.c - see caches.h. Where a service's user can write, names change under our hands: what is looked at
 * is what is held open, and what is removed is a name in a directory that is held open. */
#include "installer/service/caches.h"
#include "installer/inode.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installer/host/unit_file.h"
#include "installer/place.h"
#include "installer/resolve.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define SHARED    (S_ISVTX | S_IWGRP | S_IWOTH)
#define ROUNDS    3 /* through a directory that somebody still writes to */

/* ---- which ---- */

/* Too wide on every machine: other programs have something there too. */
static bool is_wide(const char *path)
{
	static const char *const wide[] = { "/*", "/home/*", "/home/*/.cache", "/home/*/.config",
		"/home/*/.local", "/root/.cache", "/root/.config", "/root/.local", "/etc/**", "/proc/**",
		"/sys/**", "/dev/*", "/boot/**", "/bin/**", "/sbin/**", "/lib/**", "/lib64/**", "/usr/*",
		"/usr/*/*", "/usr/local/*/*", "/opt/*", "/srv/*", "/mnt/*", "/media/*", "/media/*/*",
		"/var/*", "/var/lib/*", "/var/spool/*", "/run/user", "/run/user/*", "/run/lock",
		"/run/systemd/**", "/run/media/**" };
	for (size_t i = 0; i < COUNT_OF(wide); i++)
		if (path_matches(wide[i], path[0] == '/' ? path + 1 : path))
			return true;
	return strcmp(path, "/") == 0 || strcmp(path, ".") == 0;
}

/* The same in each home, where many applications have something. */
static bool is_wide_in(const char *home, const char *path)
{
	static const char *const below[] = { "", "/.cache", "/.config", "/.local", "/.local/*", "/.npm" };
	size_t len = strlen(home);
	if (len < 2 || strncmp(path, home, len) != 0)
		return len > 1 && place_inside(home, path);
	for (size_t i = 0; i < COUNT_OF(below); i++)
		if (strcmp(path + len, below[i]) == 0 ||
			(below[i][0] && path[len] == '/' && path_matches(below[i], path + len + 1)))
			return true;
	return false;
}

/* A cache, and the application whose places it must spare. */
struct guard {
	struct host *h;
	const char *path;
	struct err *e;
};

/* The place is not the cache and not inside it, by its name and where that leads. */
static bool spares(const struct guard *g, const char *what, const char *place)
{
	if (!place || place[0] != '/')
		return true;
	const char *real = host_real(g->h, place);
	if (!place_inside(place, g->path) && !(real && place_inside(real, g->path)))
		return true;
	return err_set(g->e, ERR_REFUSED, "%s is too wide to be cleared: %s (%s) would go with it", g->path,
		what, place);
}

static bool spares_application(const struct guard *g, const struct inventory *inv)
{
	const struct part *part = inv->components.items;
	const struct service *s = inv->services.items;
	const struct place *place = inv->places.items;
	for (size_t i = 0; i < inv->components.count; i++)
		if (!spares(g, part[i].id, part[i].path) || !spares(g, part[i].id, part[i].real))
			return false;
	for (size_t i = 0; i < inv->services.count; i++)
		if (!spares(g, "the program", s[i].core) || !spares(g, "the running program", s[i].live) ||
			!spares(g, "the runtime", s[i].runtime))
			return false;
	for (size_t i = 0; i < inv->places.count; i++)
		if (strcmp(place[i].what, "cache") != 0 && !spares(g, place[i].what, place[i].path))
			return false;
	return true;
}

static bool is_narrow(struct host *h, const struct inventory *inv, const char *path, struct err *e)
{
	const struct guard g = { h, path, e };
	const struct user *user = h->users.items;
	bool wide = is_wide(path);
	for (size_t i = 0; i < h->users.count && !wide; i++)
		wide = is_wide_in(user[i].home, path);
	if (wide || (host_get(h, "home") && is_wide_in(host_get(h, "home"), path)))
		return err_set(
			e, ERR_REFUSED, "%s is too wide to be cleared: it holds more than a cache", path);
	const struct variable *v = h->variables.items;
	for (size_t i = 0; i < h->variables.count; i++)
		if (strcmp(v[i].value, path) != 0 && !spares(&g, v[i].name, v[i].value))
			return false;
	return spares_application(&g, inv);
}

/* Every name in it is known and stands for something: "${core}/cache" of no core would be "/cache". */
static bool names_known(const struct host *h, const char *text, struct err *e)
{
	const char *end;
	for (const char *at = text; (at = strstr(at, "${")) != NULL && (end = strchr(at, '}')) != NULL;
		at = end) {
		SCOPED_TEXT char *name = mem_copy(at + 2, (size_t)(end - at - 2));
		const char *value = host_get(h, name);
		if (!value || !*value)
			return err_set(e, ERR_REFUSED, "nothing is known here that ${%s} stands for", name);
	}
	return true;
}

/* The path that the text stands for, without needless slashes; NULL and *e if it is none. */
static char *expand(struct host *h, const char *text, struct err *e)
{
	SCOPED(text_end) struct text plain = { 0 };
	const char *said = names_known(h, text, e) ? host_expand(h, text) : NULL, *why = NULL;
	for (const char *at = said; at && *at; at++)
		if (*at != '/' || (at[1] != '/' && at[1] != '\0'))
			text_byte(&plain, *at);
	if (!said)
		return NULL;
	if (*said != '/')
		err_set(e, ERR_REFUSED, "%s is no absolute path", said);
	else if (!path_plain(text_str(&plain) + (plain.len > 0), &why))
		err_set(e, ERR_REFUSED, "%s: %s", said, why);
	else
		return arena_str(&h->arena, text_str(&plain));
	return NULL;
}

/* Without the parts at its end that any name fits: "/tmp" for "/tmp" and a star, which empties it. */
static char *emptied(struct host *h, const char *pattern)
{
	char *path = arena_str(&h->arena, pattern);
	for (char *slash; (slash = strrchr(path, '/')) != NULL && slash > path; *slash = '\0') {
		bool named = !strpbrk(slash, "*?");
		for (const char *c = slash; *c; c++)
			named = named || isalnum((unsigned char)*c);
		if (named)
			break;
	}
	return path;
}

static void add_once(struct json_list *list, const char *path, struct arena *arena)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(((char *const *)list->items)[i], path) == 0)
			return;
	texts_add(list, path, arena);
}

/* The cache itself, and where the links on its way lead. */
static bool add_cache(
	struct host *h, const struct inventory *inv, const char *path, struct json_list *out, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *parent =
		host_real(h, slash > path ? arena_copy(&h->arena, path, (size_t)(slash - path)) : "/");
	const char *real =
		parent ? arena_printf(&h->arena, "%s%s", strcmp(parent, "/") == 0 ? "" : parent, slash)
		       : path;
	if (!is_narrow(h, inv, path, e) || !is_narrow(h, inv, real, e))
		return false;
	add_once(out, path, &h->arena);
	return true;
}

static bool find_one(
	struct host *h, const struct inventory *inv, const char *text, struct json_list *out, struct err *e)
{
	struct json_list found = { NULL, 0 };
	char *path = expand(h, text, e);
	if (!path || !is_narrow(h, inv, emptied(h, path), e))
		return false;
	if (!strpbrk(path, "*?"))
		return add_cache(h, inv, path, out, e);
	host_glob(h, path, &found);
	for (size_t i = 0; i < found.count; i++)
		if (!add_cache(h, inv, ((char *const *)found.items)[i], out, e))
			return false;
	return true;
}

bool caches_find(struct host *h, const struct inventory *inv, struct json_list *out, struct err *e)
{
	char *const *texts = h->profile.caches.items;
	*out = (struct json_list){ NULL, 0 };
	for (size_t i = 0; i < h->profile.caches.count; i++)
		if (!find_one(h, inv, texts[i], out, e))
			return err_in(e, "the profile's cache %s", texts[i]);
	return true;
}

/* ---- gone ---- */

struct clearing {
	uid_t uid;
	dev_t device;
	uint64_t files, bytes, left;
	bool some;         /* anything is gone */
	struct text path;  /* of what is looked at, as it is told */
	struct text first; /* that was left, and why */
};

static void clearing_end(struct clearing *c)
{
	text_end(&c->path);
	text_end(&c->first);
}

static bool theirs(const struct clearing *c, const struct stat *st)
{
	return st->st_uid != 0 && st->st_uid != c->uid;
}

__attribute__((format(printf, 2, 3))) static void leave(struct clearing *c, const char *fmt, ...)
{
	if (c->left++)
		return;
	char why[256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(why, sizeof why, fmt, args);
	va_end(args);
	text_printf(&c->first, "left %s: %s", text_str(&c->path), why);
}

static size_t enter(struct clearing *c, const char *name)
{
	size_t keep = c->path.len;
	text_byte(&c->path, '/');
	path_escape(name, strlen(name), &c->path);
	return keep;
}

static void back(struct clearing *c, size_t keep)
{
	c->path.len = keep;
	c->path.at[keep] = '\0';
}

static bool clear_entry(struct clearing *c, int dir, mode_t mode, const char *name, struct err *e);

static bool clear_inside(struct clearing *c, DIR *d, mode_t mode, struct err *e)
{
	rewinddir(d);
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		size_t keep = enter(c, entry->d_name);
		bool good = clear_entry(c, dirfd(d), mode, entry->d_name, e);
		back(c, keep);
		if (!good)
			return false;
	}
	return true;
}

/* Also one that its owner may not read. Root needs no right, and changes none by a name that others can
 * exchange. */
static int open_dir(int dir, const char *name)
{
	int fd = openat(dir, name, DIR_FLAGS);
	if (fd < 0 && errno == EACCES && geteuid() != 0 && fchmodat(dir, name, 0700, 0) == 0)
		fd = openat(dir, name, DIR_FLAGS);
	return fd;
}

/* Somebody may still write to it: a few rounds, then that is told. */
static bool clear_dir(struct clearing *c, int dir, mode_t mode, const char *name, struct err *e)
{
	struct stat st;
	SCOPED_FD int fd = open_dir(dir, name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return errno == ENOENT || err_sys(e, "open %s", text_str(&c->path));
	uint64_t left = c->left;
	if (inode_is_mount(fd, "", &st, c->device))
		leave(c, "a file system is mounted there");
	else if ((mode & SHARED) && theirs(c, &st))
		leave(c, "it belongs to user %u", st.st_uid);
	SCOPED(scope_dir) DIR *d = c->left == left ? fdopendir(fd) : NULL;
	if (!d)
		return c->left > left || err_sys(e, "read %s", text_str(&c->path));
	fd_take(&fd);
	if ((st.st_mode & 0300) != 0300 && geteuid() != 0)
		(void)fchmod(dirfd(d), 0700);
	for (int round = 0; round < ROUNDS; round++) {
		if (!clear_inside(c, d, st.st_mode, e))
			return false;
		if (c->left > left)
			return true;
		if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
			return c->some = true;
		if (errno != ENOTEMPTY && errno != EEXIST)
			break;
	}
	return errno == ENOENT || err_sys(e, "remove %s", text_str(&c->path));
}

/* `mode`: of the directory that holds it. */
static bool clear_entry(struct clearing *c, int dir, mode_t mode, const char *name, struct err *e)
{
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || err_sys(e, "look at %s", text_str(&c->path));
	if ((mode & SHARED) && theirs(c, &st)) {
		leave(c, "it belongs to user %u", st.st_uid);
		return true;
	}
	if (S_ISDIR(st.st_mode))
		return clear_dir(c, dir, mode, name, e);
	if (unlinkat(dir, name, 0) < 0) {
		if (errno == EBUSY)
			leave(c, "something is mounted there");
		return errno == EBUSY || errno == ENOENT || err_sys(e, "remove %s", text_str(&c->path));
	}
	c->files++;
	c->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return c->some = true;
}

/* True if it may not be cleared, which is noted: it is not this service's, or might be exchanged meanwhile.
 */
static bool is_left(struct clearing *c, const struct stat *parent, const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		leave(c, "it is a link");
	else if (theirs(c, st))
		leave(c, "it belongs to user %u, not to user %u or root", st->st_uid, c->uid);
	else if (theirs(c, parent))
		leave(c, "its directory belongs to user %u, who can exchange it", parent->st_uid);
	else if ((parent->st_mode & (S_IWGRP | S_IWOTH)) && !(parent->st_mode & S_ISVTX))
		leave(c, "others can write its directory (mode %04o) and exchange it",
			parent->st_mode & 07777);
	return c->left > 0;
}

static bool clear_below(struct clearing *c, int parent, const char *leaf, struct err *e)
{
	struct stat above, st;
	bool absent;
	if (!fs_stat(parent, leaf, &st, &absent, e))
		return absent;
	if (fstat(parent, &above) < 0)
		return err_sys(e, "look at its directory");
	if (is_left(c, &above, &st))
		return true;
	c->device = above.st_dev;
	return clear_entry(c, parent, above.st_mode, leaf, e) && (!c->some || fs_flush_dir(parent, e));
}

/* The directory that holds the cache, and its real path; *fd stays -1 where there is none. */
static bool open_parent(struct clearing *c, int root, const char *path, int *fd, struct err *e)
{
	SCOPED(text_end) struct text parent = { 0 }, real = { 0 };
	struct err why = { 0 };
	bool there;
	place_parent(path, &parent);
	if (!resolve_path(root, text_str(&parent), &real, &there, &why)) {
		if (why.kind != ERR_REFUSED)
			return err_set(e, why.kind, "%s", why.text);
		leave(c, "%s", why.text);
		return true;
	}
	if (!there)
		return true;
	*fd = fs_open(root, text_str(&real), DIR_FLAGS, 0);
	if (*fd < 0 && errno != ENOENT)
		return err_sys(e, "open /%s", text_str(&real));
	text_puts(&real, strrchr(path, '/'));
	return !is_wide(text_str(&real)) ||
	       err_set(e, ERR_REFUSED, "it leads to /%s, which is too wide to be cleared", text_str(&real));
}

static void note(const struct clearing *c, const char *path, struct json_list *notes, struct arena *arena)
{
	SCOPED(text_end) struct text line = { 0 };
	if (c->some) {
		text_printf(&line, "cleared %s: %llu file%s, ", path, (unsigned long long)c->files,
			c->files == 1 ? "" : "s");
		text_size(&line, c->bytes);
	}
	if (c->left)
		text_printf(&line, "%s%s", c->some ? "; " : "", text_str(&c->first));
	if (c->left > 1)
		text_printf(&line, ", and %llu more", (unsigned long long)(c->left - 1));
	if (line.len)
		texts_add(notes, text_str(&line), arena);
}

static bool clear_one(struct clearing *c, int root, const char *path, struct err *e)
{
	SCOPED_FD int parent = -1;
	const char *why;
	if (path[0] != '/' || !path_plain(path + 1, &why) || is_wide(path))
		return err_set(e, ERR_REFUSED, "it is no plain absolute path, or too wide");
	text_puts(&c->path, path);
	return open_parent(c, root, path, &parent, e) &&
	       (parent < 0 || clear_below(c, parent, strrchr(path, '/') + 1, e));
}

bool caches_clear(int root, const struct json_list *paths, uid_t uid, struct json_list *notes,
	struct arena *arena, struct err *e)
{
	for (size_t i = 0; i < paths->count; i++) {
		const char *path = ((char *const *)paths->items)[i];
		SCOPED(clearing_end) struct clearing c = { .uid = uid };
		if (!clear_one(&c, root, path, e))
			return err_in(e, "clear the cache %s", path);
		note(&c, path, notes, arena);
	}
	return true;
}
