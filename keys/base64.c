/* base64.c - see base64.h. Keys pass through here: the copy for the comparison is wiped. */
#include "keys/base64.h"

#include <sodium.h>

void base64_write(const void *bytes, size_t size, char to[static BASE64_ROOM])
{
	sodium_bin2base64(to, BASE64_ROOM, bytes, size, sodium_base64_VARIANT_ORIGINAL);
}

/* libsodium refuses most other spellings by itself; comparing leaves no doubt. */
bool base64_read(const char *text, size_t len, void *out, size_t size)
{
	size_t got = 0;
	if (size > BASE64_BYTES_MAX || len != BASE64_LEN(size))
		return false;
	if (sodium_base642bin(out, size, text, len, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	char again[BASE64_ROOM];
	base64_write(out, size, again);
	bool same = got == size && sodium_memcmp(again, text, len) == 0;
	sodium_memzero(again, sizeof again);
	return same;
}
