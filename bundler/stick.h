/* stick - files put on a medium that may be slow, small, or bad.
 *
 * What is on it already and right is not written again, so a run that was cut short goes on where it was. A
 * file has its name only after every byte of it was flushed, dropped from memory and read back.
 */
#ifndef BUNDLER_STICK_H
#define BUNDLER_STICK_H

#include "manifest/base/err.h"
#include "manifest/base/report.h"
#include "manifest/digest.h"
#include "manifest/medium.h"

#define STICK_PIECE ((size_t)1 << 20) /* what is compared, written and read back at once */

struct stick {
	const char *path; /* of the directory */
	int dir;
	uint64_t limit;         /* bytes that a file can have there; UINT64_MAX: no limit */
	bool repair;            /* files that have their names are mended in place */
	uint64_t written, kept; /* bytes that were written; that were right already */
	struct progress progress;
};

/* A file to be: the bytes from `at` on of what may be larger. */
struct stick_file {
	char name[MEDIUM_LEAF];
	const struct medium *from; /* borrowed */
	uint64_t at, size;
	bool program;         /* it is to be run */
	struct digest digest; /* of all of it; from here on stick_plan() and stick_write() fill in */
	struct digest *sums;  /* of each piece */
	int fd;               /* the file aside; -1: none */
	bool there;           /* it has its name already, and is right */
	bool in_place;        /* `fd` is the file itself */
};

/* Opens the directory and asks how large a file can be there: by its file system, and by ulimit. */
MUST_CHECK bool stick_open(const char *path, struct stick *out, struct err *e);
void stick_end(struct stick *s);
void stick_file_end(struct stick_file *f);

/* The largest size, a whole number of pieces, that volumes may have where files end at `limit`. */
uint64_t stick_volume(uint64_t limit);

/* Digests are known, and there is room for what is missing: else ERR_REFUSED with both sides. */
MUST_CHECK bool stick_plan(struct stick *s, struct stick_file *files, size_t count, struct err *e);

/* All bytes are in files aside, and flushed; of files that are repaired, what differed was written in place,
 * in pages. */
MUST_CHECK bool stick_write(struct stick *s, struct stick_file *files, size_t count, struct err *e);

/* The files have their names, durably, and the medium has given back what was written. Else ERR_FORMAT names
 * every range of every file that it has not; these files stay aside. */
MUST_CHECK bool stick_read_back(struct stick *s, struct stick_file *files, size_t count, struct err *e);

#endif
