/* output - a bundle file is written aside and takes its name when it is whole and flushed. */
#ifndef BUNDLER_OUTPUT_H
#define BUNDLER_OUTPUT_H

#include "manifest/base/err.h"
#include "manifest/container.h"

struct output {
	int dir, fd;
	char *leaf, *aside;
};

/* Opens the directory of the file that is to be at `path`; *leaf is its name there. */
MUST_CHECK bool output_place(const char *path, int *dir, char **leaf, struct err *e);

/* Starts a file beside `path`. What is at `path` stays until output_commit(). */
MUST_CHECK bool output_start(const char *path, struct output *out, struct err *e);

/* `path` is now the new file, durably. */
MUST_CHECK bool output_commit(struct output *o, struct err *e);

/* Ends it; without a commit nothing is left. For SCOPED(output_end). */
void output_end(struct output *o);

/* A nameless file in the same directory, for what must be written before what stands in front of it. The
 * caller closes. */
MUST_CHECK bool output_scratch(const struct output *o, int *fd, struct err *e);

/* Appends a member. */
MUST_CHECK bool output_put(
	const struct output *o, const char *member, const char *bytes, size_t len, struct err *e);

/* Appends the bytes of `from` from `offset` on: `len` of them, or all to its end. */
MUST_CHECK bool output_copy(const struct output *o, int from, uint64_t offset, uint64_t len, struct err *e);

/* Appends waybill.json and the signatures, sorted by key id. */
MUST_CHECK bool output_head(const struct output *o, const struct text *manifest,
	const struct container_signature *signatures, size_t count, struct err *e);

#endif
