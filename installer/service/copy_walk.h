/* copy_walk - one walk through a place and its copy, side by side, after which the copy is as the place.
 *
 * Both are entered by held directories, no link is followed. What is copied takes the place of what was
 * there: nothing is written into a file that may share its bytes with another one.
 */
#ifndef INSTALLER_SERVICE_COPY_WALK_H
#define INSTALLER_SERVICE_COPY_WALK_H

#include "installer/service/copy_seen.h"
#include "installer/service/snapshot.h"

/* Directories by what they are, wherever they are. */
struct omitted {
	struct omitted_entry {
		dev_t dev;
		ino_t ino;
	} * entries;
	size_t count;
};
bool omitted_has(const struct omitted *o, const struct stat *st);

/* What a pass was asked for and has found so far. */
struct pass {
	const struct omitted *omitted; /* directories that are not in the copy */
	struct seen *fill;             /* first pass: what was seen; the place may change meanwhile */
	const struct seen *kept;       /* second pass: what the copy holds already; or NULL */
	bool patient;                  /* signals are not asked for */

	const char *name; /* of the place; the path begins with the copy's name, of `top_len` bytes */
	struct text path;
	size_t top_len;
	int top;      /* the directory that holds the copy */
	dev_t device; /* of the place */
	bool each;    /* every file and directory is flushed by itself */
	double begun; /* first pass: what was changed before, and is not changed after, is known; seconds */
	struct links links;
	struct snapshot_count count;
};

/* The copy is as the place, and durable. *there, if not NULL, is false if there is no place: then there is no
 * copy. If NULL, that is a failure. For what is set above the gap in *p. */
MUST_CHECK bool pass_run(
	struct pass *p, int from, const char *name, int to, const char *to_name, bool *there, struct err *e);

/* For SCOPED(pass_end). */
void pass_end(struct pass *p);

#endif
