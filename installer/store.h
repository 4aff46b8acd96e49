/* store - listings of trees, kept under their own digest: what was installed, and what a restore point holds.
 */
#ifndef INSTALLER_STORE_H
#define INSTALLER_STORE_H

#include "installer/node.h"
#include "manifest/digest.h"
#include "manifest/json.h"
#include "manifest/listing.h"

struct store_writer {
	int trees, fd;
	struct text buffer;
	struct digest_state state;
};

/* Starts a listing; lines follow in order; store_finish() keeps it, durably, and says its digest. */
MUST_CHECK bool store_start(const struct node *n, struct store_writer *w, struct err *e);
MUST_CHECK bool store_add(struct store_writer *w, const struct entry *entry, struct err *e);
MUST_CHECK bool store_finish(struct store_writer *w, struct digest *tree, struct err *e);
void store_end(struct store_writer *w); /* for SCOPED: without a finish nothing is kept */

struct store_reader;

/* Opens the listing, after its bytes were found to have that digest. ERR_STUCK if it is not there or altered.
 */
MUST_CHECK bool store_open(
	const struct node *n, const struct digest *tree, struct store_reader **out, struct err *e);

/* The next entry, valid until the next call; *more is false at the end. */
MUST_CHECK bool store_next(struct store_reader *r, struct entry *entry, bool *more, struct err *e);
void store_close(struct store_reader **r);

struct progress;

/* A listing of a tree on disk. Local files are not in it, nor directories that hold nothing else, unless an
 * earlier listing has them: so a tree that did not drift has the digest that it had. */
struct store_what {
	const struct json_list *ignore; /* patterns of local files */
	const struct digest *before;    /* the earlier listing; NULL: none */
	bool keep;                      /* it is kept */
	struct progress *progress;      /* may be NULL */
};

/* *tree is the digest of the listing of the directory `top`. */
MUST_CHECK bool store_tree(
	const struct node *n, int top, const struct store_what *what, struct digest *tree, struct err *e);

/* Removes every listing whose digest `wanted` does not know. */
MUST_CHECK bool store_sweep(const struct node *n, bool (*wanted)(const void *ctx, const struct digest *tree),
	const void *ctx, struct err *e);

#endif
