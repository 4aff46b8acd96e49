/* sign.c - see sign.h. */
#include "keys/sign.h"

#include <sodium.h>
#include <string.h>

#include "keys/base64.h"
#include "keys/lines.h"
#include "keys/verify.h"
#include "manifest/base/scope.h"

#define PREHASH_BYTES 64

static void sign_bytes(const struct secret_key *key, const char *bytes, size_t len, struct signature *s)
{
	uint8_t prehash[PREHASH_BYTES];
	crypto_generichash(prehash, sizeof prehash, (const uint8_t *)bytes, len, NULL, 0);
	crypto_sign_detached(s->bytes, NULL, prehash, sizeof prehash, key->bytes);
	memcpy(s->id, key->id, sizeof s->id);
}

static void sign_comment(const struct secret_key *key, const char *comment, size_t len, struct signature *s)
{
	uint8_t both[SIGNATURE_RAW + COMMENT_ROOM];
	memcpy(both, s->bytes, SIGNATURE_RAW);
	memcpy(both + SIGNATURE_RAW, comment, len);
	crypto_sign_detached(s->global, NULL, both, SIGNATURE_RAW + len, key->bytes);
	memcpy(s->comment, comment, len + 1);
}

static void put_file(const struct signature *s, struct text *out)
{
	uint8_t raw[2 + KEY_ID_BYTES + SIGNATURE_RAW] = { 'E', 'D' };
	memcpy(raw + 2, s->id, KEY_ID_BYTES);
	memcpy(raw + 2 + KEY_ID_BYTES, s->bytes, SIGNATURE_RAW);
	char own[BASE64_ROOM], global[BASE64_ROOM];
	base64_write(raw, sizeof raw, own);
	base64_write(s->global, sizeof s->global, global);
	text_printf(out,
		COMMENT_UNTRUSTED "signature from waybill secret key\n%s\n" COMMENT_TRUSTED "%s\n%s\n", own,
		s->comment, global);
}

/* Reads the very text that will leave, as a node does. */
static bool check(
	const struct secret_key *key, const struct text *file, const char *bytes, size_t len, struct err *e)
{
	struct public_key public;
	secret_key_public(key, &public);
	struct signature s;
	const struct keyring self = { &public, 1, 1 };
	const struct signed_text what = { bytes, len, &s, 1 };
	struct trusted verified;
	struct verified_by by;
	struct err wrong = { 0 };
	if (signature_read(file->at, file->len, "the new signature", &s, &wrong) &&
		keys_verify(&self, &what, &verified, &by, &wrong))
		return true;
	return err_set(e, ERR_SYSTEM, "the signature just made does not verify: %s", wrong.text);
}

bool keys_sign(const struct secret_key *key, const char *bytes, size_t len, const char *trusted_comment,
	struct text *out, struct err *e)
{
	size_t comment_len = strlen(trusted_comment);
	if (comment_len >= COMMENT_ROOM)
		return err_set(e, ERR_USAGE, "the trusted comment has %zu bytes, at most %d can be signed",
			comment_len, COMMENT_ROOM - 1);
	if (!line_plain(trusted_comment, comment_len))
		return err_set(e, ERR_USAGE, "the trusted comment has a control character or is not UTF-8");
	struct signature s = { 0 };
	sign_bytes(key, bytes, len, &s);
	sign_comment(key, trusted_comment, comment_len, &s);
	SCOPED(text_end) struct text file = { 0 };
	put_file(&s, &file);
	if (!check(key, &file, bytes, len, e))
		return false;
	text_add(out, file.at, file.len);
	return true;
}
