/* seal.c - see seal.h. */
#include "keys/seal.h"

#include <stdio.h>
#include <string.h>

_Static_assert(CONTAINER_SIGNATURES == SIGNATURES_MAX, "what the container holds can be verified");

bool seal_signature(const struct container *c, size_t i, struct signature *out, struct err *e)
{
	const struct container_signature *s = &c->signatures[i];
	char name[64], keyid[KEY_ID_HEX];
	snprintf(name, sizeof name, "signatures/%s.minisig", s->keyid);
	if (!signature_read(text_str(&s->text), s->text.len, name, out, e))
		return err_in(e, "%s", c->name);
	key_id_hex(out->id, keyid);
	return strcmp(keyid, s->keyid) == 0 ||
	       err_set(e, ERR_FORMAT, "%s: %s holds a signature by key %s", c->name, name, keyid);
}

bool seal_check(const struct container *c, const struct keyring *ring, struct trusted *out,
	struct verified_by *by, struct err *e)
{
	struct signature signatures[CONTAINER_SIGNATURES];
	for (size_t i = 0; i < c->signed_by; i++)
		if (!seal_signature(c, i, &signatures[i], e))
			return false;
	struct signed_text what = { c->manifest.at, c->manifest.len, signatures, c->signed_by };
	return keys_verify(ring, &what, out, by, e) || err_in(e, "%s", c->name);
}
