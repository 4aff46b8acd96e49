/* keygen.c - waybill keygen: a key pair in minisign's own formats. Never writes over a file. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bundler/commands.h"
#include "bundler/documents.h"
#include "keys/prompt.h"
#include "keys/secret.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/json.h"

struct keygen_args {
	struct cli_common common;
	const char *secret, *public;
	bool no_passphrase;
};

static const struct cli_option options[] = {
	{ "secret", "FILE", "where the secret key goes (mode 0600)", offsetof(struct keygen_args, secret) },
	{ "public", "FILE", "where the public key goes", offsetof(struct keygen_args, public) },
	{ "no-passphrase", NULL, "do not encrypt the secret key",
		offsetof(struct keygen_args, no_passphrase) },
	{ 0 },
};

struct keygen_result {
	char *key, *fingerprint, *public, *secret;
};

#define AT(member) offsetof(struct keygen_result, member)
static const struct json_field result_fields[] = {
	{ "fingerprint", JSON_TEXT, AT(fingerprint), false, NULL },
	{ "key", JSON_TEXT, AT(key), false, NULL },
	{ "public", JSON_TEXT, AT(public), false, NULL },
	{ "secret", JSON_TEXT, AT(secret), false, NULL },
};
#undef AT
const struct json_shape keygen_document = { result_fields, COUNT_OF(result_fields),
	sizeof(struct keygen_result) };

static void tell(const struct keygen_args *a, const struct public_key *key)
{
	char id[KEY_ID_HEX];
	SCOPED(text_end) struct text fingerprint = { 0 }, public = { 0 }, secret = { 0 };
	key_id_hex(key->id, id);
	public_key_fingerprint(key, &fingerprint);
	text_puts(&public, a->public);
	text_puts(&secret, a->secret);
	struct keygen_result result = { id, fingerprint.at, public.at, secret.at };
	if (a->common.json)
		json_print(&keygen_document, &result);
	else
		printf("key %s\npublic key %s (%s)\nsecret key %s\n", id, a->public, fingerprint.at,
			a->secret);
}

static bool write_pair(const struct keygen_args *a, const struct secret_key *secret,
	const struct public_key *public, const char *passphrase, struct err *e)
{
	SCOPED(secret_text_end) struct text secret_text = { 0 };
	SCOPED(text_end) struct text public_text = { 0 };
	public_key_write(public, &public_text);
	if (!secret_key_write(secret, passphrase, &secret_text, e) ||
		!fs_create_path(a->secret, secret_text.at, secret_text.len, 0600, e))
		return false;
	if (fs_create_path(a->public, public_text.at, public_text.len, 0644, e))
		return true;
	unlink(a->secret);
	return false;
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct keygen_args *a = args;
	(void)operands;
	(void)count;
	char passphrase[PASSPHRASE_ROOM] = "";
	SCOPED(secret_key_wipe) struct secret_key secret;
	struct public_key public;
	if (!a->secret || !a->public)
		return err_set(e, ERR_USAGE, "keygen needs --secret FILE and --public FILE");
	if (!a->no_passphrase &&
		!prompt_passphrase("the new secret key", true, passphrase, sizeof passphrase, e))
		return false;
	if (!secret_key_make(&secret, &public)) /* cannot fail: libsodium has started */
		return err_set(e, ERR_SYSTEM, "no key pair could be made");
	bool good = write_pair(a, &secret, &public, a->no_passphrase ? NULL : passphrase, e);
	explicit_bzero(passphrase, sizeof passphrase);
	if (good)
		tell(a, &public);
	return good;
}

const struct cli_command command_keygen = { "keygen", "", "make a key pair that minisign can use too",
	options, common_options, sizeof(struct keygen_args), 0, 0, run };
