/* lines.c - see lines.h. */
#include "keys/lines.h"

#include <stdint.h>
#include <string.h>

#include "keys/base64.h"
#include "manifest/base/scope.h"

size_t lines_cut(const char *text, size_t len, struct line *lines, size_t room)
{
	size_t count = 0;
	for (size_t at = 0; at < len; count++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t length = end ? (size_t)(end - (text + at)) : len - at;
		if (count < room)
			lines[count] = (struct line){ text + at, length };
		at += length + 1;
	}
	return count;
}

/* One row per length of a UTF-8 sequence: its first byte, and the least code point that needs it. */
static const struct form {
	uint8_t mask, lead;
	uint32_t least;
} forms[] = {
	{ 0x80, 0x00, 0x0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

/* The length of the sequence at `s`; 0 if it is malformed: cut short, overlong, a surrogate, too large. */
static size_t sequence(const uint8_t *s, size_t left, uint32_t *point)
{
	size_t more = 0;
	while (more < COUNT_OF(forms) && (s[0] & forms[more].mask) != forms[more].lead)
		more++;
	if (more == COUNT_OF(forms) || more >= left)
		return 0;
	*point = s[0] & (uint8_t)~forms[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (s[i] & 0x3f);
	}
	bool surrogate = *point >= 0xd800 && *point <= 0xdfff;
	return *point < forms[more].least || *point > 0x10ffff || surrogate ? 0 : more + 1;
}

/* The second block (0x80 to 0x9f) steers terminals as well as the first one does. */
static bool control(uint32_t point)
{
	return (point < 0x20 && point != '\t') || (point >= 0x7f && point < 0xa0);
}

bool line_plain(const char *text, size_t len)
{
	const uint8_t *s = (const uint8_t *)text;
	for (size_t at = 0; at < len;) {
		uint32_t point = 0;
		size_t length = sequence(s + at, len - at, &point);
		if (length == 0 || control(point))
			return false;
		at += length;
	}
	return true;
}

static bool ends_with_cr(const struct line *l)
{
	return l->len && l->at[l->len - 1] == '\r';
}

static bool refuse_cr(struct err *e)
{
	return err_set(e, ERR_FORMAT, "ends with CR LF, must end with LF alone");
}

bool line_comment(const struct line *l, const char *prefix, struct line *rest, struct err *e)
{
	size_t skip = strlen(prefix);
	if (l->len < skip || memcmp(l->at, prefix, skip) != 0)
		return err_set(e, ERR_FORMAT, "does not begin with \"%s\"", prefix);
	if (ends_with_cr(l))
		return refuse_cr(e);
	*rest = (struct line){ l->at + skip, l->len - skip };
	if (rest->len >= COMMENT_ROOM)
		return err_set(e, ERR_FORMAT, "the comment has %zu bytes, at most %d are read", rest->len,
			COMMENT_ROOM - 1);
	if (!line_plain(rest->at, rest->len))
		return err_set(e, ERR_FORMAT, "the comment has a control character or is not UTF-8");
	return true;
}

bool line_base64(const struct line *l, void *out, size_t size, struct err *e)
{
	if (ends_with_cr(l))
		return refuse_cr(e);
	if (l->len != BASE64_LEN(size))
		return err_set(e, ERR_FORMAT, "has %zu characters, the base64 of %zu bytes has %zu", l->len,
			size, BASE64_LEN(size));
	if (!base64_read(l->at, l->len, out, size))
		return err_set(e, ERR_FORMAT, "is not canonical base64");
	return true;
}
