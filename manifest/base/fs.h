/* fs - the only module that changes the disk by name.
 *
 * Every name is a plain path below a directory that we hold open; a symbolic link is
 * never followed, not on the way and not at the end. What fs_replace() reports as
 * done survives a power cut. Where a function returns a descriptor, the caller closes it.
 */
#ifndef MANIFEST_BASE_FS_H
#define MANIFEST_BASE_FS_H

#include <dirent.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

#define FS_LEAF (NAME_MAX + 1)

/* openat() below `dir` without following any link: openat2(2) where the kernel has it, else name by name.
 * -1 and errno on failure; a link on the way is ELOOP or ENOTDIR. */
int fs_open(int dir, const char *path, int flags, mode_t mode);

/* Opens the directory that holds `path` below `dir` and copies the last name. */
MUST_CHECK bool fs_parent(int dir, const char *path, int *parent, char leaf[static FS_LEAF], struct err *e);

/* The whole file `name` (a regular file of at most `limit` bytes) is in `out`. A missing file is ERR_SYSTEM
 * with sys ENOENT. */
MUST_CHECK bool fs_read(int dir, const char *name, size_t limit, struct text *out, struct err *e);

/* As fs_read(), of a file that is open; `name` is only told. */
MUST_CHECK bool fs_read_open(int fd, const char *name, size_t limit, struct text *out, struct err *e);

/* As fs_read(), for a path given by the user: links are followed, pipes are read. */
MUST_CHECK bool fs_read_path(const char *path, size_t limit, struct text *out, struct err *e);

/* All of `len` bytes from `offset` are in `to`; a shorter file is ERR_FORMAT. */
MUST_CHECK bool fs_read_at(int fd, void *to, size_t len, uint64_t offset, struct err *e);

MUST_CHECK bool fs_write_all(int fd, const void *data, size_t len, struct err *e);
MUST_CHECK bool fs_write_at(int fd, const void *data, size_t len, uint64_t offset, struct err *e);

/* The file `name` in `dir` holds exactly these bytes, durably; or still what it held before. */
MUST_CHECK bool fs_replace(
	int dir, const char *name, const void *data, size_t len, mode_t mode, struct err *e);

/* `dir` has nothing that an fs_replace() in it left when it was cut short. Nobody else replaces there. */
MUST_CHECK bool fs_replaced(int dir, struct err *e);

/* As fs_replace() for a path given by the user, which is refused if something is there (ERR_REFUSED). */
MUST_CHECK bool fs_create_path(const char *path, const void *data, size_t len, mode_t mode, struct err *e);

/* What was written to the file is durable. */
MUST_CHECK bool fs_flush(int fd, struct err *e);

/* Flushes, closes and forgets *fd: the place where a full or broken disk finally speaks up. */
MUST_CHECK bool fs_finish(int *fd, struct err *e);

/* Makes every missing directory of the relative `path` below `dir` (mode 0755, durable) and opens the last
 * one. `made`, if not NULL, is the length of the part of `path` that was there already. */
MUST_CHECK bool fs_make_dirs(int dir, const char *path, int *fd, size_t *made, struct err *e);

/* The file system that `fd` is on has written everything: syncfs(2). */
MUST_CHECK bool fs_flush_all(int fd, struct err *e);

/* True if fs_flush_all() reports write-back errors there: kernels from 5.8 on, and not FUSE. Else each file
 * is flushed. */
bool fs_flush_reports(int fd);

/* The names in the directory `fd` are durable. */
MUST_CHECK bool fs_flush_dir(int fd, struct err *e);

/* `name` and everything below it is gone; nothing there is no failure. Does not enter other file systems. */
MUST_CHECK bool fs_remove(int dir, const char *name, struct err *e);

/* The two directories have changed places. False with errno (not through e): EINVAL where the file system
 * cannot. */
bool fs_exchange(int dir_a, const char *a, int dir_b, const char *b);

/* Renamed, never over something. False with errno (not through e). */
bool fs_rename_new(int dir_a, const char *a, int dir_b, const char *b);

/* The open directory `dir` as a stream of its own; NULL with errno (not through e). */
DIR *fs_dir(int dir);

/* True and *st filled if `name` is there; false, with *absent set, if it is not. */
MUST_CHECK bool fs_stat(int dir, const char *name, struct stat *st, bool *absent, struct err *e);

#endif
