/* gate_lines - what gates saw, as people read it: in columns, cut to the width, red ones with the reason
 * below.
 */
#include "installer/service/gate_lines.h"
#include "tests/unit/unit.h"

#define WORDS(text) ((char *)(uintptr_t)(text))

static struct gate_result result(const char *name, const char *verdict, bool required, char **seen)
{
	return (struct gate_result){ WORDS("port"), WORDS(name), WORDS(verdict), required, { seen, 1 } };
}

SPEC(gates_stand_in_columns_and_red_ones_say_why_below)
{
	char *good[] = { WORDS("it listens on 127.0.0.1, and a good deal more that nobody has to read") };
	char *bad[] = { WORDS("nobody listens on the port that the profile names, which is 18789") };
	struct gate_result gates[] = { result("a", "passed", true, good),
		result("longer", "failed", true, bad), result("c", "undecided", false, good) };
	struct evidence e = { .gates = { gates, 3 } };
	SCOPED(text_end) struct text out = { 0 };
	SCOPED(text_end) struct text names = { 0 };
	gate_lines_gates(&e, 60, &out);
	assert_string_equal(text_str(&out), "  passed    a       it listens on 127.0.0.1, and a good d...\n"
					    "  failed    longer\n"
					    "              nobody listens on the port that the profile\n"
					    "              names, which is 18789\n"
					    "  undecided c       (advisory) it listens on 127.0.0.1, a...\n");
	gate_lines_red(&e, false, &names);
	assert_string_equal(text_str(&names), " longer");
}

SPEC(a_word_that_is_too_long_stands_alone)
{
	SCOPED(text_end) struct text out = { 0 };
	gate_lines_wrap("see /a/path/that/is/longer/than/the/line now", 2, 26, &out);
	assert_string_equal(text_str(&out), "  see\n  /a/path/that/is/longer/than/the/line\n  now\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gates_stand_in_columns_and_red_ones_say_why_below),
		cmocka_unit_test(a_word_that_is_too_long_stands_alone),
	};
	return cmocka_run_group_tests_name("gate_lines", tests, NULL, NULL);
}
