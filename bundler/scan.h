/* scan - what a tree on the canary holds: rows, and how each entry looked, so that a change is noticed. */
#ifndef BUNDLER_SCAN_H
#define BUNDLER_SCAN_H

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "manifest/base/cli.h"
#include "manifest/profile.h"
#include "manifest/rows.h"

/* A component's tree on this machine. */
struct source {
	const char *id, *kind;
	const char *dir;  /* as the user gave it */
	const char *only; /* the one file of it that is captured (a runtime given as a file), or NULL */
	char *real;       /* its real path; owned */
	int fd;           /* its top directory */
};

struct sources {
	struct source *items; /* sorted by id */
	size_t count;
};

/* One more; the texts are borrowed. */
void sources_add(struct sources *s, const char *id, const char *kind, const char *dir);

/* Opens every source and sorts them. Two with one id, or one inside another, are refused. */
MUST_CHECK bool sources_open(struct sources *s, struct err *e);
void sources_end(struct sources *s);

/* How an entry looked when it was scanned. */
struct looked {
	ino_t inode;
	off_t size;
	struct timespec mtime, ctime;
};

/* What is not captured, besides scan_excluded: patterns from the command line, and from the profile (NULL:
 * none), whose local files belong to the node. */
struct scan_rules {
	const struct cli_many *exclude;
	const struct profile *profile;
};

struct scan {
	struct rows rows;
	struct looked *looked; /* one per row */
	const char *
		*secrets; /* one per row: what private matter its content holds, or NULL; filled in by pack */
	bool *code;       /* one per row: it may be native code; filled in by pack */
	size_t room;
	uint64_t bytes;
};

/* Every entry of every source that is not excluded is a row, in order; digests are still zero. Entries that
 * cannot travel are refused, all of them named at once (ERR_REFUSED). */
MUST_CHECK bool scan_sources(const struct sources *s, const struct scan_rules *rules, unsigned threads,
	struct scan *out, struct err *e);
void scan_end(struct scan *s);

struct looked looked_at(const struct stat *st);
bool looked_same(const struct looked *a, const struct looked *b);

/* Looks at every row again. ERR_REFUSED names what changed since it was scanned. */
MUST_CHECK bool scan_again(const struct sources *s, const struct scan *scan, unsigned threads, struct err *e);

/* What is left out of every bundle, ends with NULL. */
extern const char *const scan_excluded[];

#endif
