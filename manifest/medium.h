/* medium - the bytes of a bundle, wherever they lie: in one file, or in volumes that are read in place.
 *
 *     x.waybill                        the whole bundle
 *     x.run                            an installer, and the bundle behind it (appended.h)
 *     x.waybill.001, x.waybill.002 ... the bundle, cut anywhere; joined in order they are it, byte for byte
 *
 * Every file is opened once, by name, and held: what was verified is what is used. Until the manifest is
 * believed nothing says how long the bundle is: the volumes count as far as none is missing. placing.h then
 * finds out where each one belongs.
 */
#ifndef MANIFEST_MEDIUM_H
#define MANIFEST_MEDIUM_H

#include <stdint.h>

#include "manifest/base/cli.h"
#include "manifest/base/err.h"
#include "manifest/base/text.h"

#define MEDIUM_VOLUMES 9999
#define MEDIUM_NOWHERE UINT64_MAX
#define MEDIUM_LEAF    256
#define MEDIUM_WHY     48

/* A stretch of the bundle: a file or part of one, or a hole. */
struct medium_part {
	char name[MEDIUM_LEAF]; /* of the volume, without its directory; "" where the bundle is one file */
	unsigned number;        /* of the volume, from 1; 0: one file */
	int fd;                 /* -1: these bytes are not there */
	uint64_t skip;          /* where they begin in the file */
	uint64_t at;            /* where they begin in the bundle; MEDIUM_NOWHERE: not known yet */
	uint64_t size;
	uint64_t extra;       /* bytes of the file behind them that belong nowhere */
	char why[MEDIUM_WHY]; /* of a hole: what became of it */
};

struct medium {
	char *name; /* for messages: the path of the file; of volumes without their number */
	struct medium_part *parts;
	size_t count;
	uint64_t size; /* of the bundle, as far as it is known */
	bool volumes;
};

/* Opens the file at `path`, or the volumes that it is one of or that make it up, in its directory and in
 * `dirs` (may be NULL). ERR_FORMAT names every volume that is there twice, with different bytes; and the
 * first one if it is missing. */
MUST_CHECK bool medium_open(
	const char *path, const struct cli_many *dirs, struct medium **out, struct err *e);

/* One file that is open already; the medium closes it. ERR_FORMAT if it is no regular file. */
MUST_CHECK bool medium_of(int fd, const char *name, struct medium **out, struct err *e);

/* Bytes in memory, copied. */
MUST_CHECK bool medium_of_bytes(
	const char *name, const void *bytes, size_t len, struct medium **out, struct err *e);

/* True if the file is a program with a bundle behind it; the medium is then that bundle. */
bool medium_behind_program(struct medium *m);

void medium_end(struct medium **m);

/* All of `len` bytes from `at` are in `to`. ERR_FORMAT where the bundle ends before or has a hole; errors
 * name the volume. Several threads may read. */
MUST_CHECK bool medium_read(const struct medium *m, void *to, size_t len, uint64_t at, struct err *e);

/* True if it has no hole and no byte too many; else ERR_FORMAT names every one, with its byte range. */
MUST_CHECK bool medium_whole(const struct medium *m, struct err *e);

/* True if one of the bytes is in a hole. */
bool medium_hole(const struct medium *m, uint64_t from, uint64_t to);

/* The one file that is the bundle and nothing else; -1 if it lies in volumes or behind a program. Borrowed.
 */
int medium_file(const struct medium *m);

/* The number of the volume that a file of this name is, and where its stem ends; 0 if it is none. */
unsigned medium_volume(const char *leaf, size_t *stem);

/* The size that most volumes have, of two the larger. */
uint64_t medium_usual(const struct medium *m);

/* "x.waybill.002" */
void medium_leaf(const char *stem, unsigned number, char leaf[static MEDIUM_LEAF]);

#endif
