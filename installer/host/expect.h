/* expect - what a gate expects of a command's output or of a file: one line of text per expectation.
 *
 *   POINTER = VALUE     every value that the pointer leads to has this text form
 *   POINTER != VALUE    none has
 *   POINTER ~ ERE       the text form of every one matches
 *   POINTER absent      it leads to nothing
 *   exit = STATUS       the command ended so (only where the application's statuses mean something)
 *
 * Pointers are those of jsonview.h: `*` is every element, `[id=dingtalk]` the one with that id. What leads to
 * nothing (an empty list, a name that is not there, a list or an object) fulfils nothing but `absent`. Text
 * forms are those of jsonview_scalar(): true, 3, null, a text without quotes.
 */
#ifndef INSTALLER_HOST_EXPECT_H
#define INSTALLER_HOST_EXPECT_H

#include "installer/host/pattern.h"
#include "manifest/json.h"
#include "manifest/jsonview.h"

#define EXPECT_MAX 1024 /* bytes */

enum expect_op { EXPECT_EQUAL, EXPECT_DIFFERS, EXPECT_MATCHES, EXPECT_ABSENT, EXPECT_EXIT };

struct expect {
	enum expect_op op;
	char *pointer, *value; /* value: "" where there is none */
};

/* Taken apart; texts are in `arena`. ERR_FORMAT says what is wrong. */
MUST_CHECK bool expect_read(const char *text, struct expect *out, struct arena *arena, struct err *e);

/* True if it holds of the document (NULL: there is none) and the exit status. Else what is there instead is
 * appended to `why`: the first value that does not fit, with its own pointer. */
bool expect_holds(const struct expect *x, const struct jsonview *top, int status, struct text *why);

/* The document in what a program printed: text may stand in front of it, and behind it. *top is the list or
 * object that runs to the end of the output, else the first that begins a line or anywhere; NULL if there is
 * none. Closed with jsonview_close(). */
void expect_document(const char *output, size_t len, struct jsonview **top);

/* Adds to `out`, a list of texts in `arena`, what the pointer leads to: "POINTER VALUE" with the pointer as
 * it is written, for each value with a text form; its own pointer ("/channels/NAME") for a list or an object.
 */
MUST_CHECK bool expect_collect(const char *pointer, const struct jsonview *top, struct json_list *out,
	struct arena *arena, struct err *e);

#endif
