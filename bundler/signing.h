/* signing - from a key file to a signature over a bundle's manifest. */
#ifndef BUNDLER_SIGNING_H
#define BUNDLER_SIGNING_H

#include "keys/public.h"
#include "manifest/manifest.h"

/* Appends the text of a signature over `manifest` by the key in the file; its trusted comment repeats type,
 * name, release and sequence of `m`. Asks for a passphrase where the key has one. `keyid` is the key's id. */
MUST_CHECK bool signing_make(const char *key_file, const struct manifest *m, const struct text *manifest,
	struct text *out, char keyid[static KEY_ID_HEX], struct err *e);

#endif
