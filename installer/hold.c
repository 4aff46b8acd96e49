/* hold.c - see hold.h. */
#include "installer/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/profile.h"

#define HOLD_MAX ((size_t)64 * 1024)

/* The last in the order of names, so that no other drop-in empties the list of conditions after it. */
void hold_path(
	const struct node *n, const char *manager, const char *unit, const char *act_of, struct text *out)
{
	bool user = strcmp(manager, "user") == 0, own = strcmp(n->root_path, "/") == 0 && geteuid() != 0;
	const char *home = getenv("HOME");
	if (user && own && home && *home == '/')
		text_printf(out, "%s/.config/systemd/user", home + 1);
	else
		text_printf(out, "etc/systemd/%s", user ? "user" : "system");
	text_printf(out, "/%s.d/" PROFILE_HOLD "%s%s.conf", unit, act_of ? "-" : "", act_of ? act_of : "");
}

/* The directory of a path below the root, made if `make`. */
static bool open_parent(const struct node *n, const char *path, bool make, int *fd, struct err *e)
{
	const char *slash = strrchr(path, '/');
	SCOPED_TEXT char *dir = mem_copy(path, (size_t)(slash - path));
	if (make)
		return fs_make_dirs(n->root, dir, fd, NULL, e);
	*fd = fs_open(n->root, dir, O_RDONLY | O_DIRECTORY, 0);
	return *fd >= 0 || errno == ENOENT || err_sys(e, "open /%s", dir);
}

static void condition(const char *marker, struct text *out)
{
	text_puts(out, "ConditionPathExists=!");
	for (const char *p = marker; *p; p++) /* "%" begins a specifier there */
		text_puts(out, *p == '%' ? "%%" : (char[]){ *p, '\0' });
	text_puts(out, "\n");
}

bool hold_free(const struct node *n, const char *path, const char *marker, struct err *e)
{
	SCOPED(text_end) struct text there = { 0 }, ours = { 0 };
	SCOPED_FD int dir = -1;
	struct err why = { 0 };
	if (!open_parent(n, path, false, &dir, e))
		return false;
	if (dir < 0 || !fs_read(dir, strrchr(path, '/') + 1, HOLD_MAX, &there, &why))
		return dir < 0 || why.sys == ENOENT || err_set(e, why.kind, "%s", why.text);
	condition(marker, &ours);
	return !strstr(text_str(&there), "ConditionPathExists=!") ||
	       strstr(text_str(&there), text_str(&ours)) ||
	       err_set(e, ERR_REFUSED,
		       "/%s holds the unit for another application or instance: first `adopt --undo` of that",
		       path);
}

bool hold_install(const struct node *n, const char *path, const char *marker, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	SCOPED_FD int dir = -1;
	text_puts(&text,
		"# Written by waybill-install. While the marker is there the unit is not started: a program is\n"
		"# being changed.\n"
		"[Unit]\n");
	condition(marker, &text);
	return (open_parent(n, path, true, &dir, e) &&
		       fs_replace(dir, strrchr(path, '/') + 1, text.at, text.len, 0644, e)) ||
	       err_in(e, "install the drop-in /%s", path);
}

bool hold_remove(const struct node *n, const char *path, struct err *e)
{
	SCOPED_FD int dir = -1;
	const char *slash = strrchr(path, '/');
	SCOPED_TEXT char *parent = mem_copy(path, (size_t)(slash - path));
	SCOPED_FD int above = -1;
	char leaf[FS_LEAF];
	if (!open_parent(n, path, false, &dir, e))
		return false;
	if (dir < 0)
		return true;
	if (unlinkat(dir, slash + 1, 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove /%s", path);
	if (!fs_flush_dir(dir, e) || !fs_parent(n->root, parent, &above, leaf, e))
		return false;
	unlinkat(above, leaf, AT_REMOVEDIR); /* stays where others have drop-ins in it */
	return true;
}

bool hold_check(const struct manager *m, const char *unit, const char *path, struct err *e)
{
	struct arena arena = { 0 };
	struct unit u;
	bool found = false;
	bool good = unit_show(m, unit, &u, &arena, e);
	for (size_t i = 0; good && i < u.dropins.count; i++)
		found = found || strcmp(((char *const *)u.dropins.items)[i] + 1, path) == 0;
	if (good && (!found || u.stale))
		good = err_set(e, ERR_SYSTEM, "%s: the manager has not read /%s (%s)", unit, path,
			u.stale ? "it wants a daemon-reload" : "it is not among its drop-ins");
	arena_end(&arena);
	return good;
}
