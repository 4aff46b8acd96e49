/* secret - a key that can sign, as minisign writes it: encrypted by a passphrase, or open.
 *
 * Whatever held a secret is wiped before it is given back: keep a key in
 * `SCOPED(secret_key_wipe)` and its file's text in `SCOPED(secret_text_end)`.
 */
#ifndef KEYS_SECRET_H
#define KEYS_SECRET_H

#include "keys/public.h"

#define SECRET_KEY_BYTES 64
#define PASSPHRASE_ROOM  1024 /* with the NUL, as in minisign */

struct secret_key {
	uint8_t id[KEY_ID_BYTES];
	uint8_t bytes[SECRET_KEY_BYTES]; /* Ed25519: the seed, then the public key */
};

/* Puts the passphrase, NUL-terminated, into `to`. False with an error if there is none to be had. */
typedef bool (*passphrase_fn)(void *ctx, char *to, size_t room, struct err *e);

/* The key is all zeros. For SCOPED(secret_key_wipe). */
void secret_key_wipe(struct secret_key *key);

/* The bytes are wiped and freed, the text is empty. For SCOPED(secret_text_end). */
void secret_text_end(struct text *t);

/* A new pair with a random id. */
MUST_CHECK bool secret_key_make(struct secret_key *secret, struct public_key *public);

/* The public half of a key. */
void secret_key_public(const struct secret_key *secret, struct public_key *public);

/* Appends a secret key file, encrypted by the passphrase; NULL: not encrypted. The file needs mode 0600.
 * ERR_USAGE if the passphrase is empty; ERR_SYSTEM if there is no memory to derive a key from it (1 GiB). */
MUST_CHECK bool secret_key_write(
	const struct secret_key *key, const char *passphrase, struct text *out, struct err *e);

/* Reads a secret key file; `ask` is called, once, only if it is encrypted. `name` stands for it in messages.
 * ERR_FORMAT if it is malformed or damaged, ERR_USAGE if the passphrase is wrong, ERR_SYSTEM if there is
 * no memory to derive a key from it, else what `ask` said; `out` is then all zeros. */
MUST_CHECK bool secret_key_read(const char *text, size_t len, const char *name, passphrase_fn ask, void *ctx,
	struct secret_key *out, struct err *e);

/* Appends a public key file: what public_key_read() reads. */
void public_key_write(const struct public_key *key, struct text *out);

#endif
