/* public.c - see public.h. */
#include "keys/public.h"

#include <string.h>

#include "keys/base64.h"
#include "keys/lines.h"

/* The bytes behind the base64, all of them without alignment. */
struct raw_public {
	uint8_t algorithm[2];
	uint8_t id[KEY_ID_BYTES];
	uint8_t bytes[PUBLIC_KEY_BYTES];
};
_Static_assert(sizeof(struct raw_public) == 42, "as minisign lays it out");

static const uint8_t algorithm[2] = { 'E', 'd' };

void key_id_hex(const uint8_t id[static KEY_ID_BYTES], char hex[static KEY_ID_HEX])
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < KEY_ID_BYTES; i++) {
		uint8_t byte = id[KEY_ID_BYTES - 1 - i];
		hex[2 * i] = digits[byte >> 4];
		hex[2 * i + 1] = digits[byte & 15];
	}
	hex[KEY_ID_HEX - 1] = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool key_id_parse(const char *hex, uint8_t id[static KEY_ID_BYTES])
{
	uint8_t parsed[KEY_ID_BYTES];
	for (size_t i = 0; i < KEY_ID_BYTES; i++) {
		int high = nibble(hex[2 * i]);
		int low = high < 0 ? -1 : nibble(hex[2 * i + 1]);
		if (low < 0)
			return false;
		parsed[KEY_ID_BYTES - 1 - i] = (uint8_t)(high << 4 | low);
	}
	if (hex[KEY_ID_HEX - 1] != '\0')
		return false;
	memcpy(id, parsed, sizeof parsed);
	return true;
}

void public_key_fingerprint(const struct public_key *key, struct text *out)
{
	struct raw_public raw;
	memcpy(raw.algorithm, algorithm, sizeof raw.algorithm);
	memcpy(raw.id, key->id, sizeof raw.id);
	memcpy(raw.bytes, key->bytes, sizeof raw.bytes);
	char line[BASE64_ROOM];
	base64_write(&raw, sizeof raw, line);
	text_puts(out, line);
}

static bool read_base64(const struct line *l, struct public_key *out, struct err *e)
{
	struct raw_public raw;
	if (!line_base64(l, &raw, sizeof raw, e))
		return false;
	if (memcmp(raw.algorithm, algorithm, sizeof raw.algorithm) != 0)
		return err_set(e, ERR_FORMAT,
			"the key is for algorithm 0x%02x%02x, only Ed (Ed25519, 0x4564) is known",
			raw.algorithm[0], raw.algorithm[1]);
	memcpy(out->id, raw.id, sizeof out->id);
	memcpy(out->bytes, raw.bytes, sizeof out->bytes);
	return true;
}

bool public_key_read(const char *text, size_t len, const char *name, struct public_key *out, struct err *e)
{
	struct line lines[2], comment;
	size_t count = lines_cut(text, len, lines, 2);
	if (count != 1 && count != 2)
		return err_set(e, ERR_FORMAT,
			"%s: has %zu lines, a minisign public key has 2 (or its base64 alone)", name, count);
	if (count == 2 && !line_comment(&lines[0], COMMENT_UNTRUSTED, &comment, e))
		return err_in(e, "%s: public key, line 1", name);
	if (!read_base64(&lines[count - 1], out, e))
		return err_in(e, "%s: public key, line %zu", name, count);
	return true;
}
