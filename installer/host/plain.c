/* plain.c - see plain.h. Sequences as ECMA-48 has them. */
#include "installer/host/plain.h"

#include <stdbool.h>
#include <string.h>

#include "manifest/path.h"

#define ESC           0x1b
#define SEQUENCE_MOST 4096 /* whatever has no end by then has none */

static bool between(char c, unsigned char from, unsigned char to)
{
	return (unsigned char)c >= from && (unsigned char)c <= to;
}

/* ESC [ parameters intermediates final */
static size_t control_sequence(const char *at, size_t len)
{
	size_t n = 2;
	while (n < len && between(at[n], 0x20, 0x3f))
		n++;
	return n < len && between(at[n], 0x40, 0x7e) ? n + 1 : 2;
}

/* ESC ] ... BEL, or any string up to ESC \, on one line */
static size_t control_string(const char *at, size_t len)
{
	for (size_t n = 2; n < len && at[n] != '\n'; n++) {
		if (at[n] == '\a')
			return n + 1;
		if (at[n] == ESC)
			return n + 1 < len && at[n + 1] == '\\' ? n + 2 : 2;
	}
	return 2;
}

/* The bytes of the sequence that begins with the ESC at `at`. */
static size_t sequence(const char *at, size_t len)
{
	size_t n = 1;
	len = len < SEQUENCE_MOST ? len : SEQUENCE_MOST;
	if (len < 2)
		return 1;
	if (at[1] == '[')
		return control_sequence(at, len);
	if (strchr("]PX^_", at[1]) && at[1])
		return control_string(at, len);
	while (n < len && between(at[n], 0x20, 0x2f))
		n++;
	return n < len && between(at[n], 0x30, 0x7e) ? n + 1 : 1;
}

/* The bytes of the character at `at`; 0 if it is none that can be printed. */
static size_t character(const char *at, size_t len)
{
	unsigned char c = (unsigned char)*at;
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	return n <= len && utf8_plain(at, n) ? n : 0;
}

static size_t control(const char *at, size_t len, struct text *out)
{
	if (*at == ESC)
		return sequence(at, len);
	if (*at == '\r' && len > 1 && at[1] == '\n')
		return 1;
	if (*at == '\n' || *at == '\r')
		text_byte(out, '\n');
	else if (*at == '\t')
		text_byte(out, ' ');
	return 1;
}

void plain_add(const char *bytes, size_t len, struct text *out)
{
	for (size_t i = 0; i < len;) {
		size_t from = i, n;
		while (i < len && between(bytes[i], 0x20, 0x7e))
			i++;
		text_add(out, bytes + from, i - from);
		if (i == len)
			break;
		if (between(bytes[i], 0, 0x1f) || bytes[i] == 0x7f) {
			i += control(bytes + i, len - i, out);
			continue;
		}
		n = character(bytes + i, len - i);
		text_add(out, n ? bytes + i : "?", n ? n : 1);
		i += n ? n : 1;
	}
}

void plain_cut(const char *s, size_t most, struct text *out)
{
	size_t len = strlen(s), n = most;
	if (len <= most) {
		text_add(out, s, len);
		return;
	}
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	text_add(out, s, n);
	text_puts(out, "...");
}
