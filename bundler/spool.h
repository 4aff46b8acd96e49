/* spool - packed blocks wait for what stands in front of them in a bundle: the first ones in memory, those
 * for which there is no room in a scratch file.
 */
#ifndef BUNDLER_SPOOL_H
#define BUNDLER_SPOOL_H

#include "bundler/output.h"

struct spool {
	int fd; /* of the scratch file */
	struct spooled {
		char *bytes;    /* NULL: it is in the file */
		uint64_t where; /* there: its member, header and padding with it */
		size_t len;
	} * items;
	size_t count;      /* blocks */
	size_t kept, most; /* bytes in memory, and how many may be */
	uint64_t end;      /* of what is in the file */
};

/* Room for `blocks` blocks, `most` bytes of them in memory. The scratch file is beside the output. */
MUST_CHECK bool spool_start(
	const struct output *out, size_t blocks, size_t most, struct spool *s, struct err *e);
void spool_end(struct spool *s);

/* True if the bytes, made by mem_copy(), stay in memory: they are the spool's now. */
bool spool_keep(struct spool *s, size_t block, char *bytes, size_t len);

/* The file holds them. */
MUST_CHECK bool spool_put(struct spool *s, size_t block, const char *bytes, size_t len, struct err *e);

/* Appends the members of all blocks to the bundle, in their order. */
MUST_CHECK bool spool_write(const struct spool *s, const struct output *out, struct err *e);

#endif
