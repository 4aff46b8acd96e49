/* secret - a secret key file. Nobody knows the passphrase of an encrypted one: deriving a key takes too long
 * here. */
#include "keys/secret.h"
#include "tests/fuzz/door.h"

static bool nobody(void *ctx, char *to, size_t room, struct err *e)
{
	(void)ctx;
	memset(to, 0, room);
	return err_set(e, ERR_USAGE, "nobody knows");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct secret_key zero;
	SCOPED(secret_key_wipe) struct secret_key key;
	SCOPED(secret_key_wipe) struct secret_key again;
	SCOPED(secret_text_end) struct text file = { 0 };
	struct err e = { 0 };
	memset(&key, 1, sizeof key);
	memset(&again, 1, sizeof again);
	if (!door_answered(secret_key_read((const char *)data, size, "door", nobody, NULL, &key, &e), &e)) {
		REQUIRE(memcmp(&key, &zero, sizeof key) == 0);
		return 0;
	}
	REQUIRE(secret_key_write(&key, NULL, &file, &e));
	REQUIRE(secret_key_read(file.at, file.len, "again", nobody, NULL, &again, &e));
	REQUIRE(memcmp(&key, &again, sizeof key) == 0);
	return 0;
}
