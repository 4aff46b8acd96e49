/* report - what people see while work goes on (standard error) and how sizes and times are written.
 *
 * A bar is drawn on a terminal only; elsewhere one line per finished phase. With --json people's text stays
 * silent and standard output holds one document.
 */
#ifndef MANIFEST_BASE_REPORT_H
#define MANIFEST_BASE_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "manifest/base/text.h"

struct progress {
	const char *what;
	uint64_t total, done; /* bytes */
	struct timespec start, drawn;
	bool silent, terminal;
};

/* A phase of `total` bytes begins (0: not known). Nothing is written when `silent`. */
void progress_start(struct progress *p, const char *what, uint64_t total, bool silent);

/* `done` bytes of it are done. One thread at a time. */
void progress_set(struct progress *p, uint64_t done);
void progress_add(struct progress *p, uint64_t more);

/* The phase is over: one line with bytes, time and rate. */
void progress_end(struct progress *p);

/* Columns of the terminal that standard error is; 120 where it is none. */
size_t report_width(void);

/* Seconds since `start` on a clock that only goes forward. */
double seconds_since(const struct timespec *start);
void clock_now(struct timespec *now);

/* "467.7 MiB", "1.5 KiB", "23 bytes" appended. */
void text_size(struct text *out, uint64_t bytes);

/* "2026-11-22 14:03:05 UTC" appended; "-" for 0. */
void text_time(struct text *out, uint64_t seconds);

/* One line for people on standard error, unless `silent`. */
void say(bool silent, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
