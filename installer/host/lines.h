/* lines - text taken line by line as it comes, without holding more than one line of it.
 *
 * For what may be a million lines long: what run_program() would have to keep, run_lines() hands on.
 */
#ifndef INSTALLER_HOST_LINES_H
#define INSTALLER_HOST_LINES_H

#include <stddef.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

/* A line without its line feed, ended with a NUL that is not counted. `cut`: it was longer, the rest is lost.
 */
typedef bool (*lines_visit)(void *ctx, const char *line, size_t len, bool cut, struct err *e);

struct lines {
	size_t longest; /* bytes of a line that are kept; not 0 */
	lines_visit visit;
	void *ctx;
	struct text held; /* of the line that has not ended; at most `longest` bytes */
	bool open, cut;
};

/* Every line that ended in these bytes was visited; a failure of the visit stops it. */
MUST_CHECK bool lines_add(struct lines *l, const char *bytes, size_t len, struct err *e);

/* The last line, if nothing ended it, was visited. */
MUST_CHECK bool lines_finish(struct lines *l, struct err *e);

/* For SCOPED(lines_end). */
void lines_end(struct lines *l);

struct run_lines {
	const char *const *argv; /* ends with NULL; argv[0] is found in PATH unless it has a slash */
	const char *const *env;  /* ends with NULL; NULL: this process's own */
	unsigned seconds;        /* deadline; 0: 60 */
	size_t longest;          /* of a line */
	lines_visit visit;
	void *ctx;
};

struct ran_lines {
	int status;      /* exit status; 128 + signal; 127: there is no such program */
	bool late;       /* killed at the deadline: what had come by then was visited */
	struct text err; /* the first 4 KiB of its standard error */
};

/* The program ran, is over (killed with its process group if it was late or a visit failed), and every line
 * of its standard output was visited; standard input was empty. False: it could not be started, or the
 * visit's failure. `out` is ended with ran_lines_end() in both cases. */
MUST_CHECK bool run_lines(const struct run_lines *what, struct ran_lines *out, struct err *e);

void ran_lines_end(struct ran_lines *r);

#endif
