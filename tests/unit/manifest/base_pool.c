/* base_pool - work in parallel, emit in order, and the failure of the lowest job is the one that is told. */
#include <pthread.h>
#include <stdatomic.h>

#include "manifest/base/pool.h"
#include "tests/unit/unit.h"

enum { JOBS = 300, THREADS = 8 };

struct shared {
	atomic_uint worked[JOBS];
	size_t emitted[JOBS], count;
	atomic_int inside; /* emits at this moment: never more than one */
	size_t bad_work[2], bad_emit;
	pthread_t caller;
	atomic_uint elsewhere; /* jobs that did not run on the caller's thread */
};

struct scratch_part {
	size_t job;
	pthread_t thread;
};

/* Jobs take different times, so that their ends come out of order. */
static void dawdle(size_t job)
{
	struct timespec nap = { 0, (long)((job * 7919) % 13) * 20000 };
	nanosleep(&nap, NULL);
}

static bool work(void *ctx, void *scratch, size_t job, struct err *e)
{
	struct shared *s = ctx;
	atomic_fetch_add(&s->worked[job], 1);
	if (!pthread_equal(pthread_self(), s->caller))
		atomic_fetch_add(&s->elsewhere, 1);
	dawdle(job);
	if (scratch)
		*(struct scratch_part *)scratch = (struct scratch_part){ job, pthread_self() };
	if (job == s->bad_work[0] || job == s->bad_work[1])
		return err_set(e, ERR_FORMAT, "work %zu", job);
	return true;
}

static bool emit(void *ctx, void *scratch, size_t job, struct err *e)
{
	struct shared *s = ctx;
	if (atomic_fetch_add(&s->inside, 1) != 0)
		return err_set(e, ERR_STUCK, "two emits at once");
	if (scratch) {
		const struct scratch_part *mine = scratch;
		if (mine->job != job || !pthread_equal(mine->thread, pthread_self()))
			return err_set(e, ERR_STUCK, "not the scratch that worked on %zu", job);
	}
	if (job == s->bad_emit) {
		atomic_fetch_sub(&s->inside, 1);
		return err_set(e, ERR_REFUSED, "emit %zu", job);
	}
	s->emitted[s->count++] = job;
	atomic_fetch_sub(&s->inside, 1);
	return true;
}

static struct shared fresh(void)
{
	return (struct shared){
		.bad_work = { SIZE_MAX, SIZE_MAX },
		.bad_emit = SIZE_MAX,
		.caller = pthread_self(),
	};
}

static bool run(struct shared *s, unsigned threads, size_t count, struct err *e)
{
	struct scratch_part parts[THREADS];
	void *scratch_of[THREADS];
	for (size_t i = 0; i < THREADS; i++)
		scratch_of[i] = &parts[i];
	struct pool_plan plan = { threads, count, s, scratch_of, NULL, work, emit };
	return pool_run(&plan, e);
}

