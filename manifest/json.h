/* json - every document of ours is read and written by a table of its fields.
 *
 * Written form (canonical): UTF-8, keys sorted by bytes, no insignificant space, whole
 * numbers below 2^53, texts without control characters; an optional field that is empty
 * (0, false, "", empty list) is absent. Reading is strict: unknown, repeated, missing or
 * wrong fields are refused with their name. What a lenient parser lets through (`01`,
 * raw line feeds, escapes) is caught by json_is_canonical(): written again, the bytes must be the same.
 */
#ifndef MANIFEST_JSON_H
#define MANIFEST_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

/* What the struct's member is, in brackets. */
enum json_kind {
	JSON_TEXT,    /* [char *] never NULL after reading */
	JSON_COUNT,   /* [uint64_t] below 2^53 */
	JSON_FLAG,    /* [bool] */
	JSON_DIGEST,  /* [struct digest] 64 hex digits */
	JSON_OBJECT,  /* [struct x *] NULL where absent */
	JSON_LIST,    /* [struct json_list] of struct x */
	JSON_TEXTS,   /* [struct json_list] of char * */
	JSON_DIGESTS, /* [struct json_list] of struct digest */
};

struct json_list {
	void *items;
	size_t count;
};

struct json_shape;

struct json_field {
	const char *name;
	enum json_kind kind;
	size_t at;                   /* offsetof the member */
	bool optional;               /* may be absent; then empty */
	const struct json_shape *of; /* for JSON_OBJECT and JSON_LIST */
};

/* Fields stand in the order of their names (a unit test checks every shape); at most 64. */
struct json_shape {
	const struct json_field *fields;
	size_t count;
	size_t size; /* of the struct */
};

#define JSON_COUNT_LIMIT (UINT64_C(1) << 53)

/* *out is filled; its texts, lists and objects live in `arena`. ERR_FORMAT names the field. */
MUST_CHECK bool json_read(const struct json_shape *shape, const char *text, size_t len, void *out,
	struct arena *arena, struct err *e);

/* As json_read(), but fields that the shape does not list are passed over: for a first look at a version. */
MUST_CHECK bool json_peek(const struct json_shape *shape, const char *text, size_t len, void *out,
	struct arena *arena, struct err *e);

/* Appends the canonical form. What was read or built within the rules always can be written. */
void json_write(const struct json_shape *shape, const void *in, struct text *out);

/* True if `text` is exactly the canonical form of `in`. */
MUST_CHECK bool json_is_canonical(
	const struct json_shape *shape, const void *in, const char *text, size_t len, struct err *e);

/* Appends `s` as a JSON text in quotes; line feeds become \\n, bytes that are not plain UTF-8 "?". */
void json_quote(const char *s, struct text *out);

/* The canonical form and a line feed on standard output. */
void json_print(const struct json_shape *shape, const void *in);

/* {"error":WORD,"text":TEXT} on standard output. */
void json_print_error(const struct err *e);

/* The version of the JSON library. */
const char *json_library(void);

#endif
