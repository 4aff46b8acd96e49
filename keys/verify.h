/* verify - whether enough trusted keys have signed these very bytes.
 *
 * The only way to a `struct trusted` in the installer. Signatures are minisign's
 * prehashed ones (`ED`); what they say about the trusted comment is checked as well.
 */
#ifndef KEYS_VERIFY_H
#define KEYS_VERIFY_H

#include "keys/lines.h"
#include "keys/public.h"
#include "manifest/trusted.h"

#define SIGNATURES_MAX      16
#define SIGNATURE_BYTES_MAX 4096
#define SIGNATURE_RAW       64

/* What a signature file says. Nothing in it is to be believed, or shown, before keys_verify(). */
struct signature {
	uint8_t id[KEY_ID_BYTES];
	uint8_t bytes[SIGNATURE_RAW];
	uint8_t global[SIGNATURE_RAW]; /* over `bytes` and `comment` */
	char comment[COMMENT_ROOM];    /* the trusted comment, plain text */
};

/* Whom to believe: `threshold` different keys of these must have signed (0 means 1). Borrowed. */
struct keyring {
	struct public_key *keys;
	size_t count;
	unsigned threshold;
};

struct signed_text {
	const char *bytes;
	size_t len;
	const struct signature *signatures;
	size_t count;
};

/* Who counted, in the order of the signatures, and the trusted comment of the first of them. */
struct verified_by {
	size_t count;
	uint8_t ids[SIGNATURES_MAX][KEY_ID_BYTES];
	char comment[COMMENT_ROOM];
};

/* Reads a .minisig file: four lines, at most SIGNATURE_BYTES_MAX bytes. `name` stands for it in messages.
 * ERR_FORMAT if it is anything else, or a legacy signature; `out` is then not to be used. */
MUST_CHECK bool signature_read(
	const char *text, size_t len, const char *name, struct signature *out, struct err *e);

/* True if at least `threshold` different keys of the ring signed these bytes; `out` then borrows them.
 * The same key counts once, however often it signed or is listed; keys outside the ring are ignored.
 * ERR_UNTRUSTED if there are too few, or if a signature in the name of a trusted key is wrong, whatever
 * the others say; ERR_FORMAT above SIGNATURES_MAX. `out` and `by` are then empty. */
MUST_CHECK bool keys_verify(const struct keyring *who, const struct signed_text *what, struct trusted *out,
	struct verified_by *by, struct err *e);

#endif
