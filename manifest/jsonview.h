/* jsonview - JSON that others wrote, looked at and never changed: what a program prints, an entry of the
 * journal, an application's file.
 *
 * Unlike json.h this knows no shapes: any list or object is taken, within limits. A name that stands twice in
 * an object has two values, so it has none: it is absent.
 *
 * A pointer is one of RFC 6901 ("/plugins/0/status", "" for the whole, ~1 for a slash, ~0 for a tilde) in
 * which a part may also be
 *   *              every element of a list, every member of an object
 *   [NAME=VALUE]   those elements that have a member NAME whose text form (jsonview_scalar()) is VALUE
 */
#ifndef MANIFEST_JSONVIEW_H
#define MANIFEST_JSONVIEW_H

#include <stddef.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

#define JSONVIEW_MAX        ((size_t)16 * 1024 * 1024) /* bytes of a document */
#define JSONVIEW_VALUES_MAX ((size_t)1 << 20)
#define JSONVIEW_DEPTH_MAX  64
#define JSONVIEW_PARTS_MAX  32 /* of a pointer */

/* A value of a document, alive until that is closed. */
struct jsonview;

enum jsonview_kind {
	JSONVIEW_ABSENT, /* of NULL */
	JSONVIEW_NULL,
	JSONVIEW_FLAG,
	JSONVIEW_NUMBER,
	JSONVIEW_TEXT,
	JSONVIEW_LIST,
	JSONVIEW_OBJECT,
};

/* *top is the list or object that begins at `text`. What may follow it: nothing but blanks where `used` is
 * NULL, else anything; then *used is its length. ERR_FORMAT: it is not well formed, beyond a limit, or a text
 * of it holds a NUL. */
MUST_CHECK bool jsonview_open(
	const char *text, size_t len, size_t *used, struct jsonview **top, struct err *e);

/* The document is freed and *top NULL. For SCOPED(jsonview_close). */
void jsonview_close(struct jsonview **top);

enum jsonview_kind jsonview_kind(const struct jsonview *v);

/* The member of an object; NULL where there is none (or it is no object). */
const struct jsonview *jsonview_field(const struct jsonview *v, const char *name);

/* The elements of a list, the members of an object, in their order; NULL after the last one. */
const struct jsonview *jsonview_first(const struct jsonview *v);
const struct jsonview *jsonview_next(const struct jsonview *v);

/* Its name in the object that it is a member of; NULL elsewhere. */
const char *jsonview_name(const struct jsonview *v);

/* The text; NULL if it is none. */
const char *jsonview_text(const struct jsonview *v);

/* The number; false if it is none. */
MUST_CHECK bool jsonview_number(const struct jsonview *v, double *out);

/* The text form of a text (as it is), number, flag or null is appended; false for every other kind. */
bool jsonview_scalar(const struct jsonview *v, struct text *out);

/* As JSON in one line is appended: texts and scalars whole, of lists and objects how much is in them. */
void jsonview_show(const struct jsonview *v, struct text *out);

/* Called for what a pointer leads to: `where` is the pointer of this value alone. `v` is NULL where the way
 * ends before: a name that is not there, a `*` or a selection over nothing. */
typedef bool (*jsonview_visit)(void *ctx, const char *where, const struct jsonview *v, struct err *e);

/* Every value (at least one, perhaps NULL) that the pointer leads to was visited, or a failure stopped it. */
MUST_CHECK bool jsonview_each(
	const struct jsonview *top, const char *pointer, jsonview_visit visit, void *ctx, struct err *e);

/* True if it is a pointer; ERR_FORMAT says what is wrong. */
MUST_CHECK bool jsonview_pointer(const char *pointer, struct err *e);

#endif
