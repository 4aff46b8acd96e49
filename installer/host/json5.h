/* json5 - finds values in a configuration file without changing a byte of it (spec.json5.org; JSON is a part
 * of it).
 *
 * Values are stretches of the text: comments, order and unknown keys stay what and where they are.
 */
#ifndef INSTALLER_HOST_JSON5_H
#define INSTALLER_HOST_JSON5_H

#include <stddef.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

enum json5_kind { JSON5_ABSENT, JSON5_OBJECT, JSON5_ARRAY, JSON5_STRING, JSON5_NUMBER, JSON5_WORD };

struct json5_value {
	enum json5_kind kind; /* JSON5_WORD: true, false, null */
	size_t at, len;       /* its bytes in the text */
};

/* What a member is called (in an array: its number) and what it is. */
typedef bool (*json5_visit)(void *ctx, const char *key, const struct json5_value *value, struct err *e);

/* *out is the document's value; nothing but blanks and comments stands around it. ERR_FORMAT tells the line.
 */
MUST_CHECK bool json5_read(const char *text, size_t len, struct json5_value *out, struct err *e);

/* *out is the value that the JSON pointer (RFC 6901) names, or JSON5_ABSENT. The last of equal keys counts.
 */
MUST_CHECK bool json5_find(
	const char *text, size_t len, const char *pointer, struct json5_value *out, struct err *e);

/* Visits the members of an object or array, in order; of anything else none. */
MUST_CHECK bool json5_each(const char *text, size_t len, const struct json5_value *of, json5_visit visit,
	void *ctx, struct err *e);

/* Past the blanks and comments that stand at `at`, in a text that json5_read() took. `line`: not past the end
 * of a line; a comment of several lines is one blank. */
size_t json5_skip(const char *text, size_t len, size_t at, bool line);

/* One step of a JSON pointer is in *out, "~1" and "~0" undone; returns the rest of the pointer. */
const char *json5_step(const char *pointer, struct text *out);

/* Appends what a string says, or a number or word as it stands; nothing for an object or array. */
void json5_text(const char *text, const struct json5_value *value, struct text *out);

#endif
