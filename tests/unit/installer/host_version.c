/* version - which of two versions is newer, and whether one is in a range. */
#include "installer/host/version.h"
#include "tests/unit/unit.h"

static void assert_ascending(const char *scheme, const char *const *sorted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++) {
			enum version_order wanted = i < k ? ORDER_OLDER : i > k ? ORDER_NEWER : ORDER_SAME;
			if (version_compare(scheme, sorted[i], sorted[k]) != wanted)
				fail_msg("%s: %s against %s", scheme, sorted[i], sorted[k]);
		}
}

SPEC(a_rebuild_is_newer_than_the_plain_one_and_a_beta_older)
{
	static const char *const sorted[] = { "2025.12.31", "2026.1.1-beta.1", "2026.1.1", "2026.1.2",
		"2026.2.0", "2026.3.13", "2026.3.23.beta.0", "2026.3.23-beta.1", "2026.3.23-beta.2",
		"2026.3.23-beta.10", "2026.3.23", "2026.3.23-0", "2026.3.23-1", "2026.3.23-2", "2026.3.23-10",
		"2026.3.24-beta.1", "2026.3.24", "2026.6.33", "2026.7.35", "2026.10.1", "2027.0.0" };
	assert_ascending("date", sorted, COUNT_OF(sorted));
	assert_int_equal(version_compare("date", "2026.3.23.beta.2", "2026.3.23-beta.2"), ORDER_SAME);
	assert_int_equal(version_compare("date", "2026.03.023-02", "2026.3.23-2"), ORDER_SAME);
}

SPEC(semver_goes_by_its_precedence)
{
	static const char *const sorted[] = { "0.0.0-0", "0.0.0", "0.0.1", "0.1.0", "0.9.9", "1.0.0-0",
		"1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0--", "1.0.0-1a", "1.0.0-alpha", "1.0.0-alpha.0",
		"1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-alpha.beta.1", "1.0.0-alphabet", "1.0.0-beta",
		"1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1-rc", "1.0.1", "1.0.10",
		"1.1.0", "1.10.0", "2.0.0-a", "2.0.0", "10.0.0" };
	assert_ascending("semver", sorted, COUNT_OF(sorted));
	assert_int_equal(version_compare("semver", "v22.23.3", "22.23.3"), ORDER_SAME);
	assert_int_equal(version_compare("semver", "1.0.0+a", "1.0.0+b.01"), ORDER_SAME);
	assert_int_equal(version_compare("semver", "1.0.0-a+x", "1.0.0-a"), ORDER_SAME);
	assert_int_equal(version_compare("semver", "2026.3.23-2", "2026.3.23"), ORDER_OLDER);
}

SPEC(numbers_of_any_length_are_compared)
{
	static const char *const sorted[] = { "1.0.18446744073709551615", "1.0.18446744073709551616",
		"1.0.99999999999999999999999999999999999999", "1.0.100000000000000000000000000000000000000",
		"1.0.100000000000000000000000000000000000001", "4294967296.0.0-99999999999999999999",
		"4294967296.0.0-100000000000000000000", "4294967296.0.0" };
	assert_ascending("semver", sorted, COUNT_OF(sorted));
	assert_int_equal(
		version_compare("date", "2026.3.23-99999999999999999999", "2026.3.23-100000000000000000000"),
		ORDER_OLDER);
	char *nines = repeated('9', 5000), *long_one = repeated('9', 5010);
	memcpy(long_one, "1.0.", 4);
	assert_int_equal(version_compare("semver", long_one, "1.0.1"), ORDER_NEWER);
	assert_int_equal(version_dotted(nines, "9"), ORDER_NEWER);
	free(nines);
	free(long_one);
}

