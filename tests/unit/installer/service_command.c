/* service_command - a status command that could not be run tells nothing. */
#include "installer/service/command.h"

#include "tests/unit/unit.h"

static char *const nowhere[] = { "/nowhere/status" };
static char *const yes[] = { "true" };
static char *const no[] = { "false" };

static struct act_unit unit_of(char *const *status)
{
	return (struct act_unit){ .name = "toy",
		.stop = { (void *)(uintptr_t)no, 1 },
		.start = { (void *)(uintptr_t)no, 1 },
		.status = { (void *)(uintptr_t)status, 1 } };
}

SPEC(a_status_that_could_not_be_asked_says_neither_up_nor_down)
{
	struct act_unit up = unit_of(yes), down = unit_of(no), unknown = unit_of(nowhere);
	struct err e = { 0 };
	assert_true(command_look(&up, &e) && up.ran);
	assert_true(command_look(&down, &e) && !down.ran);
	assert_false(command_look(&unknown, &e));
	assert_string_equal(e.text, "toy: the status command /nowhere/status could not be run");
}

/* It may run: it is stopped, and a stop that fails is an error. */
SPEC(what_may_run_is_stopped)
{
	struct act_unit down = unit_of(no), unknown = unit_of(nowhere);
	struct err e = { 0 };
	assert_true(command_stop(&down, &e));
	assert_false(command_stop(&unknown, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_that_could_not_be_asked_says_neither_up_nor_down),
		cmocka_unit_test(what_may_run_is_stopped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
