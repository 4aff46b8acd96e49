/* pool.c - see pool.h. One mutex guards the counters; jobs are handed out in order, so the
 * job whose turn it is to be emitted is always held by some thread: nobody waits for ever.
 */
#include "manifest/base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#include "manifest/base/scope.h"
#include "manifest/base/text.h"

#define STACK ((size_t)512 * 1024)

struct pool {
	const struct pool_plan *plan;
	pthread_mutex_t lock;
	pthread_cond_t turn_came;
	size_t next;    /* the next job to hand out */
	size_t turn;    /* the next job to emit */
	size_t failed;  /* the lowest job that failed; SIZE_MAX: none */
	struct err why; /* of that job */
};

struct worker {
	struct pool *pool;
	void *scratch;
	pthread_t thread;
};

static bool take(struct pool *p, size_t *job)
{
	pthread_mutex_lock(&p->lock);
	bool some = p->next < p->plan->count && p->failed == SIZE_MAX;
	if (some)
		*job = p->next++;
	pthread_mutex_unlock(&p->lock);
	return some;
}

static void fail(struct pool *p, size_t job, const struct err *why)
{
	pthread_mutex_lock(&p->lock);
	if (job < p->failed) {
		p->failed = job;
		p->why = *why;
	}
	pthread_cond_broadcast(&p->turn_came);
	pthread_mutex_unlock(&p->lock);
}

/* False if a job before this one failed, so that its turn never comes. */
static bool await_turn(struct pool *p, size_t job)
{
	pthread_mutex_lock(&p->lock);
	while (p->turn != job && p->failed > job)
		pthread_cond_wait(&p->turn_came, &p->lock);
	bool mine = p->turn == job && p->failed > job;
	pthread_mutex_unlock(&p->lock);
	return mine;
}

static void pass_turn(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->turn++;
	pthread_cond_broadcast(&p->turn_came);
	pthread_mutex_unlock(&p->lock);
}

static void *run_jobs(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	const struct pool_plan *plan = p->plan;
	for (size_t job; take(p, &job);) {
		struct err why = { 0 };
		if (!plan->work(plan->ctx, w->scratch, job, &why)) {
			fail(p, job, &why);
			continue;
		}
		if (!await_turn(p, job))
			continue;
		if (plan->emit && !plan->emit(plan->ctx, w->scratch, job, &why))
			fail(p, job, &why);
		else
			pass_turn(p);
	}
	return NULL;
}

/* A thread that cannot be had is no failure: the others do its work. */
static void run_threads(struct worker *workers, unsigned count)
{
	unsigned started = 1;
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK);
	while (started < count &&
		pthread_create(&workers[started].thread, &small, run_jobs, &workers[started]) == 0)
		started++;
	pthread_attr_destroy(&small);
	run_jobs(&workers[0]);
	while (started-- > 1)
		pthread_join(workers[started].thread, NULL);
}

bool pool_run(const struct pool_plan *plan, struct err *e)
{
	struct pool p = { .plan = plan, .failed = SIZE_MAX };
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.turn_came, NULL);
	unsigned count = plan->threads ? plan->threads : 1;
	SCOPED_TEXT struct worker *workers = mem_new(count, sizeof *workers);
	for (unsigned i = 0; i < count; i++)
		workers[i] =
			(struct worker){ .pool = &p, .scratch = plan->scratch ? plan->scratch[i] : NULL };
	run_threads(workers, count);
	pthread_cond_destroy(&p.turn_came);
	pthread_mutex_destroy(&p.lock);
	if (p.failed == SIZE_MAX)
		return true;
	if (e->kind == ERR_NONE)
		*e = p.why;
	return false;
}

unsigned pool_threads(unsigned most)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	int have = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	unsigned n = have < 1 ? 1 : (unsigned)have;
	return n < most ? n : most ? most : 1;
}