static void assert_emitted_up_to(const struct shared *s, size_t count)
{
	assert_int_equal(s->count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(s->emitted[i], i);
}

SPEC(every_job_is_worked_on_once_and_emitted_in_order)
{
	for (unsigned threads = 1; threads <= THREADS; threads++) {
		struct shared s = fresh();
		struct err e = { 0 };
		MUST(run(&s, threads, JOBS, &e), &e);
		assert_emitted_up_to(&s, JOBS);
		for (size_t i = 0; i < JOBS; i++)
			assert_int_equal(s.worked[i], 1);
	}
}

SPEC(one_thread_is_the_callers)
{
	struct shared s = fresh();
	struct err e = { 0 };
	MUST(run(&s, 1, JOBS, &e), &e);
	assert_int_equal(s.elsewhere, 0);
	s = fresh();
	MUST(run(&s, 0, 5, &e), &e);
	assert_int_equal(s.elsewhere, 0);
	assert_emitted_up_to(&s, 5);
}

SPEC(no_jobs_are_no_failure)
{
	struct shared s = fresh();
	struct err e = { 0 };
	MUST(run(&s, 4, 0, &e), &e);
	assert_int_equal(s.count, 0);
}

SPEC(fewer_jobs_than_threads_are_all_done)
{
	struct shared s = fresh();
	struct err e = { 0 };
	MUST(run(&s, THREADS, 3, &e), &e);
	assert_emitted_up_to(&s, 3);
}

SPEC(the_failure_of_the_lowest_job_wins)
{
	for (unsigned threads = 1; threads <= THREADS; threads++) {
		struct shared s = fresh();
		struct err e = { 0 };
		s.bad_work[0] = 41;
		s.bad_work[1] = 40;
		assert_false(run(&s, threads, JOBS, &e));
		assert_says(&e, ERR_FORMAT, "work 40");
		assert_emitted_up_to(&s, 40);
	}
}

SPEC(after_a_failed_emit_nothing_is_emitted)
{
	for (unsigned threads = 1; threads <= THREADS; threads++) {
		struct shared s = fresh();
		struct err e = { 0 };
		s.bad_emit = 17;
		s.bad_work[0] = 18;
		assert_false(run(&s, threads, JOBS, &e));
		assert_says(&e, ERR_REFUSED, "emit 17");
		assert_emitted_up_to(&s, 17);
	}
}

SPEC(the_first_and_the_last_job_may_fail)
{
	static const size_t bad[] = { 0, JOBS - 1 };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		for (unsigned threads = 1; threads <= THREADS; threads++) {
			struct shared s = fresh();
			struct err e = { 0 };
			s.bad_work[0] = bad[i];
			assert_false(run(&s, threads, JOBS, &e));
			assert_emitted_up_to(&s, bad[i]);
		}
}

SPEC(an_earlier_failure_of_the_caller_is_kept)
{
	struct shared s = fresh();
	struct err e = { 0 };
	s.bad_work[0] = 3;
	err_set(&e, ERR_USAGE, "earlier");
	assert_false(run(&s, 4, JOBS, &e));
	assert_says(&e, ERR_USAGE, "earlier");
}

SPEC(emit_and_scratch_may_be_left_out)
{
	struct shared s = fresh();
	struct err e = { 0 };
	struct pool_plan plan = { 4, JOBS, &s, NULL, NULL, work, NULL };
	MUST(pool_run(&plan, &e), &e);
	for (size_t i = 0; i < JOBS; i++)
		assert_int_equal(s.worked[i], 1);
	struct pool_plan bare = { 4, JOBS, &s, NULL, NULL, work, emit };
	MUST(pool_run(&bare, &e), &e);
	assert_emitted_up_to(&s, JOBS);
}

static bool every_seventh(void *ctx, size_t job)
{
	(void)ctx;
	return job % 7 == 0;
}

/* The emits of a run where not every job waits: each one once, and those that wait after all before them. */
SPEC(a_job_that_need_not_wait_does_not)
{
	for (unsigned threads = 1; threads <= THREADS; threads++) {
		struct shared s = fresh();
		struct err e = { 0 };
		size_t place[JOBS];
		struct pool_plan plan = { threads, JOBS, &s, NULL, NULL, work, emit };
		MUST(pool_run_some(&plan, every_seventh, &e), &e);
		assert_int_equal(s.count, JOBS);
		memset(place, 0xff, sizeof place);
		for (size_t i = 0; i < JOBS; i++)
			place[s.emitted[i]] = i;
		for (size_t i = 0; i < JOBS; i += 7)
			for (size_t k = 0; k < i; k++)
				assert_true(place[k] < place[i]);
	}
}

SPEC(what_waits_for_a_failed_job_is_not_emitted)
{
	for (unsigned threads = 1; threads <= THREADS; threads++) {
		struct shared s = fresh();
		struct err e = { 0 };
		s.bad_work[0] = 40;
		struct pool_plan plan = { threads, JOBS, &s, NULL, NULL, work, emit };
		assert_false(pool_run_some(&plan, every_seventh, &e));
		assert_says(&e, ERR_FORMAT, "work 40");
		for (size_t i = 0; i < s.count; i++)
			assert_true(s.emitted[i] < 40 || s.emitted[i] % 7 != 0);
	}
}

SPEC(there_is_always_a_thread_and_never_too_many)
{
	assert_int_equal(pool_threads(0), 1);
	assert_int_equal(pool_threads(1), 1);
	assert_true(pool_threads(1000) >= 1);
	assert_true(pool_threads(1000) <= 1000);
	assert_true(pool_threads(2) <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_is_worked_on_once_and_emitted_in_order),
		cmocka_unit_test(one_thread_is_the_callers),
		cmocka_unit_test(no_jobs_are_no_failure),
		cmocka_unit_test(fewer_jobs_than_threads_are_all_done),
		cmocka_unit_test(the_failure_of_the_lowest_job_wins),
		cmocka_unit_test(after_a_failed_emit_nothing_is_emitted),
		cmocka_unit_test(the_first_and_the_last_job_may_fail),
		cmocka_unit_test(an_earlier_failure_of_the_caller_is_kept),
		cmocka_unit_test(emit_and_scratch_may_be_left_out),
		cmocka_unit_test(a_job_that_need_not_wait_does_not),
		cmocka_unit_test(what_waits_for_a_failed_job_is_not_emitted),
		cmocka_unit_test(there_is_always_a_thread_and_never_too_many),
	};
	return cmocka_run_group_tests_name("base_pool", tests, NULL, NULL);
}
