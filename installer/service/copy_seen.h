/* copy_seen - what is remembered of the entries of a tree while it is copied.
 *
 * A million entries take some 60 MB: a path is remembered by a number that is made from it. Two paths with
 * the same number do no harm: their inodes differ, so the copy of one is never taken for that of the other.
 */
#ifndef INSTALLER_SERVICE_COPY_SEEN_H
#define INSTALLER_SERVICE_COPY_SEEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "manifest/base/text.h"

/* What was seen of each entry that was copied. */
struct seen {
	struct seen_entry *entries;
	size_t count, room;
};

/* The number of `name` in the directory of the number `above`. */
uint64_t seen_key(uint64_t above, const char *name);

void seen_add(struct seen *s, uint64_t key, const struct stat *st);

/* Once all are added: from here on they can be asked for. */
void seen_sort(struct seen *s);

/* True if the entry is as it was seen: kind, inode, size, mtime, ctime, mode, owner and group. */
bool seen_same(const struct seen *s, uint64_t key, const struct stat *st);

void seen_end(struct seen *s);

/* Where the first copy of each inode with several names lies. */
struct links {
	struct links_entry *entries;
	size_t count, room; /* the room is a power of two */
	struct arena paths;
};

/* The path of the inode's copy, or NULL. */
const char *links_find(const struct links *l, ino_t inode);

/* For an inode that links_find() does not find. */
void links_add(struct links *l, ino_t inode, const char *path);

/* For SCOPED(links_end). */
void links_end(struct links *l);

#endif
