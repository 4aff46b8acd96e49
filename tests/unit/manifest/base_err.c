/* base_err - the first failure wins, purposes stand in front, and every kind has its word. */
#include "tests/unit/unit.h"

SPEC(the_first_failure_wins)
{
	struct err e = { 0 };
	assert_false(err_set(&e, ERR_FORMAT, "row %d", 7));
	assert_says(&e, ERR_FORMAT, "row 7");
	assert_false(err_set(&e, ERR_STUCK, "later"));
	errno = EIO;
	assert_false(err_sys(&e, "later still"));
	assert_string_equal(e.text, "row 7");
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_int_equal(e.sys, 0);
}

SPEC(a_failed_call_says_why)
{
	struct err e = { 0 };
	errno = ENOSPC;
	assert_false(err_sys(&e, "write %s", "the record"));
	assert_string_equal(e.text, "write the record: No space left on device");
	assert_int_equal(e.kind, ERR_SYSTEM);
	assert_int_equal(e.sys, ENOSPC);
}

SPEC(each_level_puts_its_purpose_in_front)
{
	struct err e = { 0 };
	err_set(&e, ERR_GATE, "does not listen");
	assert_false(err_in(&e, "port %d", 80));
	assert_false(err_in(&e, "gate"));
	assert_string_equal(e.text, "gate: port 80: does not listen");
	assert_int_equal(e.kind, ERR_GATE);
}

SPEC(what_others_said_moves_no_cursor)
{
	struct err e = { 0 };
	err_set(&e, ERR_FORMAT, "type %s", "a\x1b[2J\r\x7f\nb\xc2\x9b\xc2\xa0");
	err_in(&e, "%s", "x\b");
	assert_string_equal(e.text, "x\\x08: type a\\x1b[2J\\x0d\\x7f\\x0ab\\xc2\\x9b\xc2\xa0");
	e = (struct err){ 0 };
	err_set(&e, ERR_REFUSED, "two:\n  one\n  other\n\n");
	assert_string_equal(e.text, "two:\n  one\n  other");
}

SPEC(a_text_that_is_too_long_is_cut_at_its_end)
{
	char *large = repeated('x', 3 * ERR_ROOM);
	struct err e = { 0 };
	err_set(&e, ERR_FORMAT, "%s", large);
	assert_int_equal(strlen(e.text), ERR_ROOM - 1);
	for (int i = 0; i < 20; i++)
		err_in(&e, "%d%s", i, large);
	assert_true(strlen(e.text) <= ERR_ROOM - 1);
	assert_int_equal(e.text[0], 'x'); /* the cause is never pushed out by the way to it */
	errno = EIO;
	struct err sys = { 0 };
	err_sys(&sys, "%s", large);
	assert_int_equal(sys.sys, EIO);
	assert_true(strlen(sys.text) <= ERR_ROOM - 1);
	free(large);
}

SPEC(every_kind_has_its_status_and_word)
{
	static const struct {
		enum err_kind kind;
		int status;
		const char *word;
	} kinds[] = {
		{ ERR_NONE, 0, "ok" },
		{ ERR_USAGE, 2, "usage" },
		{ ERR_SYSTEM, 3, "system" },
		{ ERR_FORMAT, 4, "format" },
		{ ERR_UNTRUSTED, 5, "untrusted" },
		{ ERR_REFUSED, 6, "refused" },
		{ ERR_GATE, 7, "gate" },
		{ ERR_STUCK, 8, "stuck" },
		{ ERR_DIFFERS, 9, "differs" },
	};
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		assert_int_equal(kinds[i].kind, kinds[i].status);
		assert_string_equal(err_word(kinds[i].kind), kinds[i].word);
		assert_true(strlen(err_meaning(kinds[i].kind)) > 0);
	}
	assert_string_equal(err_meaning((enum err_kind)1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_failure_wins),
		cmocka_unit_test(a_failed_call_says_why),
		cmocka_unit_test(each_level_puts_its_purpose_in_front),
		cmocka_unit_test(what_others_said_moves_no_cursor),
		cmocka_unit_test(a_text_that_is_too_long_is_cut_at_its_end),
		cmocka_unit_test(every_kind_has_its_status_and_word),
	};
	return cmocka_run_group_tests_name("base_err", tests, NULL, NULL);
}
