/* public - a key that can be trusted, as minisign writes it.
 *
 * A key id is a label that whoever makes a key can choose: ids find keys and name
 * them to people, only the bytes say whether two keys are the same.
 */
#ifndef KEYS_PUBLIC_H
#define KEYS_PUBLIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

#define KEY_ID_BYTES     8
#define KEY_ID_HEX       17 /* with the NUL */
#define PUBLIC_KEY_BYTES 32

struct public_key {
	uint8_t id[KEY_ID_BYTES];
	uint8_t bytes[PUBLIC_KEY_BYTES];
};

/* Reads a minisign public key file (comment, base64) or its base64 line alone (what `minisign -P` takes).
 * `name` stands for the file in messages. ERR_FORMAT if it is anything else; `out` is then untouched. */
MUST_CHECK bool public_key_read(
	const char *text, size_t len, const char *name, struct public_key *out, struct err *e);

/* The id as minisign shows it: 16 upper-case hex digits of the little-endian number. */
void key_id_hex(const uint8_t id[static KEY_ID_BYTES], char hex[static KEY_ID_HEX]);

/* True if `hex` is exactly what key_id_hex() writes; `id` is then filled in, otherwise untouched. */
MUST_CHECK bool key_id_parse(const char *hex, uint8_t id[static KEY_ID_BYTES]);

/* Appends the whole key as one base64 word, without a newline: for people to compare, and for `minisign -P`.
 */
void public_key_fingerprint(const struct public_key *key, struct text *out);

#endif
