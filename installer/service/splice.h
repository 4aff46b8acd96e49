/* splice - changes single values of a configuration text; every byte outside of them stays: comments, order,
 * quotes, indentation.
 *
 * What is written follows what stands there: members on lines of their own or on one line, how far they are
 * indented, how lines end, whether a comma stands behind the last one. JSON stays JSON.
 */
#ifndef INSTALLER_SERVICE_SPLICE_H
#define INSTALLER_SERVICE_SPLICE_H

#include <stddef.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

struct splice {
	const char *at;    /* a JSON pointer (RFC 6901) to a member or an element that is there */
	const char *value; /* JSON; NULL: the member is removed, which has succeeded where there is none */
	const char *under; /* NULL, or a pointer: the change is made only where that leads to something */
};

/* *out is the text with the changes made, one after the other; objects that are missing on the way to a value
 * are made. A value that means the same already is not touched. *changed: a byte differs.
 *
 * ERR_REFUSED: on the way stands an "$include" (what is asked for may be in another file), something that has
 * no members, or a key twice. ERR_FORMAT: the text is no JSON5 (the line is named), a value no JSON, a
 * pointer none. */
MUST_CHECK bool splice_apply(const char *text, size_t len, const struct splice *edits, size_t count,
	struct text *out, bool *changed, struct err *e);

#endif
