/* pool - many jobs over a few threads, with an ordered head and an ordered tail.
 *
 * take(i) and emit(i) run one at a time in the order of i, work(i) in parallel; all three
 * on one thread, with one scratch. So what is held in memory at any time is one scratch per
 * thread, however many jobs there are.
 */
#ifndef MANIFEST_BASE_POOL_H
#define MANIFEST_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "manifest/base/err.h"

struct pool_plan {
	unsigned threads;     /* 1: everything runs on the caller's thread */
	size_t count;         /* of jobs; SIZE_MAX: take() says when there are no more */
	void *ctx;            /* shared: work() only reads it or writes its own job's part */
	void *const *scratch; /* one per thread; may be NULL */
	bool (*take)(void *ctx, void *scratch, bool *more, struct err *e); /* may be NULL */
	bool (*work)(void *ctx, void *scratch, size_t job, struct err *e);
	bool (*emit)(void *ctx, void *scratch, size_t job, struct err *e); /* may be NULL */
};

/* True when every job was worked on and emitted. The failure of the lowest job wins; nothing after it is
 * emitted. */
MUST_CHECK bool pool_run(const struct pool_plan *plan, struct err *e);

/* The same; only the jobs of which waits() is true are emitted in their turn, after every job before them.
 * The others are emitted when they are done, still one at a time. The count is known. */
MUST_CHECK bool pool_run_some(
	const struct pool_plan *plan, bool (*waits)(void *ctx, size_t job), struct err *e);

/* Threads that the machine can really use, at most `most` and at least 1. */
unsigned pool_threads(unsigned most);

#endif
