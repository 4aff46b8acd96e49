/* listtree - the listing of a tree on disk (manifest/listing.h): walked in order, hashed on all cores.
 *
 * Memory is bounded: a batch of entries at a time, whatever the size of the tree or of a file.
 */
#ifndef INSTALLER_HOST_LISTTREE_H
#define INSTALLER_HOST_LISTTREE_H

#include "manifest/base/err.h"
#include "manifest/json.h"
#include "manifest/listing.h"

struct listtree {
	const struct json_list *ignore; /* patterns of what is passed over; may be NULL */
	bool (*line)(
		void *ctx, const struct entry *entry, struct err *e); /* each entry, in order; may be NULL */
	/* Where `ignore` has patterns, a directory that holds nothing but what they match and such
	 * directories is passed over too, unless this says that it is known. In order with `line`; may be
	 * NULL. */
	bool (*known)(void *ctx, const struct entry *dir, bool *known, struct err *e);
	void (*seen)(void *ctx, uint64_t bytes); /* after so many more bytes; may be NULL */
	void *ctx;
};

/* *tree is the digest of the listing of the directory `top`. */
MUST_CHECK bool listtree(int top, const struct listtree *what, struct digest *tree, struct err *e);

#endif
