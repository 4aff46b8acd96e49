/* ahead - walks a tree as tree_walk() does, while other threads read what is to be visited next.
 *
 * Memory is bounded: a batch of entries for each thread, whatever the size of the tree.
 */
#ifndef MANIFEST_BASE_AHEAD_H
#define MANIFEST_BASE_AHEAD_H

#include <sys/stat.h>

#include "manifest/base/err.h"

struct ahead_entry {
	const char *path;   /* relative to the top; "." for the top itself */
	const char *target; /* of a symbolic link, else NULL */
	const struct stat *st;
	bool mount; /* a directory on another file system than the top: it is not entered */
};

struct ahead {
	unsigned threads; /* at work; where there are several, as many more wait for their turn */
	/* True if the entry is neither visited nor entered. Asked by all threads, never of the top. */
	bool (*passes_over)(void *ctx, const char *path);
	/* One at a time, in the order of tree_walk(). Sets *skip on a directory of which nothing is to be
	 * visited. */
	bool (*visit)(void *ctx, const struct ahead_entry *entry, bool *skip, struct err *e);
	void *ctx;
};

/* Every entry below and including the directory `top` was visited, or a failure stopped the walk. */
MUST_CHECK bool ahead_walk(int top, const struct ahead *what, struct err *e);

#endif
