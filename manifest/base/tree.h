/* tree - walks a directory tree: depth first, siblings in the order of their bytes (the order of
 * path_order()).
 *
 * Links are reported, never followed; other file systems are reported and not entered.
 */
#ifndef MANIFEST_BASE_TREE_H
#define MANIFEST_BASE_TREE_H

#include <sys/stat.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

struct tree_entry {
	const char *path; /* relative to the top; "." for the top itself */
	int dir;          /* the open directory that holds it; for the top, the top itself */
	const char *name; /* in that directory; "." for the top */
	const struct stat *st;
	bool mount; /* a directory on another file system than the top: it is not entered */
};

/* A walk that its caller steers. */
struct tree;

/* A walk of the directory `top`, which stays the caller's and open; ended with tree_close(). NULL: *e says
 * why. */
MUST_CHECK struct tree *tree_open(int top, struct err *e);

/* *entry is the next entry, the top first, valid until the next call; *more is false after the last one. */
MUST_CHECK bool tree_next(struct tree *t, struct tree_entry *entry, bool *more, struct err *e);

/* The directory that was given last is not entered. */
void tree_skip(struct tree *t);

/* Everything of the walk is freed; *t is NULL. */
void tree_close(struct tree **t);

/* Called for each entry before what is below it. Sets *skip on a directory that is not to be entered. */
typedef bool (*tree_visit)(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e);

/* Every entry below and including the directory `top` was visited, or a failure stopped the walk. */
MUST_CHECK bool tree_walk(int top, tree_visit visit, void *ctx, struct err *e);

/* The target of the symbolic link `name`. */
MUST_CHECK bool tree_link(int dir, const char *name, struct text *target, struct err *e);

#endif
