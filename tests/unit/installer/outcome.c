/* outcome - which act has failed, whether what runs is proven, and what is said of it. */
#include "installer/outcome.h"
#include "tests/unit/installer/acts.h"

static struct act_unit one_unit = { .name = WORDS("app.service"),
	.manager = WORDS("system"),
	.role = WORDS(UNIT_SERVICE),
	.user = WORDS("root"),
	.ran = true };

/* The act has a service, and came as far as that step. */
static struct act *served(struct act *a, const char *step, bool proven)
{
	a->units = (struct json_list){ &one_unit, 1 };
	a->step = WORDS(step);
	a->proven = proven;
	return a;
}

static struct act *undone(struct act *a, const char *why)
{
	a->outcome = WORDS(ACT_UNDONE);
	a->why = WORDS(why);
	return a;
}

SPEC(the_newest_failure_is_no_act_that_was_given_up)
{
	SCOPED(history_end) struct history h = { 0 };
	assert_null(outcome_failure(&h.l));
	applied(&h, 'A');
	assert_null(outcome_failure(&h.l));
	undone(applied(&h, 'B'), "interrupted");
	applied(&h, 'C');
	undone(applied(&h, 'D'), "discarded");
	assert_int_equal(outcome_failure(&h.l)->number, 2);
	assert_false(outcome_bad(&h.acts[0]));
	assert_true(outcome_bad(&h.acts[1]));
	assert_false(outcome_bad(&h.acts[3]));
	applied(&h, 'E')->outcome = WORDS("");
	assert_true(outcome_bad(&h.acts[4]));
}

SPEC(what_runs_is_proven_until_an_undo_left_it_worse)
{
	SCOPED(history_end) struct history h = { 0 };
	assert_false(outcome_proven(&h.l));
	served(applied(&h, 'A'), STEP_COMMIT, true);
	assert_true(outcome_proven(&h.l));
	served(undone(applied(&h, 'B'), "x"), STEP_STAGE, false); /* the service was never touched */
	assert_true(outcome_proven(&h.l));
	served(undone(applied(&h, 'C'), "x"), STEP_PROVE, true);
	assert_true(outcome_proven(&h.l));
	served(undone(applied(&h, 'D'), "x"), STEP_PROVE, false);
	assert_false(outcome_proven(&h.l));
	served(applied(&h, 'E'), STEP_COMMIT, true);
	assert_true(outcome_proven(&h.l));
	served(applied(&h, 'F'), STEP_COMMIT, false);
	assert_false(outcome_proven(&h.l));
}

SPEC(the_expected_downtime_is_that_of_the_last_act_that_came_through)
{
	SCOPED(history_end) struct history h = { 0 };
	assert_int_equal(outcome_expected(&h.l), 0);
	struct act *a = applied(&h, 'A');
	a->stop_us = 1, a->settle_us = 20, a->ours_us = 300, a->start_us = 4000;
	applied(&h, 'B');
	struct act *bad = undone(applied(&h, 'C'), "x");
	bad->stop_us = bad->start_us = 9;
	assert_int_equal(outcome_expected(&h.l), 4321);
}

SPEC(a_capsule_is_told_once_for_each_directory)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct act_state states[] = {
		{ .path = WORDS("root/a"), .slot = WORDS("root/.waybill/app/000002/.state-0") },
		{ .path = WORDS("root/b"), .slot = WORDS("root/.waybill/app/000002/.state-1") },
		{ .path = WORDS("srv/c"), .slot = WORDS("srv/.waybill/app/000002/.state-2") },
	};
	struct act a = { .states = { states, 3 }, .capsule = true };
	struct json_list places;
	outcome_capsule(&a, &places, &arena);
	assert_int_equal(places.count, 2);
	assert_string_equal(((char **)places.items)[0], "/root/.waybill/app/000002");
	a.pruned = true;
	outcome_capsule(&a, &places, &arena);
	assert_int_equal(places.count, 0);
}

SPEC(why_is_one_short_line)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "interrupted", "interrupted" },
		{ "it did not pass:\n  gate x", "it did not pass" },
		{ "0123456789012345678901234", "01234567890123456..." },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text out = { 0 };
		struct act a = { .why = WORDS(cases[i][0]) };
		outcome_why(&a, 20, &out);
		assert_string_equal(text_str(&out), cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_failure_is_no_act_that_was_given_up),
		cmocka_unit_test(what_runs_is_proven_until_an_undo_left_it_worse),
		cmocka_unit_test(the_expected_downtime_is_that_of_the_last_act_that_came_through),
		cmocka_unit_test(a_capsule_is_told_once_for_each_directory),
		cmocka_unit_test(why_is_one_short_line),
	};
	return cmocka_run_group_tests_name("outcome", tests, start_digests, NULL);
}
