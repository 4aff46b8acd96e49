/* lines - the two kinds of line that minisign's files are made of: comments and base64.
 *
 * A line ends with LF (the last one may lack it), never with CR LF. A comment that
 * passes here is UTF-8 without control characters: it can be shown on a terminal.
 */
#ifndef KEYS_LINES_H
#define KEYS_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "manifest/base/err.h"

#define COMMENT_UNTRUSTED "untrusted comment: "
#define COMMENT_TRUSTED   "trusted comment: "

/* With the NUL, without the prefix. minisign reads no longer untrusted comments. */
#define COMMENT_ROOM 1001

struct line {
	const char *at; /* borrowed from the text that was cut */
	size_t len;     /* without the LF */
};

/* Cuts the text; returns the number of its lines, of which the first `room` are filled in. */
size_t lines_cut(const char *text, size_t len, struct line *lines, size_t room);

/* `rest` is the comment after its prefix: shorter than COMMENT_ROOM and plain. ERR_FORMAT otherwise. */
MUST_CHECK bool line_comment(const struct line *l, const char *prefix, struct line *rest, struct err *e);

/* The line is the canonical base64 of the `size` bytes that are now in `out`. ERR_FORMAT otherwise. */
MUST_CHECK bool line_base64(const struct line *l, void *out, size_t size, struct err *e);

/* True if the text can be a comment: no control character but TAB (minisign writes it), well-formed UTF-8. */
bool line_plain(const char *text, size_t len);

#endif
