/* lines - one line at a time, whatever the pieces are; programs that are late, loud or not there. */
#include "installer/host/lines.h"
#include <signal.h>

#include "tests/unit/unit.h"

static bool note(void *ctx, const char *line, size_t len, bool cut, struct err *e)
{
	struct text *out = ctx;
	(void)e;
	assert_int_equal(strlen(line), len);
	text_printf(out, "%s%s;", line, cut ? "~" : "");
	return true;
}

static bool refuse(void *ctx, const char *line, size_t len, bool cut, struct err *e)
{
	(void)ctx, (void)len, (void)cut;
	return err_set(e, ERR_FORMAT, "not this: %s", line);
}

SPEC(lines_are_the_same_whatever_the_pieces)
{
	static const char text[] = "one\n\nthree is long\nlast";
	for (size_t piece = 1; piece < sizeof text; piece++) {
		SCOPED(text_end) struct text seen = { 0 };
		SCOPED(lines_end) struct lines l = { .longest = 5, .visit = note, .ctx = &seen };
		struct err e = { 0 };
		for (size_t at = 0; at < sizeof text - 1; at += piece) {
			size_t n = sizeof text - 1 - at < piece ? sizeof text - 1 - at : piece;
			MUST(lines_add(&l, text + at, n, &e), &e);
		}
		MUST(lines_finish(&l, &e), &e);
		assert_string_equal(text_str(&seen), "one;;three~;last;");
	}
}

static bool sh(const char *script, unsigned seconds, lines_visit visit, struct ran_lines *out,
	struct text *seen, struct err *e)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	return run_lines(&(struct run_lines){ argv, NULL, seconds, 100, visit, seen }, out, e);
}

SPEC(a_program_is_read_to_its_end)
{
	SCOPED(text_end) struct text seen = { 0 };
	SCOPED(ran_lines_end) struct ran_lines out;
	struct err e = { 0 };
	MUST(sh("echo a; echo warned >&2; printf b; exit 3", 20, note, &out, &seen, &e), &e);
	assert_string_equal(text_str(&seen), "a;b;");
	assert_string_equal(text_str(&out.err), "warned\n");
	assert_int_equal(out.status, 3);
	assert_false(out.late);
}

SPEC(a_program_that_is_late_is_killed_with_its_children)
{
	SCOPED(text_end) struct text seen = { 0 };
	SCOPED(ran_lines_end) struct ran_lines out;
	struct err e = { 0 };
	MUST(sh("echo $$; sleep 100 & sleep 100", 1, note, &out, &seen, &e), &e);
	assert_true(out.late);
	assert_int_equal(out.status, 128 + 9);
	int group = atoi(text_str(&seen));
	assert_true(group > 0);
	for (int i = 0; i < 500 && kill(-group, 0) == 0; i++)
		usleep(10000);
	assert_int_equal(kill(-group, 0), -1);
}

SPEC(a_program_that_closed_its_output_is_late_all_the_same)
{
	SCOPED(text_end) struct text seen = { 0 };
	SCOPED(ran_lines_end) struct ran_lines out;
	struct err e = { 0 };
	MUST(sh("exec >&- 2>&-; sleep 100", 1, note, &out, &seen, &e), &e);
	assert_true(out.late);
}

SPEC(a_flood_on_standard_error_blocks_nothing)
{
	SCOPED(text_end) struct text seen = { 0 };
	SCOPED(ran_lines_end) struct ran_lines out;
	struct err e = { 0 };
	MUST(sh("yes | head -c 1000000 >&2; echo done", 20, note, &out, &seen, &e), &e);
	assert_string_equal(text_str(&seen), "done;");
	assert_int_equal(out.err.len, 4096);
}

SPEC(a_visit_that_fails_ends_the_program)
{
	SCOPED(ran_lines_end) struct ran_lines out;
	struct err e = { 0 };
	assert_false(sh("echo x; sleep 100", 50, refuse, &out, NULL, &e));
	assert_says(&e, ERR_FORMAT, "not this: x");
}

SPEC(a_program_that_is_not_there_ends_with_127)
{
	SCOPED(ran_lines_end) struct ran_lines out;
	SCOPED(text_end) struct text seen = { 0 };
	const char *argv[] = { "no-such-program-anywhere", NULL };
	struct err e = { 0 };
	MUST(run_lines(&(struct run_lines){ argv, NULL, 5, 100, note, &seen }, &out, &e), &e);
	assert_int_equal(out.status, 127);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_the_same_whatever_the_pieces),
		cmocka_unit_test(a_program_is_read_to_its_end),
		cmocka_unit_test(a_program_that_is_late_is_killed_with_its_children),
		cmocka_unit_test(a_program_that_closed_its_output_is_late_all_the_same),
		cmocka_unit_test(a_flood_on_standard_error_blocks_nothing),
		cmocka_unit_test(a_visit_that_fails_ends_the_program),
		cmocka_unit_test(a_program_that_is_not_there_ends_with_127),
	};
	return cmocka_run_group_tests_name("host_lines", tests, NULL, NULL);
}
