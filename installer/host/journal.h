/* journal - what one start of a service wrote: its lines in systemd's journal, or in a log file of its own.
 *
 * Of the journal only entries count whose _SYSTEMD_INVOCATION_ID is the start's. journald itself sets the
 * fields that begin with "_": a process of another unit cannot write one, whatever it says of whom, and as
 * entries come as JSON no text in a message becomes an entry. Whoever owns the invocation (all of the unit's
 * cgroup) counts; the manager's own lines about the unit do not.
 *
 * What is missing is told, too, since silence proves nothing then: entries that journald suppressed
 * (rate limit) or that could not be read whole.
 *
 * Sources: systemd.journal-fields(7), journalctl(1), https://systemd.io/JOURNAL_EXPORT_FORMATS (JSON: a field
 * is a text, a list of byte numbers, or null where it is too large; a list of those where it stands twice).
 */
#ifndef INSTALLER_HOST_JOURNAL_H
#define INSTALLER_HOST_JOURNAL_H

#include <stdint.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"

#define JOURNAL_ENTRY_MAX   ((size_t)2 * 1024 * 1024) /* of an entry as JSON */
#define JOURNAL_MESSAGE_MAX ((size_t)256 * 1024)
#define JOURNAL_DROPPED     "a596d6fe7bfa4994828e72309e95d61e" /* MESSAGE_ID of "Suppressed N messages" */
#define JOURNAL_BATCH       ((uint64_t)64 * 1024 * 1024)       /* of a log file, in one reading */

/* A line of a message, as plain_add() makes it. */
struct journal_line {
	const char *text;
	size_t len;
	uint64_t at;       /* microseconds since 1970; 0 in a file */
	uint64_t passed;   /* microseconds of CLOCK_MONOTONIC; of a file's line: when it was read */
	uint64_t entry;    /* number of the message, from 1 on */
	uint64_t pid;      /* 0 in a file */
	unsigned priority; /* 0 to 7; 6 where none is said */
	bool whole;        /* the whole of a message of several lines, after its lines */
};

typedef bool (*journal_visit)(void *ctx, const struct journal_line *line, struct err *e);

/* One start, and what was read of it so far. */
struct journal {
	const char *invocation; /* 32 hex digits */
	const char *unit;       /* its name in journald's words about suppressed messages */
	const char
		*limited; /* the unit whose rate limit counts: of a user's unit user@UID.service; else unit */
	uint64_t since;   /* seconds since 1970: nothing before is asked for; 0: everything */
	uint64_t entries, lines;
	uint64_t suppressed; /* messages that journald dropped for its rate limit */
	uint64_t unread;     /* messages that were too long, cut, binary beyond reading, or not well formed */
	struct text cursor;  /* the last entry that was read; the next reading goes on behind it */
};

/* For SCOPED(journal_end). */
void journal_end(struct journal *j);

/* True if messages may be missing: that a line is absent proves nothing. */
bool journal_gap(const struct journal *j);

/* The command that prints the entries, ended with NULL, in `arena`: those of the invocation, and journald's
 * own about suppressed messages. Without --user or --system every journal is read that this user may read: a
 * user's unit is told by its invocation alone, wherever it is kept. */
const char *const *journal_argv(const struct journal *j, struct arena *arena);

/* One line of that command's output: the lines of the message, and the message as a whole if it has several,
 * were visited if it is of this invocation; the counts are brought up to date. A line that is no entry is
 * unread, no failure. False: the visit's failure. */
MUST_CHECK bool journal_entry(struct journal *j, const char *json, size_t len, bool cut, journal_visit visit,
	void *ctx, struct err *e);

/* Every entry that was there when the call began (and was not read before) was visited. ERR_SYSTEM:
 * journalctl could not be run, failed, or took longer than `seconds` (0: 60); what was visited by then was
 * visited. */
MUST_CHECK bool journal_read(
	struct journal *j, unsigned seconds, journal_visit visit, void *ctx, struct err *e);

/* As journal_read() for the file `fd` from *offset on; the lines that ended were visited (at most
 * JOURNAL_BATCH bytes of them: *more), and *offset is behind them. A file shorter than *offset was cut: that
 * is one unread message, and reading begins at its start. Times are `now`, in microseconds of
 * CLOCK_MONOTONIC. */
MUST_CHECK bool journal_file(struct journal *j, int fd, uint64_t *offset, uint64_t now, bool *more,
	journal_visit visit, void *ctx, struct err *e);

#endif
