/* act_journal - which lines of the journal belong to an act, and what is said where there are none. */
#include "installer/service/act_journal.h"

#include "tests/unit/unit.h"

#define WORDS(text) ((char[]){ text })

static struct act_unit units[] = {
	{ .name = WORDS("a.service"), .manager = WORDS("system"), .user = WORDS("root") },
	{ .name = WORDS("b"), .manager = WORDS("command"), .user = WORDS("root") },
	{ .name = WORDS("c.service"), .manager = WORDS("user"), .user = WORDS("root") },
	{ .name = WORDS("d.service"), .manager = WORDS("user"), .user = WORDS("nobody-is-called-so") },
};

static void assert_words(const struct act *a, const char *wanted)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text all = { 0 };
	const char *const *words = said_words(a, 1000, &arena);
	assert_non_null(words);
	for (; *words; words++)
		text_printf(&all, "%s ", *words);
	assert_non_null(strstr(text_str(&all), wanted));
}

SPEC(an_act_that_goes_on_has_lines_up_to_now)
{
	struct act a = { .started = 900, .units = { units, 1 } };
	char wanted[128];
	snprintf(wanted, sizeof wanted,
		"--since=@900 --until=@%d _SYSTEMD_UNIT=a.service + UNIT=a.service _UID=0 ",
		1000 + SAID_TAIL);
	assert_words(&a, wanted);
}

SPEC(an_act_that_is_over_has_lines_until_then)
{
	struct act a = { .started = 900, .ended = 950, .units = { units, 1 } };
	char wanted[64];
	snprintf(wanted, sizeof wanted, "--until=@%d ", 950 + SAID_TAIL);
	assert_words(&a, wanted);
}

SPEC(what_commands_run_is_left_out_and_a_users_unit_is_that_users)
{
	struct act a = { .started = 900, .units = { units, COUNT_OF(units) } };
	assert_words(&a, "_SYSTEMD_UNIT=a.service + UNIT=a.service _UID=0 "
			 "+ _SYSTEMD_USER_UNIT=c.service _UID=0 + USER_UNIT=c.service _UID=0 "
			 "+ _SYSTEMD_USER_UNIT=d.service + USER_UNIT=d.service ");
}

SPEC(an_act_without_units_of_a_manager_says_so)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	struct act none = { .started = 900 }, command = { .started = 900, .units = { &units[1], 1 } };
	struct err e = { 0 };
	assert_null(said_words(&none, 1000, &arena));
	assert_null(said_words(&command, 1000, &arena));
	assert_false(said_by_units(&command, &out, &e));
	assert_says(&e, ERR_SYSTEM, "none of the act's units is one of systemd's");
}

/* A directory with a `journalctl` of these lines, first in the PATH. */
static void given_journalctl(const char *lines)
{
	char path[PATH_MAX], script[512];
	SCOPED_FD int dir = scratch();
	snprintf(script, sizeof script, "#!/bin/sh\n%s\n", lines);
	given_file(dir, "journalctl", script);
	assert_int_equal(fchmodat(dir, "journalctl", 0755, 0), 0);
	assert_int_equal(setenv("PATH", path_of(dir, NULL, path), 1), 0);
}

static void given_no_journalctl(void)
{
	char path[PATH_MAX];
	SCOPED_FD int dir = scratch();
	assert_int_equal(setenv("PATH", path_of(dir, NULL, path), 1), 0);
}

static bool said(struct text *out, struct err *e)
{
	struct act a = { .started = 900, .units = { units, 1 } };
	return said_by_units(&a, out, e);
}

SPEC(what_the_journal_says_is_taken_as_it_is)
{
	SCOPED(text_end) struct text out = { 0 };
	struct err e = { 0 };
	given_journalctl("echo one; echo two");
	MUST(said(&out, &e), &e);
	assert_string_equal(text_str(&out), "one\ntwo\n");
}

SPEC(what_came_before_a_failure_counts_and_a_failure_alone_is_told)
{
	SCOPED(text_end) struct text out = { 0 };
	struct err e = { 0 }, why = { 0 }, none = { 0 };
	given_journalctl("echo one; exit 1");
	MUST(said(&out, &e), &e);
	assert_string_equal(text_str(&out), "one\n");
	given_journalctl("echo 'No journal files were found.' >&2; echo more >&2; exit 1");
	assert_false(said(&out, &why));
	assert_string_equal(why.text, "journalctl: No journal files were found.");
	given_no_journalctl();
	assert_false(said(&out, &none));
	assert_says(&none, ERR_SYSTEM, "journalctl: there is none");
}

SPEC(more_than_is_kept_is_cut_and_says_so)
{
	SCOPED(text_end) struct text out = { 0 };
	struct err e = { 0 };
	given_journalctl("/usr/bin/head -c 6000000 /dev/zero | /usr/bin/tr '\\0' x");
	MUST(said(&out, &e), &e);
	assert_int_equal(out.len, SAID_MAX + strlen("\n[cut: there is more than 4 MiB]\n"));
	assert_string_equal(text_str(&out) + SAID_MAX, "\n[cut: there is more than 4 MiB]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_act_that_goes_on_has_lines_up_to_now),
		cmocka_unit_test(an_act_that_is_over_has_lines_until_then),
		cmocka_unit_test(what_commands_run_is_left_out_and_a_users_unit_is_that_users),
		cmocka_unit_test(an_act_without_units_of_a_manager_says_so),
		cmocka_unit_test(what_the_journal_says_is_taken_as_it_is),
		cmocka_unit_test(what_came_before_a_failure_counts_and_a_failure_alone_is_told),
		cmocka_unit_test(more_than_is_kept_is_cut_and_says_so),
	};
	return cmocka_run_group_tests_name("act_journal", tests, NULL, NULL);
}
