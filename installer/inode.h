/* inode - what the kernel tells of a file or directory beyond stat(2), by statx(2), which not every C library
 * knows. `name` is in the directory `dir`, a link is not followed; "" is `dir` itself.
 */
#ifndef INSTALLER_INODE_H
#define INSTALLER_INODE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

/* True if something is mounted there: another file system than `device`, or another part of the same one,
 * which kernels before 5.8 do not tell. `st` is what stat says of it. */
bool inode_is_mount(int dir, const char *name, const struct stat *st, dev_t device);

/* False where the file system knows no birth times. */
bool inode_birth(int dir, const char *name, struct timespec *birth);

#endif
