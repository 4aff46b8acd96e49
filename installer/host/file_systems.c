/* file_systems.c - what the places of the installation lie on: room, mounts, and whether two trees can change
 * places. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "installer/host/inventory.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define MOUNTS_MAX ((size_t)16 * 1024 * 1024)
#define BTRFS_TOP  256 /* inode of the top of every subvolume */

/* RENAME_EXCHANGE of directories, by file system: what is not listed here is not known. */
static const struct {
	const char *type, *exchange;
} exchanges[] = {
	{ "ext2", "yes" },
	{ "ext3", "yes" },
	{ "ext4", "yes" },
	{ "xfs", "yes" },
	{ "btrfs", "yes" },
	{ "f2fs", "yes" },
	{ "tmpfs", "yes" },
	{ "overlay", "yes" },
	{ "vfat", "no" },
	{ "exfat", "no" },
	{ "nfs", "no" },
	{ "nfs4", "no" },
	{ "cifs", "no" },
	{ "fuseblk", "no" },
};

static const char *exchange_of(const char *type)
{
	for (size_t i = 0; i < COUNT_OF(exchanges); i++)
		if (strcmp(exchanges[i].type, type) == 0)
			return exchanges[i].exchange;
	return "unknown";
}

/* "ID PARENT MAJOR:MINOR ROOT MOUNT OPTIONS ... - TYPE SOURCE SUPER" (proc(5)); octal escapes for blanks. */
static bool parse_mount(char *line, dev_t device, char **mount, char **type)
{
	unsigned major, minor;
	char *fields[10] = { NULL };
	char *dash = strstr(line, " - ");
	if (!dash || sscanf(line, "%*u %*u %u:%u", &major, &minor) != 2 || makedev(major, minor) != device)
		return false;
	char *rest = line;
	for (size_t i = 0; i < 5; i++)
		fields[i] = strsep(&rest, " ");
	*mount = fields[4];
	*type = dash + 3;
	(*type)[strcspn(*type, " ")] = '\0';
	return *mount != NULL;
}

/* The mount of the device that is nearest above the path. */
static void find_mount(struct host *h, struct file_system *f, const char *path, dev_t device)
{
	SCOPED(text_end) struct text mounts = { 0 };
	struct err ignored = { 0 };
	size_t best = 0;
	f->mount = f->type = arena_str(&h->arena, "");
	if (!fs_read_path("/proc/self/mountinfo", MOUNTS_MAX, &mounts, &ignored))
		return;
	for (char *rest = mounts.at, *line; rest && (line = strsep(&rest, "\n")) != NULL;) {
		char *mount, *type;
		if (!parse_mount(line, device, &mount, &type))
			continue;
		size_t len = strlen(mount);
		bool above =
			strncmp(path, mount, len) == 0 && (len == 1 || path[len] == '/' || path[len] == '\0');
		if (*f->type == '\0' || (above && len > best)) {
			f->mount = arena_str(&h->arena, mount);
			f->type = arena_str(&h->arena, type);
			best = above ? len : 0;
		}
	}
}

static struct file_system *on_device(struct inventory *inv, uint64_t device)
{
	struct file_system *f = inv->file_systems.items;
	for (size_t i = 0; i < inv->file_systems.count; i++)
		if (f[i].device == device)
			return &f[i];
	return NULL;
}

/* As much as a document can say. */
static uint64_t at_most(uint64_t n)
{
	return n < JSON_COUNT_LIMIT ? n : JSON_COUNT_LIMIT - 1;
}

static void add_path(struct host *h, struct inventory *inv, const char *path)
{
	SCOPED_FD int fd = host_open(h, path, O_PATH);
	struct stat st;
	struct statvfs room;
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	struct file_system *f = on_device(inv, host_number(st.st_dev));
	if (!f && fstatvfs(fd, &room) == 0) {
		f = list_add(&inv->file_systems, sizeof *f, &h->arena);
		find_mount(h, f, path, st.st_dev);
		f->device = host_number(st.st_dev);
		f->exchange = arena_str(&h->arena, exchange_of(f->type));
		f->free = at_most((uint64_t)room.f_bavail * room.f_frsize);
		f->size = at_most((uint64_t)room.f_blocks * room.f_frsize);
		f->inodes = at_most(room.f_files ? room.f_favail : UINT64_MAX); /* some have no such limit */
		f->read_only = room.f_flag & ST_RDONLY;
		f->subvolume = strcmp(f->type, "btrfs") == 0 && st.st_ino == BTRFS_TOP;
	}
	if (f)
		texts_add(&f->holds, path, &h->arena);
}

void inventory_file_systems(struct host *h, struct inventory *inv)
{
	const struct part *parts = inv->components.items;
	const struct place *places = inv->places.items;
	for (size_t i = 0; i < inv->components.count; i++)
		add_path(h, inv, parts[i].real);
	for (size_t i = 0; i < inv->places.count; i++)
		if (places[i].there)
			add_path(h, inv, places[i].path);
	add_path(h, inv, "/var/lib");
}
