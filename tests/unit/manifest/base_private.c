/* private - what others could have written is not believed. */
#include "tests/unit/unit.h"

#include "manifest/base/fs.h"
#include "manifest/base/private.h"

static const struct {
	mode_t mode;
	bool private;
} cases[] = { { 0600, true }, { 0644, true }, { 0755, true }, { 0664, false }, { 0646, false },
	{ 01777, false } };

SPEC(a_private_directory_is_ours_and_nobody_else_can_write_it)
{
	SCOPED_FD int dir = scratch();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = { 0 };
		assert_int_equal(fchmod(dir, cases[i].mode), 0);
		assert_int_equal(private_check(dir, "the place", &e), cases[i].private);
		if (!cases[i].private)
			assert_says(&e, ERR_REFUSED, "the place: others can write it");
	}
}

SPEC(a_private_file_is_read)
{
	SCOPED_FD int dir = scratch();
	struct err ok = { 0 };
	MUST(fs_replace(dir, "key", "bytes", 5, 0600, &ok), &ok);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text text = { 0 };
		struct err e = { 0 };
		assert_int_equal(fchmodat(dir, "key", cases[i].mode, 0), 0);
		assert_int_equal(private_read(dir, "key", 10, &text, &e), cases[i].private);
		if (cases[i].private)
			assert_string_equal(text_str(&text), "bytes");
		else
			assert_says(&e, ERR_REFUSED, "key: others can write it");
	}
}

SPEC(what_somebody_else_owns_is_not_private)
{
	SCOPED_FD int dir = scratch();
	struct err e = { 0 };
	if (geteuid() != 0)
		skip();
	assert_int_equal(fchmod(dir, 0700), 0);
	assert_int_equal(fchown(dir, 4711, 4711), 0);
	assert_false(private_check(dir, "the place", &e));
	assert_says(&e, ERR_REFUSED, "owner 4711");
}

SPEC(only_a_regular_file_is_read_and_a_missing_one_is_told)
{
	SCOPED_FD int dir = scratch();
	SCOPED(text_end) struct text text = { 0 };
	struct err missing = { 0 }, fifo = { 0 }, link = { 0 };
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(symlinkat("fifo", dir, "link"), 0);
	assert_false(private_read(dir, "nothing", 10, &text, &missing));
	assert_int_equal(missing.sys, ENOENT);
	assert_false(private_read(dir, "fifo", 10, &text, &fifo));
	assert_says(&fifo, ERR_FORMAT, "not a regular file");
	assert_false(private_read(dir, "link", 10, &text, &link));
	assert_int_equal(link.sys, ELOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_private_directory_is_ours_and_nobody_else_can_write_it),
		cmocka_unit_test(a_private_file_is_read),
		cmocka_unit_test(what_somebody_else_owns_is_not_private),
		cmocka_unit_test(only_a_regular_file_is_read_and_a_missing_one_is_told),
	};
	return cmocka_run_group_tests_name("private", tests, NULL, NULL);
}