SPEC(a_version_is_one_from_end_to_end)
{
	static const struct {
		const char *text;
		bool date, semver;
	} cases[] = {
		{ "2026.3.23", true, true },
		{ "2026.3.23-2", true, true },
		{ "2026.3.23-beta.2", true, true },
		{ "2026.3.23.beta.2", true, false },
		{ "2026.7.35", true, true },
		{ "2026.03.05", true, false },
		{ "0.8.3-beta", false, true },
		{ "2026.3.23-beta", false, true },
		{ "2026.3.23-beta.", false, false },
		{ "2026.3.23-beta.x", false, true },
		{ "2026.3.23-alpha.1", false, true },
		{ "2026.3.23-", false, false },
		{ "2026.3.23-2-1", false, true },
		{ "2026.3.23-2.1", false, true },
		{ "2026.3.23+1", false, true },
		{ "1999.3.23", false, true },
		{ "20.3.23", false, true },
		{ "20260.3.23", false, true },
		{ "3026.3.23", false, true },
		{ "v2026.3.23", false, true },
		{ "v22.23.3", false, true },
		{ "V22.23.3", false, false },
		{ "vv22.23.3", false, false },
		{ "1.2.3-a.b-c.0+0.01.-", false, true },
		{ "1.2.3+", false, false },
		{ "1.2.3-a..b", false, false },
		{ "1.2.3-01", false, false },
		{ "1.2.3-0a", false, true },
		{ "1.2.3-\xc3\xa9", false, false },
		{ "01.2.3", false, false },
		{ "1.2", false, false },
		{ "2026.3", false, false },
		{ "2026.3.", false, false },
		{ "2026..3", false, false },
		{ "1.2.3.4", false, false },
		{ "1.2.x", false, false },
		{ "-1.2.3", false, false },
		{ " 2026.3.23", false, false },
		{ "2026.3.23 ", false, false },
		{ "2026.3.23\n", false, false },
		{ "v", false, false },
		{ "", false, false },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *exact = exact_copy(cases[i].text, strlen(cases[i].text) + 1);
		if (version_known("date", exact) != cases[i].date ||
			version_known("semver", exact) != cases[i].semver)
			fail_msg("\"%s\"", exact);
		free(exact);
	}
}

SPEC(what_is_no_version_or_scheme_compares_with_nothing)
{
	assert_int_equal(version_compare("date", "0.8.3-beta", "2026.3.23"), ORDER_UNKNOWN);
	assert_int_equal(version_compare("date", "2026.3.23", "0.8.3-beta"), ORDER_UNKNOWN);
	assert_int_equal(version_compare("semver", "1.2", "1.2"), ORDER_UNKNOWN);
	assert_int_equal(version_compare("", "1.2.3", "1.2.3"), ORDER_UNKNOWN);
	assert_int_equal(version_compare("Semver", "1.2.3", "1.2.3"), ORDER_UNKNOWN);
	assert_false(version_known("calver", "2026.3.23"));
	assert_int_equal(version_in_range("calver", "2026.3.23", "*"), FIT_UNKNOWN);
	assert_int_equal(version_in_range("date", "0.8.3-beta", "*"), FIT_UNKNOWN);
}

struct fit {
	const char *version, *range;
	enum version_fit fit;
};

static void assert_fits(const char *scheme, const struct fit *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *exact = exact_copy(cases[i].range, strlen(cases[i].range) + 1);
		enum version_fit fit = version_in_range(scheme, cases[i].version, exact);
		if (fit != cases[i].fit)
			fail_msg("%s: %s in \"%s\" gives %d", scheme, cases[i].version, exact, (int)fit);
		free(exact);
	}
}

