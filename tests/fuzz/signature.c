/* signature - a .minisig file. */
#include "keys/verify.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct signature s;
	struct err e = { 0 }, no = { 0 };
	struct public_key key = { .id = { 0 } };
	struct keyring ring = { &key, 1, 1 };
	struct trusted text;
	struct verified_by by;
	if (!door_answered(signature_read((const char *)data, size, "door", &s, &e), &e))
		return 0;
	REQUIRE(memchr(s.comment, '\0', sizeof s.comment) && line_plain(s.comment, strlen(s.comment)));
	memcpy(key.id, s.id, sizeof key.id);
	REQUIRE(!keys_verify(&ring, &(struct signed_text){ "waybill", 7, &s, 1 }, &text, &by, &no));
	REQUIRE(no.kind == ERR_UNTRUSTED && !text.bytes && by.count == 0);
	return 0;
}
