/* digest.c - see digest.h. libsodium's generichash is BLAKE2b. */
#include "manifest/digest.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(struct digest_state), "the state fits");
_Static_assert(_Alignof(crypto_generichash_state) <= _Alignof(struct digest_state), "the state is aligned");

bool digest_start(struct err *e)
{
	if (sodium_init() < 0)
		return err_set(e, ERR_SYSTEM, "libsodium cannot start: no source of random bytes");
	return true;
}

void digest_init(struct digest_state *s)
{
	crypto_generichash_init((crypto_generichash_state *)(void *)s, NULL, 0, DIGEST_BYTES);
}

void digest_add(struct digest_state *s, const void *bytes, size_t len)
{
	crypto_generichash_update((crypto_generichash_state *)(void *)s, bytes, len);
}

struct digest digest_end(struct digest_state *s)
{
	struct digest d;
	crypto_generichash_final((crypto_generichash_state *)(void *)s, d.bytes, sizeof d.bytes);
	return d;
}

struct digest digest_of(const void *bytes, size_t len)
{
	struct digest d;
	crypto_generichash(d.bytes, sizeof d.bytes, bytes, len, NULL, 0);
	return d;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool digest_zero(const struct digest *d)
{
	return sodium_is_zero(d->bytes, sizeof d->bytes);
}

void digest_hex(const struct digest *d, char hex[static DIGEST_HEX])
{
	sodium_bin2hex(hex, DIGEST_HEX, d->bytes, sizeof d->bytes);
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool digest_parse(const char *hex, struct digest *d)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		int high = nibble(hex[2 * i]);
		int low = high < 0 ? -1 : nibble(hex[2 * i + 1]);
		if (low < 0)
			return false;
		d->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return hex[DIGEST_HEX - 1] == '\0';
}
