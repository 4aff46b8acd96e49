/* base64 - the one spelling of some bytes.
 *
 * What base64_read() takes is what base64_write() makes, character for character:
 * two different texts never mean the same key or signature. Constant time.
 */
#ifndef KEYS_BASE64_H
#define KEYS_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "manifest/base/err.h"

#define BASE64_BYTES_MAX  192
#define BASE64_LEN(bytes) (((bytes) + 2) / 3 * 4)
#define BASE64_ROOM       (BASE64_LEN(BASE64_BYTES_MAX) + 1)

/* True if the text is the canonical base64 of exactly `size` bytes, which are then in `out`.
 * `size` is at most BASE64_BYTES_MAX. */
MUST_CHECK bool base64_read(const char *text, size_t len, void *out, size_t size);

/* Writes BASE64_LEN(size) characters and a NUL. `size` is at most BASE64_BYTES_MAX. */
void base64_write(const void *bytes, size_t size, char to[static BASE64_ROOM]);

#endif
