/* watch - what a gate's patterns find in a log, line by line, and which of the two had the last word. */
#ifndef INSTALLER_HOST_WATCH_H
#define INSTALLER_HOST_WATCH_H

#include "installer/host/gate.h"
#include "installer/host/journal.h"
#include "installer/host/pattern.h"
#include "installer/host/redact.h"

/* One log gate at work; `log` is what becomes of its facts. */
struct watch {
	struct pattern match, against;
	uint64_t match_entry, against_entry; /* the last messages that counted */
	const struct redact *redact;
	struct gate_log *log;
};

/* Several of one source: the context of watch_lines(). */
struct watches {
	struct watch *items;
	size_t count;
};

/* Ready for lines. `redact` and `log` are borrowed for as long as it is used. ERR_FORMAT: a bad pattern. */
MUST_CHECK bool watch_open(const struct gate *gate, const struct redact *redact, struct gate_log *log,
	struct watch *out, struct err *e);

/* For SCOPED(watch_end). */
void watch_end(struct watch *w);

/* A journal_visit over struct watches: every one has seen the line, and its facts are brought up to date. The
 * texts in them are redacted. Of a message of several lines each line counts for itself; the whole only for a
 * pattern that none of its lines matches. Never fails. */
bool watch_lines(void *ctx, const struct journal_line *line, struct err *e);

/* A reading is over: everything that was written before `upto` (microseconds of CLOCK_MONOTONIC, taken before
 * the reading began) was read, and what is missing is known. */
void watch_read(struct watch *w, const struct journal *j, uint64_t upto);

#endif
