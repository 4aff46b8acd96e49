/* cgroup.c - see cgroup.h. */
#include "installer/service/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define FILE_MAX  ((size_t)1024 * 1024)
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Where it may be mounted, and a file that only its top has; the first that is there counts. */
static const struct hierarchy {
	const char *mount, *proof;
} hierarchies[] = {
	{ "", "cgroup.controllers" },
	{ "/unified", "cgroup.controllers" },
	{ "/systemd", "cgroup.procs" },
};

static int open_hierarchy(const char *top)
{
	for (size_t i = 0; i < COUNT_OF(hierarchies); i++) {
		SCOPED(text_end) struct text path = { 0 };
		text_printf(&path, "%s%s", top, hierarchies[i].mount);
		SCOPED_FD int fd = open(text_str(&path), DIR_FLAGS);
		if (fd >= 0 && faccessat(fd, hierarchies[i].proof, F_OK, 0) == 0)
			return fd_take(&fd);
	}
	return -1;
}

static bool walk(int group, bool *populated, struct err *e);

static bool walk_below(int group, const char *name, bool *populated, struct err *e)
{
	SCOPED_FD int below = openat(group, name, DIR_FLAGS | O_NOFOLLOW);
	if (below < 0) /* gone meanwhile: so are its processes */
		return errno == ENOENT || err_sys(e, "open the control group %s", name);
	return walk(below, populated, e);
}

/* The old hierarchy says of each group only what is in itself. */
static bool walk(int group, bool *populated, struct err *e)
{
	SCOPED(text_end) struct text procs = { 0 };
	if (!fs_read(group, "cgroup.procs", FILE_MAX, &procs, e))
		return false;
	*populated = procs.len > 0;
	SCOPED(scope_dir) DIR *d = *populated ? NULL : fs_dir(group);
	for (const struct dirent *entry; d && !*populated && (entry = readdir(d)) != NULL;)
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
			!walk_below(group, entry->d_name, populated, e))
			return false;
	return true;
}

static bool look(int group, bool *populated, struct err *e)
{
	SCOPED(text_end) struct text events = { 0 };
	struct err why = { 0 };
	if (!fs_read(group, "cgroup.events", FILE_MAX, &events, &why))
		return walk(group, populated, e);
	*populated = strstr(text_str(&events), "populated 1") != NULL;
	return true;
}

/* A group that goes away while it is read was empty. */
static bool is_gone(int hierarchy, const char *group)
{
	return faccessat(hierarchy, group, F_OK, 0) < 0 && errno == ENOENT;
}

bool cgroup_populated(const char *top, const char *group, bool *populated, struct err *e)
{
	SCOPED_FD int hierarchy = open_hierarchy(top);
	struct err why = { 0 };
	*populated = false;
	group += strspn(group, "/");
	if (!*group)
		return true;
	if (hierarchy < 0)
		return err_set(e, ERR_SYSTEM,
			"whether a process is left in %s cannot be told: no control groups of systemd's in %s",
			group, top);
	SCOPED_FD int fd = openat(hierarchy, group, DIR_FLAGS);
	if (fd < 0)
		return errno == ENOENT || err_sys(e, "open the control group %s", group);
	return look(fd, populated, &why) || is_gone(hierarchy, group) || err_set(e, why.kind, "%s", why.text);
}
