/* snapshot - a copy of a place where an application keeps its state, made in two passes: the first while the
 * application runs, the second, which is short, while it is stopped. After that the copy equals the place.
 *
 * A place is a directory tree, a file or a symbolic link. Kept are content, holes, owner, group, mode, mtime,
 * extended attributes (user.*, security.selinux, POSIX ACLs) and hard links within the place. Sockets, fifos
 * and devices are left out and counted. A mount point inside is refused: it cannot be put back.
 *
 * `from` and `to` are open directories (not O_PATH), on any file systems; `name` and `to_name` are plain
 * names in them. Nothing may change the copy but these functions.
 */
#ifndef INSTALLER_SERVICE_SNAPSHOT_H
#define INSTALLER_SERVICE_SNAPSHOT_H

#include <stdint.h>
#include <sys/types.h>

#include "manifest/base/err.h"

/* What the first pass saw of each entry; it may be of several places. */
struct snapshot;

/* What a call has copied: regular files and the sum of their sizes (a file with several names counts once).
 */
struct snapshot_count {
	uint64_t bytes, files;
	uint64_t skipped; /* sockets, fifos and devices, which are in no copy */
};

struct snapshot *snapshot_new(void);

/* For SCOPED(snapshot_end). */
void snapshot_end(struct snapshot **s);

/* The directory with this identity is in no copy, and neither is what is below it: a component's target, a
 * place of Waybill's own. Before the first pass. */
void snapshot_omit(struct snapshot *s, dev_t dev, ino_t ino);

/* First pass over a place, at most once for each. What vanishes or changes meanwhile is no failure, nor is it
 * if the place is not there. SQLite databases, with their companions, are left for the second pass. */
MUST_CHECK bool snapshot_first(
	struct snapshot *s, int from, const char *name, int to, const char *to_name, struct err *e);

/* Second pass: the place stands still, and afterwards the copy is equal to it and durable. Copied again is
 * what has changed since the first pass or shortly before it, and what was not seen then; what is gone is
 * removed. *there is false if the place is not there: then there is no copy. */
MUST_CHECK bool snapshot_settle(struct snapshot *s, int from, const char *name, int to, const char *to_name,
	struct snapshot_count *count, bool *there, struct err *e);

/* A durable copy in one go. It does not ask for signals: it is for putting things back. */
MUST_CHECK bool snapshot_copy(
	int from, const char *name, int to, const char *to_name, struct snapshot_count *count, struct err *e);

/* What a copy needs: bytes of room (whole blocks, without holes) and entries (inodes). Nothing where the
 * place is not there. `s` says what is omitted; NULL: nothing is. */
MUST_CHECK bool snapshot_size(const struct snapshot *s, int from, const char *name, uint64_t *bytes,
	uint64_t *entries, struct err *e);

#endif
