/* run - other programs end: in time, with all their children, and whatever they do to their pipes. */
#include "installer/host/run.h"

#include <signal.h>
#include <time.h>

#include "tests/unit/unit.h"

static void run_argv(const struct run *what, struct ran *out)
{
	struct err e = { 0 };
	MUST(run_program(what, out, &e), &e);
}

static void sh(const char *script, unsigned seconds, struct ran *out)
{
	run_argv(&(struct run){ .argv = (const char *const[]){ "sh", "-c", script, NULL },
			 .seconds = seconds },
		out);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Every number that was printed is that of a process which is no more. */
static void all_gone(const char *numbers)
{
	int count = 0;
	for (char *rest = (char *)(uintptr_t)numbers, *end; *rest; rest = end, count++) {
		long pid = strtol(rest, &end, 10);
		if (end == rest)
			break;
		if (kill((pid_t)pid, 0) == 0)
			fail_msg("process %ld is still there", pid);
	}
	assert_true(count > 0);
}

SPEC(a_program_says_and_ends)
{
	SCOPED(ran_end) struct ran ran;
	sh("echo out; echo err >&2; exit 7", 10, &ran);
	assert_int_equal(ran.status, 7);
	assert_string_equal(text_str(&ran.out), "out\n");
	assert_string_equal(text_str(&ran.err), "err\n");
	assert_false(ran.late || ran.truncated);
}

SPEC(a_signal_is_told)
{
	SCOPED(ran_end) struct ran ran;
	sh("kill -SEGV $$", 10, &ran);
	assert_int_equal(ran.status, 128 + SIGSEGV);
	assert_false(ran.late);
}

SPEC(what_cannot_be_run_is_told)
{
	static const struct {
		const char *argv0, *cwd;
		int status;
	} cases[] = { { "no-such-program-here", NULL, 127 }, { "/no/such/program", NULL, 127 },
		{ "/etc", NULL, 126 }, { "/etc/passwd", NULL, 126 }, { "true", "/no/such/directory", 126 } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(ran_end) struct ran ran;
		run_argv(&(struct run){ .argv = (const char *const[]){ cases[i].argv0, NULL },
				 .cwd = cases[i].cwd },
			&ran);
		assert_int_equal(ran.status, cases[i].status);
	}
}

SPEC(what_is_printed_beyond_the_limit_is_dropped)
{
	SCOPED(ran_end) struct ran ran;
	run_argv(&(struct run){ .argv = (const char *const[]){ "sh", "-c",
					"head -c 3000000 /dev/zero | tr '\\0' x; echo small >&2", NULL },
			 .limit = 100000 },
		&ran);
	assert_int_equal(ran.status, 0);
	assert_true(ran.truncated);
	assert_int_equal(ran.out.len, 100000);
	assert_string_equal(text_str(&ran.err), "small\n");
	SCOPED(ran_end) struct ran exact;
	run_argv(&(struct run){ .argv = (const char *const[]){ "printf", "12345", NULL }, .limit = 5 },
		&exact);
	assert_false(exact.truncated);
	assert_string_equal(text_str(&exact.out), "12345");
}

SPEC(all_of_a_long_output_is_read)
{
	SCOPED(ran_end) struct ran ran;
	sh("head -c 5000000 /dev/zero; head -c 300000 /dev/zero >&2", 20, &ran);
	assert_int_equal(ran.out.len, 5000000);
	assert_int_equal(ran.err.len, 300000);
}

SPEC(what_is_late_ends_with_all_its_children)
{
	SCOPED(ran_end) struct ran ran;
	double before = now();
	sh("trap '' TERM INT HUP; echo $$\n"
	   "(trap '' TERM; sh -c 'echo $$; exec sleep 100') &\n"
	   "setsid sh -c 'trap \"\" TERM HUP; echo $$; setsid sh -c \"echo \\$\\$; sleep 100\" & sleep 100' &\n"
	   "sleep 100; sleep 100",
		1, &ran);
	assert_true(ran.late);
	assert_int_equal(ran.status, 128 + SIGKILL);
	assert_true(now() - before < 6);
	int lines = 0;
	for (const char *p = text_str(&ran.out); *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 4);
	all_gone(text_str(&ran.out));
}

SPEC(what_is_left_running_ends_too)
{
	SCOPED(ran_end) struct ran ran;
	sh("setsid sh -c 'echo $$; sleep 100' & setsid nohup sh -c 'echo $$; sleep 100' >&2 & sleep 0.3", 20,
		&ran);
	assert_false(ran.late);
	assert_int_equal(ran.status, 0);
	all_gone(text_str(&ran.out));
	all_gone(text_str(&ran.err));
}

SPEC(a_child_that_keeps_the_pipe_holds_nobody)
{
	SCOPED(ran_end) struct ran ran;
	double before = now();
	sh("echo said; sleep 100 & exit 3", 20, &ran);
	assert_int_equal(ran.status, 3);
	assert_string_equal(text_str(&ran.out), "said\n");
	assert_true(now() - before < 5);
}

SPEC(a_child_that_fills_the_pipe_holds_nobody)
{
	SCOPED(ran_end) struct ran ran;
	double before = now();
	sh("yes & yes >&2 & exit 4", 20, &ran);
	assert_int_equal(ran.status, 4);
	assert_false(ran.late);
	assert_true(now() - before < 5);
}

SPEC(a_program_that_closed_its_pipes_is_waited_for)
{
	SCOPED(ran_end) struct ran ran;
	sh("exec >&- 2>&-; sleep 0.3; exit 5", 20, &ran);
	assert_int_equal(ran.status, 5);
	SCOPED(ran_end) struct ran late;
	sh("exec >&- 2>&-; sleep 100", 1, &late);
	assert_true(late.late);
}

SPEC(standard_input_is_empty)
{
	SCOPED(ran_end) struct ran ran;
	sh("cat; echo end", 10, &ran);
	assert_string_equal(text_str(&ran.out), "end\n");
}

SPEC(a_program_gets_its_own_surroundings)
{
	SCOPED(ran_end) struct ran ran;
	run_argv(&(struct run){ .argv = (const char *const[]){ "/bin/sh", "-c", "pwd; echo $A-$HOME", NULL },
			 .env = (const char *const[]){ "A=1", "PATH=/usr/bin:/bin", NULL },
			 .cwd = "/usr/lib" },
		&ran);
	assert_string_equal(text_str(&ran.out), "/usr/lib\n1-\n");
}

SPEC(a_program_has_no_blocked_signals_and_a_session_of_its_own)
{
	SCOPED(ran_end) struct ran ran;
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	sh("grep -h '^SigBlk' /proc/self/status; read -r line </proc/self/stat; set -- $line; [ $6 != 0 ] && echo $5 $6",
		10, &ran);
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_non_null(strstr(text_str(&ran.out), "SigBlk:\t0000000000000000\n"));
	int group = 0, session = -1;
	assert_int_equal(sscanf(strchr(text_str(&ran.out), '\n'), "%d %d", &group, &session), 2);
	assert_int_equal(group, session);
	assert_int_not_equal(session, getsid(0));
}

SPEC(a_program_runs_as_another_user)
{
	if (geteuid() != 0)
		skip();
	SCOPED(ran_end) struct ran ran;
	run_argv(&(struct run){ .argv = (const char *const[]){ "sh", "-c", "id -u; id -ru; id -g; id -G",
					NULL },
			 .as_user = true,
			 .uid = 65534,
			 .gid = 65534,
			 .cwd = "/" },
		&ran);
	assert_string_equal(text_str(&ran.out), "65534\n65534\n65534\n65534\n");
	SCOPED(ran_end) struct ran nobody; /* without a name */
	run_argv(&(struct run){ .argv = (const char *const[]){ "sh", "-c", "id -u; id -G; : >/etc/x-waybill",
					NULL },
			 .as_user = true,
			 .uid = 54321,
			 .gid = 54322,
			 .cwd = "/" },
		&nobody);
	assert_string_equal(text_str(&nobody.out), "54321\n54322\n");
	assert_int_not_equal(nobody.status, 0);
}

SPEC(nothing_stays_open_and_nothing_stays_a_child)
{
	int before = dup(0);
	close(before);
	for (int i = 0; i < 5; i++) {
		SCOPED(ran_end) struct ran ran;
		sh("echo x & setsid true", 10, &ran);
	}
	int after = dup(0);
	close(after);
	assert_int_equal(before, after);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_says_and_ends),
		cmocka_unit_test(a_signal_is_told),
		cmocka_unit_test(what_cannot_be_run_is_told),
		cmocka_unit_test(what_is_printed_beyond_the_limit_is_dropped),
		cmocka_unit_test(all_of_a_long_output_is_read),
		cmocka_unit_test(what_is_late_ends_with_all_its_children),
		cmocka_unit_test(what_is_left_running_ends_too),
		cmocka_unit_test(a_child_that_keeps_the_pipe_holds_nobody),
		cmocka_unit_test(a_child_that_fills_the_pipe_holds_nobody),
		cmocka_unit_test(a_program_that_closed_its_pipes_is_waited_for),
		cmocka_unit_test(standard_input_is_empty),
		cmocka_unit_test(a_program_gets_its_own_surroundings),
		cmocka_unit_test(a_program_has_no_blocked_signals_and_a_session_of_its_own),
		cmocka_unit_test(a_program_runs_as_another_user),
		cmocka_unit_test(nothing_stays_open_and_nothing_stays_a_child),
	};
	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
