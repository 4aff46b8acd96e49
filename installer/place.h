/* place - where trees are staged and kept: beside the target, out of the sight of whatever scans its
 * directory.
 *
 * For a target, the nearest suitable ancestor: the parent (for a plugin: the parent's parent, since the
 * application scans a plugin's parent), on the same mount, in no component's tree. Trees lie below it in
 *
 *     .waybill/APPLICATION/000017/COMPONENT
 *
 * where .waybill is ours alone (mode 0700), or nothing is done.
 */
#ifndef INSTALLER_PLACE_H
#define INSTALLER_PLACE_H

#include "installer/node.h"
#include "manifest/base/fs.h"
#include "manifest/json.h"

#define PLACE_DIR ".waybill"

/* `slot` becomes the path below the root for component `id` in act `number`. `targets` are the real paths of
 * all components (texts). ERR_REFUSED if no ancestor will do. Nothing is made. */
MUST_CHECK bool place_slot(const struct node *n, const char *target, const char *kind,
	const struct json_list *targets, uint64_t number, const char *id, struct text *slot, struct err *e);

/* The directory that holds the slot is there, below a .waybill that only we can enter. The caller closes *fd.
 */
MUST_CHECK bool place_make(const struct node *n, const char *slot, int *fd, struct err *e);

/* The slot is gone, and the directories of ours above it that are empty then. */
MUST_CHECK bool place_remove(const struct node *n, const char *slot, struct err *e);

/* Appends to `list` (in `arena`) each directory above `path` that is missing, outermost first, and not in it
 * already. */
void place_missing(const struct node *n, const char *path, struct json_list *list, struct arena *arena);

/* The directory that `path` stands in, and its last name; *fd is -1 where that directory is not there. */
MUST_CHECK bool place_open_parent(
	const struct node *n, const char *path, int *fd, char leaf[static FS_LEAF], struct err *e);

/* `out` becomes the identity of what is at the path; "" for nothing. */
MUST_CHECK bool place_identity(const struct node *n, const char *path, struct text *out, struct err *e);

/* `mount` becomes the nearest directory above `path` that another file system is mounted at; "" if there is
 * none below the root. */
MUST_CHECK bool place_mount(const struct node *n, const char *path, struct text *mount, struct err *e);

/* ERR_STUCK where nothing is mounted at `mount` (NULL, "": nothing has to be): what lies there is out of
 * sight, and what is to be seen is something else. */
MUST_CHECK bool place_mounted(const struct node *n, const char *mount, struct err *e);

/* "a/b/c" -> "a/b"; "c" -> ".". */
void place_parent(const char *path, struct text *out);

/* True if `path` is `dir` or inside it. */
bool place_inside(const char *path, const char *dir);

#endif
