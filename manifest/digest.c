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

struct digest digest_sha256(const void *bytes, size_t len)
{
	struct digest d;
	crypto_hash_sha256(d.bytes, bytes, len);
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
	static const char letters[] = "0123456789abcdef";
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = letters[d->bytes[i] >> 4];
		hex[2 * i + 1] = letters[d->bytes[i] & 15];
	}
	hex[DIGEST_HEX - 1] = '\0';
}

/* What a letter of hexadecimal stands for, and one more: 0 is no letter of it. */
static const uint8_t nibbles[256] = { ['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16 };

bool digest_parse(const char *hex, struct digest *d)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		uint8_t high = nibbles[(uint8_t)hex[2 * i]];
		uint8_t low = high ? nibbles[(uint8_t)hex[2 * i + 1]] : 0;
		if (!low)
			return false;
		d->bytes[i] = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	return hex[DIGEST_HEX - 1] == '\0';
}
