/* staging - what the two halves of stage know: stage.c makes directories and links and settles what lies
 * there, stage_content.c decodes the blocks and writes the files.
 */
#ifndef INSTALLER_STAGING_H
#define INSTALLER_STAGING_H

#include <sys/stat.h>

#include "installer/transaction.h"
#include "manifest/base/report.h"
#include "manifest/rows.h"

/* Where a component of the bundle is staged. */
struct spot {
	struct act_component *c; /* NULL: this component is not staged */
	int slot;                /* its top directory */
	uid_t uid;
	gid_t gid;
	mode_t mode; /* of the top directory */
	bool chown;
	bool flush_each; /* the file system does not report errors by one flush for all */
};

struct staging {
	struct transaction *t;
	struct spot *spots; /* one per component of the manifest */
	struct block_map map;
	struct progress progress;
	struct timespec times[2]; /* the release's, for every file */
};

static inline mode_t staged_mode(const struct row *row)
{
	return row->mode & 07777 & ~(mode_t)S_IWOTH;
}

/* The owner of what is staged, where that is not the caller. */
MUST_CHECK bool stage_own(const struct spot *spot, int fd, const char *name, struct err *e);

/* The listings of the trees as they will be; from any thread, while files are written. */
MUST_CHECK bool stage_listings(const struct staging *s, struct err *e);

/* Every block is verified, decoded and held against the rows, every file is written. ERR_FORMAT: the bundle
 * is damaged. */
MUST_CHECK bool stage_content(struct staging *s, struct err *e);

#endif
