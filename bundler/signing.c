/* signing.c - see signing.h. */
#include "bundler/signing.h"

#include <string.h>

#include "keys/prompt.h"
#include "keys/sign.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define KEY_FILE_MAX ((size_t)4096)

static bool ask(void *ctx, char *to, size_t room, struct err *e)
{
	return prompt_passphrase(ctx, false, to, room, e);
}

bool signing_make(const char *key_file, const struct manifest *m, const struct text *manifest,
	struct text *out, char keyid[static KEY_ID_HEX], struct err *e)
{
	SCOPED(secret_text_end) struct text file = { 0 };
	SCOPED(secret_key_wipe) struct secret_key key;
	SCOPED(text_end) struct text comment = { 0 };
	SCOPED_TEXT char *name = mem_copy(key_file, strlen(key_file));
	if (!fs_read_path(key_file, KEY_FILE_MAX, &file, e) ||
		!secret_key_read(text_str(&file), file.len, key_file, ask, name, &key, e))
		return err_in(e, "secret key");
	text_printf(&comment, "waybill %s %s %s sequence %llu", m->type, m->name, m->release,
		(unsigned long long)m->sequence);
	key_id_hex(key.id, keyid);
	return keys_sign(&key, manifest->at, manifest->len, text_str(&comment), out, e);
}
