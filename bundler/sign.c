/* sign.c - waybill sign: adds one signature to a bundle, made here or elsewhere. */
#include <stdio.h>
#include <string.h>

#include "bundler/assumed.h"
#include "bundler/commands.h"
#include "bundler/documents.h"
#include "bundler/output.h"
#include "bundler/signing.h"
#include "keys/seal.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/bundle.h"

struct sign_args {
	struct cli_common common;
	const char *key, *signature;
};

static const struct cli_option options[] = {
	{ "key", "FILE", "sign with this secret key", offsetof(struct sign_args, key) },
	{ "signature", "FILE", "add this signature over waybill.json, made by minisign or a token",
		offsetof(struct sign_args, signature) },
	{ 0 },
};

struct sign_result {
	char *bundle, *key;
	uint64_t signatures;
};

#define AT(member) offsetof(struct sign_result, member)
static const struct json_field result_fields[] = {
	{ "bundle", JSON_TEXT, AT(bundle), false, NULL },
	{ "key", JSON_TEXT, AT(key), false, NULL },
	{ "signatures", JSON_COUNT, AT(signatures), false, NULL },
};
#undef AT
const struct json_shape sign_document = { result_fields, COUNT_OF(result_fields),
	sizeof(struct sign_result) };

/* A signature made elsewhere: well formed, and by a key that has not signed yet. Whether it is good, `verify`
 * says. */
static bool attach(const char *path, struct container_signature *out, struct err *e)
{
	struct signature parsed;
	if (!fs_read_path(path, CONTAINER_SIGNATURE_MAX, &out->text, e) ||
		!signature_read(text_str(&out->text), out->text.len, path, &parsed, e))
		return err_in(e, "--signature");
	key_id_hex(parsed.id, out->keyid);
	return true;
}

static bool room_for(const struct container *c, const char *keyid, struct err *e)
{
	if (c->signed_by == CONTAINER_SIGNATURES)
		return err_set(e, ERR_REFUSED, "%s has %d signatures, the most that it can have", c->name,
			CONTAINER_SIGNATURES);
	for (size_t i = 0; i < c->signed_by; i++)
		if (strcmp(c->signatures[i].keyid, keyid) == 0)
			return err_set(e, ERR_REFUSED, "%s is signed by key %s already", c->name, keyid);
	return true;
}

static bool rewrite(const char *path, const struct container *c, size_t signatures, struct err *e)
{
	SCOPED(output_end) struct output out;
	return output_start(path, &out, e) && output_head(&out, &c->manifest, c->signatures, signatures, e) &&
	       output_copy(&out, medium_file(c->medium), c->body, UINT64_MAX, e) && output_commit(&out, e);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct sign_args *a = args;
	(void)count;
	if (!a->key == !a->signature)
		return err_set(e, ERR_USAGE, "sign needs --key FILE or --signature FILE");
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	if (!assumed_open(operands[0], NULL, &b, e) || !container_check_end(&b.container, &b.manifest, e))
		return false;
	struct container *c = &b.container;
	if (medium_file(b.medium) < 0)
		return err_set(e, ERR_REFUSED,
			"%s lies in volumes, or behind an installer: sign needs it in a file of its own",
			b.medium->name);
	struct container_signature fresh = { 0 };
	bool good = a->key ? signing_make(a->key, &b.manifest, &c->manifest, &fresh.text, fresh.keyid, e)
			   : attach(a->signature, &fresh, e);
	good = good && room_for(c, fresh.keyid, e);
	if (!good) {
		text_end(&fresh.text);
		return false;
	}
	c->signatures[c->signed_by] = fresh;
	if (!rewrite(operands[0], c, c->signed_by + 1, e))
		return false;
	struct sign_result result = { operands[0], fresh.keyid, c->signed_by + 1 };
	if (a->common.json)
		json_print(&sign_document, &result);
	else
		printf("%s: signed by key %s, %llu signature%s\n", operands[0], fresh.keyid,
			(unsigned long long)result.signatures, result.signatures == 1 ? "" : "s");
	return true;
}

const struct cli_command command_sign = { "sign", "BUNDLE", "add one signature to a bundle", options,
	common_options, sizeof(struct sign_args), 1, 1, run };
