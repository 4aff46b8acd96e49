/* report - how sizes and times are written, and what a terminal and a file see of work that goes on. */
#include "manifest/base/report.h"

#include <pty.h>
#include <sys/ioctl.h>

#include "tests/unit/unit.h"

SPEC(sizes_have_the_largest_unit_that_leaves_a_whole)
{
	static const struct {
		uint64_t bytes;
		const char *word;
	} rows[] = { { 0, "0 bytes" }, { 1023, "1023 bytes" }, { 1536, "1.5 KiB" },
		{ UINT64_C(5) << 20, "5.0 MiB" }, { UINT64_C(3) << 30, "3.0 GiB" },
		{ UINT64_C(2) << 40, "2.0 TiB" }, { UINT64_C(1) << 51, "2048.0 TiB" } };
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SCOPED(text_end) struct text text = { 0 };
		text_size(&text, rows[i].bytes);
		assert_string_equal(text_str(&text), rows[i].word);
	}
}

SPEC(a_moment_is_written_in_utc_and_none_is_a_dash)
{
	SCOPED(text_end) struct text text = { 0 };
	text_time(&text, 1700000000);
	text_puts(&text, " ");
	text_time(&text, 0);
	text_puts(&text, " ");
	text_time(&text, UINT64_MAX / 2);
	assert_string_equal(text_str(&text), "2023-11-14 22:13:20 UTC - -");
}

/* What a phase of two steps writes to standard error, which is `fd` meanwhile. */
static void work(int fd, uint64_t total, bool silent)
{
	struct progress p;
	int before = dup(STDERR_FILENO);
	assert_true(before >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	progress_start(&p, "stage", total, silent);
	usleep(350000);
	progress_add(&p, 1024);
	usleep(150000);
	progress_set(&p, 4096);
	progress_end(&p);
	say(silent, "%d lines", 2);
	assert_true(dup2(before, STDERR_FILENO) >= 0 && close(before) == 0);
}

/* What a terminal of 80 columns was sent. */
static void on_terminal(uint64_t total, bool silent, struct text *seen)
{
	int terminal = -1, person = -1;
	char piece[4096];
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	assert_int_equal(openpty(&person, &terminal, NULL, NULL, &size), 0);
	work(terminal, total, silent);
	assert_int_equal(fcntl(person, F_SETFL, O_NONBLOCK), 0);
	for (ssize_t n; (n = read(person, piece, sizeof piece)) > 0;)
		text_add(seen, piece, (size_t)n);
	close(terminal);
	close(person);
}

SPEC(a_terminal_sees_a_bar_that_is_drawn_over_itself)
{
	SCOPED(text_end) struct text seen = { 0 };
	on_terminal(4096, false, &seen);
	assert_non_null(strstr(text_str(&seen), "\r\033[Kstage     [####"));
	assert_non_null(strstr(text_str(&seen), "1.0 KiB of 4.0 KiB, "));
	assert_non_null(strstr(text_str(&seen), "/s, 1 s left"));
	assert_non_null(strstr(text_str(&seen), "\r\033[Kstage     4.0 KiB in "));
	assert_non_null(strstr(text_str(&seen), "2 lines\r\n"));
}

SPEC(where_the_whole_is_not_known_no_share_is_told)
{
	SCOPED(text_end) struct text seen = { 0 };
	on_terminal(0, false, &seen);
	assert_non_null(strstr(text_str(&seen), "...] 1.0 KiB, "));
	assert_null(strstr(text_str(&seen), " of "));
	assert_null(strstr(text_str(&seen), "left"));
}

SPEC(who_wants_no_words_gets_none)
{
	SCOPED(text_end) struct text seen = { 0 };
	on_terminal(4096, true, &seen);
	assert_int_equal(seen.len, 0);
}

SPEC(a_file_gets_a_line_for_each_phase)
{
	char text[256];
	SCOPED_FD int dir = scratch();
	SCOPED_FD int fd = openat(dir, "said", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	work(fd, 4096, false);
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_int_equal(strncmp(text, "stage     4.0 KiB in 0.", 23), 0);
	assert_null(strchr(text, '\r'));
	assert_non_null(strstr(text, "\n2 lines\n"));
}

SPEC(a_terminal_says_how_wide_it_is)
{
	int terminal = -1, person = -1, before = dup(STDERR_FILENO);
	struct winsize size = { .ws_row = 24, .ws_col = 77 };
	assert_int_equal(openpty(&person, &terminal, NULL, NULL, &size), 0);
	assert_true(before >= 0 && dup2(terminal, STDERR_FILENO) >= 0);
	size_t wide = report_width();
	size.ws_col = 0;
	int set = ioctl(terminal, TIOCSWINSZ, &size);
	size_t unknown = report_width();
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	assert_int_equal(set, 0);
	assert_int_equal(wide, 77);
	assert_int_equal(unknown, 120);
	close(terminal);
	close(person);
	close(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_the_largest_unit_that_leaves_a_whole),
		cmocka_unit_test(a_moment_is_written_in_utc_and_none_is_a_dash),
		cmocka_unit_test(a_terminal_sees_a_bar_that_is_drawn_over_itself),
		cmocka_unit_test(where_the_whole_is_not_known_no_share_is_told),
		cmocka_unit_test(who_wants_no_words_gets_none),
		cmocka_unit_test(a_file_gets_a_line_for_each_phase),
		cmocka_unit_test(a_terminal_says_how_wide_it_is),
	};
	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
