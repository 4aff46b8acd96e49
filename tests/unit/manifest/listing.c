/* listing - what is read of a line is written back byte for byte, and no line has a second form. */
#include "manifest/listing.h"
#include "tests/unit/unit.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static bool parse(const char *text, char **line, struct entry *out, struct err *e)
{
	*line = exact_copy(text, strlen(text) + 1);
	return listing_parse(*line, out, e);
}

SPEC(a_line_is_written_back_as_it_was_read)
{
	static const char *const lines[] = {
		".\td\t0755\t0\t-\t-",
		"a/b\tf\t0644\t0\t" HEX "\t-",
		"a\tf\t7777\t9007199254740991\t" HEX "\t-",
		"link\tl\t0777\t0\t-\t../x",
		"to\tr\t0777\t0\t-\tcore/bin",
		"odd\to\t0600\t0\t-\t-",
		"\xc3\xb6 \xf0\x9f\x9a\x9a\td\t0700\t0\t-\t-",
		"a\\x09b\\x5c\\xff\td\t0700\t0\t-\t-",
		"l\tl\t0777\t0\t-\ta\\x0ab",
		"l\tl\t0777\t0\t-\t-",
	};
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		SCOPED(text_end) struct text again = { 0 };
		struct entry entry;
		struct err e = { 0 };
		char *line;
		MUST(parse(lines[i], &line, &entry, &e), &e);
		listing_add(&entry, &again);
		assert_int_equal(again.len, strlen(lines[i]) + 1);
		assert_memory_equal(again.at, lines[i], strlen(lines[i]));
		assert_int_equal(again.at[again.len - 1], '\n');
		free(line);
	}
}

SPEC(the_fields_of_a_line_are_read)
{
	struct entry entry;
	struct err e = { 0 };
	char *line;
	MUST(parse("a\\x5cb\tf\t0640\t123\t" HEX "\t-", &line, &entry, &e), &e);
	assert_string_equal(entry.path, "a\\b");
	assert_int_equal(entry.kind, ENTRY_FILE);
	assert_int_equal(entry.mode, 0640);
	assert_int_equal(entry.size, 123);
	assert_int_equal(entry.digest.bytes[15], 0xff);
	assert_null(entry.target);
	free(line);
}

SPEC(a_line_that_is_not_well_formed_is_refused)
{
	static const struct {
		const char *line, *complaint;
	} cases[] = {
		{ "", "a row has 1 of 6 fields" },
		{ "a\td\t0755\t0\t-", "a row has 5 of 6 fields" },
		{ "a\td\t0755\t0\t-\t-\t", "a row has more than 6 fields" },
		{ "\td\t0755\t0\t-\t-", "a row's path is not well formed" },
		{ "a\x01\td\t0755\t0\t-\t-", "a row's path is not well formed" },
		{ "a\xff\td\t0755\t0\t-\t-", "a row's path is not well formed" },
		{ "a\\\td\t0755\t0\t-\t-", "a row's path is not well formed" },
		{ "a\\x41\td\t0755\t0\t-\t-", "a row's path is not well formed" }, /* need not be escaped */
		{ "a\\xFF\td\t0755\t0\t-\t-", "a row's path is not well formed" },
		{ "a\\x00\td\t0755\t0\t-\t-", "a row's path is not well formed" },
		{ "\\xc3\\xb6\td\t0755\t0\t-\t-", "a row's path is not well formed" }, /* plain UTF-8 */
		{ "a\tx\t0755\t0\t-\t-", "a: a field is not well formed" },
		{ "a\tdd\t0755\t0\t-\t-", "a: a field" },
		{ "a\t\t0755\t0\t-\t-", "a: a field" },
		{ "a\td\t755\t0\t-\t-", "a: a field" },
		{ "a\td\t00755\t0\t-\t-", "a: a field" },
		{ "a\td\t0855\t0\t-\t-", "a: a field" },
		{ "a\td\t0755\t\t-\t-", "a: a field" },
		{ "a\td\t0755\t1\t-\t-", "a: a field" },
		{ "a\td\t0755\t0\t" HEX "\t-", "a: a field" },
		{ "a\td\t0755\t0\t-\tx", "a: a field" },
		{ "a\td\t0755\t0\t\t-", "a: its digest" },
		{ "a\td\t0755\t0\t--\t-", "a: its digest" },
		{ "a\tf\t0644\t0\t-\t-", "a: a field" },
		{ "a\tf\t0644\t01\t" HEX "\t-", "a: a field" },
		{ "a\tf\t0644\t-1\t" HEX "\t-", "a: a field" },
		{ "a\tf\t0644\t9007199254740992\t" HEX "\t-", "a: a field" },
		{ "a\tf\t0644\t99999999999999999999\t" HEX "\t-", "a: a field" },
		{ "a\tf\t0644\t1\t" HEX "0\t-", "a: its digest" },
		{ "a\tf\t0644\t1\t" HEX "\tx", "a: a field" },
		{ "a\tl\t0755\t0\t-\tx", "a: a field" },
		{ "a\tl\t0777\t1\t-\tx", "a: a field" },
		{ "a\tl\t0777\t0\t-\t", "a: a field" },
		{ "a\tr\t0777\t0\t-\ta\\x41", "a: a field" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct entry entry;
		struct err e = { 0 };
		char *line;
		if (parse(cases[i].line, &line, &entry, &e))
			fail_msg("row %zu was read", i);
		assert_says(&e, ERR_FORMAT, cases[i].complaint);
		free(line);
	}
}

SPEC(fields_are_cut_at_tabs)
{
	char line[] = "a\t\tb", *rest = line;
	assert_string_equal(listing_field(&rest), "a");
	assert_string_equal(listing_field(&rest), "");
	assert_string_equal(listing_field(&rest), "b");
	assert_null(rest);
	assert_null(listing_field(&rest));
}

SPEC(a_number_has_one_spelling)
{
	static const char *const bad[] = { "", "00", "01", "+1", "-1", " 1", "1 ", "1x", "0x1",
		"9007199254740992", "10000000000000000", "18446744073709551617" };
	uint64_t n = 0;
	assert_true(listing_number("0", &n));
	assert_int_equal(n, 0);
	assert_true(listing_number("9007199254740991", &n));
	assert_int_equal(n, (UINT64_C(1) << 53) - 1);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (listing_number(bad[i], &n))
			fail_msg("%s", bad[i]);
}

SPEC(entries_differ_in_any_of_six_fields)
{
	const struct entry a = { "p", "t", 7, { { 1 } }, 0644, 'l' };
	struct entry others[] = { a, a, a, a, a, a, a };
	assert_true(entry_equal(&a, &others[0]));
	others[0].path = "q";
	others[1].target = "u";
	others[2].target = NULL;
	others[3].size = 8;
	others[4].digest.bytes[31] = 1;
	others[5].mode = 0645;
	others[6].kind = 'r';
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		assert_false(entry_equal(&a, &others[i]));
		assert_false(entry_equal(&others[i], &a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_written_back_as_it_was_read),
		cmocka_unit_test(the_fields_of_a_line_are_read),
		cmocka_unit_test(a_line_that_is_not_well_formed_is_refused),
		cmocka_unit_test(fields_are_cut_at_tabs),
		cmocka_unit_test(a_number_has_one_spelling),
		cmocka_unit_test(entries_differ_in_any_of_six_fields),
	};
	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
