/* pattern - which regular expressions are taken, what is found, and how a text becomes one. */
#include "installer/host/pattern.h"
#include "tests/unit/unit.h"

SPEC(what_is_no_pattern_is_refused_with_its_reason)
{
	static const struct {
		const char *ere, *complaint;
	} cases[] = {
		{ "", "a pattern has 1 to 1024 bytes" },
		{ "\\d+", "\\d is not in POSIX extended regular expressions" },
		{ "a\\.b\\1", "\\1 is not in POSIX extended regular expressions" },
		{ "(a", "\"(a\": " },
		{ "[a", "\"[a\": " },
		{ "a{2", "a bound {n,m} that is not one" },
		{ "a{x}", "a bound {n,m} that is not one" },
		{ "a{2,256}", "a bound {n,m} that is not one" },
		{ "(a{100}){100}", "repeats too often" },
		{ "a{2}{3}{200}", "repeats too often" },
		{ "a+++++++++++", "repeats too often" },
		{ "((((((((((a+)+)+)+)+)+)+)+)+)+)+", "repeats too often" },
		{ "a{1}+*+?+{1}+*+?+{1}+*+?+{1}+", "repeats too often" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct pattern p;
		struct err e = { 0 };
		assert_false(pattern_open(cases[i].ere, &p, &e));
		assert_says(&e, ERR_FORMAT, cases[i].complaint);
		assert_false(pattern_in(&p, "a"));
		pattern_end(&p);
	}
}

SPEC(a_pattern_has_at_most_1024_bytes)
{
	char *most = repeated('a', PATTERN_MAX), *more = repeated('a', PATTERN_MAX + 1);
	SCOPED(pattern_end) struct pattern p;
	struct pattern none;
	struct err e = { 0 };
	MUST(pattern_open(most, &p, &e), &e);
	assert_true(pattern_in(&p, most));
	assert_false(pattern_open(more, &none, &e));
	free(most);
	free(more);
}

SPEC(repeats_side_by_side_cost_nothing)
{
	SCOPED(pattern_end) struct pattern p;
	struct err e = { 0 };
	MUST(pattern_open("^a+b+c+d+e+f+g+h+i+j+k+l+[+*?]+(m|n)+{2}\\.$", &p, &e), &e);
	assert_true(pattern_in(&p, "abcdefghijkl+?mnm."));
	assert_false(pattern_in(&p, "abcdefghijkl."));
}

SPEC(the_first_match_and_its_group_are_found)
{
	SCOPED(pattern_end) struct pattern p;
	struct err e = { 0 };
	regmatch_t whole, group;
	MUST(pattern_open("^ab(c*)|(x)", &p, &e), &e);
	assert_true(pattern_find(&p, "abcc", true, &whole, &group));
	assert_int_equal(whole.rm_eo, 4);
	assert_int_equal(group.rm_so, 2);
	assert_false(pattern_find(&p, "abcc", false, &whole, &group));
	assert_true(pattern_find(&p, "_x", true, &whole, &group));
	assert_int_equal(whole.rm_so, 1);
	assert_int_equal(group.rm_so, -1);
}

SPEC(a_text_becomes_the_pattern_of_itself)
{
	static const char text[] = "a.b[c]\\(d)*e+f?{g}|^h$";
	SCOPED(text_end) struct text ere = { 0 };
	SCOPED(pattern_end) struct pattern p;
	struct err e = { 0 };
	pattern_quote(text, &ere);
	MUST(pattern_open(text_str(&ere), &p, &e), &e);
	assert_true(pattern_in(&p, text));
	assert_false(pattern_in(&p, "axb[c]\\(d)*e+f?{g}|^h$"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_pattern_is_refused_with_its_reason),
		cmocka_unit_test(a_pattern_has_at_most_1024_bytes),
		cmocka_unit_test(repeats_side_by_side_cost_nothing),
		cmocka_unit_test(the_first_match_and_its_group_are_found),
		cmocka_unit_test(a_text_becomes_the_pattern_of_itself),
	};
	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