static const struct fit npm_ranges[] = {
	{ "v22.23.3", ">=22.16.0", FIT_YES },
	{ "22.16.0", ">=22.16.0", FIT_YES },
	{ "22.15.9", ">=22.16.0", FIT_NO },
	{ "24.16.0", ">=24.16.0 <25 || >=26.1.0", FIT_YES },
	{ "24.15.0", ">=24.16.0 <25 || >=26.1.0", FIT_NO },
	{ "25.0.0", ">=24.16.0 <25 || >=26.1.0", FIT_NO },
	{ "26.0.9", ">=24.16.0 <25||>=26.1.0", FIT_NO },
	{ "26.1.0", ">=24.16.0 <25||>=26.1.0", FIT_YES },
	{ "1.2.3", "^1.2.3", FIT_YES },
	{ "1.9.0", "^1.2.3", FIT_YES },
	{ "1.2.2", "^1.2.3", FIT_NO },
	{ "2.0.0", "^1.2.3", FIT_NO },
	{ "2.0.0-a", "^1.2.3", FIT_NO },
	{ "0.2.9", "^0.2.3", FIT_YES },
	{ "0.3.0", "^0.2.3", FIT_NO },
	{ "0.0.3", "^0.0.3", FIT_YES },
	{ "0.0.4", "^0.0.3", FIT_NO },
	{ "0.0.0", "^0.0.0", FIT_YES },
	{ "0.0.1", "^0.0.0", FIT_NO },
	{ "0.0.9", "^0.0", FIT_YES },
	{ "0.1.0", "^0.0", FIT_NO },
	{ "0.9.0", "^0", FIT_YES },
	{ "1.0.0", "^0.x", FIT_NO },
	{ "1.2.9", "~1.2", FIT_YES },
	{ "1.3.0", "~1.2", FIT_NO },
	{ "1.2.3", "~1.2.3", FIT_YES },
	{ "1.2.2", "~1.2.3", FIT_NO },
	{ "1.2.9", "~1.2.3", FIT_YES },
	{ "1.3.0", "~1.2.3", FIT_NO },
	{ "1.9.0", "~1", FIT_YES },
	{ "2.0.0", "~>1", FIT_NO },
	{ "1.2.5", "1.x", FIT_YES },
	{ "2.0.0", "1.x", FIT_NO },
	{ "1.2.5", "1.2.*", FIT_YES },
	{ "1.3.5", "1.2.X", FIT_NO },
	{ "1.2.5", "1", FIT_YES },
	{ "1.2.5", "=1.2", FIT_YES },
	{ "1.2.5", "1.2.5", FIT_YES },
	{ "1.2.6", "1.2.5", FIT_NO },
	{ "1.2.5+b", "=v1.2.5+c", FIT_YES },
	{ "7.7.7", "*", FIT_YES },
	{ "7.7.7", "", FIT_YES },
	{ "7.7.7", "  ", FIT_YES },
	{ "7.7.7", "x.x.x", FIT_YES },
	{ "7.7.7", "1.0.0 ||", FIT_YES },
	{ "7.7.7", ">x", FIT_NO },
	{ "7.7.7", "<*", FIT_NO },
	{ "7.7.7", "<=*", FIT_YES },
	{ "1.9.9", ">1", FIT_NO },
	{ "2.0.0", ">1", FIT_YES },
	{ "2.0.0-rc", ">1", FIT_NO },
	{ "1.2.9", ">1.2", FIT_NO },
	{ "1.3.0", ">1.2", FIT_YES },
	{ "1.9.9", "<=1", FIT_YES },
	{ "2.0.0", "<=1", FIT_NO },
	{ "1.2.0", "<1.2", FIT_NO },
	{ "1.1.9", "<1.2", FIT_YES },
	{ "1.2.3", ">1.2.3", FIT_NO },
	{ "1.2.3", "<1.2.3", FIT_NO },
	{ "1.2.3", "<=1.2.3", FIT_YES },
	{ "1.2.3", ">= 1.2.3\t< 2", FIT_YES },
	{ "1.2.3", "1.2.3 - 2.3.4", FIT_YES },
	{ "2.3.4", "1.2.3 - 2.3.4", FIT_YES },
	{ "2.3.5", " 1.2.3  -  2.3.4 ", FIT_NO },
	{ "2.3.5", "1.2 - 2.3", FIT_YES },
	{ "2.4.0", "1.2 - 2.3", FIT_NO },
	{ "1.1.9", "1.2 - 2", FIT_NO },
	{ "2.9.9", "* - 2", FIT_YES },
	{ "9.9.9", "2 - *", FIT_YES },
	{ "1.2.3-beta.2", ">=1.2.3-beta.1", FIT_YES },
	{ "1.2.3-beta.0", ">=1.2.3-beta.1", FIT_NO },
	{ "1.2.4-beta.2", ">=1.2.3-beta.1", FIT_NO },
	{ "1.2.4", ">=1.2.3-beta.1", FIT_YES },
	{ "1.2.3-beta.2", "^1.2.3-beta.1", FIT_YES },
	{ "1.2.3-beta.2", "*", FIT_NO },
	{ "1.2.3-beta.2", "<2.0.0", FIT_NO },
	{ "99999999999999999999.9.9", "^99999999999999999999", FIT_YES },
	{ "100000000000000000000.0.0", "^99999999999999999999", FIT_NO },
	{ "100000000000000000000.0.0", ">99999999999999999999", FIT_YES },
	{ "100000000000000000000.0.0-a", ">99999999999999999999 <=100000000000000000000.0.0-b", FIT_NO },
	{ "10.0.0-a", ">9 <=10.0.0-b", FIT_NO },
	{ "1200.0.0-a", ">1199 <=1200.0.0-b", FIT_NO },
	{ "1201.0.0-a", ">1199 <=1201.0.0-b", FIT_YES },
};

SPEC(a_range_is_npms)
{
	assert_fits("semver", npm_ranges, COUNT_OF(npm_ranges));
}

SPEC(a_range_that_is_not_understood_never_fits)
{
	static const char *const ranges[] = { "latest", "next || *", "* || next", ">=", ">", "^", "~",
		"1.2.3.4", ">=01.2.3", "1.2-beta", "1..2", ".1", "1.", ">=1.2.3, <2", "git+https://x/y",
		"npm:x@1", "workspace:*", "file:..", "|", "* | *", "|||", "1 - ", "- 1", "1 - 2 3", "0 1 - 2",
		"1 -2", "^^1", "=>1", ">>1", "==1", "!1", "1.x.3", "*.1", "1.2.3-", "1.2.3-a..b", "1.2.3+",
		"1,2", "1.2.3\n", "\xc2\xa0", "x.x.x.x", "xx", "1x" };
	for (size_t i = 0; i < COUNT_OF(ranges); i++) {
		char *exact = exact_copy(ranges[i], strlen(ranges[i]) + 1);
		if (version_in_range("semver", "1.2.3", exact) != FIT_UNKNOWN)
			fail_msg("semver: \"%s\"", exact);
		if (version_in_range("date", "2026.3.23", exact) != FIT_UNKNOWN &&
			strcmp(exact, ">=01.2.3") != 0)
			fail_msg("date: \"%s\"", exact);
		free(exact);
	}
}

