/* plain - what programs write for terminals, as text that can be matched, printed and kept. */
#ifndef INSTALLER_HOST_PLAIN_H
#define INSTALLER_HOST_PLAIN_H

#include <stddef.h>

#include "manifest/base/text.h"

/* Appends the bytes as UTF-8 whose only control character is the line feed. Escape sequences (colours,
 * titles) are left out, tabs are blanks, a carriage return ends a line, every other control character is left
 * out, and a byte that is no UTF-8 is "?". A sequence that has no end hides nothing: only its first two bytes
 * are left out. Pure; linear. */
void plain_add(const char *bytes, size_t len, struct text *out);

/* Appends at most `most` bytes of `s` up to the end of a character, and "..." where that is not all. */
void plain_cut(const char *s, size_t most, struct text *out);

#endif
