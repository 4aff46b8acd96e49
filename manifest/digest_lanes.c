/* digest_lanes.c - see digest_lanes.h. BLAKE2b as in RFC 7693, in as many lanes as the processor has. A lane
 * whose job ends takes the next one; the longest come first, so that the lanes end together.
 */
#include "manifest/digest_lanes.h"

#include <string.h>

#if defined(__x86_64__)

#define BLOCK      128
#define PARAMETERS (UINT64_C(0x01010000) | DIGEST_BYTES) /* no key, no tree */

static const uint64_t first[8] = { UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b),
	UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1),
	UINT64_C(0x9b05688c2b3e6c1f), UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179) };

static const uint8_t order[12][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
};

/* The jobs by their length: those that have the most binary digits first. */
struct queue {
	const struct digest_job *jobs;
	size_t count, next;
	int digits;
};

static int digits_of(size_t len)
{
	return len ? 64 - __builtin_clzll(len) : 0;
}

static struct queue queue_of(const struct digest_job *jobs, size_t count)
{
	struct queue q = { jobs, count, 0, 0 };
	for (size_t i = 0; i < count; i++)
		q.digits = digits_of(jobs[i].len) > q.digits ? digits_of(jobs[i].len) : q.digits;
	return q;
}

/* NULL: there are no more. */
static const struct digest_job *queue_take(struct queue *q)
{
	for (; q->digits >= 0; q->digits--, q->next = 0)
		while (q->next < q->count)
			if (digits_of(q->jobs[q->next++].len) == q->digits)
				return &q->jobs[q->next - 1];
	return NULL;
}

struct lane {
	const struct digest_job *job; /* NULL: the lane rests */
	const uint8_t *block;         /* the one that is compressed next */
	const uint8_t *rest;          /* what comes after it */
	size_t left;
	bool last;           /* `block` is the job's last one */
	uint8_t tail[BLOCK]; /* the last one, with zeros behind it */
};

/* True if there is a job. */
static bool lane_start(struct lane *l, const struct digest_job *job)
{
	static const uint8_t nothing[BLOCK];
	l->job = job;
	l->last = false;
	l->block = nothing;
	l->rest = job ? job->bytes : NULL;
	l->left = job ? job->len : 0;
	return job;
}

/* Goes to the next block; how many bytes of the job it holds. */
static uint64_t lane_step(struct lane *l)
{
	size_t n = l->left < BLOCK ? l->left : BLOCK;
	if (!l->job)
		return 0;
	l->last = l->left <= BLOCK;
	l->block = l->rest;
	if (n < BLOCK) {
		memset(l->tail, 0, BLOCK);
		if (n)
			memcpy(l->tail, l->rest, n);
		l->block = l->tail;
	} else {
		l->rest += BLOCK;
	}
	l->left -= n;
	return n;
}

#define OF(name) name##_4
#define WIDE     __attribute__((target("avx2")))
#define LANES    4
#include "manifest/digest_lanes_of.h"
#undef OF
#undef WIDE
#undef LANES

#define OF(name) name##_8
#define WIDE     __attribute__((target("avx512f")))
#define LANES    8
#include "manifest/digest_lanes_of.h"
#undef OF
#undef WIDE
#undef LANES

static bool has(unsigned width)
{
	return width == 8 ? __builtin_cpu_supports("avx512f") : width == 4 && __builtin_cpu_supports("avx2");
}

static void run(unsigned width, struct queue *q)
{
	if (width == 8)
		run_8(q);
	else
		run_4(q);
}

bool digest_lanes(unsigned width, const struct digest_job *jobs, size_t count)
{
	if (!has(width))
		return false;
	struct queue q = queue_of(jobs, count);
	run(width, &q);
	return true;
}

#else

bool digest_lanes(unsigned width, const struct digest_job *jobs, size_t count)
{
	(void)width;
	(void)jobs;
	(void)count;
	return false;
}

#endif

void digest_many(const struct digest_job *jobs, size_t count)
{
	if (digest_lanes(8, jobs, count) || digest_lanes(4, jobs, count))
		return;
	for (size_t i = 0; i < count; i++)
		*jobs[i].digest = digest_of(jobs[i].bytes, jobs[i].len);
}