SPEC(in_a_range_of_dates_the_three_numbers_count)
{
	static const struct fit cases[] = {
		{ "2026.3.23-2", ">=2026.3.22", FIT_YES },
		{ "2026.3.23-2", ">=2026.3.23", FIT_YES },
		{ "2026.3.23-beta.1", ">=2026.3.23", FIT_YES },
		{ "2026.3.22", ">=2026.3.23", FIT_NO },
		{ "2026.3.23-2", ">=2026.5.12", FIT_NO },
		{ "2026.3.23-2", ">2026.3.23", FIT_NO },
		{ "2026.3.23-2", "<=2026.3.23", FIT_YES },
		{ "2026.3.23-2", "=2026.3.23", FIT_YES },
		{ "2026.3.23-2", ">=2026.2.13", FIT_YES },
		{ "2026.3.23-2", "^2026.3.0", FIT_YES },
		{ "2027.1.1", "^2026.3.0", FIT_NO },
		{ "2026.3.23-2", "~2026.3", FIT_YES },
		{ "2026.4.1-beta.1", "~2026.3", FIT_NO },
		{ "2026.3.23-2", "2026.x", FIT_YES },
		{ "2026.3.23-beta.2", "*", FIT_YES },
		{ "2026.3.23", ">=1.0.0", FIT_YES },
		{ "2026.7.35", "2026.7.34 - 2026.7.35", FIT_YES },
		/* The range names a rebuild or a beta itself. */
		{ "2026.3.23", ">=2026.3.23-2", FIT_NO },
		{ "2026.3.23-2", ">=2026.3.23-2", FIT_YES },
		{ "2026.3.24", ">=2026.3.23-2", FIT_YES },
		{ "2026.3.23-1", "2026.3.23-2", FIT_NO },
		{ "2026.3.23", ">=2026.3.23-beta.1", FIT_YES },
		{ "2026.3.23.beta.1", "2026.3.23-beta.1", FIT_YES },
		{ "2026.3.23", ">=2026.3.23-rc.1", FIT_UNKNOWN },
		{ "2026.3.23", ">=v2026.3.23", FIT_UNKNOWN },
	};
	assert_fits("date", cases, COUNT_OF(cases));
}

SPEC(dotted_numbers_are_compared_one_by_one)
{
	static const char *const sorted[] = { "0", "0.0.1", "2.2.5", "2.3", "2.3.4", "2.9", "2.10", "2.28",
		"2.36", "3", "3.4.9", "3.4.22", "10" };
	for (size_t i = 0; i < COUNT_OF(sorted); i++)
		for (size_t k = 0; k < COUNT_OF(sorted); k++)
			if (version_dotted(sorted[i], sorted[k]) != (i < k          ? ORDER_OLDER
									    : i > k ? ORDER_NEWER
										    : ORDER_SAME))
				fail_msg("%s against %s", sorted[i], sorted[k]);
	assert_int_equal(version_dotted("2.28", "2.28.0.0"), ORDER_SAME);
	assert_int_equal(version_dotted("02.028", "2.28"), ORDER_SAME);
	static const char *const bad[] = { "", ".", "2.", ".2", "2..3", "2.x", "PRIVATE", "2.28 ", "-1",
		"1.0.0-a" };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (version_dotted(bad[i], "2.28") || version_dotted("2.28", bad[i]) ||
			version_dotted("1.0", bad[i]))
			fail_msg("\"%s\"", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rebuild_is_newer_than_the_plain_one_and_a_beta_older),
		cmocka_unit_test(semver_goes_by_its_precedence),
		cmocka_unit_test(numbers_of_any_length_are_compared),
		cmocka_unit_test(a_version_is_one_from_end_to_end),
		cmocka_unit_test(what_is_no_version_or_scheme_compares_with_nothing),
		cmocka_unit_test(a_range_is_npms),
		cmocka_unit_test(a_range_that_is_not_understood_never_fits),
		cmocka_unit_test(in_a_range_of_dates_the_three_numbers_count),
		cmocka_unit_test(dotted_numbers_are_compared_one_by_one),
	};
	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
