/* sign - signatures that minisign verifies.
 *
 * No signature leaves that has not been verified here: a fault in the machine
 * while signing can give an Ed25519 key away.
 */
#ifndef KEYS_SIGN_H
#define KEYS_SIGN_H

#include "keys/secret.h"

/* Appends a whole .minisig file over these bytes, with a trusted comment. Same input, same file.
 * ERR_USAGE if the comment is not one line of plain text below COMMENT_ROOM; ERR_SYSTEM if the
 * machine made a signature that does not verify. `out` is then as it was. */
MUST_CHECK bool keys_sign(const struct secret_key *key, const char *bytes, size_t len,
	const char *trusted_comment, struct text *out, struct err *e);

#endif
