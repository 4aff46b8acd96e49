/* public - a public key file; its fingerprint is a key file too, of the same key. */
#include "keys/public.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(text_end) struct text word = { 0 };
	struct public_key key = { .id = { 0 } }, again = { .id = { 0 } };
	struct err e = { 0 };
	if (!door_answered(public_key_read((const char *)data, size, "door", &key, &e), &e))
		return 0;
	public_key_fingerprint(&key, &word);
	REQUIRE(public_key_read(word.at, word.len, "again", &again, &e));
	REQUIRE(memcmp(&key, &again, sizeof key) == 0);
	return 0;
}
