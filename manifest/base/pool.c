/* pool.c - see pool.h. Jobs are handed out in order, so the job whose turn it is to be emitted is always held
 * by some thread: nobody waits for ever. `taking` is held while a job is taken, `lock` guards the counters
 * and is never held over a call of the plan's.
 */
#include "manifest/base/pool.h"

#include <pthread.h>
#include <sched.h>

#include "manifest/base/scope.h"
#include "manifest/base/text.h"

#define STACK ((size_t)512 * 1024)

struct pool {
	const struct pool_plan *plan;
	pthread_mutex_t taking;
	size_t next; /* the next job to hand out; guarded by `taking` */
	pthread_mutex_t lock;
	pthread_cond_t turn_came;
	size_t turn; /* every job before this one is emitted */
	bool *done;  /* jobs that are emitted, those ahead of the turn too; NULL: all wait for it */
	bool (*waits)(void *ctx, size_t job);
	pthread_mutex_t emitting;
	size_t failed;  /* the lowest job that failed; SIZE_MAX: none */
	struct err why; /* of that job */
};

struct worker {
	struct pool *pool;
	void *scratch;
	pthread_t thread;
};

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

static bool failed(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	bool some = p->failed != SIZE_MAX;
	pthread_mutex_unlock(&p->lock);
	return some;
}

/* A job for this thread. A failure to take one is that job's. */
static bool take(struct pool *p, void *scratch, size_t *job)
{
	const struct pool_plan *plan = p->plan;
	struct err why = { 0 };
	pthread_mutex_lock(&p->taking);
	bool more = p->next < plan->count && !failed(p);
	*job = p->next;
	if (more && plan->take && !plan->take(plan->ctx, scratch, &more, &why)) {
		fail(p, *job, &why);
		more = false;
	}
	if (more)
		p->next++;
	pthread_mutex_unlock(&p->taking);
	return more;
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

static void pass_turn(struct pool *p, size_t job)
{
	pthread_mutex_lock(&p->lock);
	if (!p->done)
		p->turn++;
	else
		for (p->done[job] = true; p->turn < p->plan->count && p->done[p->turn];)
			p->turn++;
	pthread_cond_broadcast(&p->turn_came);
	pthread_mutex_unlock(&p->lock);
}

static void emit(struct worker *w, size_t job)
{
	struct pool *p = w->pool;
	const struct pool_plan *plan = p->plan;
	struct err why = { 0 };
	bool waits = !p->waits || p->waits(plan->ctx, job);
	if (!plan->emit || (waits && !await_turn(p, job)))
		return;
	pthread_mutex_lock(&p->emitting);
	bool good = plan->emit(plan->ctx, w->scratch, job, &why);
	pthread_mutex_unlock(&p->emitting);
	if (good)
		pass_turn(p, job);
	else
		fail(p, job, &why);
}

static void *run_jobs(void *arg)
{
	struct worker *w = arg;
	const struct pool_plan *plan = w->pool->plan;
	for (size_t job; take(w->pool, w->scratch, &job);) {
		struct err why = { 0 };
		if (plan->work(plan->ctx, w->scratch, job, &why))
			emit(w, job);
		else
			fail(w->pool, job, &why);
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

bool pool_run_some(const struct pool_plan *plan, bool (*waits)(void *ctx, size_t job), struct err *e)
{
	SCOPED_TEXT bool *done = waits ? mem_new(plan->count, sizeof *done) : NULL;
	struct pool p = { .plan = plan, .failed = SIZE_MAX, .waits = waits, .done = done };
	pthread_mutex_init(&p.emitting, NULL);
	pthread_mutex_init(&p.taking, NULL);
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.turn_came, NULL);
	unsigned count = plan->threads ? plan->threads : 1;
	SCOPED_TEXT struct worker *workers = mem_new(count, sizeof *workers);
	for (unsigned i = 0; i < count; i++)
		workers[i] =
			(struct worker){ .pool = &p, .scratch = plan->scratch ? plan->scratch[i] : NULL };
	run_threads(workers, count);
	pthread_cond_destroy(&p.turn_came);
	pthread_mutex_destroy(&p.emitting);
	pthread_mutex_destroy(&p.lock);
	pthread_mutex_destroy(&p.taking);
	if (p.failed == SIZE_MAX)
		return true;
	if (e->kind == ERR_NONE)
		*e = p.why;
	return false;
}

bool pool_run(const struct pool_plan *plan, struct err *e)
{
	return pool_run_some(plan, NULL, e);
}

unsigned pool_threads(unsigned most)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	int have = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	unsigned n = have < 1 ? 1 : (unsigned)have;
	return n < most ? n : most ? most : 1;
}
