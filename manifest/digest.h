/* digest - BLAKE2b-256 (RFC 7693, unkeyed, 32 bytes): what `b2sum -l 256` prints. */
#ifndef MANIFEST_DIGEST_H
#define MANIFEST_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "manifest/base/err.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX   (2 * DIGEST_BYTES + 1) /* with the NUL */

struct digest {
	uint8_t bytes[DIGEST_BYTES];
};

struct digest_state {
	_Alignas(64) unsigned char opaque[384];
};

/* Must succeed once before anything else of this module or of keys/ is used. */
MUST_CHECK bool digest_start(struct err *e);

void digest_init(struct digest_state *s);
void digest_add(struct digest_state *s, const void *bytes, size_t len);
struct digest digest_end(struct digest_state *s);

struct digest digest_of(const void *bytes, size_t len);

/* SHA-256, for people who have only that to compare. */
struct digest digest_sha256(const void *bytes, size_t len);

/* One of many digests, and where it is written. */
struct digest_job {
	const void *bytes;
	size_t len;
	struct digest *digest;
};

/* What digest_of() says of each, several times as fast: for the files of a block. */
void digest_many(const struct digest_job *jobs, size_t count);

bool digest_equal(const struct digest *a, const struct digest *b);
bool digest_zero(const struct digest *d);

/* Lower-case hex, 64 characters and a NUL. */
void digest_hex(const struct digest *d, char hex[static DIGEST_HEX]);

/* True if `hex` is exactly 64 lower-case hex digits followed by NUL. */
MUST_CHECK bool digest_parse(const char *hex, struct digest *d);

#endif
